"""Store invoices: many at once, by the driver, as a run may make thousands.

Lines come before their invoice, since one that is issued takes no more; the database checks at the
end that they have one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from sqlalchemy import delete
from sqlalchemy.orm import Session

from pricingsite.models.invoices import Invoice, InvoiceKind, InvoiceLine
from pricingsite.models.merchant import Merchant
from pricingsite.services.invoices.new_invoices import LANGUAGE, NewInvoice
from pricingsite.services.invoices.numbering import numbered, take
from pricingsite.services.messages.webhooks import EventType, record_events
from pricingsite.services.usage.bulk import as_json, insert_rows, sqlite_moment

_Row = tuple[object, ...]

_TOLD = {
    InvoiceKind.INVOICE: EventType.INVOICE_ISSUED,
    InvoiceKind.CREDIT_NOTE: EventType.CREDIT_NOTE_ISSUED,
}

_INVOICE = {
    "id": "bigint",
    "kind": "text",
    "number": "text",
    "customer_id": "text",
    "schedule_id": "text",
    "billed_on": "date",
    "revision": "int",
    "replaces_id": "bigint",
    "corrects_id": "bigint",
    "cause": "text",
    "reason": "text",
    "currency": "text",
    "period_start": "date",
    "period_end": "date",
    "net": "bigint",
    "tax": "bigint",
    "gross": "bigint",
    "tax_lines": "json",
    "tax_treatment": "text",
    "tax_point": "date",
    "merchant_currency": "text",
    "merchant_tax": "bigint",
    "exchange_rate": "text",
    "seller_id": "int",
    "buyer": "json",
    "purchase_order": "text",
    "language": "text",
    "drafted_at": "timestamptz",
    "ready_at": "timestamptz",
    "held_at": "timestamptz",
    "issued_at": "timestamptz",
    "issued_on": "date",
    "due_on": "date",
}
_LINE = {
    "invoice_id": "bigint",
    "position": "int",
    "schedule_id": "text",
    "revision": "int",
    "billed_on": "date",
    "kind": "text",
    "price_id": "text",
    "sequence": "int",
    "period_start": "date",
    "period_end": "date",
    "description": "text",
    "quantity": "text",
    "unit": "text",
    "unit_price": "text",
    "flat_fee": "text",
    "proration_days": "int",
    "proration_of": "int",
    "tax_rate": "text",
    "net": "bigint",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """How documents are issued: the prefix of each kind's numbers, and the clock.

    The clock is read when the numbers are taken, so that days never fall as numbers rise.
    """

    prefixes: Mapping[InvoiceKind, str]
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Issued:
    number: str
    at: datetime
    on: date
    due_on: date


def store_drafts(session: Session, invoices: Sequence[NewInvoice]) -> None:
    """Store drafts; one that has an id takes the place of the draft that it was."""
    _store(session, invoices, [None] * len(invoices))


def store_issued(
    session: Session, merchant: Merchant, invoices: Sequence[NewInvoice], issue: Issue
) -> list[int]:
    """Issue invoices and credit notes; the id of each."""
    issued: dict[int, _Issued] = {}
    for kind in InvoiceKind:
        of_kind = [place for place, one in enumerate(invoices) if one.kind is kind]
        if not of_kind:
            continue
        first = take(session, kind.value, len(of_kind))
        at = issue.clock()
        on = merchant.today(at)
        due_on = merchant.payment_due_on(on) if kind is InvoiceKind.INVOICE else on
        for place, number in enumerate(of_kind):
            issued[number] = _Issued(numbered(issue.prefixes[kind], first + place), at, on, due_on)
    ids = _store(session, invoices, [issued[place] for place in range(len(invoices))])
    for kind, event_type in _TOLD.items():
        of_kind = [place for place, one in enumerate(invoices) if one.kind is kind]
        if of_kind:
            told = [(invoices[place].customer_id, str(ids[place])) for place in of_kind]
            record_events(session, event_type, told, now=issued[of_kind[0]].at)
    _tell_of_nothing_to_pay(session, invoices, issued)
    return ids


def _tell_of_nothing_to_pay(
    session: Session, invoices: Sequence[NewInvoice], issued: Mapping[int, _Issued]
) -> None:
    """Discounts may have taken all: such an invoice is paid from the start."""
    free = [
        place
        for place, one in enumerate(invoices)
        if one.kind is InvoiceKind.INVOICE and not one.net + one.tax
    ]
    if free:
        told = [(invoices[place].customer_id, str(invoices[place].id)) for place in free]
        record_events(session, EventType.INVOICE_PAID, told, now=issued[free[0]].at)


def _store(
    session: Session, invoices: Sequence[NewInvoice], issued: Sequence[_Issued | None]
) -> list[int]:
    if not invoices:
        return []
    drafts = [invoice.id for invoice in invoices if invoice.id is not None]
    if drafts:
        delete_drafts(session, drafts)
    fresh = [invoice for invoice in invoices if invoice.id is None]
    if fresh:
        first = take(session, "id", len(fresh))
        for place, invoice in enumerate(fresh):
            invoice.id = first + place
    connection = session.connection()
    # Most invoices of a run have the same moments.
    text = cache(sqlite_moment if connection.dialect.name == "sqlite" else datetime.isoformat)
    insert_rows(connection, "invoice_lines", _LINE, _line_rows(invoices))
    rows = [
        _invoice_row(invoice, found, text) for invoice, found in zip(invoices, issued, strict=True)
    ]
    insert_rows(connection, "invoices", _INVOICE, rows)
    return [invoice.id for invoice in invoices if invoice.id is not None]


def delete_drafts(session: Session, ids: Iterable[int]) -> None:
    """Delete drafts with their lines."""
    ids = list(ids)
    session.execute(delete(InvoiceLine).where(InvoiceLine.invoice_id.in_(ids)))
    session.execute(delete(Invoice).where(Invoice.id.in_(ids)))


def _invoice_row(
    invoice: NewInvoice, issued: _Issued | None, text: Callable[[datetime], str]
) -> _Row:
    return (
        invoice.id,
        invoice.kind.value,
        issued.number if issued else None,
        invoice.customer_id,
        invoice.schedule_id,
        str(invoice.billed_on),
        invoice.revision,
        invoice.replaces_id,
        invoice.corrects_id,
        invoice.cause.value if invoice.cause else None,
        invoice.reason,
        invoice.currency,
        str(invoice.period.start),
        str(invoice.period.end),
        invoice.net,
        invoice.tax,
        invoice.net + invoice.tax,
        as_json(
            [(f"{one.rate:f}", str(one.net.minor), str(one.tax.minor)) for one in invoice.taxes]
        ),
        invoice.tax_treatment.value,
        str(invoice.billed_on),
        invoice.merchant_currency,
        invoice.merchant_tax,
        _decimal(invoice.exchange_rate),
        invoice.seller_id,
        as_json(invoice.buyer),
        invoice.purchase_order,
        LANGUAGE,
        text(invoice.drafted_at),
        text(invoice.ready_at),
        text(invoice.held_at) if invoice.held_at else None,
        text(issued.at) if issued else None,
        str(issued.on) if issued else None,
        str(issued.due_on) if issued else None,
    )


def _line_rows(invoices: Iterable[NewInvoice]) -> list[_Row]:
    return [
        (invoice.id, position, invoice.schedule_id, invoice.revision, *line.columns)
        for invoice in invoices
        for position, line in enumerate(invoice.lines)
    ]


def _decimal(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
