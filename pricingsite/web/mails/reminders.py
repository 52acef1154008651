"""Reminders of invoices put into the outbox, and customers suspended for what they owe for long."""

from datetime import date, datetime, timedelta

from flask import current_app

from pricingsite.database import db
from pricingsite.services.balances.reminders import (
    Reminder,
    due_reminders,
    due_suspensions,
    remind,
)
from pricingsite.services.merchant import find_merchant
from pricingsite.web.clock import now
from pricingsite.web.sweeps import Sweep
from pricingsite.web.transaction import committing


def write_reminders() -> list[str]:
    """Put the reminders of open invoices into the outbox; the faults of those that failed.

    Each is written once. Where the merchant says so, customers are suspended after the last.
    """
    merchant = find_merchant(db.session())
    if merchant is None:
        return []
    moment = now()
    today = merchant.today(moment)
    sweep = Sweep("its reminder could not be written")
    for reminder in _due(today, moment):
        with sweep.each(reminder.number), committing(db.session):
            remind(db.session(), reminder, today=today, now=moment)
    db.session.rollback()  # The deliverer may sleep next, and should hold no snapshot then.
    return sweep.faults


def _due(today: date, moment: datetime) -> list[Reminder]:
    """All that is to be written, read before anything is."""
    due = list(due_reminders(db.session(), today=today))
    if days := current_app.config["SUSPEND_AFTER_DAYS"]:
        after = timedelta(days=days)
        due += due_suspensions(db.session(), after=after, today=today, now=moment)
    return due
