"""What a customer's last billing months cost, and what they would have cost on other plans.

The same months, the same quantities, by the function that makes bills; other plans at today's
prices. Amounts are net, fees of other rhythms than the month apart.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from pricingsite.models.catalog import Plan, Price, UsageMetric, unit_of
from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import (
    Money,
    Period,
    PriceTerms,
    PricingError,
    Unit,
)
from pricingsite.services.billing.periods import BillingPeriod
from pricingsite.services.estimates.billed_months import (
    ended_months,
    is_monthly,
    net_of_month,
)
from pricingsite.services.estimates.plans import Plans
from pricingsite.services.merchant import Seller
from pricingsite.services.plans.price_list import PriceList, price_list_of
from pricingsite.services.plans.pricing_page import bill_at
from pricingsite.services.schedules.reading import terms_of
from pricingsite.services.usage.quantities import CustomerUsage


@dataclass(frozen=True, slots=True)
class Month:
    """A billing month that has ended: what it cost, and what was used, units with any alone."""

    period: Period
    net: Money
    used: tuple[tuple[Unit, Decimal], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOverMonths:
    """A plan in the option that is closest to the customer's, at what each month used.

    `nets` and `differences` are by month, the latest first; `lost` and `gained` are products,
    `unpriced` what was used that the plan has no price for. `bought` is how many of what the plan
    sells by quantity, `apart` are its fees of other rhythms that the customer does not have.
    """

    plan_id: str
    option_id: str
    nets: tuple[Money, ...]
    differences: tuple[Money, ...]
    lost: tuple[str, ...]
    gained: tuple[str, ...]
    unpriced: tuple[tuple[Unit, Decimal], ...]
    bought: tuple[PriceTerms, ...]
    apart: tuple[PriceTerms, ...]

    @property
    def total(self) -> Money:
        """What all months would have cost."""
        return Money.total(self.nets, self.nets[0].currency)

    @property
    def difference(self) -> Money:
        """That without what they did cost."""
        return Money.total(self.differences, self.nets[0].currency)


@dataclass(frozen=True, slots=True)
class MonthsOnPlans:
    """The last billing months, the latest first, and each other plan that could bill them.

    `apart` are the customer's fees of other rhythms than the month. `is_discounted` says that
    discounts are taken off what it paid, and off nothing else.
    """

    months: tuple[Month, ...] = ()
    plans: tuple[PlanOverMonths, ...] = ()
    apart: tuple[PriceTerms, ...] = ()
    is_discounted: bool = False

    def of(self, plan_id: str) -> PlanOverMonths | None:
        """A plan over the months; None where it bills none of them."""
        return next((one for one in self.plans if one.plan_id == plan_id), None)


def months_on_plans(
    session: Session,
    customer: Customer,
    schedule: BillingSchedule,
    plans: Plans,
    seller: Seller,
    *,
    today: date,
) -> MonthsOnPlans:
    """The last twelve billing months of a schedule that have ended, on each plan on sale.

    Their days are read in one statement.
    """
    periods = ended_months(schedule, today)
    if not periods:
        return MonthsOnPlans()
    metrics = _metrics(schedule, plans)
    usage = CustomerUsage(session, customer.id, today=today)
    usage.read((metric, one.dates) for metric in metrics for one in periods)
    used = [{one.id: usage.quantity(one, month.dates) for one in metrics} for month in periods]
    own = [net_of_month(month, metrics, usage) for month in periods]
    listed = price_list_of(seller, plans.announced, on=today)
    units = {one.id: unit_of(one) for one in metrics}
    last = periods[0].phase
    own_prices = last.prices if last else []
    own_plan = plans.of(last)
    bought = {
        one.terms.unit.singular: one.terms.quantity
        for one in (last.phase_prices if last else ())
        if one.terms.is_bought and one.terms.unit
    }
    compared = (
        _over_months(plan, listed, periods, used, own, own_prices, bought, units)
        for plan in plans.on_sale
        if plan.contact is None and plan is not own_plan
    )
    return MonthsOnPlans(
        months=tuple(
            Month(month.dates, net, tuple((units[key], many) for key, many in of.items() if many))
            for month, net, of in zip(periods, own, used, strict=True)
        ),
        plans=tuple(one for one in compared if one),
        apart=tuple(price.terms for price in own_prices if not is_monthly(price)),
        is_discounted=bool(terms_of(schedule).discounts),
    )


def _metrics(schedule: BillingSchedule, plans: Plans) -> list[UsageMetric]:
    """All that the customer's prices and the plans on sale charge for."""
    own = (price for phase in schedule.phases for price in phase.prices)
    sold = (place.price for plan in plans.on_sale for place in plan.plan_prices)
    found = {price.metric.id: price.metric for price in (*own, *sold) if price.metric}
    return sorted(found.values(), key=lambda metric: metric.position)


