"""Promotion codes at the checkout: what is told of a code, and that it is redeemed once an order.

How often a code is redeemed is counted in its own row, by one statement, so that its maximum holds
however many order at once. An order that ends unverified gives its place back.
"""

from datetime import date

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from pricingsite.models.promotions import Promotion
from pricingsite.pricing import AgreedDiscount
from pricingsite.services.plans.as_sold import OptionAsSold


class PromotionError(ValueError):
    """A code that an order cannot be placed with; the message says why."""


def agreed_discount(
    session: Session, code: str, plan_id: str, currency: str, *, today: date
) -> AgreedDiscount:
    """What a code takes off an order of a plan. Raises `PromotionError`."""
    found = session.get(Promotion, code, populate_existing=True)
    if found is None or found.archived_at is not None:
        raise PromotionError(f"There is no promotion code {code}: check it, or leave it empty")
    if found.valid_from and today < found.valid_from:
        raise PromotionError(f"Promotion code {code} is not valid yet")
    if found.valid_until and today > found.valid_until:
        raise PromotionError(f"Promotion code {code} has expired")
    if found.plans and plan_id not in found.plans:
        raise PromotionError(f"Promotion code {code} is not for this plan")
    if found.currency not in {None, currency}:
        raise PromotionError(f"Promotion code {code} is for orders in {found.currency} only")
    if found.maximum_redemptions is not None and found.redeemed >= found.maximum_redemptions:
        raise _used_up(code)
    return AgreedDiscount(code=code, rate=found.rate, amount=found.amount, periods=found.periods)


def with_code(session: Session, sold: OptionAsSold, code: str, *, today: date) -> OptionAsSold:
    """An option at the discount of a code. Raises `PromotionError`."""
    offer = sold.offer
    return sold.discounted(agreed_discount(session, code, offer.id, offer.currency, today=today))


def redeem(session: Session, code: str) -> None:
    """Count one more order with a code. Raises `PromotionError` where there is no place left."""
    one_more = (
        update(Promotion)
        .where(
            Promotion.id == code,
            Promotion.archived_at.is_(None),
            or_(
                Promotion.maximum_redemptions.is_(None),
                Promotion.redeemed < Promotion.maximum_redemptions,
            ),
        )
        .values(redeemed=Promotion.redeemed + 1)
        .returning(Promotion.id)
        .execution_options(synchronize_session=False)
    )
    if session.scalar(one_more) is None:
        raise _used_up(code)


def give_back(session: Session, code: str) -> None:
    """Count one order less with a code."""
    one_less = update(Promotion).where(Promotion.id == code, Promotion.redeemed > 0)
    less = one_less.values(redeemed=Promotion.redeemed - 1)
    session.execute(less, execution_options={"synchronize_session": False})


def _used_up(code: str) -> PromotionError:
    return PromotionError(f"Promotion code {code} has been used as often as it can be")
