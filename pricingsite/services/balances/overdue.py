"""Invoices that a midnight has made overdue, each told of once."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from pricingsite.pricing import Period
from pricingsite.services.balances.reminders import open_invoices
from pricingsite.services.messages.webhooks import EventType, record_events, wanted_by


def tell_of_overdue(session: Session, days: Period, *, today: date, now: datetime) -> None:
    """Write the events of invoices that were due on the day before one of some days."""
    if not wanted_by(session, EventType.INVOICE_OVERDUE):
        return
    a_day = timedelta(days=1)
    due = days.start - a_day, days.end - 2 * a_day
    told = [(one.customer_id, str(one.id)) for one in open_invoices(session, due, today=today)]
    record_events(session, EventType.INVOICE_OVERDUE, told, now=now)
