"""Every list price there was, and from when to when it was open to new orders."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, lazyload

from pricingsite.models.catalog import Price, Product
from pricingsite.pricing import PriceTerms
from pricingsite.services.prices import terms_of


@dataclass(frozen=True, slots=True)
class ListPrice:
    """A list price, open to new orders from `since` until it was archived."""

    terms: PriceTerms
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class ProductPrices:
    """A product's list prices, the latest first."""

    product: str
    prices: tuple[ListPrice, ...]


def price_history(session: Session) -> tuple[ProductPrices, ...]:
    """The list prices of every product, in the catalog's order; variants are nobody's business."""
    prices = session.scalars(
        select(Price)
        .join(Price.product)
        .where(Price.list_price)
        .order_by(Product.position, Price.applied_at.desc(), Price.position)
        .options(joinedload(Price.product).options(lazyload(Product.prices)))
    )
    found: dict[str, list[ListPrice]] = {}
    for price in prices:
        row = ListPrice(terms_of(price), price.applied_at, price.archived_at)
        found.setdefault(price.product.name, []).append(row)
    return tuple(ProductPrices(product, tuple(rows)) for product, rows in found.items())
