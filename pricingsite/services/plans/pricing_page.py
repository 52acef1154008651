"""Plans on sale: what each offers and costs at list prices, in bills made by `make_bill`.

The tax is that of the domestic rate of a day: of `on`, the shopper's today, for pages; of the
invoice's day for a bill that is to come. Variants never come here: a plan holds list prices alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from pricingsite.models.catalog import Plan, unit_of
from pricingsite.pricing import Bill, FirstBill, Period, Unit, boundary
from pricingsite.services.plans.matrix import Compared, MatrixGroup, matrix, read_compared
from pricingsite.services.plans.offers import (
    Announcement,
    ContactPlan,
    Offer,
    Quote,
    UsagePrice,
)
from pricingsite.services.plans.on_sale import find_plan, plans_and_features
from pricingsite.services.plans.price_list import PriceList, price_list, price_version
from pricingsite.services.plans.priced_plan import PricedPlan, whole_bill


@dataclass(frozen=True, slots=True)
class PlanAsSold:
    """A plan's offer, and what it costs at other quantities and from other days on.

    An archived one is closed to new orders.
    """

    offer: Offer
    priced: PricedPlan
    archived: bool

    @property
    def id(self) -> str:
        """The plan's id."""
        return self.offer.id

    @property
    def name(self) -> str:
        """The plan's name."""
        return self.offer.name

    def first_bill(self, start: date) -> FirstBill:
        """The first bill of an order that starts on a day."""
        return self.priced.first_bill(start)

    def quote(self, quantities: Mapping[str, Decimal]) -> Quote:
        """What it costs at quantities by metric id; a metric that is not named counts as 0."""
        if not self.offer.usage:
            return Quote(offer=self.offer, charges=self.offer.charges, usage=())
        return Quote(
            offer=self.offer,
            charges=self.priced.charges(quantities),
            usage=tuple(self.priced.example(one, quantities) for one in self.priced.usage_terms),
        )


@dataclass(frozen=True)
class Storefront:
    """Every plan on sale on a day, in order; `units` are what the metrics count, by metric id.

    `listed` are all plans that are shown, those to talk about too; `compared` is what they are
    compared by, in the `matrix`. These are frozen values, which may be kept longer than the session
    that read them.
    """

    plans: tuple[PlanAsSold, ...]
    units: Mapping[str, Unit]
    listed: tuple[Offer | ContactPlan, ...]
    compared: tuple[Compared, ...]

    @cached_property
    def matrix(self) -> tuple[MatrixGroup, ...]:
        """The table that compares the plans."""
        return matrix(self.listed, self.compared)

    @property
    def offers(self) -> tuple[Offer, ...]:
        """The plans that can be ordered, as a shopper sees them."""
        return tuple(plan.offer for plan in self.plans)

    def find(self, plan_id: str) -> PlanAsSold | ContactPlan | None:
        """A plan by its id, if it is on sale or to be talked about."""
        to_talk_about = (plan for plan in self.listed if isinstance(plan, ContactPlan))
        shown: tuple[PlanAsSold | ContactPlan, ...] = (*self.plans, *to_talk_about)
        return next((plan for plan in shown if plan.id == plan_id), None)

    def quotes(self, quantities: Mapping[str, Decimal]) -> tuple[Quote, ...]:
        """What each plan costs at quantities by metric id."""
        return tuple(plan.quote(quantities) for plan in self.plans)


def read_storefront(session: Session, *, on: date) -> Storefront:
    """Everything that is for sale on a day."""
    plans, features = plans_and_features(session)
    listed = price_list(session, on=on)
    found = tuple(_as_sold(plan, listed) for plan in plans)
    shown = tuple(one.offer if isinstance(one, PlanAsSold) else one for one in found)
    return Storefront(
        plans=tuple(one for one in found if isinstance(one, PlanAsSold)),
        units=_units(plans),
        listed=shown,
        compared=read_compared(session, shown, features),
    )


