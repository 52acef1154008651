"""The billing run: drafts of what fell due, and invoices of drafts past their grace.

Each step does a chunk in the caller's transaction and says where the next begins. A schedule that
is billed moves on in the transaction that stores its invoice: killed anywhere, the next run goes
on, and running again changes nothing. On PostgreSQL runs skip what another has claimed; on SQLite
they take turns. What is wrong with one schedule is told, and holds up no other.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, select, tuple_
from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.models.invoices import Invoice
from pricingsite.models.orders import Order
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.billing_run.drafting import BilledSchedule, Desk
from pricingsite.services.billing_run.examining import examine_changed
from pricingsite.services.billing_run.giving_back import give_back
from pricingsite.services.billing_run.making import (
    BillingRun,
    bill_schedules,
    read_customers,
    remake,
)
from pricingsite.services.customers.locks import lock_customers
from pricingsite.services.merchant import get_merchant

# Customers whose rows are locked, and whose invoices are in memory, at once.
CHUNK = 2_000

# Where the next chunk begins: a day or a moment, and an id.
Cursor = tuple[date | datetime, str | int]
Step = Callable[[Session, BillingRun, Any], Any]


def bill_due(session: Session, run: BillingRun, after: Cursor | None) -> Cursor | None:
    """Bill a chunk of the schedules that are due; None where there are no more."""
    now = run.issue.clock()
    desk = Desk(session, grace=run.grace, now=now)
    rows = _claim(session, run.last_day(desk.merchant.today(now)), after)
    if not rows:
        return None
    run.done += len(rows)
    customers = read_customers(session, (row.customer_id for row in rows))
    agreements = run.agreements.of(session, (row.id for row in rows))
    schedules = [
        BilledSchedule(
            row.id, row.customer_id, row.purchase_order, row.next_invoice_on, agreements[row.id]
        )
        for row in rows
    ]
    bill_schedules(session, run, desk, schedules, customers)
    last = rows[-1]
    return last.next_invoice_on, last.id


def count_due(session: Session, run: BillingRun) -> int:
    """How many schedules and drafts there are to go through."""
    now = run.issue.clock()
    last_day = run.last_day(get_merchant(session).today(now))
    schedules = select(func.count()).where(*_due(last_day))
    drafts = select(func.count()).where(*_ready(now, last_day))
    return session.scalars(schedules).one() + session.scalars(drafts).one()


def _due(last_day: date) -> tuple[ColumnElement[bool], ...]:
    return BillingSchedule.next_invoice_on <= last_day, ~_is_unverified()


def _claim(session: Session, last_day: date, after: Cursor | None) -> Sequence[Any]:
    due = select(
        BillingSchedule.id,
        BillingSchedule.customer_id,
        BillingSchedule.purchase_order,
        BillingSchedule.next_invoice_on,
    ).where(*_due(last_day))
    if after is not None:
        due = due.where(tuple_(BillingSchedule.next_invoice_on, BillingSchedule.id) > after)
    due = due.order_by(BillingSchedule.next_invoice_on, BillingSchedule.id).limit(CHUNK)
    claimed = due.with_for_update(skip_locked=True, of=BillingSchedule)
    return session.connection().execute(claimed).all()


def _ready(now: datetime, last_day: date) -> tuple[ColumnElement[bool], ...]:
    return (
        Invoice.number.is_(None),
        Invoice.voided_at.is_(None),
        Invoice.held_at.is_(None),
        Invoice.ready_at <= now,
        Invoice.billed_on <= last_day,
    )


def issue_ready(session: Session, run: BillingRun, after: Cursor | None) -> Cursor | None:
    """Issue a chunk of the drafts whose grace is over; None where there are no more."""
    now = run.issue.clock()
    desk = Desk(session, grace=run.grace, now=now)
    last_day = run.last_day(desk.merchant.today(now))
    drafts = select(Invoice).where(*_ready(now, last_day))
    if after is not None:
        drafts = drafts.where(tuple_(Invoice.ready_at, Invoice.id) > after)
    claimed = session.scalars(
        drafts.order_by(Invoice.ready_at, Invoice.id)
        .limit(CHUNK)
        .with_for_update(skip_locked=True, of=Invoice)
    ).all()
    if not claimed:
        return None
    run.done += len(claimed)
    after = claimed[-1].ready_at, claimed[-1].id
    lock_customers(session, {draft.customer_id for draft in claimed}, exclusive=True)
    remake(session, run, desk, claimed)
    return after


def count_waiting(session: Session, run: BillingRun) -> None:
    """Count what waits, by its reason: open drafts, and due schedules of unverified orders."""
    now = run.issue.clock()
    open_drafts = (Invoice.number.is_(None), Invoice.voided_at.is_(None))
    reason = case(
        (Invoice.held_at.is_not(None), "held"),
        (Invoice.ready_at > now, "in grace"),
        else_="lacking an exchange rate",
    )
    drafts = select(reason, func.count()).where(*open_drafts).group_by(reason)
    for why, count in session.execute(drafts):
        run.summary.add_waiting(why, count)
    last_day = run.last_day(get_merchant(session).today(now))
    unverified = select(func.count()).where(
        BillingSchedule.next_invoice_on <= last_day, _is_unverified()
    )
    if count := session.scalars(unverified).one():
        run.summary.add_waiting("unverified", count)


def _is_unverified() -> ColumnElement[bool]:
    """Whether a schedule is that of an order whose address nobody has verified yet."""
    return exists().where(
        Order.schedule_id == BillingSchedule.id,
        Customer.id == Order.customer_id,
        Customer.verified_at.is_(None),
    )


# In their order: what is billed may change what was looked at before.
STEPS: tuple[Step, ...] = (
    examine_changed,
    bill_due,
    issue_ready,
    give_back,
    examine_changed,
)
