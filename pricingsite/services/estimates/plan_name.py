"""The plan that a customer is on, as shoppers know it."""

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.catalog import Plan, PlanPrice
from pricingsite.models.orders import Order
from pricingsite.models.schedules import BillingSchedule, Phase


def plan_name(session: Session, schedule: BillingSchedule, phase: Phase | None) -> str | None:
    """The name of the plan whose prices a phase has, else of the one that was ordered.

    None for a deal of the customer's own.
    """
    if phase is None:
        return None
    if phase is schedule.phases[0] and (ordered := _ordered(session, schedule)):
        return ordered
    rows = session.execute(
        select(Plan.name, PlanPrice.price_id)
        .join(PlanPrice, PlanPrice.plan_id == Plan.id)
        .order_by(Plan.archived_at.is_not(None), Plan.position)
    )
    prices_of: dict[str, set[str]] = defaultdict(set)
    for name, price_id in rows:
        prices_of[name].add(price_id)
    own = {price.id for price in phase.prices}
    before = {price.replaces or price.id for price in phase.prices}
    return next((name for name, prices in prices_of.items() if prices in (own, before)), None)


def _ordered(session: Session, schedule: BillingSchedule) -> str | None:
    return session.scalar(
        select(Plan.name)
        .join(Order, Order.plan_id == Plan.id)
        .where(Order.schedule_id == schedule.id)
    )
