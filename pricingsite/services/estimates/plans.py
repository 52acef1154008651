"""The plans that there are, read at once: which one a customer is on, and what others charge."""

from collections import defaultdict
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, lazyload
from sqlalchemy.orm.attributes import set_committed_value

from pricingsite.models.catalog import Plan, PlanPrice, Price, Product
from pricingsite.models.orders import Order
from pricingsite.models.schedules import BillingSchedule, Phase
from pricingsite.services.plans.price_list import is_announced

# By itself: the plan that was ordered may have no prices any more.
_OrderedPlan = aliased(Plan)
_ORDERED = (
    select(_OrderedPlan.name)
    .join(Order, Order.plan_id == _OrderedPlan.id)
    .where(Order.schedule_id == bindparam("schedule_id"))
    .scalar_subquery()
)
# Made once: to put it together takes longer than to execute it.
_PLANS = (
    select(Price, PlanPrice, Plan, _ORDERED)
    .outerjoin(PlanPrice, PlanPrice.price_id == Price.id)
    .outerjoin(Plan, Plan.id == PlanPrice.plan_id)
    .where(or_(PlanPrice.plan_id.is_not(None), is_announced()))
    .order_by(Plan.archived_at.is_not(None), Plan.position, PlanPrice.position)
    .options(
        joinedload(Price.product).lazyload(Product.prices),
        lazyload(PlanPrice.price),
        lazyload(Plan.plan_prices),
    )
)


@dataclass(frozen=True, slots=True)
class Plans:
    """Every plan with its prices, those on sale first, and the prices that are announced.

    `ordered` is the name of the plan that a schedule was ordered as, if it was.
    """

    all: tuple[Plan, ...]
    announced: tuple[Price, ...]
    ordered: str | None

    @property
    def on_sale(self) -> tuple[Plan, ...]:
        """The plans that shoppers may choose, in their order."""
        return tuple(plan for plan in self.all if plan.archived_at is None)

    def name_of(self, schedule: BillingSchedule, phase: Phase | None) -> str | None:
        """The name of the plan whose prices a phase has, else of the one that was ordered.

        None for a deal of the customer's own.
        """
        if phase is None:
            return None
        ordered = schedule.phases[: 2 if schedule.trial else 1]
        if self.ordered and phase in ordered:
            return self.ordered
        own = {price.id for price in phase.prices}
        before = {price.replaces or price.id for price in phase.prices}
        named = (plan.name for plan in self.all if sells(plan, own) or sells(plan, before))
        return next(named, None)


def sells(plan: Plan, price_ids: AbstractSet[str]) -> bool:
    """Whether prices are those of one of a plan's options, and of add-ons to it."""
    places = [(plan.places_in(option_id)) for option_id in plan.option_ids]
    return any(
        {one.price_id for one in own if not one.add_on}
        <= price_ids
        <= {one.price_id for one in own}
        for own in places
    )


def read_plans(session: Session, schedule: BillingSchedule) -> Plans:
    """Every plan with its prices, as a customer on a schedule sees them."""
    rows = session.execute(_PLANS, {"schedule_id": schedule.id}).all()
    plan_prices: dict[Plan, list[PlanPrice]] = defaultdict(list)
    for price, plan_price, plan, _ in rows:
        if plan is not None:
            set_committed_value(plan_price, "price", price)
            plan_prices[plan].append(plan_price)
    for plan, of_plan in plan_prices.items():
        set_committed_value(plan, "plan_prices", of_plan)
    return Plans(
        all=tuple(plan_prices),
        announced=tuple(dict.fromkeys(p for p, *_ in rows if p.replaces and not p.archived_at)),
        ordered=next((name for *_, name in rows), None),
    )
