"""Customers whose usage of past days has changed: drafts made again, corrections, late usage.

What is less than was billed is a credit note at once. What is more waits for the next invoice of
its schedule; where none comes soon, it is an invoice of its own.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.models.invoices import ChangedUsage, CreditCause, Invoice, InvoiceKind
from pricingsite.models.orders import Order
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import local_date
from pricingsite.services.billing.tax import tax_treatment
from pricingsite.services.billing_run.drafting import BilledSchedule, Desk
from pricingsite.services.billing_run.late_usage import Change, changes
from pricingsite.services.billing_run.making import BillingRun, read_customers, remake, store
from pricingsite.services.customers.locks import lock_customers
from pricingsite.services.invoices.new_invoices import NewInvoice, hull
from pricingsite.services.invoices.snapshots import buyer_details
from pricingsite.wording.days import days

_CHUNK = 100
# A customer does not wait longer for a bill of what it used late.
_SOON = timedelta(days=45)


def examine_changed(session: Session, run: BillingRun, after: str | None) -> str | None:
    """Look at a chunk of the customers whose usage has changed; None where there are no more."""
    unexamined = ChangedUsage.examined_at.is_(None)
    ids = select(ChangedUsage.customer_id).where(
        unexamined, ChangedUsage.customer_id > (after or "")
    )
    found = session.scalars(ids.order_by(ChangedUsage.customer_id).limit(_CHUNK)).all()
    if not found:
        return None
    lock_customers(session, found, exclusive=True)
    desk = Desk(session, grace=run.grace, now=run.issue.clock())
    # Another run may have been a moment earlier.
    marks = session.scalars(
        select(ChangedUsage).where(unexamined, ChangedUsage.customer_id.in_(found))
    ).all()
    schedules = _schedules(session, run, found)
    customers = read_customers(session, found)
    with_drafts = set(session.scalars(_drafts(desk, found, Invoice.customer_id)))
    for mark in marks:
        own = schedules[mark.customer_id]
        if mark.customer_id not in with_drafts and not _is_billed(desk, own, mark.since):
            # Nearly always it is of days that no invoice is about yet.
            session.delete(mark)
            continue
        try:
            with session.begin_nested():
                _examine(session, run, desk, mark, customers[mark.customer_id], own)
        except Exception as error:  # noqa: BLE001 - one customer's fault holds up nobody else
            run.summary.faults.append(f"{mark.customer_id}: {error}")
    session.flush()
    return found[-1]


def _is_billed(desk: Desk, schedules: Sequence[BilledSchedule], since: date) -> bool:
    """Whether anything was billed that is for a day since this one."""
    for schedule in schedules:
        day = schedule.agreement.next_due(since + timedelta(days=1))
        if day is not None and day < _billed_before(desk, schedule):
            return True
    return False


def _billed_before(desk: Desk, schedule: BilledSchedule) -> date:
    """The day before which all that fell due is billed."""
    today = desk.today(schedule.agreement)
    return schedule.next_invoice_on or today + timedelta(days=1)


def _examine(
    session: Session,
    run: BillingRun,
    desk: Desk,
    mark: ChangedUsage,
    customer: Customer,
    schedules: Sequence[BilledSchedule],
) -> None:
    waiting = _drafts(desk, [customer.id], Invoice).with_for_update(of=Invoice)
    if drafts := session.scalars(waiting).all():
        remake(session, run, desk, drafts)
    made: list[NewInvoice] = []
    waits = put_off = False
    for schedule in schedules:
        today = desk.today(schedule.agreement)
        changed_on = local_date(mark.changed_at, schedule.agreement.zone)
        before = _billed_before(desk, schedule)
        found = changes(session, desk, schedule, customer, since=mark.since, before=before)
        made += [
            _credit_note(desk, schedule, change, change.invoice)
            for change in found
            if change.net < 0 and change.invoice and change.invoice.number
        ]
        late = [
            change
            for change in found
            if change.net > 0 and not change.is_too_late(changed_on, run.late_days)
        ]
        own = late if _is_last(schedule, today) else _of_other_tax(desk, customer, late)
        waits = waits or len(own) < len(late)
        if own and (invoice := _own_invoice(session, desk, schedule, customer, own, today)):
            made.append(invoice)
        elif own:
            put_off = True
        # An invoice is taxed in one way.
        put_off = put_off or len({change.treatment for change in own}) > 1
    store(session, run, desk, made)
    if not put_off and not waits:
        session.delete(mark)
    elif not put_off:
        mark.examined_at = desk.now
    session.flush()


def _drafts(desk: Desk, customer_ids: Sequence[str], of: Any) -> Select[Any]:
    """Open drafts that wait; those that are ready are made again when they are issued."""
    return select(of).where(
        Invoice.customer_id.in_(customer_ids),
        Invoice.number.is_(None),
        Invoice.voided_at.is_(None),
        or_(Invoice.ready_at > desk.now, Invoice.held_at.is_not(None)),
    )


def _schedules(
    session: Session, run: BillingRun, customer_ids: Sequence[str]
) -> Mapping[str, Sequence[BilledSchedule]]:
    """The schedules of each customer, but for those of orders which ended."""
    rows = session.execute(
        select(
            BillingSchedule.id,
            BillingSchedule.customer_id,
            BillingSchedule.purchase_order,
            BillingSchedule.next_invoice_on,
        )
        .outerjoin(Order, Order.schedule_id == BillingSchedule.id)
        .where(
            BillingSchedule.customer_id.in_(customer_ids),
            BillingSchedule.withdrawn_at.is_(None),
            Order.ended_at.is_(None),
        )
        .order_by(BillingSchedule.start_date)
    ).all()
    agreements = run.agreements.of(session, (row.id for row in rows))
    found: dict[str, list[BilledSchedule]] = {customer_id: [] for customer_id in customer_ids}
    for row in rows:
        found[row.customer_id].append(BilledSchedule(*row, agreement=agreements[row.id]))
    return found


def _is_last(schedule: BilledSchedule, today: date) -> bool:
    """Whether no next invoice of a schedule comes soon."""
    day = schedule.next_invoice_on
    following = schedule.agreement.next_due(day) if day else None
    return following is None or following > today + _SOON


def _of_other_tax(desk: Desk, customer: Customer, found: Sequence[Change]) -> list[Change]:
    """Those that cannot stand on the customer's next invoice, as that is taxed in another way."""
    treatment = tax_treatment(desk.merchant, customer)
    return [change for change in found if change.treatment is not treatment]


