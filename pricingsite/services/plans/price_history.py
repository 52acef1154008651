"""Every list price there was, and from when to when it was open to new orders."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, lazyload

from pricingsite.models.catalog import Price, Product
from pricingsite.pricing import PriceTerms, local_date
from pricingsite.services.merchant import get_merchant


@dataclass(frozen=True, slots=True)
class ListPrice:
    """A list price, open to new orders from a day on, `until` another took its place or it closed.

    `announced` is one whose day is still to come.
    """

    terms: PriceTerms
    since: date
    until: date | None
    announced: bool


@dataclass(frozen=True, slots=True)
class ProductPrices:
    """A product's list prices, the latest first."""

    product: str
    prices: tuple[ListPrice, ...]


def price_history(session: Session, *, on: date) -> tuple[ProductPrices, ...]:
    """The list prices of every product, in the catalog's order; variants are nobody's business.

    One that was withdrawn before its day was never for sale, and is left out.
    """
    zone = get_merchant(session).zone
    prices = session.scalars(
        select(Price)
        .join(Price.product)
        .where(Price.list_price)
        .order_by(Product.position, Price.position)
        .options(joinedload(Price.product).options(lazyload(Product.prices)))
    ).all()
    replaced = {p.replaces: p.valid_from for p in prices if p.archived_at is None}
    found: dict[str, list[ListPrice]] = {}
    for price in prices:
        since = price.in_force_from(zone)
        closed = local_date(price.archived_at, zone) if price.archived_at else None
        until = min((day for day in (closed, replaced.get(price.id)) if day), default=None)
        if until is None or since <= until:
            row = ListPrice(price.terms, since, until, announced=since > on)
            found.setdefault(price.product.name, []).append(row)
    return tuple(ProductPrices(product, _latest_first(rows)) for product, rows in found.items())


def _latest_first(rows: list[ListPrice]) -> tuple[ListPrice, ...]:
    return tuple(sorted(rows, key=lambda row: row.since, reverse=True))
