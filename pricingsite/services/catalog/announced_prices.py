"""Announced prices in the catalog file: each is like the list price whose place it takes.

The values of a document that has problems may be None; those say nothing more here.
"""

from collections.abc import Iterator, Mapping

from pricingsite.services.catalog.document import CatalogDocument, PlanEntry, PriceEntry
from pricingsite.services.catalog.toml_tables import Problems


def check_announced(document: CatalogDocument, problems: Problems) -> None:
    """Everything about `replaces` and `valid_from` that the file alone can tell."""
    prices = {price.id: price for price in document.prices if price.id}
    products = {price.id: product.id for product in document.products for price in product.prices}
    for price in document.prices:
        of = prices.get(price.replaces or "")
        beside = _wrong_beside(price, of, products) if of else ()
        for key, problem in (*_wrong_alone(price), *beside):
            problems.add(f"{price.path}.{key}", problem)
    _refuse_two_of_one(document, problems)
    for plan in document.plans:
        _check_plan(plan, prices, problems)


def _refuse_two_of_one(document: CatalogDocument, problems: Problems) -> None:
    first: dict[str, PriceEntry] = {}
    for price in document.prices:
        if price.replaces and (other := first.setdefault(price.replaces, price)) is not price:
            problems.add(f"{price.path}.replaces", f"{other.id} replaces {price.replaces} already")


def _wrong_alone(price: PriceEntry) -> Iterator[tuple[str, str]]:
    if price.valid_from and not price.replaces:
        yield "valid_from", "add replaces: which list price does it follow?"
    if price.replaces and not price.valid_from:
        yield "replaces", "add valid_from: from which day does it apply?"
    if price.replaces and price.list_price is False:
        yield "replaces", "only a list price can replace a list price"


def _wrong_beside(
    price: PriceEntry, of: PriceEntry, products: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    if of.list_price is False:
        yield "replaces", f"{of.id} is not a list price"
    if products[of.id] != products[price.id]:
        yield "replaces", f"{of.id} is a price of another product, {products[of.id]}"
    same = ("currency", "metric", "billing_frequency", "billing_type", "per")
    for key in (*same, "minimum_quantity", "maximum_quantity"):
        was, will_be = getattr(of, key), getattr(price, key)
        if was != will_be:
            yield key, f"{of.id}, the price it replaces, has {was or 'none'}"
    if of.valid_from and price.valid_from and price.valid_from <= of.valid_from:
        yield "valid_from", f"not after {of.valid_from}, when {of.id} begins"


def _check_plan(plan: PlanEntry, prices: Mapping[str, PriceEntry], problems: Problems) -> None:
    for option in plan.ways_to_pay:
        for n, name in enumerate(option.prices or ()):
            price = prices.get(name or "")
            if price and price.replaces in (option.prices or ()):
                problems.add(
                    f"{option.path}.prices[{n}]",
                    f"{name} replaces {price.replaces} automatically: leave it out",
                )
