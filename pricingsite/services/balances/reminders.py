"""Reminders of invoices that are open: before they are due, and when they are overdue.

Each kind is written once for an invoice. Where nobody wrote any for days, only the latest is; where
all of them are long past, none. The last may suspend the customer, which paying lifts.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite
from sqlalchemy.orm import Session, lazyload, load_only

from pricingsite.models.customers import Customer, SuspensionCause
from pricingsite.models.invoices import Invoice, InvoiceKind, InvoiceReminder
from pricingsite.services.balances.standing import standings, unpaid_amount
from pricingsite.services.customers.locks import lock_balances
from pricingsite.services.customers.suspension import suspend
from pricingsite.services.invoices.announcing import InvoiceMail, announce

# On which day after the due day each is written, the first first.
REMINDERS = {
    InvoiceMail.DUE_SOON: -3,
    InvoiceMail.OVERDUE: 1,
    InvoiceMail.OVERDUE_A_WEEK: 7,
    InvoiceMail.OVERDUE_TWO_WEEKS: 14,
}
# How long after its day the last of them may still be written.
_LATE_DAYS = 30
_AT_ONCE = 500


class Reminder(NamedTuple):
    """A reminder to write: of which kind, and of which invoice."""

    kind: InvoiceMail
    invoice_id: int
    number: str


def due_reminders(session: Session, *, today: date) -> Iterator[Reminder]:
    """The reminders that are to be written by a day of the merchant's."""
    last = max(REMINDERS.values()) + _LATE_DAYS
    for (kind, first), end in zip(REMINDERS.items(), [*_firsts()[1:], last], strict=True):
        due = today - timedelta(days=end - 1), today - timedelta(days=first)
        for invoice in open_invoices(session, due, _was_not_sent(kind), today=today):
            if not _is_too_new(invoice, first):
                yield Reminder(kind, invoice.id, invoice.number or "")


def due_suspensions(
    session: Session, *, after: timedelta, today: date, now: datetime
) -> Iterator[Reminder]:
    """The invoices that are to suspend their customers: still open so long after the last reminder.

    Nobody is suspended who was not reminded.
    """
    last, first = list(REMINDERS.items())[-1]
    longest = timedelta(days=first + 2 * _LATE_DAYS) + after
    was_warned = exists().where(
        InvoiceReminder.invoice_id == Invoice.id,
        InvoiceReminder.kind == last.value,
        InvoiceReminder.written_at <= now - after,
    )
    due = today - longest, today - timedelta(days=first)
    only = was_warned & _was_not_sent(InvoiceMail.SUSPENDED)
    for invoice in open_invoices(session, due, only, today=today):
        yield Reminder(InvoiceMail.SUSPENDED, invoice.id, invoice.number or "")


def last_reminded_at(session: Session, invoice_id: int) -> datetime | None:
    """When the last reminder of an invoice was written, if it was."""
    kind = list(REMINDERS)[-1].value
    found = session.get(InvoiceReminder, (invoice_id, kind))
    return found.written_at if found else None


def _firsts() -> list[int]:
    return list(REMINDERS.values())


def _was_not_sent(kind: InvoiceMail) -> ColumnElement[bool]:
    return ~exists().where(
        InvoiceReminder.invoice_id == Invoice.id, InvoiceReminder.kind == kind.value
    )


def open_invoices(
    session: Session,
    due: tuple[date, date],
    only: ColumnElement[bool] | None = None,
    *,
    today: date,
) -> Iterator[Invoice]:
    """The invoices due on one of some days that are still to be paid, with what tells them apart.

    Or `only` some of them.
    """
    columns = (
        Invoice.customer_id,
        Invoice.kind,
        Invoice.number,
        Invoice.currency,
        Invoice.gross,
        Invoice.voided_at,
    )
    found = (
        select(Invoice)
        .options(load_only(*columns, Invoice.issued_on, Invoice.due_on), lazyload(Invoice.seller))
        .where(Invoice.due_on.between(*due), Invoice.kind == InvoiceKind.INVOICE)
        .where(true() if only is None else only)
        # Nearly all are paid, and those are not read.
        .where(unpaid_amount() > 0)
        .order_by(Invoice.due_on, Invoice.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    for invoices in session.scalars(found).partitions():
        standing = standings(session, invoices, today=today)
        yield from (one for one in invoices if standing[one.id].balance.minor > 0)


def _is_too_new(invoice: Invoice, first: int) -> bool:
    """Whether an invoice was issued so shortly before it is due that it reminds by itself."""
    assert invoice.due_on is not None  # noqa: S101 - it was found by it
    assert invoice.issued_on is not None  # noqa: S101 - what is due is issued
    return first < 0 and invoice.issued_on >= invoice.due_on + timedelta(days=first)


def remind(session: Session, reminder: Reminder, *, today: date, now: datetime) -> bool:
    """Write a reminder, if nobody has and the invoice is still open; whether it was written."""
    invoice = session.get_one(Invoice, reminder.invoice_id)
    # Who records a payment waits, or has been waited for.
    lock_balances(session, [invoice.customer_id])
    if standings(session, [invoice], today=today)[invoice.id].balance.minor <= 0:
        return False
    if not _claim(session, reminder, now=now):
        return False
    if reminder.kind is InvoiceMail.SUSPENDED:
        customer = session.get_one(Customer, invoice.customer_id)
        if not suspend(session, customer, SuspensionCause.OVERDUE, now=now):
            return False  # It is suspended already, and knows.
    announce(session, invoice, reminder.kind, now=now)
    return True


def _claim(session: Session, reminder: Reminder, *, now: datetime) -> bool:
    insert = insert_on_sqlite if _is_sqlite(session) else insert_on_postgresql
    row = {"invoice_id": reminder.invoice_id, "kind": reminder.kind.value, "written_at": now}
    claimed = insert(InvoiceReminder).values(**row).on_conflict_do_nothing()
    return session.scalar(claimed.returning(InvoiceReminder.invoice_id)) is not None


def is_superseded(session: Session, invoice_id: int, kind: InvoiceMail) -> bool:
    """Whether a later reminder of an invoice has been written."""
    order = [*REMINDERS, InvoiceMail.SUSPENDED]
    later = [one.value for one in order[order.index(kind) + 1 :]]
    reminded = InvoiceReminder.invoice_id == invoice_id, InvoiceReminder.kind.in_(later)
    return session.scalar(select(exists().where(*reminded))) or False


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
