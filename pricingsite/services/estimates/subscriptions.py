"""What many customers are subscribed to, to tell them apart: plan, start and reference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, lazyload

from pricingsite.models.catalog import Price, Product
from pricingsite.models.orders import Order
from pricingsite.models.schedules import BillingSchedule, Phase, PhasePrice
from pricingsite.services.estimates.plans import Plans, read_plans
from pricingsite.services.schedules.reading import phase_on


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a customer is on since a day, or was on up to its last day, of its schedule's zone.

    `plan` is the plan's name, None for a deal of the customer's own; `order` is the reference of
    its first order, if it ordered here.
    """

    plan: str | None
    since: date
    last_day: date | None
    order: str | None


def subscriptions_of(
    session: Session, customer_ids: Sequence[str], *, now: datetime
) -> Mapping[str, Subscription]:
    """What customers are subscribed to, by id, in two statements; who has no schedule is not there.

    Of several schedules it is the one in force, else the next, else the last that ended.
    """
    if not customer_ids:
        return {}
    rows = session.execute(
        select(BillingSchedule, Order.reference)
        .outerjoin(Order, Order.schedule_id == BillingSchedule.id)
        .where(
            BillingSchedule.customer_id.in_(customer_ids),
            BillingSchedule.withdrawn_at.is_(None),
            Order.ended_at.is_(None),
        )
        .order_by(BillingSchedule.start_date, BillingSchedule.created_at)
        .options(
            joinedload(BillingSchedule.phases)
            .joinedload(Phase.phase_prices)
            .joinedload(PhasePrice.price)
            .joinedload(Price.product)
            .options(lazyload(Product.prices))
        )
    ).unique()
    found: dict[str, list[tuple[BillingSchedule, str | None]]] = {}
    for schedule, reference in rows:
        found.setdefault(schedule.customer_id, []).append((schedule, reference))
    plans = read_plans(session)
    return {customer_id: _subscription(own, plans, now) for customer_id, own in found.items()}


def _subscription(
    own: Sequence[tuple[BillingSchedule, str | None]], plans: Plans, now: datetime
) -> Subscription:
    running = (one for one, _ in own if not _has_ended(one, now))
    schedule = next(running, own[-1][0])
    end = schedule.end_date if _has_ended(schedule, now) else None
    last = schedule.phases[-1] if end else schedule.phases[0]
    return Subscription(
        plan=plans.name_of(phase_on(schedule, schedule.today(now)) or last),
        since=schedule.start_date,
        last_day=end - timedelta(days=1) if end else None,
        order=next((reference for _, reference in own if reference), None),
    )


def _has_ended(schedule: BillingSchedule, now: datetime) -> bool:
    return schedule.end_date is not None and schedule.end_date <= schedule.today(now)
