"""The demo's past, gone through moment by moment: usage as it came, payments, billing runs.

At each moment at which anything fell due the clock stands still, so that numbers and days are those
of the time. Preparing the demo again goes on where the last moment was.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta

from flask import current_app
from sqlalchemy import func, select, update

from pricingsite.cli.billing import carry_out, new_run
from pricingsite.cli.demo.customers import DemoCustomer
from pricingsite.cli.demo.usage import events_of
from pricingsite.database import db
from pricingsite.models.invoices import Invoice, InvoiceKind
from pricingsite.models.outbox import OutboxMessage
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import BillingFrequency, Money, boundary, day_start, local_date
from pricingsite.services.balances.payments import PaymentError, mark_paid
from pricingsite.services.balances.standing import standings
from pricingsite.services.merchant import get_merchant
from pricingsite.services.schedules.reading import current_schedule
from pricingsite.services.usage.events import Event, EventName
from pricingsite.services.usage.quantities import freshness
from pricingsite.services.usage.recording import record
from pricingsite.services.usage.voiding import void
from pricingsite.web.clock import now, standing_at
from pricingsite.web.merchant import current_merchant
from pricingsite.web.transaction import committing

_DAY = timedelta(days=1)
# After the bill: when usage arrives that was late, or is taken out.
_CORRECTED_AFTER = timedelta(days=4)
# Of who pays in two parts, the first.
_FIRST_PART = 60
_SATURDAY = 5


class _Life:
    """A customer's usage: what it has sent already, and what comes next."""

    def __init__(self, customer: DemoCustomer, schedule: BillingSchedule) -> None:
        self._customer, self._anchor, self._zone = customer, schedule.anchor_date, schedule.zone
        start = day_start(schedule.start_date, schedule.zone)
        last = freshness(db.session(), customer.id)
        self._since = max(start, last.last_event_at) if last else start

    def next(self) -> tuple[list[Event], list[EventName]]:
        """The usage that has come since the last time, and what of it is taken out."""
        since, until = self._since, max(self._since, now())
        self._since = until
        events = list(events_of(self._customer, since, until))
        if (late := self._last_day(self._customer.late)) is not None:
            first, end = late
            events = [one for one in events if not first <= one.occurred_at < end]
            if since < end + _CORRECTED_AFTER <= until:
                events += events_of(self._customer, first, end)
        voided = self._last_day(self._customer.voided)
        if voided is None or not since < voided[1] + _CORRECTED_AFTER <= until:
            return events, []
        wrong = events_of(self._customer, *voided)
        return events, [EventName(one.subject, one.source, one.event_id) for one in wrong]

    def _last_day(self, period: int | None) -> tuple[datetime, datetime] | None:
        """When the last day of a monthly period begins and ends."""
        if period is None:
            return None
        end = boundary(self._anchor, BillingFrequency.MONTHLY, period + 1)
        return day_start(end - _DAY, self._zone), day_start(end, self._zone)


def relive(customers: Sequence[DemoCustomer]) -> list[str]:
    """Go through what has happened since the last time, up to now; what could not be billed."""
    lives = [
        _Life(customer, schedule)
        for customer in customers
        if (schedule := current_schedule(db.session(), customer.id)) is not None
    ]
    run = new_run()
    for moment in _moments():
        # In a context of its own: what a site remembers of a request is of one moment.
        with current_app.app_context(), standing_at(moment):
            with committing(db.session):
                _send(lives)
                _pay(customers)
            for _ in carry_out(run):
                pass
    with committing(db.session):
        _count_as_delivered(customers)
    return run.summary.faults


def _send(lives: Sequence[_Life]) -> None:
    """Record what has come; an hour that is stored already changes nothing."""
    came = [life.next() for life in lives]
    record(db.session(), [event for events, _ in came for event in events], now=now())
    if wrong := [name for _, names in came for name in names]:
        void(db.session(), wrong, now=now())


def _moments() -> Iterator[datetime]:
    """The moments at which bills fell due and their grace was over, as they come; the last is now.

    A day on which invoices were issued is gone through once more: it may have been cut short.
    """
    session, until = db.session(), now()
    zone = get_merchant(session).zone
    grace = timedelta(hours=current_app.config["INVOICE_GRACE_HOURS"])
    last = session.scalar(select(func.max(Invoice.issued_at)))
    after = local_date(last, zone) - _DAY if last else date.min
    while (day := _next_due(after)) is not None:
        moment = day_start(day, zone) + grace
        if moment >= until:
            break
        if last is None or moment >= last:
            yield moment
        after = day
    yield until


def _next_due(after: date) -> date | None:
    session = db.session()
    session.rollback()
    day = BillingSchedule.next_invoice_on
    found: date | None = session.scalar(select(func.min(day)).where(day > after))
    return found


def _pay(customers: Sequence[DemoCustomer]) -> None:
    """Record what customers have paid by now, each on its day."""
    session = db.session()
    pays = {customer.id: customer.pays for customer in customers}
    invoices = session.scalars(
        select(Invoice)
        .where(Invoice.customer_id.in_(pays), Invoice.kind == InvoiceKind.INVOICE)
        .where(Invoice.issued_at.is_not(None))
        .order_by(Invoice.id)
    ).all()
    found = standings(session, invoices, today=current_merchant().today(now()))
    for invoice in invoices:
        if found[invoice.id].unpaid.minor > 0:
            _pay_invoice(invoice, pays[invoice.customer_id])


def _pay_invoice(invoice: Invoice, days: Sequence[int]) -> None:
    for after in days:
        on = _working_day(_day_paid(invoice, after))
        paid_at = datetime.combine(on, time(12), current_merchant().zone)
        if paid_at > now():
            return
        is_last = after == days[-1]
        amount = None if is_last else Money(invoice.gross * _FIRST_PART // 100, invoice.currency)
        reference = f"Transfer {on:%y%m%d}-{invoice.id}"
        # Nothing may be left to pay, where somebody has credited some of it.
        with suppress(PaymentError):
            mark_paid(db.session(), invoice, amount=amount, on=on, reference=reference, now=paid_at)


def _day_paid(invoice: Invoice, after: int) -> date:
    """A day that differs a little from one invoice to the next, and is not before it."""
    assert invoice.issued_on is not None  # noqa: S101 - only what is issued is paid
    assert invoice.due_on is not None  # noqa: S101 - what is issued is due
    return max(invoice.due_on + timedelta(days=after - invoice.id % 5), invoice.issued_on + _DAY)


def _working_day(day: date) -> date:
    """The day, or the Monday after a weekend's."""
    is_weekend = day.weekday() >= _SATURDAY
    return day + timedelta(days=7 - day.weekday()) if is_weekend else day


def _count_as_delivered(customers: Sequence[DemoCustomer]) -> None:
    """Nobody reads the e-mails of the demo's past: they are not sent."""
    recipients = [customer.email for customer in customers]
    db.session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.recipient.in_(recipients), OutboxMessage.delivered_at.is_(None))
        .values(delivered_at=OutboxMessage.created_at)
    )
