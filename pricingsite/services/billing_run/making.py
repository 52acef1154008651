"""What a billing run makes of schedules and drafts that it has claimed, and stores.

What is wrong with one schedule is told, and holds up no other.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from itertools import groupby
from operator import attrgetter
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pricingsite.models.catalog import UsageMetric
from pricingsite.models.customers import Customer
from pricingsite.models.invoices import Invoice, InvoiceKind
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import Money, Period
from pricingsite.services.balances.credit_notes import tell_voided
from pricingsite.services.balances.customer_credit import apply_credits
from pricingsite.services.billing_run.agreements import Agreement, Agreements, Due
from pricingsite.services.billing_run.drafting import BilledSchedule, Desk, Drafts
from pricingsite.services.billing_run.late_lines import LateLines
from pricingsite.services.billing_run.preparing import Prepared
from pricingsite.services.billing_run.run_summary import RunSummary
from pricingsite.services.customers.aliases import is_any_of
from pricingsite.services.invoices.announcing import (
    Announcement,
    InvoiceMail,
    announce_new,
)
from pricingsite.services.invoices.change_lines import read_change_lines
from pricingsite.services.invoices.new_invoices import NewInvoice
from pricingsite.services.invoices.snapshots import BUYER
from pricingsite.services.invoices.storing import (
    Issue,
    delete_drafts,
    delete_lines,
    store_drafts,
    store_issued,
)
from pricingsite.services.usage.totals import totals

# What customers used of each service's metric; None of a fixed price.
_Quantities = Mapping[Due, Sequence[Mapping[str, Decimal] | None]]
_NOTHING = Decimal(0)


@dataclass(slots=True, kw_only=True)
class BillingRun:
    """A run: what it may bill, how it issues, what it has done so far.

    `until` is the last day on which what fell due is billed; none is today. With `hold` what is
    drafted now is held. `done` counts the schedules and drafts that it has been through. `prepared`
    is what it bills next, from the last of what is due to the first if `backwards`.
    """

    issue: Issue
    grace: timedelta
    late_days: int
    until: date | None = None
    hold: bool = False
    agreements: Agreements = field(default_factory=Agreements)
    summary: RunSummary = field(default_factory=RunSummary)
    done: int = 0
    prepared: Prepared | None = None
    backwards: bool = False

    def last_day(self, today: date) -> date:
        """The last day on which what fell due is billed."""
        return today if self.until is None else min(self.until, today)


_ASKED = (*BUYER, "tax_verified_at", "tax_id_valid")
_COLUMNS = [getattr(Customer, name) for name in _ASKED]


def read_customers(session: Session, ids: Iterable[str]) -> Mapping[str, Customer]:
    """Customers by their id, locked as `lock_customers` does it exclusively.

    They have what an invoice asks of one, and no more: entities cost more.
    """
    of_these = select(*_COLUMNS).where(is_any_of(session, Customer.id, ids))
    locked = of_these.order_by(Customer.id).with_for_update()
    rows = session.connection().execute(locked).all()
    found = (SimpleNamespace(**dict(zip(_ASKED, row, strict=True))) for row in rows)
    return {one.id: cast("Customer", one) for one in found}


def work_out(
    session: Session,
    run: BillingRun,
    desk: Desk,
    rows: Sequence[Any],
) -> Drafts:
    """What is due of claimed schedules, by their rows; their customers are locked."""
    customers = read_customers(session, (row.customer_id for row in rows))
    agreements = run.agreements.of(session, (row.id for row in rows))
    days_due = cache(partial(_days_due, run, desk))
    found = Drafts()
    due: list[tuple[BilledSchedule, date, Due]] = []
    for schedule_id, customer_id, purchase_order, since in rows:
        agreement = agreements[schedule_id]
        one = BilledSchedule(schedule_id, customer_id, purchase_order, since, agreement)
        days, found.next_days[one.id] = days_due(one.agreement, one.next_invoice_on)
        due += [(one, day, one.agreement.due_on(day)) for day in days]
    quantities = read_quantities(session, ((one.customer_id, what) for one, _, what in due))
    by_change = read_change_lines(session, (one.id for one, *_ in due))
    for schedule, day, what in due:
        customer = customers[schedule.customer_id]
        used = quantities_of(what, schedule.customer_id, quantities)
        extra = by_change.get((schedule.id, day), ())
        try:
            invoice = desk.draft(schedule, customer, what, used, billed_on=day, change_lines=extra)
            found.made.append((schedule, customer, invoice))
        except Exception as error:  # noqa: BLE001 - one customer's fault holds up nobody else
            fault = f"{schedule.id} of {schedule.customer_id}: {error}"
            found.faults.setdefault(schedule.id, fault)
    return found


def bill(session: Session, run: BillingRun, desk: Desk, drafts: Drafts) -> None:
    """Store what is due of schedules, which are claimed, and let them move on."""
    late = LateLines(session, desk, run.late_days, (one.id for _, one, _ in drafts.made))
    faults = dict(drafts.faults)
    made: list[NewInvoice] = []
    for schedule, customer, invoice in drafts.made:
        if schedule.id in faults:
            continue
        try:
            invoice.held_at = desk.now if run.hold else None
            late.add_to(invoice, schedule, customer)
            if not invoice.is_empty:
                made.append(invoice)
        except Exception as error:  # noqa: BLE001 - as above
            faults[schedule.id] = f"{schedule.id} of {schedule.customer_id}: {error}"
    run.summary.faults += faults.values()
    _move_on(session, {one: day for one, day in drafts.next_days.items() if one not in faults})
    store(session, run, desk, [one for one in made if one.schedule_id not in faults])


def _days_due(
    run: BillingRun, desk: Desk, agreement: Agreement, since: date | None
) -> tuple[list[date], date | None]:
    """The days from one on, on which something fell due, and the next on which it will."""
    last_day = run.last_day(desk.today(agreement))
    days: list[date] = []
    day = since
    while day is not None:
        day = agreement.next_due(day)
        if day is None or day > last_day:
            break
        days.append(day)
        day += timedelta(days=1)
    return days, day


def read_quantities(session: Session, due: Iterable[tuple[str, Due]]) -> _Quantities:
    """What customers used of each metric over each period that is charged for."""
    by_due: dict[Due, list[str]] = defaultdict(list)
    for customer_id, found in due:
        by_due[found].append(customer_id)
    wanted: dict[tuple[str, Period], tuple[UsageMetric, list[str]]] = {}
    for found, customer_ids in by_due.items():
        for metric, period in found.usage:
            wanted.setdefault((metric.id, period), (metric, []))[1].extend(customer_ids)
    used = {
        key: totals(session, customer_ids, metric, key[1])
        for key, (metric, customer_ids) in wanted.items()
    }
    return {
        found: [
            used[metric.id, service.period] if metric else None
            for service, metric in found.services
        ]
        for found in by_due
    }


def quantities_of(due: Due, customer_id: str, quantities: _Quantities) -> list[Decimal | None]:
    """What a customer used of each service's metric; None of a fixed price."""
    return [None if used is None else used.get(customer_id, _NOTHING) for used in quantities[due]]


