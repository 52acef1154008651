"""Limits of plans that a catalog changes: the events for the customers who are on them today."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from pricingsite.models.catalog import Plan, PlanPrice, Price
from pricingsite.models.customers import Customer
from pricingsite.models.orders import Order
from pricingsite.models.schedules import BillingSchedule, Phase, PhasePrice
from pricingsite.services.merchant import get_merchant
from pricingsite.services.messages.webhooks import EventType, record_events
from pricingsite.services.schedules.entitlements import entitlements

# By the ids of plans, and of metrics or features in them.
PlanLimits = Mapping[str, Mapping[str, Decimal]]


def limits_of_plans(session: Session) -> PlanLimits:
    """The limits of each plan."""
    rows = session.execute(select(Plan.id, Plan.limits))
    return {row.id: {name: Decimal(limit) for name, limit in row.limits.items()} for row in rows}


def tell_of_new_limits(session: Session, before: PlanLimits, *, now: datetime) -> None:
    """Write the events of plans whose limits are not what they were before."""
    after = limits_of_plans(session)
    changed = [one for one in before if one in after and before[one] != after[one]]
    if not changed:
        return
    today = get_merchant(session).today(now)
    chosen = _in_force(session, Phase.plan_id.in_(changed), today)
    # A deal has the limits of the plan that sells just its prices.
    sold = exists().where(
        PhasePrice.phase_id == Phase.id,
        Price.id == PhasePrice.price_id,
        PlanPrice.price_id.in_([Price.id, Price.variant_of, Price.replaces]),
        PlanPrice.plan_id.in_(changed),
    )
    deals = _in_force(session, Phase.plan_id.is_(None) & sold, today)
    new = [after[one] for one in changed]
    like_them = [one for one in deals if _limits(session, one, now) in new]
    told = [(customer_id, customer_id) for customer_id in (*chosen, *like_them)]
    record_events(session, EventType.ENTITLEMENTS_CHANGED, told, now=now)


def _limits(session: Session, customer_id: str, now: datetime) -> Mapping[str, Decimal] | None:
    found = entitlements(session, customer_id, now=now)
    return found.limits if found else None


def _in_force(session: Session, which: ColumnElement[bool], today: date) -> Sequence[str]:
    """The customers who are entitled by such a phase today."""
    return session.scalars(
        select(BillingSchedule.customer_id)
        .join(Phase, Phase.schedule_id == BillingSchedule.id)
        .join(Customer, Customer.id == BillingSchedule.customer_id)
        .outerjoin(Order, Order.schedule_id == BillingSchedule.id)
        .where(
            which,
            BillingSchedule.withdrawn_at.is_(None),
            or_(BillingSchedule.end_date.is_(None), BillingSchedule.end_date > today),
            Phase.start_date <= today,
            or_(Phase.end_date.is_(None), Phase.end_date > today),
            Order.ended_at.is_(None),
            or_(Order.reference.is_(None), Customer.verified_at.is_not(None)),
        )
        .order_by(BillingSchedule.customer_id)
    ).all()
