"""What became of an invoice: what settled it, and the documents that correct or replace it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from pricingsite.models.invoices import (
    Invoice,
    InvoiceKind,
    InvoiceLine,
    Settlement,
    SettlementKind,
)
from pricingsite.pricing import Money

# What raises the balance of the invoice that it is recorded for.
_RAISING = {SettlementKind.REFUND}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What changed a balance on a day: by `amount`, to `balance`.

    `other` is the number of the document that a credit came from; where it was `given`, of the one
    that it went to.
    """

    on: date
    kind: SettlementKind
    amount: Money
    balance: Money
    other: str | None = None
    given: bool = False
    reference: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What became of an invoice.

    `corrections` are the credit notes that name it, `adjusted` the earlier invoices that its lines
    adjust, by the day on which those were billed; `adjusted_by` are later ones that adjust it.
    """

    entries: tuple[Entry, ...]
    corrections: tuple[Invoice, ...]
    replaces: Invoice | None
    replaced_by: Invoice | None
    adjusted: Mapping[date, Invoice]
    adjusted_by: tuple[Invoice, ...]


def history_of(session: Session, invoice: Invoice) -> History:
    """What became of an invoice whose lines are loaded, in two statements."""
    days = {line.billed_on for line in invoice.lines} - {invoice.billed_on}
    others = _others(session, invoice, days)
    adjusting = [one for one in others if one.id != invoice.corrects_id]
    return History(
        entries=_entries(session, invoice),
        corrections=tuple(one for one in others if one.corrects_id == invoice.id),
        replaces=next((one for one in others if one.id == invoice.replaces_id), None),
        replaced_by=next((one for one in others if one.replaces_id == invoice.id), None),
        adjusted={
            one.billed_on: one
            for one in others
            if one.billed_on in days and not one.is_credit_note and one.number
        },
        adjusted_by=tuple(
            one
            for one in adjusting
            if one.corrects_id is None and one.billed_on > invoice.billed_on and one.number
        )
        if not invoice.is_credit_note
        else (),
    )


def _others(session: Session, invoice: Invoice, days: set[date]) -> Sequence[Invoice]:
    """The documents that an invoice has to do with, the oldest first."""
    of_schedule = Invoice.schedule_id == invoice.schedule_id
    related: list[ColumnElement[bool]] = [
        Invoice.corrects_id == invoice.id,
        Invoice.replaces_id == invoice.id,
        and_(of_schedule, Invoice.id.in_(_adjusting(invoice))),
    ]
    if invoice.replaces_id is not None:
        related.append(Invoice.id == invoice.replaces_id)
    if days:
        was_billed = Invoice.kind == InvoiceKind.INVOICE
        related.append(and_(of_schedule, was_billed, Invoice.billed_on.in_(days)))
    found = select(Invoice).where(or_(*related), Invoice.id != invoice.id)
    return session.scalars(found.order_by(Invoice.billed_on, Invoice.revision, Invoice.id)).all()


def _adjusting(invoice: Invoice) -> ColumnElement[int]:
    """The ids of the documents that hold lines about the day that the invoice billed."""
    is_about = (
        InvoiceLine.schedule_id == invoice.schedule_id,
        InvoiceLine.billed_on == invoice.billed_on,
    )
    return select(InvoiceLine.invoice_id).where(*is_about).scalar_subquery()


def _entries(session: Session, invoice: Invoice) -> tuple[Entry, ...]:
    """What changed the balance, in the order of its days."""
    target, source = aliased(Invoice), aliased(Invoice)
    rows = session.execute(
        select(Settlement, target.number, source.number)
        .join(target, target.id == Settlement.invoice_id)
        .outerjoin(source, source.id == Settlement.source_id)
        .where(or_(Settlement.invoice_id == invoice.id, Settlement.source_id == invoice.id))
        .order_by(Settlement.settled_on, Settlement.id)
    )
    found = _Entries(invoice.money(invoice.gross))
    for row, target_number, source_number in rows:
        given = row.source_id == invoice.id
        found.add(
            row,
            invoice.money(row.amount if given or row.kind in _RAISING else -row.amount),
            other=target_number if given else source_number,
            given=given,
        )
    return tuple(found.entries)


class _Entries:
    """Entries one after another, each with the balance after it.

    What is paid after a write-off makes it smaller: that is an entry of its own.
    """

    def __init__(self, gross: Money) -> None:
        self.entries: list[Entry] = []
        self._rest = gross
        self._write_offs = self._written_off = Money.zero(gross.currency)

    def add(self, row: Settlement, amount: Money, *, other: str | None, given: bool) -> None:
        is_write_off = row.kind is SettlementKind.WRITE_OFF
        if is_write_off:
            self._write_offs -= amount
        else:
            self._rest += amount
        zero = Money.zero(amount.currency)
        written_off = min(self._write_offs, max(self._rest, zero))
        taken_back = self._written_off - written_off
        self._written_off = written_off
        balance = self._rest - written_off
        entry = Entry(
            on=row.settled_on,
            kind=row.kind,
            amount=taken_back if is_write_off else amount,
            balance=balance if is_write_off else balance - taken_back,
            other=other,
            given=given,
            reference=row.reference,
            reason=row.reason,
        )
        self.entries.append(entry)
        if taken_back.minor and not is_write_off:
            off, day = SettlementKind.WRITE_OFF, row.settled_on
            self.entries.append(Entry(on=day, kind=off, amount=taken_back, balance=balance))