def _credit_note(
    desk: Desk, schedule: BilledSchedule, change: Change, invoice: Invoice
) -> NewInvoice:
    period = hull(line.period for line in change.lines)
    note = NewInvoice(
        kind=InvoiceKind.CREDIT_NOTE,
        customer_id=invoice.customer_id,
        schedule_id=schedule.id,
        billed_on=change.billed_on,
        corrects_id=invoice.id,
        cause=CreditCause.USAGE,
        reason=f"Usage of {days(period.start, period.last_day)} was corrected.",
        currency=invoice.currency,
        tax_treatment=invoice.tax_treatment,
        merchant_currency=invoice.merchant_currency,
        exchange_rate=invoice.exchange_rate,
        seller_id=desk.seller_id,
        buyer=invoice.buyer,
        purchase_order=invoice.purchase_order,
        drafted_at=desk.now,
        ready_at=desk.now,
        lines=change.lines,
    )
    note.add_up()
    return note


def _own_invoice(
    session: Session,
    desk: Desk,
    schedule: BilledSchedule,
    customer: Customer,
    found: Sequence[Change],
    today: date,
) -> NewInvoice | None:
    """An invoice for late usage alone, taxed in one way; None where today has one, or will."""
    same_day = (Invoice.schedule_id == schedule.id, Invoice.billed_on == today)
    has_one = session.scalar(select(Invoice.id).where(*same_day).limit(1)) is not None
    if has_one or schedule.agreement.next_due(today) == today:
        return None
    treatment = found[0].treatment
    own_currency, exchange_rate = desk.exchange(schedule.agreement.currency, today)
    invoice = NewInvoice(
        customer_id=customer.id,
        schedule_id=schedule.id,
        billed_on=today,
        currency=schedule.agreement.currency,
        tax_treatment=treatment,
        merchant_currency=own_currency,
        exchange_rate=exchange_rate,
        seller_id=desk.seller_id,
        buyer=buyer_details(customer),
        purchase_order=schedule.purchase_order,
        drafted_at=desk.now,
        ready_at=desk.now,
        lines=[line for one in found if one.treatment is treatment for line in one.lines],
    )
    invoice.add_up()
    return invoice
