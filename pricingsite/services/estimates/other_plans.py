"""What a customer at list prices would pay on another plan, for what it really used.

The same period, the same quantities, by the function that makes bills; amounts are net.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from pricingsite.models.catalog import Plan, Price
from pricingsite.pricing import Money, Period, PricingError, Unit, boundary
from pricingsite.services.billing.periods import State
from pricingsite.services.estimates.estimates import Estimate
from pricingsite.services.estimates.plans import Plans, sells
from pricingsite.services.plans.price_list import PriceList, price_list_of
from pricingsite.services.plans.pricing_page import bill_at


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


def other_plans(
    estimate: Estimate, plans: Plans, list_price_usage: Mapping[str, str] | None
) -> tuple[OtherPlan, ...]:
    """The other plans that could bill this period, at the quantities to date by metric id.

    Empty for a customer on other prices than list prices, and before and after its schedule.
    """
    if list_price_usage is None or estimate.state is not State.ACTIVE:
        return ()
    phase = estimate.billing_period.phase
    if phase is None or not _billed_by(phase.prices, estimate.period):
        return ()  # This bill alone would say too little of what the plan costs.
    used = {metric_id: Decimal(text) for metric_id, text in list_price_usage.items()}
    listed = price_list_of(estimate.seller, plans.announced, on=estimate.as_of.date())
    others = (_other_plan(plan, listed, estimate, used) for plan in plans.on_sale)
    return tuple(other for other in others if other)


def _other_plan(
    plan: Plan, listed: PriceList, estimate: Estimate, used: Mapping[str, Decimal]
) -> OtherPlan | None:
    for option_id in plan.option_ids:
        prices = listed.prices_of(plan, option_id)
        if _billed_by(prices, estimate.period) and prices[0].currency == estimate.bill.currency:
            break
    else:
        return None
    if _is_own(plan, prices, estimate):
        return None
    try:
        net = bill_at(
            plan,
            listed,
            used,
            period=estimate.period,
            option_id=option_id,
            bought=_bought(estimate),
        ).net
    except PricingError:
        return None  # It is billed by other periods than this one, or not sold in such numbers.
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
            (units[metric_id], quantity)
            for metric_id, quantity in used.items()
            if quantity and metric_id not in priced
        ),
        is_from=any(metric_id and metric_id not in used for metric_id in priced),
    )


def _bought(estimate: Estimate) -> Mapping[str, Decimal]:
    """How many of what the customer buys, such as seats."""
    prices = [line.price for line in estimate.bill.lines]
    return {p.unit.singular: p.quantity for p in prices if p.is_bought and p.unit}


def _billed_by(prices: Iterable[Price], period: Period) -> bool:
    """Whether all of the prices are billed by such a period, and none once."""
    return all(
        price.frequency.months and boundary(period.start, price.frequency, 1) == period.end
        for price in prices
    )


def _is_own(plan: Plan, prices: Iterable[Price], estimate: Estimate) -> bool:
    """Whether a plan is the customer's own, at the prices of today or at those before them."""
    phase = estimate.billing_period.phase
    own = {price.id for price in phase.prices} if phase else set()
    before = {price.replaces or price.id for price in prices}
    return sells(plan, own) or own in ({price.id for price in prices}, before)
