"""Plans on sale: what each offers and costs at list prices, in bills made by `make_bill`.

The tax is that of the domestic rate of a day: of `on`, the shopper's today, for pages; of the
invoice's day for a bill that is to come. Variants never come here: a plan holds list prices alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from pricingsite.models.catalog import Plan, unit_of
from pricingsite.pricing import (
    Bill,
    Period,
    Unit,
    boundary,
    minimum_price,
)
from pricingsite.services.plans.as_sold import OptionAsSold, PlanAsSold, Storefront
from pricingsite.services.plans.matrix import read_compared
from pricingsite.services.plans.offers import (
    AddOn,
    Announcement,
    ContactPlan,
    Offer,
    Option,
    UsagePrice,
)
from pricingsite.services.plans.on_sale import find_plan, plans_and_features
from pricingsite.services.plans.price_list import PriceList, price_list, price_version
from pricingsite.services.plans.priced_plan import PlanTerms, PricedPlan, SoldPrice, whole_bill


def read_storefront(session: Session, *, on: date) -> Storefront:
    """Everything that is for sale on a day."""
    plans, features = plans_and_features(session)
    listed = price_list(session, on=on)
    found = tuple(_as_sold(plan, listed) for plan in plans)
    shown = [one.offer if isinstance(one, PlanAsSold) else one for one in found]
    compared = read_compared(session, shown, features)
    return Storefront(found, _units(plans), compared, takes_codes=listed.takes_codes)


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
    option_id: str | None = None,
    bought: Mapping[str, Decimal] | None = None,
) -> Bill:
    """The bill of one whole period at quantities by metric id: the prices billed by that period.

    They are those of an option, else of the default. Of what is bought by quantity it is as many
    as `bought` says by unit, else the least. The tax is that of the period's end, when its invoice
    is made. Raises `PricingError`.
    """
    terms = [
        price
        for price in (one.terms for one in listed.prices_of(plan, option_id))
        if boundary(period.start, price.billing_frequency, 1) == period.end
    ]
    for n, price in enumerate(terms):
        if price.is_bought and price.unit and price.unit.singular in (bought or {}):
            terms[n] = price.at((bought or {})[price.unit.singular])
    minimum = None
    if plan.minimum is not None:
        prices = [one.terms for one in listed.prices_of(plan, option_id)]
        minimum = minimum_price(plan.minimum, prices)
    return whole_bill(terms, quantities, period, listed.at(period.end).tax_rate, minimum)


def _units(plans: Iterable[Plan]) -> Mapping[str, Unit]:
    """What the metrics that plans charge by count, by metric id in the catalog's order."""
    prices = [place.price for plan in plans for place in plan.plan_prices]
    found = {price.metric.id: price.metric for price in prices if price.metric}
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
    options = tuple(
        Option(option["id"], prices[0].frequency, prices[0].currency, option["note"])
        for option in plan.options
        if (prices := listed.prices_of(plan, option["id"]))
    )
    return PlanAsSold(
        tuple(_option_as_sold(plan, one, options, listed, said) for one in options),
        archived=plan.archived_at is not None,
    )


def _option_as_sold(
    plan: Plan,
    option: Option,
    options: tuple[Option, ...],
    listed: PriceList,
    said: Mapping[str, Any],
) -> OptionAsSold:
    prices = listed.prices_of(plan, option.id)
    sold, terms = list(map(SoldPrice.of, prices)), PlanTerms(plan.trial, plan.minimum)
    priced = PricedPlan(sold, on=listed.on, rates=listed.rates, plan_terms=terms)
    add_ons = _add_ons(plan, option, listed)
    offer = Offer(
        **said,
        products=tuple(dict.fromkeys(priced.products.values())),
        descriptions={one.product: one.description for one in priced.sold},
        currency=priced.terms[0].currency,
        prices=priced.terms,
        charges=priced.charges({}),
        first_bill=priced.first_bill(listed.on),
        usage=tuple(priced.usage_price(terms) for terms in priced.usage_terms),
        tax_rate=listed.tax_rate,
        version=price_version(plan, listed, option.id),
        last_changed_on=listed.last_change(plan, option.id),
        announced=_announced(plan, option, listed, priced),
        option=option,
        options=options,
        add_ons=tuple(add_on for _, add_on in add_ons),
        trial=plan.trial,
        minimum=priced.minimum,
    )
    return OptionAsSold(offer, priced, add_ons)


def _add_ons(plan: Plan, option: Option, listed: PriceList) -> tuple[tuple[SoldPrice, AddOn], ...]:
    found = []
    for place in plan.places_in(option.id):
        if place.add_on:
            sold = SoldPrice.of(listed.in_place_of(place.price))
            most = place.maximum_quantity or sold.terms.maximum_quantity
            found.append((sold, AddOn(sold.terms, sold.product, sold.description, most)))
    return tuple(found)


def _announced(
    plan: Plan, option: Option, listed: PriceList, now: PricedPlan
) -> Announcement | None:
    """What an option will cost from the next day on for which other prices are announced."""
    day = listed.next_change(plan, option.id)
    if day is None:
        return None
    prices = listed.at(day).prices_of(plan, option.id)
    sold, terms = list(map(SoldPrice.of, prices)), now.plan_terms
    then = PricedPlan(sold, on=day, rates=listed.rates, plan_terms=terms)
    both = zip(now.terms, then.terms, strict=True)
    changes = tuple((before, after) for before, after in both if before.id != after.id)
    return Announcement(
        valid_from=day,
        charges=then.charges({}),
        usage=tuple(then.usage_price(terms) for terms in then.usage_terms),
        tax_rate=then.tax_rate,
        prices=changes,
    )
