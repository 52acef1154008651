"""The billing run: drafts of what fell due, and invoices of drafts past their grace.

Each step does a chunk in the caller's transaction and says where the next begins. A schedule that
is billed moves on in the transaction that stores its invoice: killed anywhere, the next run goes
on, and running again changes nothing. On PostgreSQL runs skip what another has claimed; on SQLite
they take turns, and work out meanwhile what they will bill next. What is wrong with one schedule
is told, and holds up no other.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, select, tuple_
from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.models.invoices import Invoice
from pricingsite.models.orders import Order
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.billing_run.drafting import Desk
from pricingsite.services.billing_run.examining import examine_changed
from pricingsite.services.billing_run.giving_back import give_back
from pricingsite.services.billing_run.making import (
    BillingRun,
    bill,
    remake,
    work_out,
)
from pricingsite.services.billing_run.preparing import Left, Prepared, Reading
from pricingsite.services.customers.locks import lock_customers
from pricingsite.services.invoices.snapshots import find_seller_id
from pricingsite.services.merchant import get_merchant

# Customers whose rows are locked, and whose invoices are in memory, at once.
CHUNK = 2_000

# Where the next chunk begins: a moment, and an id.
Cursor = tuple[datetime, int]
Step = Callable[[Session, BillingRun, Any], Any]


def prepare_due(session: Session, run: BillingRun, left: Left | None) -> None:
    """Work out the next chunk of what is due before its transaction, where there is one writer."""
    run.prepared = None
    if session.get_bind().dialect.name != "sqlite":
        return
    session.rollback()
    if find_seller_id(session, get_merchant(session)) is None:
        # It has to be stored first.
        return
    with Reading.of(session.connection()) as reading:
        desk = Desk(session, grace=run.grace, now=run.issue.clock())
        if rows := _claim(session, run, desk, left):
            run.prepared = Prepared(rows, work_out(session, run, desk, rows), reading)


def bill_due(session: Session, run: BillingRun, left: Left | None) -> Left | None:
    """Bill a chunk of the schedules that are due; None where there are no more."""
    desk = Desk(session, grace=run.grace, now=run.issue.clock())
    prepared, run.prepared = run.prepared, None
    if prepared and prepared.reading.is_true(session.connection()):
        rows, drafts = prepared.rows, prepared.drafts
    else:
        if not (rows := _claim(session, run, desk, left)):
            return None
        if prepared and rows != prepared.rows:
            # Another run was faster, and comes the same way.
            run.backwards = not run.backwards
            return left or Left()
        drafts = work_out(session, run, desk, rows)
    run.done += len(rows)
    bill(session, run, desk, drafts)
    return (left or Left()).without(rows, backwards=run.backwards)


def count_due(session: Session, run: BillingRun) -> int:
    """How many schedules and drafts there are to go through."""
    now = run.issue.clock()
    last_day = run.last_day(get_merchant(session).today(now))
    schedules = select(func.count()).where(*_due(last_day))
    drafts = select(func.count()).where(*_ready(now, last_day))
    return session.scalars(schedules).one() + session.scalars(drafts).one()


def _due(last_day: date) -> tuple[ColumnElement[bool], ...]:
    return BillingSchedule.next_invoice_on <= last_day, ~_is_unverified()


def _claim(session: Session, run: BillingRun, desk: Desk, left: Left | None) -> Sequence[Any]:
    """The next schedules that are due, which the run has not been through."""
    after, before = left or Left()
    due = select(
        BillingSchedule.id,
        BillingSchedule.customer_id,
        BillingSchedule.purchase_order,
        BillingSchedule.next_invoice_on,
    ).where(*_due(run.last_day(desk.merchant.today(desk.now))))
    place = tuple_(BillingSchedule.next_invoice_on, BillingSchedule.id)
    if after is not None:
        due = due.where(place > after)
    if before is not None:
        due = due.where(place < before)
    order = BillingSchedule.next_invoice_on, BillingSchedule.id
    in_order = due.order_by(*(one.desc() if run.backwards else one for one in order)).limit(CHUNK)
    claimed = in_order.with_for_update(skip_locked=True, of=BillingSchedule)
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


# What may be worked out before a step's transaction.
PREPARING: Mapping[Step, Callable[[Session, BillingRun, Any], None]] = {bill_due: prepare_due}

# In their order: what is billed may change what was looked at before.
STEPS: tuple[Step, ...] = (
    examine_changed,
    bill_due,
    issue_ready,
    give_back,
    examine_changed,
)