def _over_months(
    plan: Plan,
    listed: PriceList,
    periods: Sequence[BillingPeriod],
    used: Sequence[Mapping[str, Decimal]],
    own: Sequence[Money],
    own_prices: Sequence[Price],
    bought: Mapping[str, Decimal],
    units: Mapping[str, Unit],
) -> PlanOverMonths | None:
    """A plan over the months, in its first option of the currency that bills by the month."""
    currency = own[0].currency
    option_id = next(_options(plan, listed, currency, own_prices), None)
    if option_id is None:
        return None
    prices = listed.prices_of(plan, option_id)
    try:
        nets = tuple(
            _net_on(plan, listed, of, month, option_id, bought)
            for month, of in zip(periods, used, strict=True)
        )
    except PricingError:
        return None  # It is not sold in such numbers.
    products = dict.fromkeys(price.product.name for price in prices)
    own_products = dict.fromkeys(price.product.name for price in own_prices)
    return PlanOverMonths(
        plan_id=plan.id,
        option_id=option_id,
        nets=nets,
        differences=tuple(net - before for net, before in zip(nets, own, strict=True)),
        lost=tuple(name for name in own_products if name not in products),
        gained=tuple(name for name in products if name not in own_products),
        unpriced=tuple(_unpriced(prices, own_prices, used, units)),
        bought=tuple(_bought(prices, bought)),
        apart=tuple(
            price.terms for price in prices if not is_monthly(price) and price not in own_prices
        ),
    )


def _net_on(
    plan: Plan,
    listed: PriceList,
    used: Mapping[str, Decimal],
    month: BillingPeriod,
    option_id: str,
    bought: Mapping[str, Decimal],
) -> Money:
    """What a month costs on an option of a plan: nothing, where it bills nothing by the month."""
    if not any(map(is_monthly, listed.prices_of(plan, option_id))):
        return Money.zero(month.schedule.currency)
    bill = bill_at(plan, listed, used, period=month.dates, option_id=option_id, bought=bought)
    return bill.net


def _options(
    plan: Plan, listed: PriceList, currency: str, own_prices: Sequence[Price]
) -> Iterator[str]:
    """The options that can be compared in a currency, those of the customer's rhythm first."""
    rhythms = {price.frequency for price in own_prices}
    found = []
    for option_id in plan.option_ids:
        prices = listed.prices_of(plan, option_id)
        is_alike = {price.frequency for price in prices} <= rhythms
        is_comparable = is_alike or any(map(is_monthly, prices))
        if prices and prices[0].currency == currency and is_comparable:
            found.append((not is_alike, option_id))
    yield from (option_id for _, option_id in sorted(found, key=lambda one: one[0]))


def _bought(prices: Sequence[Price], bought: Mapping[str, Decimal]) -> Iterator[PriceTerms]:
    """What a plan sells by quantity, at the quantities of today or its least."""
    for price in prices:
        terms = price.terms
        if terms.is_bought and terms.unit:
            yield terms.at(bought[terms.unit.singular]) if terms.unit.singular in bought else terms


def _unpriced(
    prices: Sequence[Price],
    own_prices: Sequence[Price],
    used: Sequence[Mapping[str, Decimal]],
    units: Mapping[str, Unit],
) -> Iterator[tuple[Unit, Decimal]]:
    """What was used and is charged for today, that a plan has no price for: the latest month's."""
    priced = {price.metric_id for price in prices}
    for price in own_prices:
        key = price.metric_id
        if key and key not in priced and used[0].get(key):
            yield units[key], used[0][key]
