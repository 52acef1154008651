"""What an order promises that a company has once: its trial, its promotion code.

It is decided when the order is verified, so that the checkout answers everybody alike. What the
order goes without is told then, and accepted before anything starts.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.models.orders import Order
from pricingsite.models.promotions import Promotion
from pricingsite.models.schedules import BillingSchedule, Phase, PhasePrice
from pricingsite.services.customers.companies import claim_once, has_claimed, is_known
from pricingsite.services.schedules.reading import as_if_verified, as_if_without

TRIAL, CODE = "trial", "code"
# Which of the two an order goes without.
Lost = frozenset[str]
NOTHING_LOST: Lost = frozenset()


class LostError(ValueError):
    """The company has had what the order promises, and nobody has accepted that yet."""


@dataclass(frozen=True, slots=True)
class OrderWithout:
    """What an order goes without once it is verified, and its schedule as it then is."""

    lost: Lost
    schedule: BillingSchedule


def order_without(session: Session, customer: Customer, *, now: datetime) -> OrderWithout | None:
    """What a customer's order will go without, as far as can be told before it is verified.

    None where that is nothing. The schedule is changed in this session's memory alone.
    """
    order = session.scalar(select(Order).where(Order.customer_id == customer.id))
    if order is None or customer.verified_at is not None:
        return None
    schedule, subjects = order.schedule, _subjects(order.schedule)
    lost = {one for one, subject in subjects.items() if has_claimed(session, subject, customer)}
    if _is_for_others(session, schedule, customer):
        lost.add(CODE)
    if not lost:
        return None
    as_if_without(schedule, trial=TRIAL in lost, discount=CODE in lost)
    if schedule.start_date < (today := schedule.today(now)):
        as_if_verified(schedule, today)
    return OrderWithout(Lost(lost), schedule)


def claim_offers(session: Session, schedule: BillingSchedule, customer: Customer) -> Lost:
    """Claim what a schedule promises for its customer's company; what it has had before is lost."""
    lost = {CODE} if _is_for_others(session, schedule, customer) else set()
    for one, subject in _subjects(schedule).items():
        if one not in lost and not claim_once(session, subject, customer):
            lost.add(one)
    return Lost(lost)


def _subjects(schedule: BillingSchedule) -> dict[str, str]:
    code = schedule.phases[-1].discount_code
    return ({TRIAL: "trial"} if schedule.trial else {}) | ({CODE: f"code:{code}"} if code else {})


def _is_for_others(session: Session, schedule: BillingSchedule, customer: Customer) -> bool:
    """Whether a schedule's code is for new customers, and its company is none."""
    code = schedule.phases[-1].discount_code
    promotion = session.get(Promotion, code) if code else None
    return promotion is not None and promotion.new_customers_only and is_known(session, customer)


def go_without(session: Session, schedule: BillingSchedule, lost: Lost) -> None:
    """Take what is lost off a schedule that has not been verified yet."""
    paid = schedule.phases[-1]
    if CODE in lost:
        paid.discount_code = paid.discount_rate = None
        paid.discount_amount = paid.discount_periods = None
    if TRIAL in lost:
        trial_id = schedule.phases[0].id
        session.execute(delete(PhasePrice).where(PhasePrice.phase_id == trial_id))
        session.execute(delete(Phase).where(Phase.id == trial_id))
        schedule.end_date, schedule.anchor_date = None, schedule.start_date
        schedule.next_invoice_on = schedule.start_date
        paid.start_date = schedule.start_date
        session.flush()
        session.expire(schedule, ["phases"])
