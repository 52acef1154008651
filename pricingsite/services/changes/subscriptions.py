"""What subscriptions are known by, where their customers are told apart: plan, since, reference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.orders import Order
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.estimates.plans import read_plans
from pricingsite.services.schedules.reading import phase_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A customer's latest subscription; `plan_name` is None for a deal of its own.

    `reference` is the number of its order, else the customer's id.
    """

    plan_name: str | None
    since: date
    begun: bool
    ended: bool
    reference: str


def subscriptions_of(
    session: Session, customer_ids: Sequence[str], *, now: datetime
) -> Mapping[str, Subscription]:
    """The latest subscription of each customer that has one, by the customer's id."""
    rows = session.execute(
        select(BillingSchedule, Order.reference)
        .outerjoin(Order, Order.schedule_id == BillingSchedule.id)
        .where(
            BillingSchedule.customer_id.in_(customer_ids),
            BillingSchedule.withdrawn_at.is_(None),
            Order.ended_at.is_(None),
        )
        .order_by(BillingSchedule.start_date, BillingSchedule.created_at)
    ).all()
    if not rows:
        return {}
    plans = read_plans(session)
    found = {}
    for schedule, reference in rows:
        today = schedule.today(now)
        phase = phase_on(schedule, max(today, schedule.start_date))
        found[schedule.customer_id] = Subscription(
            plan_name=plans.name_of(phase or schedule.phases[-1]),
            since=schedule.start_date,
            begun=schedule.start_date <= today,
            ended=schedule.end_date is not None and schedule.end_date <= today,
            reference=reference or schedule.customer_id,
        )
    return found
