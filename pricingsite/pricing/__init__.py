"""The ground: how list prices and quantities become a bill.

Standard library only, no I/O, no clock. Rates are `Decimal` in major units, amounts whole minor
units, quantities `Decimal` of at most six decimals, periods half-open days. `charge` rates one
quantity; `make_bill` makes every bill there is.
"""

from pricingsite.pricing.bill import Bill, LineItem, LineKind, make_bill, net_at
from pricingsite.pricing.charge import (
    Charge,
    TierBand,
    TierCharge,
    charge,
    next_unit_cost,
    packages_begun,
    tiers_of,
    units_until_change,
)
from pricingsite.pricing.cost_curve import cost_curve
from pricingsite.pricing.errors import (
    CurrencyMismatch,
    MoneyError,
    NumberError,
    PeriodError,
    PricingError,
    StructureError,
    TaxError,
)
from pricingsite.pricing.labels import TierLabel, structure_sentence, tier_labels
from pricingsite.pricing.money import (
    CURRENCY_DECIMALS,
    Money,
    decimals_of,
    exact_context,
    parse_decimal,
    plain,
)
from pricingsite.pricing.periods import (
    BillingFrequency,
    BillingType,
    Period,
    boundary,
    bounds,
    day_start,
    local_date,
    period_of,
    periods,
)
from pricingsite.pricing.proration import Proration, prorate
from pricingsite.pricing.service_periods import PriceTerms, Service, Span, bill_period, services_due
from pricingsite.pricing.structures import (
    Fixed,
    Graduated,
    Linear,
    Package,
    Structure,
    Tier,
    Volume,
    is_usage,
    structure_from_dict,
    structure_to_dict,
)
from pricingsite.pricing.tax import TaxLine, TaxTreatment, VatRate, rate_on, taxes, treatment
from pricingsite.pricing.words import Unit

__all__ = [
    "CURRENCY_DECIMALS",
    "Bill",
    "BillingFrequency",
    "BillingType",
    "Charge",
    "CurrencyMismatch",
    "Fixed",
    "Graduated",
    "LineItem",
    "LineKind",
    "Linear",
    "Money",
    "MoneyError",
    "NumberError",
    "Package",
    "Period",
    "PeriodError",
    "PriceTerms",
    "PricingError",
    "Proration",
    "Service",
    "Span",
    "Structure",
    "StructureError",
    "TaxError",
    "TaxLine",
    "TaxTreatment",
    "Tier",
    "TierBand",
    "TierCharge",
    "TierLabel",
    "Unit",
    "VatRate",
    "Volume",
    "bill_period",
    "boundary",
    "bounds",
    "charge",
    "cost_curve",
    "day_start",
    "decimals_of",
    "exact_context",
    "is_usage",
    "local_date",
    "make_bill",
    "net_at",
    "next_unit_cost",
    "packages_begun",
    "parse_decimal",
    "period_of",
    "periods",
    "plain",
    "prorate",
    "rate_on",
    "services_due",
    "structure_from_dict",
    "structure_sentence",
    "structure_to_dict",
    "taxes",
    "tier_labels",
    "tiers_of",
    "treatment",
    "units_until_change",
]
