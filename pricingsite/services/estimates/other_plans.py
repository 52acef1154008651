"""What a customer at list prices would pay on another plan, for what it really used.

The same period, the same quantities, by the function that makes bills; amounts are excl. VAT.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from pricingsite.models.catalog import Plan, Price
from pricingsite.pricing import Money, PricingError, Unit
from pricingsite.services.billing.periods import State
from pricingsite.services.estimates.account_page import Progress
from pricingsite.services.estimates.estimates import Estimate
from pricingsite.services.plans.on_sale import plans_on_sale
from pricingsite.services.plans.price_list import PriceList, price_list
from pricingsite.services.plans.pricing_page import bill_at
from pricingsite.services.schedules.reading import phase_on


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPlan:
    """A plan on sale in place of the customer's own.

    `lost` and `gained` are products, `unpriced` the quantities that the plan has no price for.
    `is_from` says that usage would add to the amount.
    """

    id: str
    name: str
    net: Money
    difference: Money
    lost: tuple[str, ...]
    gained: tuple[str, ...]
    unpriced: tuple[tuple[Unit, Decimal], ...]
    is_from: bool


def other_plans(session: Session, estimate: Estimate, came: Progress) -> tuple[OtherPlan, ...]:
    """The other plans that could bill this period; none for who has a deal or is not billed now."""
    if came.at_list_prices is None or estimate.state is not State.ACTIVE:
        return ()
    if not all(position.on_this_bill for position in estimate.positions):
        return ()  # This bill alone would say too little of what is used.
    listed = price_list(session, on=estimate.as_of.date())
    found = (_other(plan, listed, estimate, came) for plan in plans_on_sale(session))
    return tuple(one for one in found if one)


def _other(plan: Plan, listed: PriceList, estimate: Estimate, came: Progress) -> OtherPlan | None:
    prices = listed.prices_of(plan)
    if _is_own(plan, prices, estimate) or prices[0].currency != estimate.bill.currency:
        return None
    used = {name: Decimal(text) for name, text in (came.at_list_prices or {}).items()}
    try:
        net = bill_at(plan, listed, used, period=estimate.period).net
    except PricingError:
        return None  # It is billed by other periods than this one.
    products = tuple(dict.fromkeys(price.product.name for price in prices))
    priced = {price.metric_id for price in prices}
    units = {position.metric_id: position.unit for position in estimate.positions}
    return OtherPlan(
        id=plan.id,
        name=plan.name,
        net=net,
        difference=net - estimate.bill.net,
        lost=tuple(name for name in estimate.products if name not in products),
        gained=tuple(name for name in products if name not in estimate.products),
        unpriced=tuple(
            (units[name], quantity)
            for name, quantity in used.items()
            if quantity and name not in priced
        ),
        is_from=any(metric and metric not in used for metric in priced),
    )


def _is_own(plan: Plan, prices: Iterable[Price], estimate: Estimate) -> bool:
    """Whether a plan is the customer's own, at the prices of today or at those before them."""
    phase = phase_on(estimate.schedule, estimate.billing_period.day)
    own = {price.id for price in phase.prices} if phase else set()
    before = {price.replaces or price.id for price in prices}
    return own in ({price.id for price in prices}, before, {price.id for price in plan.prices})
