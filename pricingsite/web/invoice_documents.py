"""Invoices, credit notes and drafts in JSON (design.md §4.7), from their snapshots."""

from datetime import date

from pricingsite.models.invoices import Invoice, InvoiceLine
from pricingsite.pricing import Money
from pricingsite.services.balances.standing import Standing
from pricingsite.web.documents import Json, number, period, proration

# A snapshot may hold more, which is for the merchant's records.
_SELLER = (
    "name",
    "legal_name",
    "email",
    "country",
    "registration",
    "registered_office",
    "vat_number",
    "tax_name",
    "how_to_pay",
    "iban",
    "bic",
    "sort_code",
    "account_number",
)
_BUYER = (
    "id",
    "legal_name",
    "contact_name",
    "billing_email",
    "line1",
    "line2",
    "town",
    "postcode",
    "country",
    "tax_id",
)


def invoice(of: Invoice, standing: Standing) -> Json:
    """An invoice with its lines, which are loaded; `id` names a draft, which has no number."""
    return invoice_summary(of, standing) | {"lines": [_line(of, line) for line in of.lines]}


def invoice_summary(of: Invoice, standing: Standing) -> Json:
    """An invoice without its lines, as lists have it."""
    return {
        "id": str(of.id),
        "number": of.number,
        "kind": of.kind.value,
        "status": standing.status.value,
        "overdue": standing.overdue,
        "issued_on": _day(of.issued_on),
        "tax_point": of.tax_point.isoformat(),
        "due_on": _day(of.due_on),
        "currency": of.currency,
        "net": str(of.money(of.net)),
        "tax": str(of.money(of.tax)),
        "gross": str(of.money(of.gross)),
        "paid": str(standing.paid),
        "credited": str(standing.credited),
        "balance": str(standing.balance),
        "period": period(of.period),
        "seller": {name: of.seller.details.get(name) for name in _SELLER},
        "buyer": {name: of.buyer.get(name) for name in _BUYER},
        "purchase_order": of.purchase_order,
        "tax_treatment": of.tax_treatment.value,
        "tax_lines": [
            {"rate": number(line.rate), "net": str(line.net), "tax": str(line.tax)}
            for line in of.taxes
        ],
        "tax_in_merchant_currency": _merchant_tax(of),
        "corrects": of.corrects.number if of.corrects else None,
        "reason": of.reason,
    }


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _merchant_tax(of: Invoice) -> Json | None:
    if of.merchant_currency is None or of.merchant_tax is None:
        return None
    return {
        "currency": of.merchant_currency,
        "tax": str(Money(of.merchant_tax, of.merchant_currency)),
        "exchange_rate": number(of.exchange_rate),
    }


def _line(of: Invoice, line: InvoiceLine) -> Json:
    return {
        "price_id": line.price_id,
        "kind": line.kind.value,
        "description": line.description,
        "period": period(line.period),
        "quantity": number(line.quantity),
        "unit_price": number(line.unit_price),
        "flat_fee": number(line.flat_fee),
        "proration": proration(line.proration),
        "tax_rate": number(line.tax_rate),
        "net": str(of.money(line.net)),
    }
