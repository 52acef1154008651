"""Prices that are bought by quantity and add-ons in the catalog file: what of them cannot be sold.

The values of a document that has problems may be None; those say nothing more here.
"""

from collections.abc import Mapping
from decimal import Decimal

from pricingsite.pricing import Fixed, Tiered
from pricingsite.services.catalog.document import (
    AddOnEntry,
    OptionEntry,
    PlanEntry,
    PriceEntry,
)
from pricingsite.services.catalog.toml_tables import Problems

_BOUNDS = ("minimum_quantity", "maximum_quantity")


def check_bought(price: PriceEntry, problems: Problems) -> None:
    """Everything about `per` and the quantities that go with it."""
    if price.per is None:
        for key in ("per_plural", *_BOUNDS):
            if getattr(price, key) is not None:
                problems.add(f"{price.path}.{key}", 'add per: what is bought, such as "seat"?')
        return
    if price.metric:
        problems.add(f"{price.path}.metric", "a price that is bought by quantity takes no metric")
    if price.structure and not isinstance(price.structure, Fixed | Tiered):
        problems.add(
            f"{price.path}.model", "a price with per is fixed, volume or graduated: use one of them"
        )
    for key in _BOUNDS:
        _check_whole(getattr(price, key), f"{price.path}.{key}", problems)
    least, most = price.minimum_quantity or 1, price.maximum_quantity
    if most is not None and most < least:
        problems.add(f"{price.path}.maximum_quantity", f"less than the minimum, {least}")


def _check_whole(value: Decimal | None, path: str, problems: Problems) -> None:
    if value is not None and (not value or value != value.to_integral_value()):
        problems.add(path, f"expected a whole number from 1 on, found {value}")


def list_price_at(
    path: str, name: str | None, prices: Mapping[str, PriceEntry], problems: Problems
) -> PriceEntry | None:
    """The list price that a plan names at a place, if it may."""
    if name and name not in prices:
        problems.add(path, f'there is no price "{name}" in this file')
    elif name and prices[name].variant_of:
        problems.add(path, f"{name} is a variant: a plan holds list prices only")
    elif name:
        return prices[name]
    return None


def check_add_ons(plan: PlanEntry, prices: Mapping[str, PriceEntry], problems: Problems) -> None:
    """Everything about a plan's add-ons."""
    seen: set[tuple[str | None, str]] = set()
    for add_on in plan.add_ons:
        if add_on.price and (add_on.with_, add_on.price) in seen:
            problems.add(f"{add_on.path}.price", f"{add_on.price} is an add-on already")
        seen.add((add_on.with_, add_on.price))
        price = list_price_at(f"{add_on.path}.price", add_on.price, prices, problems)
        if price:
            _check_add_on(plan, add_on, price, prices, problems)


def _check_add_on(
    plan: PlanEntry,
    add_on: AddOnEntry,
    price: PriceEntry,
    prices: Mapping[str, PriceEntry],
    problems: Problems,
) -> None:
    options = plan.ways_to_pay
    if add_on.with_:
        options = tuple(option for option in options if option.id == add_on.with_)
        if not options:
            known = ", ".join(option.id for option in plan.ways_to_pay)
            path = f"{add_on.path}.with"
            problems.add(path, f'there is no option "{add_on.with_}"; known: {known}')
    fitting = [option for option in options if _in(option, price.currency, prices)]
    if options and not fitting:
        problem = f"{price.id} is in {price.currency}, the option is in another currency"
        problems.add(f"{add_on.path}.price", problem)
    for option in fitting:
        if price.id in (option.prices or ()):
            problems.add(f"{add_on.path}.price", f"{price.id} is in option {option.id} already")
    _check_whole(most := add_on.maximum_quantity, f"{add_on.path}.maximum_quantity", problems)
    if most and most != 1 and not price.per:
        problems.add(
            f"{add_on.path}.maximum_quantity", f"{price.id} has no per: one of it can be added"
        )


def _in(option: OptionEntry, currency: str | None, prices: Mapping[str, PriceEntry]) -> bool:
    """Whether an option is in a currency, as far as can be told."""
    found = {prices[name].currency for name in option.prices or () if name in prices}
    return not (found - {None, currency})