def read_plan(session: Session, plan_id: str, *, on: date) -> PlanAsSold | ContactPlan | None:
    """A plan by its id as it is on a day, archived ones too."""
    plan = find_plan(session, plan_id)
    return _as_sold(plan, price_list(session, on=on)) if plan else None


def bill_at(
    plan: Plan,
    listed: PriceList,
    quantities: Mapping[str, Decimal],
    *,
    period: Period,
) -> Bill:
    """The bill of one whole period at quantities by metric id: the prices billed by that period.

    The tax is that of the period's end, when its invoice is made.
    """
    terms = tuple(
        price
        for price in (one.terms for one in listed.prices_of(plan))
        if boundary(period.start, price.billing_frequency, 1) == period.end
    )
    return whole_bill(terms, quantities, period, listed.at(period.end).tax_rate)


def _units(plans: Iterable[Plan]) -> Mapping[str, Unit]:
    """What the metrics that plans charge by count, by metric id in the catalog's order."""
    found = {p.metric.id: p.metric for plan in plans for p in plan.prices if p.metric}
    metrics = sorted(found.values(), key=lambda metric: metric.position)
    return {metric.id: unit_of(metric) for metric in metrics}


def products_of(offered: Iterable[Offer]) -> tuple[str, ...]:
    """The names of all products that offers hold, each once, in order."""
    return tuple(dict.fromkeys(product for one in offered for product in one.products))


def usage_prices_of(
    offered: Sequence[Offer],
) -> tuple[tuple[Offer, UsagePrice, tuple[str, ...]], ...]:
    """Each usage price once: on the first offer that holds it, and the names of the others."""
    found: dict[str, tuple[Offer, UsagePrice, list[str]]] = {}
    for one in offered:
        for usage in one.usage:
            if usage.terms.id in found:
                found[usage.terms.id][2].append(one.name)
            else:
                found[usage.terms.id] = (one, usage, [])
    return tuple((one, usage, tuple(also)) for one, usage, also in found.values())


def prices_version(offered: Iterable[Offer]) -> str:
    """A hash that changes whenever a price of any plan on sale does, or the tax rate."""
    return sha256("/".join(one.version for one in offered).encode()).hexdigest()[:12]


def _as_sold(plan: Plan, listed: PriceList) -> PlanAsSold | ContactPlan:
    said: dict[str, Any] = {
        "id": plan.id,
        "name": plan.name,
        "tagline": plan.tagline,
        "features": tuple(plan.features),
        "faq": tuple(plan.faq),
        "values": plan.feature_values,
        "limits": {name: Decimal(number) for name, number in plan.limits.items()},
        "recommended": plan.recommended,
    }
    if plan.contact:
        return ContactPlan(contact=plan.contact, **said)
    priced, prices = PricedPlan(plan, listed), listed.prices_of(plan)
    offer = Offer(
        **said,
        products=tuple(dict.fromkeys(priced.products.values())),
        descriptions={p.product.name: p.product.description or "" for p in prices},
        currency=priced.terms[0].currency,
        prices=priced.terms,
        charges=priced.charges({}),
        first_bill=priced.first_bill(listed.on),
        usage=tuple(priced.usage_price(terms) for terms in priced.usage_terms),
        tax_rate=listed.tax_rate,
        version=price_version(plan, listed),
        last_changed_on=listed.last_change(plan),
        announced=_announced(plan, listed, priced),
    )
    return PlanAsSold(offer, priced, archived=plan.archived_at is not None)


def _announced(plan: Plan, listed: PriceList, now: PricedPlan) -> Announcement | None:
    """What a plan will cost from the next day on for which other prices are announced."""
    day = listed.next_change(plan)
    if day is None:
        return None
    then = PricedPlan(plan, listed.at(day))
    both = zip(now.terms, then.terms, strict=True)
    changes = tuple((before, after) for before, after in both if before.id != after.id)
    return Announcement(valid_from=day, charges=then.charges({}), prices=changes)
