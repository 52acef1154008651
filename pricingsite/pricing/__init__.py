"""The ground: how list prices and quantities become a bill.

Standard library only, no I/O, no clock. Rates are `Decimal` in major units, amounts whole minor
units, quantities `Decimal` of at most six decimals, periods half-open days. `charge` rates one
quantity; `make_bill` makes every bill there is.
"""

from pricingsite.pricing.aggregation import Aggregation
from pricingsite.pricing.averages import average_price, lowest_average
from pricingsite.pricing.bill import Bill, LineItem, LineKind, make_bill, net_at, service_net_at
from pricingsite.pricing.charge import charge, next_unit_cost, units_until_change
from pricingsite.pricing.cost_curve import cost_curve
from pricingsite.pricing.errors import (
    CurrencyMismatchError,
    MoneyError,
    NumberError,
    PeriodError,
    PricingError,
    StructureError,
    TaxError,
)
from pricingsite.pricing.first_bill import FirstBill, first_bill, first_due
from pricingsite.pricing.money import (
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
from pricingsite.pricing.service_periods import Service, Span, bill_period, services_due
from pricingsite.pricing.structures import (
    STRUCTURES,
    TIER_NUMBERS,
    BandCharge,
    Charge,
    ChargeLine,
    Fixed,
    Graduated,
    Including,
    Linear,
    Package,
    Percentage,
    PricePart,
    Structure,
    Tier,
    TierBand,
    TierCharge,
    Tiered,
    Volume,
    structure_from_dict,
)
from pricingsite.pricing.tax import TaxLine, TaxTreatment, VatRate, rate_on, taxes, treatment
from pricingsite.pricing.terms import PriceTerms, Unit

__all__ = [
    "STRUCTURES",
    "TIER_NUMBERS",
    "Aggregation",
    "BandCharge",
    "Bill",
    "BillingFrequency",
    "BillingType",
    "Charge",
    "ChargeLine",
    "CurrencyMismatchError",
    "FirstBill",
    "Fixed",
    "Graduated",
    "Including",
    "LineItem",
    "LineKind",
    "Linear",
    "Money",
    "MoneyError",
    "NumberError",
    "Package",
    "Percentage",
    "Period",
    "PeriodError",
    "PricePart",
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
    "Tiered",
    "Unit",
    "VatRate",
    "Volume",
    "average_price",
    "bill_period",
    "boundary",
    "bounds",
    "charge",
    "cost_curve",
    "day_start",
    "decimals_of",
    "exact_context",
    "first_bill",
    "first_due",
    "local_date",
    "lowest_average",
    "make_bill",
    "net_at",
    "next_unit_cost",
    "parse_decimal",
    "period_of",
    "periods",
    "plain",
    "prorate",
    "rate_on",
    "service_net_at",
    "services_due",
    "structure_from_dict",
    "taxes",
    "treatment",
    "units_until_change",
]
