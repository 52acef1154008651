"""The e-mail that reminds a customer, a few days before, that its trial ends."""

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.billing.first_bill import first_bill_of_schedule
from pricingsite.services.merchant import find_merchant, read_seller
from pricingsite.services.schedules.confirming import (
    claim_reminder,
    is_to_be_reminded,
    trials_to_remind_of,
)
from pricingsite.web.clock import now
from pricingsite.web.links import absolute
from pricingsite.web.mails.rendering import Email, render_email, send_later
from pricingsite.web.sweeps import Sweep
from pricingsite.web.transaction import committing


def write_trial_mails() -> list[str]:
    """Put the reminders of trials that end soon into the outbox; the faults of those that failed.

    Each is written once.
    """
    merchant = find_merchant(db.session())
    if merchant is None:
        return []
    sweep = Sweep("its trial's reminder could not be written")
    for schedule_id in trials_to_remind_of(db.session(), today=merchant.today(now())):
        with sweep.each(schedule_id):
            _write_of(schedule_id)
    db.session.rollback()  # The deliverer may sleep next, and should hold no snapshot then.
    return sweep.faults


def _write_of(schedule_id: str) -> None:
    schedule = db.session.get_one(BillingSchedule, schedule_id)
    if not is_to_be_reminded(schedule, now=now()):
        return
    customer = db.session.get_one(Customer, schedule.customer_id)
    email, to = _render(schedule, customer), customer.billing_email
    with committing(db.session):
        if claim_reminder(db.session(), schedule_id, now=now()):
            send_later(email, key=f"trial-ends:{schedule_id}", to=to)


def _render(schedule: BillingSchedule, customer: Customer) -> Email:
    return render_email(
        "trial_ends",
        schedule=schedule,
        customer=customer,
        first=first_bill_of_schedule(read_seller(db.session()), schedule, customer),
        plan_url=absolute("account.plan.show"),
        account_url=absolute("account.estimate.show"),
    )
