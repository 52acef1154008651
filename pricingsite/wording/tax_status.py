"""Why a customer is taxed as it is, in words, and what changes that."""

from pricingsite.pricing import TaxStatus
from pricingsite.wording.tax import Tax

# Before it is known who orders.
_ABROAD = (
    "If your company is in another country, {tax} is charged until we have verified your VAT "
    "number or, where companies have none, have evidence that you are a business. Then no {tax} "
    "is added."
)
_WORDS = {
    TaxStatus.NO_TAX_ID: (
        "{tax} is charged, because we have no VAT number of your company. Add it to your details: "
        "once we have verified it, no {tax} is added (reverse charge)."
    ),
    TaxStatus.UNVERIFIED_TAX_ID: (
        "{tax} is charged until we have verified your VAT number; then no {tax} is added (reverse "
        "charge). {how}"
    ),
    TaxStatus.UNVERIFIED_BUSINESS: (
        "{tax} is charged until we have evidence that your company is a business; then no {tax} is "
        "added. Send evidence, such as its entry in a company register, to {email}."
    ),
}
_WRITE = "To have it verified, write to {email}."
_CHECKED = "We check it online, usually within a day. If it takes longer, write to {email}."


def abroad_words(tax: Tax) -> str:
    """How companies in other countries are taxed, before it is known who orders."""
    return _sentences(_ABROAD.format(tax=tax.name))


def status_words(
    tax: Tax, status: TaxStatus, *, email: str, tax_id: str | None, checked_online: bool
) -> str:
    """Why a customer is taxed as it is, and what changes that; nothing for a domestic one.

    `email` is the merchant's. Without a `tax_id` the words name none.
    """
    if status is TaxStatus.DOMESTIC:
        return ""
    if status is TaxStatus.VERIFIED_TAX_ID:
        return tax.reverse_charge(tax_id)
    if status is TaxStatus.VERIFIED_BUSINESS:
        return tax.outside_scope
    how = (_CHECKED if checked_online else _WRITE).format(email=email)
    return _sentences(_WORDS[status].format(tax=tax.name, how=how, email=email))


def _sentences(words: str) -> str:
    """The first letter is a capital, whatever the tax is called."""
    return words[:1].upper() + words[1:]
