"""Invoices in tests that no billing run has made: issued or draft, with the lines that are asked.

`make_invoice(session, account)` is invoice INV-000001 of 1 November 2026 over the days of October,
one line of 500.00 and 20% VAT, issued at noon and due on 1 December.
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from support.accounts import Account
from support.billing import PREFIXES

from pricingsite.models.invoices import CreditCause, Invoice, InvoiceKind, InvoiceLine
from pricingsite.models.merchant import Merchant
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import LineKind, Money, TaxTreatment, taxes
from pricingsite.services.invoices.new_invoices import LANGUAGE
from pricingsite.services.invoices.numbering import numbered, take
from pricingsite.services.invoices.reading import get_invoice
from pricingsite.services.invoices.snapshots import buyer_details, seller_id

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
VAT = Decimal("0.2")
FEE: dict[str, Any] = {
    "kind": LineKind.FIXED,
    "price_id": "A",
    "description": "Platform access",
    "unit_price": Decimal(500),
}


def tier(description: str, calls: int, unit_price: str, flat_fee: str = "0") -> dict[str, Any]:
    """A line of usage price X, for `make_invoice(lines=[FEE, tier(…)])`."""
    return {
        "kind": LineKind.USAGE,
        "price_id": "X",
        "description": f"AI add-on: {description}",
        "quantity": Decimal(calls),
        "unit": "API calls",
        "unit_price": Decimal(unit_price),
        "flat_fee": Decimal(flat_fee),
    }


def many_lines(number: int) -> list[dict[str, Any]]:
    """A fee and tiers of usage, each of a price of its own."""
    tiers = (tier(f"zone {n}: API calls", n, "0.0125") for n in range(1, number))
    return [FEE, *(one | {"price_id": f"P{n}"} for n, one in enumerate(tiers))]


def make_invoice(
    session: Session,
    account: Account,
    *,
    lines: list[dict[str, Any]] | None = None,
    billed_on: date = NOVEMBER,
    period: tuple[date, date] | None = None,
    draft: bool = False,
    rate: Decimal | None = VAT,
    **columns: Any,
) -> Invoice:
    """An invoice of an account; without a number of its own, the next of its series.

    A line's net is its quantity times its unit price, and its flat fee; further `columns` replace
    those of the invoice. It comes back as `find_invoice` reads it.
    """
    schedule = _schedule(session, account)
    start, end = period or ((billed_on - timedelta(days=1)).replace(day=1), billed_on)
    invoice_id = take(session, "id", 1)
    currency = columns.get("currency", schedule.currency)
    revision = columns.get("revision", 0)
    base = {
        "invoice_id": invoice_id,
        "schedule_id": schedule.id,
        "billed_on": billed_on,
        "revision": revision,
        "period_start": start,
        "period_end": end,
        "tax_rate": rate,
        "quantity": Decimal(1),
    }
    rows = [
        _line(base | {"sequence": n, "position": n + 1} | line, currency)
        for n, line in enumerate(lines or [FEE])
    ]
    session.add_all(rows)
    session.flush()
    noon = datetime.combine(billed_on, time(12), tzinfo=UTC)
    merchant = session.get_one(Merchant, 1)
    common = {
        "id": invoice_id,
        "kind": InvoiceKind.INVOICE,
        "customer_id": account.customer.id,
        "schedule_id": schedule.id,
        "billed_on": billed_on,
        "currency": currency,
        "period_start": min(row.period_start for row in rows),
        "period_end": max(row.period_end for row in rows),
        "tax_treatment": TaxTreatment.STANDARD,
        "tax_point": billed_on,
        "seller_id": seller_id(session, merchant),
        "buyer": buyer_details(account.customer),
        "purchase_order": schedule.purchase_order,
        "language": LANGUAGE,
        "drafted_at": noon,
        "ready_at": noon,
        **_totals(rows, currency),
    }
    if not draft:
        on = columns.get("issued_on", billed_on)
        common |= {
            "number": columns.get("number") or _next(session, columns.get("kind")),
            "issued_at": datetime.combine(on, time(12), tzinfo=UTC),
            "issued_on": on,
            "due_on": on + timedelta(days=30),
        }
    session.add(Invoice(**common | columns))
    session.flush()
    return get_invoice(session, invoice_id)


def make_credit_note(
    session: Session,
    account: Account,
    invoice: Invoice,
    net: str,
    *,
    cause: CreditCause = CreditCause.GOODWILL,
    reason: str = "Two days without service",
    issued_on: date | None = None,
    **columns: Any,
) -> Invoice:
    """A credit note for an amount of an invoice's first line; `net` is positive."""
    of = invoice.lines[0]
    line = {
        "kind": LineKind.ADJUSTMENT,
        "price_id": of.price_id,
        "description": f"{of.description}: credit",
        "quantity": Decimal(-1),
        "unit_price": Decimal(net),
        "tax_rate": of.tax_rate,
        "period_start": of.period_start,
        "period_end": of.period_end,
        "sequence": session.scalar(select(func.count()).select_from(InvoiceLine)),
    }
    return make_invoice(
        session,
        account,
        lines=[line],
        billed_on=invoice.billed_on,
        kind=InvoiceKind.CREDIT_NOTE,
        corrects_id=invoice.id,
        cause=cause,
        reason=reason,
        issued_on=issued_on or invoice.billed_on,
        **columns,
    )


def _schedule(session: Session, account: Account) -> BillingSchedule:
    of_customer = select(BillingSchedule).where(
        BillingSchedule.customer_id == account.customer.id, BillingSchedule.end_date.is_(None)
    )
    return session.scalar(of_customer) or account.subscribe("A", "X", start=OCTOBER)


def _line(columns: dict[str, Any], currency: str) -> InvoiceLine:
    exact = columns["quantity"] * columns["unit_price"] + (columns.get("flat_fee") or 0)
    return InvoiceLine(**{"net": Money.rounded(exact, currency).minor} | columns)


def _totals(rows: list[InvoiceLine], currency: str) -> dict[str, Any]:
    net = sum(row.net for row in rows)
    by_rate = taxes(
        (row.tax_rate, Money(row.net, currency)) for row in rows if row.tax_rate is not None
    )
    tax = sum(line.tax.minor for line in by_rate)
    return {
        "net": net,
        "tax": tax,
        "gross": net + tax,
        "tax_lines": [[f"{t.rate:f}", str(t.net.minor), str(t.tax.minor)] for t in by_rate],
    }


def _next(session: Session, kind: InvoiceKind | None) -> str:
    series = kind or InvoiceKind.INVOICE
    return numbered(PREFIXES[series], take(session, series.value, 1))