def store(session: Session, run: BillingRun, desk: Desk, made: Sequence[NewInvoice]) -> None:
    """Store what was made: issued where its grace is over, as a draft before.

    Credits that customers have pay what is issued, as far as they go.
    """
    summary = run.summary
    summary.drafted += sum(one.id is None for one in made if one.kind is InvoiceKind.INVOICE)
    ready = [one for one in made if _is_ready(one, desk.now)]
    store_drafts(session, [one for one in made if not _is_ready(one, desk.now)])
    if not ready:
        return
    ids = store_issued(session, desk.merchant, ready, run.issue)
    announced = (
        Announcement(
            InvoiceMail.CREDIT_NOTE if one.corrects_id else InvoiceMail.ISSUED,
            invoice_id,
            one.customer_id,
            one.buyer["billing_email"],
        )
        for invoice_id, one in zip(ids, ready, strict=True)
    )
    announce_new(session, announced, now=desk.now)
    if corrected := [one.corrects_id for one in ready if one.corrects_id is not None]:
        tell_voided(session, corrected, now=desk.now)
    apply_credits(session, {one.customer_id for one in ready}, now=desk.now)
    for (kind, currency), found in groupby(ready, key=attrgetter("kind", "currency")):
        each = [one.net + one.tax for one in found]
        if kind is InvoiceKind.INVOICE:
            summary.add_invoices(len(each), Money(sum(each), currency))
        else:
            summary.add_credit_notes(len(each), Money(sum(each), currency))


def _is_ready(invoice: NewInvoice, now: datetime) -> bool:
    return invoice.ready_at <= now and not invoice.held_at and not invoice.lacks_rate


def _move_on(session: Session, days: Mapping[str, date | None]) -> None:
    """Let schedules know when they are billed next."""
    by_day: dict[date | None, list[str]] = defaultdict(list)
    for schedule_id, day in days.items():
        by_day[day].append(schedule_id)
    for day, ids in by_day.items():
        of_these = is_any_of(session, BillingSchedule.id, ids)
        moved = update(BillingSchedule).where(of_these).values(next_invoice_on=day)
        session.connection().execute(moved)


def remake(session: Session, run: BillingRun, desk: Desk, drafts: Sequence[Invoice]) -> None:
    """Make drafts again from what is known now; those whose grace is over are issued.

    Their customers are locked.
    """
    # Made again, they count adjustments from where they did before.
    delete_lines(session, (draft.id for draft in drafts))
    customers = read_customers(session, (draft.customer_id for draft in drafts))
    agreements = run.agreements.of(session, (draft.schedule_id for draft in drafts))
    due = [agreements[draft.schedule_id].due_on(draft.billed_on) for draft in drafts]
    asked = zip((draft.customer_id for draft in drafts), due, strict=True)
    quantities = read_quantities(session, asked)
    late = LateLines(session, desk, run.late_days, customers)
    by_change = read_change_lines(session, (draft.schedule_id for draft in drafts))
    made: list[NewInvoice] = []
    for draft, found in zip(drafts, due, strict=True):
        customer, used = (
            customers[draft.customer_id],
            quantities_of(found, draft.customer_id, quantities),
        )
        schedule = BilledSchedule(
            draft.schedule_id,
            draft.customer_id,
            draft.purchase_order,
            draft.billed_on,
            agreements[draft.schedule_id],
        )
        extra = by_change.get((draft.schedule_id, draft.billed_on), ())
        invoice = desk.draft(
            schedule, customer, found, used, billed_on=draft.billed_on, change_lines=extra
        )
        invoice.id, invoice.ready_at, invoice.held_at = draft.id, draft.ready_at, draft.held_at
        invoice.drafted_at = draft.drafted_at
        late.add_to(invoice, schedule, customer)
        invoice.revision, invoice.replaces_id = draft.revision, draft.replaces_id
        session.expunge(draft)
        if invoice.is_empty:
            delete_drafts(session, [draft.id])
        else:
            made.append(invoice)
    store(session, run, desk, made)
