"""The catalog that `hand_prices` has by hand, as it is stored and put on sale."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from support.changing import Subscriber
from support.hand_prices import CODES, PLANS, PRICES, Code, Fee, Metered

from pricingsite.models.catalog import Plan, Price, Product
from pricingsite.models.promotions import Promotion


def sell(session: Session) -> None:
    """Put the catalog on sale that `hand_prices` has by hand; Amara has some of it already."""
    shop = Subscriber(session)
    session.delete(shop.customer)
    sold = set(session.scalars(select(Price.id)))
    products = dict.fromkeys(terms.product for terms in PRICES.values())
    for product_id in products.keys() - set(session.scalars(select(Product.id))):
        shop.product(product_id)
    for price_id, terms in PRICES.items():
        if price_id not in sold:
            like = "A" if isinstance(terms, Fee) else "X"
            shop.price(price_id, like=like, **columns_of(terms))
    on_sale = set(session.scalars(select(Plan.id)))
    for n, (plan_id, options) in enumerate(PLANS.items()):
        for option_id, option in options.items() if plan_id not in on_sale else ():
            add_ons = (f"+{one}" for one in option.add_ons)
            shop.plan(plan_id, *option.prices, *add_ons, position=n, option=option_id)
    session.add_all(promotion(code, one) for code, one in CODES.items())
    session.flush()


def columns_of(terms: Fee | Metered) -> dict[str, Any]:
    """A price of the hand-written catalog as it is stored."""
    columns: dict[str, Any] = {
        "product_id": terms.product,
        "billing_frequency": {1: "monthly", 12: "yearly"}[terms.months],
        "billing_type": "in_advance" if terms.in_advance else "in_arrears",
    }
    if isinstance(terms, Fee):
        seats = {"per": "seat", "per_plural": "seats"} if terms.by_seat else {}
        structure: dict[str, Any] = {"model": "fixed", "amount": str(terms.pounds)}
        if terms.many:
            few = {"unit_price": str(terms.pounds), "upper_bound": str(terms.many - 1)}
            structure = {"model": "volume", "tiers": [few, {"unit_price": str(terms.cheaper)}]}
        return columns | seats | {"structure": structure}
    tiers = [
        {"unit_price": each, "flat_fee": str(flat)} | ({"upper_bound": str(bound)} if bound else {})
        for bound, each, flat in terms.tiers
    ]
    graduated = {"model": "graduated", "tiers": tiers}
    return columns | {"structure": graduated, "prorate_flat_fees": terms.prorates}


def promotion(code: str, terms: Code) -> Promotion:
    """A code of the hand-written catalog as it is stored."""
    own: dict[str, Any] = {"plans": [], "new_customers_only": False, "position": 0}
    if terms.pounds:
        own |= {"amount": Decimal(terms.pounds), "currency": "GBP"}
    else:
        own |= {"rate": rate_of(terms)}
    return Promotion(id=code, periods=terms.periods, **own)


def rate_of(terms: Code) -> Decimal | None:
    """Which fraction a code takes off."""
    rate = terms.rate
    return Decimal(rate.numerator) / rate.denominator if rate else None
