"""The e-mail that tells a customer, on the day after its last one, that its plan has ended."""

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.merchant import find_merchant
from pricingsite.services.messages.outbox import is_written
from pricingsite.services.schedules.endings import data_kept_until, ended_lately
from pricingsite.web.clock import now
from pricingsite.web.mails.changes import ChangeEmails, ended_emails, send_change_emails
from pricingsite.web.sweeps import Sweep
from pricingsite.web.transaction import committing


def write_ending_mails() -> list[str]:
    """Put the e-mails about plans that have ended into the outbox; the faults of those that failed.

    Each is written once.
    """
    merchant = find_merchant(db.session())
    if merchant is None:
        return []
    sweep = Sweep("the e-mail about its end could not be written")
    for schedule_id in ended_lately(db.session(), today=merchant.today(now())):
        with sweep.each(schedule_id):
            _write_of(schedule_id)
    db.session.rollback()  # The deliverer may sleep next, and should hold no snapshot then.
    return sweep.faults


def _write_of(schedule_id: str) -> None:
    key = f"ended:{schedule_id}"
    if is_written(db.session(), key):
        return
    schedule = db.session.get_one(BillingSchedule, schedule_id)
    emails = _render(schedule)
    with committing(db.session):
        send_change_emails(emails, key)


def _render(schedule: BillingSchedule) -> ChangeEmails:
    customer = db.session.get_one(Customer, schedule.customer_id)
    until = data_kept_until(schedule)
    last_day = schedule.last_day
    assert last_day is not None  # noqa: S101 - it has ended
    return ended_emails(customer, last_day, schedule=schedule, data_until=until)
