"""The template filters that say why a customer is taxed as it is, and how to change that."""

from flask import Flask, current_app

from pricingsite.models.customers import Customer
from pricingsite.models.merchant import Merchant
from pricingsite.pricing import TaxStatus
from pricingsite.services.billing.tax import tax_status_of
from pricingsite.services.customers.tax_ids import EUROPEAN, have_vat_numbers
from pricingsite.web.merchant import current_merchant
from pricingsite.wording.tax_status import abroad_words, status_words


def tax_note(customer: Customer, *, names_tax_id: bool = True) -> str:
    """Why a customer is taxed as it is; nothing for one in the merchant's own country.

    An e-mail that anybody can cause names no tax id, which is what somebody has typed.
    """
    merchant = current_merchant()
    return status_words(
        merchant.tax,
        tax_status_of(merchant, customer),
        email=merchant.email,
        tax_id=customer.tax_id if names_tax_id else None,
        checked_online=_is_checked_online(customer),
    )


def _is_checked_online(customer: Customer) -> bool:
    known = customer.tax_id_valid and customer.country in EUROPEAN
    return known and current_app.config["TAX_ID_CHECK_URL"] is not None


def tax_note_abroad(merchant: Merchant) -> str:
    """How companies abroad are taxed, where the merchant sells to any, and by their VAT number."""
    abroad = set(merchant.sells_to) - {merchant.country}
    known = have_vat_numbers([merchant.country])
    return abroad_words(merchant.tax) if abroad and known else ""


def to_verify(customer: Customer) -> str:
    """The command by which the merchant verifies a customer; nothing where there is none to run."""
    status = tax_status_of(current_merchant(), customer)
    if status is TaxStatus.UNVERIFIED_TAX_ID:
        return f"flask customers verify-tax-id {customer.id} --consultation NUMBER"
    if status is TaxStatus.UNVERIFIED_BUSINESS:
        return f'flask customers approve-business {customer.id} --evidence "TEXT"'
    return ""


def init_app(app: Flask) -> None:
    """Give templates the filters."""
    for function in (tax_note, tax_note_abroad, to_verify):
        app.add_template_filter(function)
