"""What an invoice says in words, from its snapshot alone.

Pages, PDF, XML and e-mails say the same.
"""

from pricingsite.models.invoices import Invoice
from pricingsite.pricing import TaxTreatment
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


def payment_text(invoice: Invoice) -> str | None:
    """How it is paid, or how a credit is used; None where the merchant does not say."""
    seller = invoice.seller.details
    if not invoice.is_credit_note:
        how_to_pay: str | None = seller["how_to_pay"]
        return how_to_pay
    return (
        "We set this credit against the invoice that it corrects, and what is left of it against"
        f" your next invoice. For a refund instead, write to {seller['email']}."
    )
