"""Prices of the catalog as commands name them: `--price B`, `--price seat-month=7`."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy.orm import Session

from pricingsite.models.catalog import Price
from pricingsite.pricing import NumberError, parse_decimal
from pricingsite.pricing.money import QUANTITY_PLACES
from pricingsite.services.schedules.creating import ScheduleError


def named_prices(session: Session, texts: Iterable[str]) -> dict[Price, Decimal | None]:
    """The prices that options name, each with how many are bought, if they say that.

    Raises `ScheduleError`.
    """
    asked = [named_quantity(text) for text in texts]
    wanted = dict(asked)
    if twice := [price_id for price_id, times in Counter(p for p, _ in asked).items() if times > 1]:
        raise ScheduleError(f"Price {twice[0]} is named twice.")
    found = {price_id: session.get(Price, price_id) for price_id in wanted}
    if unknown := [price_id for price_id, price in found.items() if price is None]:
        raise ScheduleError(
            f"The catalog has no price {' or '.join(unknown)}: `flask catalog show` lists them."
        )
    return {price: wanted[price_id] for price_id, price in found.items() if price}


def named_quantity(text: str) -> tuple[str, Decimal | None]:
    """The price that an option names, and how many of it: `seat-month=7`.

    Raises `ScheduleError`.
    """
    price_id, given, quantity = text.partition("=")
    try:
        return price_id, parse_decimal(quantity, places=QUANTITY_PLACES) if given else None
    except NumberError:
        raise ScheduleError(f"In {text}, {quantity} is not a quantity such as 7.") from None
