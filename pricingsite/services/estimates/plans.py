"""The plans that there are, read at once: which one a customer is on, and what others charge."""

from collections import defaultdict
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, lazyload
from sqlalchemy.orm.attributes import set_committed_value

from pricingsite.models.catalog import Plan, PlanPrice, Price, Product
from pricingsite.models.schedules import Phase
from pricingsite.services.plans.price_list import is_announced

# Made once: to put it together takes longer than to execute it.
_PLANS = (
    select(Price, PlanPrice, Plan)
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
    """Every plan with its prices, those on sale first, and the prices that are announced."""

    all: tuple[Plan, ...]
    announced: tuple[Price, ...]

    @property
    def on_sale(self) -> tuple[Plan, ...]:
        """The plans that shoppers may choose, in their order."""
        return tuple(plan for plan in self.all if plan.archived_at is None)

    def of(self, phase: Phase | None) -> Plan | None:
        """The plan that was chosen for a phase, else the one whose prices it has.

        None for a deal of the customer's own.
        """
        if phase is None:
            return None
        if phase.plan_id is not None:
            # One that has no prices any more is not among them.
            return next((plan for plan in self.all if plan.id == phase.plan_id), phase.plan)
        own = {price.id for price in phase.prices}
        before = {price.replaces or price.id for price in phase.prices}
        found = (plan for plan in self.all if sells(plan, own) or sells(plan, before))
        return next(found, None) if own else None

    def name_of(self, phase: Phase | None) -> str | None:
        """The name of a phase's plan; None for a deal of the customer's own."""
        plan = self.of(phase)
        return plan.name if plan else None


def sells(plan: Plan, price_ids: AbstractSet[str]) -> bool:
    """Whether prices are those of one of a plan's options, and of add-ons to it."""
    places = [(plan.places_in(option_id)) for option_id in plan.option_ids]
    return any(
        {one.price_id for one in own if not one.add_on}
        <= price_ids
        <= {one.price_id for one in own}
        for own in places
    )


def read_plans(session: Session) -> Plans:
    """Every plan with its prices, as customers see them."""
    rows = session.execute(_PLANS).all()
    plan_prices: dict[Plan, list[PlanPrice]] = defaultdict(list)
    for price, plan_price, plan in rows:
        if plan is not None:
            set_committed_value(plan_price, "price", price)
            plan_prices[plan].append(plan_price)
    for plan, of_plan in plan_prices.items():
        set_committed_value(plan, "plan_prices", of_plan)
    return Plans(
        all=tuple(plan_prices),
        announced=tuple(dict.fromkeys(p for p, *_ in rows if p.replaces and not p.archived_at)),
    )
