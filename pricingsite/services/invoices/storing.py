"""Store invoices: many at once, by the driver, as a run may make thousands.

Lines come before their invoice, since one that is issued takes no more; the database checks at the
end that they have one. Ids are taken first of all, and numbers last.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache

from sqlalchemy import delete
from sqlalchemy.orm import Session

from pricingsite.models.invoices import Invoice, InvoiceKind, InvoiceLine
from pricingsite.models.merchant import Merchant
from pricingsite.services.invoices.new_invoices import LANGUAGE, NewInvoice
from pricingsite.services.invoices.numbering import numbered, take
from pricingsite.services.messages.webhooks import EventType, record_events
from pricingsite.services.usage.bulk import as_json, insert_new, sqlite_moment

_Row = tuple[object, ...]

_TOLD = {
    InvoiceKind.INVOICE: EventType.INVOICE_ISSUED,
    InvoiceKind.CREDIT_NOTE: EventType.CREDIT_NOTE_ISSUED,
}

_INVOICE = (
    "kind",
    "customer_id",
    "schedule_id",
    "billed_on",
    "revision",
    "replaces_id",
    "corrects_id",
    "cause",
    "reason",
    "currency",
    "period_start",
    "period_end",
    "net",
    "tax",
    "gross",
    "tax_lines",
    "tax_treatment",
    "tax_point",
    "merchant_currency",
    "merchant_tax",
    "exchange_rate",
    "seller_id",
    "buyer",
    "purchase_order",
    "language",
    "drafted_at",
    "ready_at",
    "held_at",
    "id",
    "number",
    "issued_at",
    "issued_on",
    "due_on",
)
_LINE = (
    "invoice_id",
    "position",
    "schedule_id",
    "revision",
    "billed_on",
    "kind",
    "price_id",
    "sequence",
    "period_start",
    "period_end",
    "description",
    "quantity",
    "unit",
    "unit_price",
    "flat_fee",
    "proration_days",
    "proration_of",
    "tax_rate",
    "net",
)
_NOT_ISSUED: _Row = (None, None, None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """How documents are issued: the prefix of each kind's numbers, and the clock.

    The clock is read when the numbers are taken, so that days never fall as numbers rise.
    """

    prefixes: Mapping[InvoiceKind, str]
    clock: Callable[[], datetime]


def store_drafts(session: Session, invoices: Sequence[NewInvoice]) -> None:
    """Store drafts; one that has an id takes the place of the draft that it was."""
    _store(session, invoices, lambda: [_NOT_ISSUED] * len(invoices))


def store_issued(
    session: Session, merchant: Merchant, invoices: Sequence[NewInvoice], issue: Issue
) -> list[int]:
    """Issue invoices and credit notes; the id of each."""
    issued_at: dict[InvoiceKind, datetime] = {}
    ids = _store(session, invoices, lambda: _numbers(session, merchant, invoices, issue, issued_at))
    for kind, at in issued_at.items():
        of_kind = [one for one in invoices if one.kind is kind]
        _tell(session, _TOLD[kind], of_kind, at)
        if kind is InvoiceKind.INVOICE:
            # Discounts may have taken all: such an invoice is paid from the start.
            free = [one for one in of_kind if not one.net + one.tax]
            _tell(session, EventType.INVOICE_PAID, free, at)
    return ids


def _numbers(
    session: Session,
    merchant: Merchant,
    invoices: Sequence[NewInvoice],
    issue: Issue,
    issued_at: dict[InvoiceKind, datetime],
) -> list[_Row]:
    """What each has once it is issued: its number, when and on which day, and when it is due.

    `issued_at` gets the moment of each kind.
    """
    found: dict[int, _Row] = {}
    for kind in InvoiceKind:
        of_kind = [place for place, one in enumerate(invoices) if one.kind is kind]
        if not of_kind:
            continue
        first = take(session, kind.value, len(of_kind))
        at = issued_at[kind] = issue.clock()
        on = merchant.today(at)
        due_on = merchant.payment_due_on(on) if kind is InvoiceKind.INVOICE else on
        days = (_text_of(session)(at), str(on), str(due_on))
        for count, place in enumerate(of_kind):
            found[place] = (numbered(issue.prefixes[kind], first + count), *days)
    return [found[place] for place in range(len(invoices))]


def _tell(
    session: Session, event_type: EventType, invoices: Iterable[NewInvoice], now: datetime
) -> None:
    """Let the merchant's programs know."""
    if told := [(one.customer_id, str(one.id)) for one in invoices]:
        record_events(session, event_type, told, now=now)


def _store(
    session: Session, invoices: Sequence[NewInvoice], numbers: Callable[[], Iterable[_Row]]
) -> list[int]:
    """Store invoices, and take their numbers late: others wait for theirs from then on."""
    if not invoices:
        return []
    drafts = [invoice.id for invoice in invoices if invoice.id is not None]
    if drafts:
        delete_drafts(session, drafts)
    # Most invoices of a run have the same moments.
    text = cache(_text_of(session))
    rows = [_invoice_row(invoice, text) for invoice in invoices]
    ids = _give_ids(session, invoices)
    insert_new(session.connection(), "invoice_lines", _LINE, _line_rows(invoices))
    rows = [(*row, one, *last) for row, one, last in zip(rows, ids, numbers(), strict=True)]
    insert_new(session.connection(), "invoices", _INVOICE, rows)
    return ids


def _give_ids(session: Session, invoices: Sequence[NewInvoice]) -> list[int]:
    """The id of each; those that have none yet get one."""
    fresh = [invoice for invoice in invoices if invoice.id is None]
    if fresh:
        first = take(session, "id", len(fresh))
        for place, invoice in enumerate(fresh):
            invoice.id = first + place
    return [invoice.id for invoice in invoices if invoice.id is not None]


def _text_of(session: Session) -> Callable[[datetime], str]:
    """How the database takes an instant in UTC."""
    return sqlite_moment if session.get_bind().dialect.name == "sqlite" else datetime.isoformat


def delete_drafts(session: Session, ids: Iterable[int]) -> None:
    """Delete drafts with their lines."""
    ids = list(ids)
    delete_lines(session, ids)
    session.execute(delete(Invoice).where(Invoice.id.in_(ids)))


def delete_lines(session: Session, ids: Iterable[int]) -> None:
    """Delete the lines of drafts, which are to have others."""
    session.execute(delete(InvoiceLine).where(InvoiceLine.invoice_id.in_(list(ids))))


def _invoice_row(invoice: NewInvoice, text: Callable[[datetime], str]) -> _Row:
    """Its columns, but for its id and what it has once it is issued."""
    return (
        invoice.kind.value,
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
    )


def _line_rows(invoices: Iterable[NewInvoice]) -> list[_Row]:
    return [
        (invoice.id, position, invoice.schedule_id, invoice.revision, *line.columns)
        for invoice in invoices
        for position, line in enumerate(invoice.lines)
    ]


def _decimal(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
