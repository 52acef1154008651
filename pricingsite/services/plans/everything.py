"""All that has ever been for sale, in the catalog's order: variants and what is archived too."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload, selectinload

from pricingsite.models.catalog import Plan, PlanPrice, Price, Product


def every_plan(session: Session) -> Sequence[Plan]:
    """Every plan with its places, without their prices' terms."""
    places = selectinload(Plan.plan_prices).options(lazyload(PlanPrice.price))
    return session.scalars(select(Plan).options(places).order_by(Plan.position, Plan.id)).all()


def every_product(session: Session) -> Sequence[Product]:
    """Every product with its prices."""
    prices = selectinload(Product.prices).options(lazyload(Price.product), lazyload(Price.metric))
    statement = select(Product).options(prices).order_by(Product.position, Product.id)
    return session.scalars(statement).all()


def every_price(session: Session) -> Sequence[Price]:
    """Every price, product after product."""
    statement = (
        select(Price)
        .join(Product, Product.id == Price.product_id)
        .options(lazyload(Price.product))
        .order_by(Product.position, Product.id, Price.position, Price.id)
    )
    return session.scalars(statement).all()
