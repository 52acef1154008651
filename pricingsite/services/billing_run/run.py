"""The billing run: drafts of what fell due, and invoices of drafts past their grace.

Each step does a chunk in the caller's transaction and says where the next begins. A schedule that
is billed moves on in the transaction that stores its invoice: killed anywhere, the next run goes
on, and running again changes nothing. On PostgreSQL runs skip what another has claimed; on SQLite
they take turns. What is wrong with one schedule is told, and holds up no other.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.models.invoices import Invoice
from pricingsite.models.orders import Order
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.billing_run.agreements import Agreements
from pricingsite.services.billing_run.drafting import BilledSchedule, Desk
from pricingsite.services.billing_run.making import (
    BillingRun,
    bill_schedules,
    read_customers,
    remake,
)
from pricingsite.services.customers.aliases import is_any_of
from pricingsite.services.customers.locks import lock_customers
from pricingsite.services.merchant import get_merchant

# Customers whose rows are locked, and whose invoices are in memory, at once.
CHUNK = 500

# Where the next chunk begins: a day or a moment, and an id.
Cursor = tuple[date | datetime, str | int]


def bill_due(session: Session, run: BillingRun, after: Cursor | None) -> Cursor | None:
    """Bill a chunk of the schedules that are due; None where there are no more."""
    now = run.issue.clock()
    desk = Desk(session, grace=run.grace, now=now)
    rows = _claim(session, run.last_day(desk.merchant.today(now)), after)
    if not rows:
        return None
    lock_customers(session, {row.customer_id for row in rows}, exclusive=True)
    schedules, customers = _read(session, run.agreements, rows)
    bill_schedules(session, run, desk, schedules, customers)
    last = rows[-1]
    assert last.next_invoice_on is not None  # noqa: S101 - it is due
    return last.next_invoice_on, last.id


def _claim(session: Session, last_day: date, after: Cursor | None) -> Sequence[BillingSchedule]:
    due = select(
        BillingSchedule.id,
        BillingSchedule.customer_id,
        BillingSchedule.purchase_order,
        BillingSchedule.next_invoice_on,
    ).where(BillingSchedule.next_invoice_on <= last_day)
    if after is not None:
        due = due.where(tuple_(BillingSchedule.next_invoice_on, BillingSchedule.id) > after)
    due = due.order_by(BillingSchedule.next_invoice_on, BillingSchedule.id).limit(CHUNK)
    claimed = due.with_for_update(skip_locked=True, of=BillingSchedule)
    return session.execute(claimed).all()  # type: ignore[return-value]


def _read(
    session: Session, agreements: Agreements, rows: Sequence[BillingSchedule]
) -> tuple[list[BilledSchedule], Mapping[str, Customer]]:
    """The schedules that may be billed, and their customers: not those to be verified yet."""
    found = agreements.of(session, (row.id for row in rows))
    customers = read_customers(session, (row.customer_id for row in rows))
    unverified = {one.id for one in customers.values() if one.verified_at is None}
    ordered = set()
    if unverified:
        of_these = is_any_of(session, Order.customer_id, unverified)
        ordered = set(session.scalars(select(Order.schedule_id).where(of_these)))
    schedules = [
        BilledSchedule(
            row.id, row.customer_id, row.purchase_order, row.next_invoice_on, found[row.id]
        )
        for row in rows
        if row.id not in ordered and row.id in found
    ]
    return schedules, customers


def issue_ready(session: Session, run: BillingRun, after: Cursor | None) -> Cursor | None:
    """Issue a chunk of the drafts whose grace is over; None where there are no more."""
    now = run.issue.clock()
    desk = Desk(session, grace=run.grace, now=now)
    open_drafts = (Invoice.number.is_(None), Invoice.voided_at.is_(None), Invoice.held_at.is_(None))
    ready = (Invoice.ready_at <= now, Invoice.billed_on <= run.last_day(desk.merchant.today(now)))
    drafts = select(Invoice).where(*open_drafts, *ready)
    if after is not None:
        drafts = drafts.where(tuple_(Invoice.ready_at, Invoice.id) > after)
    claimed = session.scalars(
        drafts.order_by(Invoice.ready_at, Invoice.id)
        .limit(CHUNK)
        .with_for_update(skip_locked=True, of=Invoice)
    ).all()
    if not claimed:
        return None
    remake(session, run, desk, claimed)
    return claimed[-1].ready_at, claimed[-1].id


def count_waiting(session: Session, run: BillingRun) -> int:
    """How many wait: drafts that are open, and due schedules whose order is to be verified."""
    drafts = select(func.count()).where(Invoice.number.is_(None), Invoice.voided_at.is_(None))
    today = get_merchant(session).today(run.issue.clock())
    unverified = (
        select(func.count())
        .select_from(BillingSchedule)
        .join(Order, Order.schedule_id == BillingSchedule.id)
        .join(Customer, Customer.id == BillingSchedule.customer_id)
        .where(
            BillingSchedule.next_invoice_on <= run.last_day(today), Customer.verified_at.is_(None)
        )
    )
    return session.scalars(drafts).one() + session.scalars(unverified).one()
