"""The e-mail that tells a customer, 30 days before, that its yearly plan renews."""

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.merchant import find_merchant
from pricingsite.services.schedules.renewals import (
    Renewal,
    claim_renewal,
    renewal_to_remind_of,
    schedules_to_look_at,
)
from pricingsite.web.clock import now
from pricingsite.web.links import absolute
from pricingsite.web.mails.rendering import Email, render_email, send_later
from pricingsite.web.sweeps import Sweep
from pricingsite.web.transaction import committing


def write_renewal_mails() -> list[str]:
    """Put the e-mails about renewals that come soon into the outbox; the faults of those that fail.

    Each is written once.
    """
    merchant = find_merchant(db.session())
    if merchant is None:
        return []
    sweep = Sweep("the reminder of its renewal could not be written")
    for schedule_id in schedules_to_look_at(db.session(), today=merchant.today(now())):
        with sweep.each(schedule_id):
            _write_of(schedule_id)
    db.session.rollback()  # The deliverer may sleep next, and should hold no snapshot then.
    return sweep.faults


def _write_of(schedule_id: str) -> None:
    schedule = db.session.get_one(BillingSchedule, schedule_id)
    renewal = renewal_to_remind_of(db.session(), schedule, now=now())
    if renewal is None:
        return
    customer = db.session.get_one(Customer, schedule.customer_id)
    email, to = _render(renewal, customer), customer.billing_email
    with committing(db.session):
        if claim_renewal(db.session(), schedule, renewal, now=now()):
            send_later(email, key=f"renewal:{schedule_id}:{renewal.period.start}", to=to)


def _render(renewal: Renewal, customer: Customer) -> Email:
    return render_email(
        "renewal",
        renewal=renewal,
        customer=customer,
        plan_url=absolute("account.plan.show"),
        account_url=absolute("account.estimate.show"),
    )
