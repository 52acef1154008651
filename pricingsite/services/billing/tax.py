"""The tax of a customer's bill: how it is treated, and at which rate."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from pricingsite.models.customers import Customer
from pricingsite.models.merchant import Merchant
from pricingsite.pricing import (
    TaxTreatment,
    VatRate,
    bill_rate_on,
    treatment,
)


def tax_treatment(merchant: Merchant, customer: Customer | None) -> TaxTreatment:
    """How a customer's bills are taxed, by where both are and the customer's tax id.

    Before there is a customer, they are taxed like those of a domestic one.
    """
    if customer is None:
        return TaxTreatment.STANDARD
    return treatment(
        merchant_country=merchant.country,
        customer_country=customer.country,
        tax_id_verified=customer.tax_id_verified,
    )


def tax_rate(rates: Sequence[VatRate], taxed: TaxTreatment, day: date) -> Decimal | None:
    """The rate of a treatment on a day, a fraction, by the merchant's domestic rates.

    None for a merchant without rates: its bills name no tax.
    """
    rate = bill_rate_on(rates, day)
    return rate if rate is None or taxed is TaxTreatment.STANDARD else Decimal(0)
