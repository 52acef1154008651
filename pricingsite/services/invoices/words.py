"""What an invoice says in words, from its snapshot alone.

Pages, PDF, XML and e-mails say the same.
"""

from pricingsite.models.invoices import Invoice
from pricingsite.pricing import TaxTreatment
from pricingsite.wording.bank import bank_words
from pricingsite.wording.tax import Tax


def kind_name(invoice: Invoice) -> str:
    """What it is: `Invoice`, `Credit note`, `Draft invoice`."""
    if invoice.is_credit_note:
        return "Credit note"
    if invoice.number is not None:
        return "Invoice"
    return "Draft invoice" if invoice.voided_at is None else "Void draft"


def title_of(invoice: Invoice) -> str:
    """What it is called: `Invoice INV-000001`, `Draft invoice`."""
    return f"{kind_name(invoice)} {invoice.number or ''}".strip()


def tax_of(invoice: Invoice) -> Tax:
    """Its tax in words."""
    return Tax(invoice.seller.details["tax_name"])


def tax_notes(invoice: Invoice) -> list[str]:
    """Why it charges no tax, where it charges none of a customer who would pay it."""
    if not any(line.tax_rate == 0 for line in invoice.lines):
        return []
    tax = tax_of(invoice)
    if invoice.tax_treatment is TaxTreatment.REVERSE_CHARGE:
        return [tax.reverse_charge(invoice.buyer["tax_id"])]
    if invoice.tax_treatment is TaxTreatment.OUTSIDE_SCOPE:
        return [tax.outside_scope]
    return []


def payment_lines(invoice: Invoice) -> list[str]:
    """How it is paid and into which account, or how a credit is used; none where nothing is known.

    Nothing is said for what is not to be paid.
    """
    seller = invoice.seller.details
    if invoice.is_credit_note:
        used = (
            "We set this credit against the invoice that it corrects, and what is left of it"
            f" against your next invoice. For a refund instead, write to {seller['email']}."
        )
        return [used]
    if invoice.number is None or invoice.gross <= 0:
        return []
    lines = [*(seller["how_to_pay"] or "").splitlines(), bank_words(seller)]
    return [line.strip() for line in lines if line.strip()]
