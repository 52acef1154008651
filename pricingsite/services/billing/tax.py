"""The tax of a customer's bill: how it is treated, and at which rate."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from pricingsite.models.customers import Customer
from pricingsite.models.merchant import Merchant
from pricingsite.pricing import (
    TaxEvidence,
    TaxStatus,
    TaxTreatment,
    VatRate,
    bill_rate_on,
    tax_status,
)
from pricingsite.services.customers.tax_ids import have_vat_numbers


def tax_treatment(merchant: Merchant, customer: Customer | None) -> TaxTreatment:
    """How a customer's bills are taxed, by where both are and what is verified of the customer.

    Before there is a customer, they are taxed like those of a domestic one.
    """
    if customer is None:
        return TaxTreatment.STANDARD
    return tax_status_of(merchant, customer).treatment


def tax_status_of(merchant: Merchant, customer: Customer) -> TaxStatus:
    """Why a customer's bills are taxed as they are.

    Where the merchant's own country has no VAT, nobody can be asked about a number: one that passes
    its country's check counts as verified.
    """
    verified = customer.tax_evidence
    if verified is None and customer.tax_id_valid and not have_vat_numbers([merchant.country]):
        verified = TaxEvidence.TAX_ID
    return tax_status(
        abroad=customer.country != merchant.country,
        tax_ids=have_vat_numbers([customer.country]),
        has_tax_id=customer.tax_id is not None,
        verified=verified,
    )


def tax_rate(rates: Sequence[VatRate], taxed: TaxTreatment, day: date) -> Decimal | None:
    """The rate of a treatment on a day, a fraction, by the merchant's domestic rates.

    None for a merchant without rates: its bills name no tax.
    """
    rate = bill_rate_on(rates, day)
    return rate if rate is None or taxed is TaxTreatment.STANDARD else Decimal(0)
