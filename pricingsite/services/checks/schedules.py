"""Whether every day of a schedule was billed once, and for what its usage comes to.

Each bill that fell due is made again from the events' rollups, and compared with all that was ever
billed for it. Changes that a run has still to look at only wait.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from pricingsite.models.customers import Customer
from pricingsite.models.invoices import ChangedUsage, Invoice, InvoiceKind, InvoiceLine
from pricingsite.models.orders import Order
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import LineKind, Money, Period, local_date
from pricingsite.services.billing_run.agreements import Agreements
from pricingsite.services.billing_run.comparing import Comparison, compare
from pricingsite.services.billing_run.drafting import BilledSchedule, Desk
from pricingsite.services.checks.findings import Broken, Finding, Promise, Remark
from pricingsite.wording.figures import money

# A run of each day is soon enough.
_DAYS_BEHIND = timedelta(days=1)


def check_schedules(
    session: Session,
    agreements: Agreements,
    customer_id: str,
    *,
    late_days: int,
    now: datetime,
) -> Iterator[Finding]:
    """What is wrong with the bills of a customer's schedules."""
    desk = Desk(session, grace=timedelta(0), now=now)
    customer = session.get_one(Customer, customer_id)
    changed = session.get(ChangedUsage, customer_id)
    for schedule in _schedules(session, agreements, customer_id):
        yield from _billed_twice(session, schedule)
        today = local_date(now, schedule.agreement.zone)
        before = schedule.next_invoice_on or today + timedelta(days=1)
        if before <= today - _DAYS_BEHIND:
            yield Remark(f"{schedule.id}: what fell due on {before} waits for a billing run.")
        days = list(_due_before(schedule, before))
        for found in compare(session, desk, schedule, customer, days):
            yield from _compared(found, schedule, changed, late_days)


def _schedules(session: Session, agreements: Agreements, customer_id: str) -> list[BilledSchedule]:
    ended = exists().where(Order.schedule_id == BillingSchedule.id, Order.ended_at.is_not(None))
    rows = session.scalars(
        select(BillingSchedule)
        .where(
            BillingSchedule.customer_id == customer_id,
            BillingSchedule.withdrawn_at.is_(None),
            ~ended,
        )
        .order_by(BillingSchedule.start_date)
    ).all()
    found = agreements.of(session, (row.id for row in rows))
    return [
        BilledSchedule(row.id, customer_id, row.purchase_order, row.next_invoice_on, found[row.id])
        for row in rows
    ]


def _due_before(schedule: BilledSchedule, before: date) -> Iterator[date]:
    """Every day before another on which something fell due."""
    day = schedule.agreement.next_due(date.min + timedelta(days=1))
    while day is not None and day < before:
        yield day
        day = schedule.agreement.next_due(day + timedelta(days=1))


def _compared(
    found: Comparison, schedule: BilledSchedule, changed: ChangedUsage | None, late_days: int
) -> Iterator[Finding]:
    """What is wrong with the bill of a day; nothing of one whose draft is still open."""
    currency = schedule.agreement.currency
    if found.is_draft or not found.differences:
        return
    by_usage = found.by_usage.issuperset(found.differences)
    net = Money(sum(found.now.values()) - sum(found.billed.values()), currency)
    if found.invoice is None and not any(found.billed.values()):
        # Where usage alone makes the difference, a discount may take it all off.
        waits = changed is not None and changed.since < found.billed_on
        if not waits and (net.minor or not by_usage):
            values = (schedule.customer_id, schedule.id, str(found.billed_on), str(net))
            yield Broken(Promise.NEVER_BILLED, values)
        return
    number = found.invoice.number or str(found.invoice.id) if found.invoice else "none"
    if changed is not None and changed.since < found.billed_on:
        yield Remark(f"{number}: usage has changed since; the next invoice or run bills it.")
        return
    if not net.minor and by_usage:
        return  # A minimum makes up for it, or a discount takes it off.
    if net.minor > 0 and by_usage:
        yield Remark(
            f"{number}: usage of {money(net)} came more than {late_days} days after its invoice, "
            "and is not billed."
        )
        return
    for price_id in found.differences:
        billed, again = found.billed.get(price_id, 0), found.now.get(price_id, 0)
        amounts = (str(Money(minor, currency)) for minor in (billed, again))
        what = price_id or "discount and minimum"
        yield Broken(Promise.RECOMPUTED, (schedule.customer_id, number, what, *amounts))


def _billed_twice(session: Session, schedule: BilledSchedule) -> Iterator[Finding]:
    """Days of a price that stand on two invoices, neither of which was replaced."""
    newer = aliased(Invoice)
    replaced = exists().where(newer.replaces_id == Invoice.id)
    rows = session.execute(
        select(
            InvoiceLine.kind, InvoiceLine.price_id, InvoiceLine.period_start, InvoiceLine.period_end
        )
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(
            InvoiceLine.schedule_id == schedule.id,
            InvoiceLine.kind.in_([LineKind.FIXED, LineKind.USAGE]),
            Invoice.kind == InvoiceKind.INVOICE,
            ~replaced,
        )
        .distinct()
        .order_by(InvoiceLine.price_id, InvoiceLine.period_start, InvoiceLine.period_end)
    )
    periods: dict[tuple[LineKind, str | None], list[Period]] = defaultdict(list)
    for kind, price_id, start, end in rows:
        periods[kind, price_id].append(Period(start, end))
    for (kind, price_id), found in periods.items():
        is_fee = kind is LineKind.FIXED
        yield from _overlaps(schedule, price_id or "", found, is_fee=is_fee)


def _overlaps(
    schedule: BilledSchedule, price_id: str, found: Sequence[Period], *, is_fee: bool
) -> Iterator[Finding]:
    for one, other in pairwise(found):
        # More of a fee is bought from a day on, up to the end of what there is of it or to one that
        # is agreed; or it is bought anew, after an end that gave back what was paid for those days.
        is_charged = is_fee and (
            other.end == one.end or schedule.agreement.charges_on(price_id, other.start)
        )
        if other.start < one.end and not is_charged:
            days = (f"{period.start} to {period.last_day}" for period in (one, other))
            yield Broken(Promise.BILLED_TWICE, (schedule.customer_id, price_id, *days))
