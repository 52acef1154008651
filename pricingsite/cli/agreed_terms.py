"""Options of commands that agree a discount and a minimum besides prices."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import click

from pricingsite.pricing import AgreedDiscount, NumberError, exact_context, parse_decimal
from pricingsite.pricing.money import RATE_PLACES
from pricingsite.services.schedules.creating import AgreedTerms
from pricingsite.services.schedules.deals import AS_AGREED

_PERCENT_PLACES = 4
_MOST_PERIODS = 120


def _discount(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    if text is not None:
        _rate_or_amount(text)
    return text


def _minimum(_context: click.Context, _option: click.Parameter, text: str | None) -> Decimal | None:
    return None if text is None else _above_zero(text, text, "1000")


def _rate_or_amount(text: str) -> tuple[Decimal | None, Decimal | None]:
    """`20%` as a fraction, `300` as an amount in the currency of the prices."""
    if not text.endswith("%"):
        return None, _above_zero(text, text, "20% or 300")
    percent = _above_zero(text[:-1], text, "20% or 300", places=_PERCENT_PLACES)
    with exact_context():
        rate = percent / 100
    if rate > 1:
        raise click.BadParameter(f"{text} is more than everything")
    return rate, None


def _above_zero(number: str, text: str, example: str, *, places: int = RATE_PLACES) -> Decimal:
    try:
        found = parse_decimal(number, places=places)
    except NumberError:
        found = Decimal(0)
    if not found:
        raise click.BadParameter(f"{text!r} is not a value such as {example}")
    return found


_OPTIONS = (
    click.option(
        "--discount",
        callback=_discount,
        help="So much off: 20%, or 300 a period of the main price.",
    ),
    click.option(
        "--periods",
        type=click.IntRange(1, _MOST_PERIODS),
        help="For how many periods of the main price the discount is; for good if left out.",
    ),
    click.option(
        "--minimum", callback=_minimum, help="What a period of the main price costs at least."
    ),
)


def with_agreed_terms(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options; what they say is its parameters `discount, periods, minimum`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def agreed_terms(discount: str | None, periods: int | None, minimum: Decimal | None) -> AgreedTerms:
    """What the options say. Raises `click.UsageError` for periods of no discount."""
    if discount is None:
        if periods is not None:
            raise click.UsageError("--periods says how long a discount is: add --discount.")
        return AgreedTerms(minimum=minimum)
    rate, amount = _rate_or_amount(discount)
    agreed = AgreedDiscount(code=AS_AGREED, rate=rate, amount=amount, periods=periods)
    return AgreedTerms(minimum=minimum, discount=agreed)
