"""How figures are written wherever they are shown: money, rates, quantities, percentages.

en-GB; money is one text with its symbol first, thousands separated, U+2212 for minus.
"""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import get_currency_symbol

from pricingsite.pricing import Money, decimals_of
from pricingsite.pricing.money import places_of

MINUS = "\N{MINUS SIGN}"
_LOCALE = Locale("en", "GB")
_FIGURE_SPACE, _POINT_SPACE = "\N{FIGURE SPACE}", "\N{PUNCTUATION SPACE}"


def money(value: Money) -> str:
    """An amount with its currency's decimals: `£1,425.65`, `JP¥1,000`."""
    return currency_text(value.amount, value.currency, decimals_of(value.currency))


def rate(value: Decimal, currency: str, column: Iterable[Decimal] = ()) -> str:
    """A unit price with its own decimals, at least its currency's: `£0.45`, `£0.00025`.

    In a column of others its point stands under theirs.
    """
    places, *others = (max(places_of(one), decimals_of(currency)) for one in (value, *column))
    return currency_text(value, currency, places) + _room(places, others)


def _room(places: int, others: Iterable[int]) -> str:
    """Space for the decimals that others of a column have more, as wide as figures and a point."""
    more = max(others, default=places) - places
    return ("" if places or more <= 0 else _POINT_SPACE) + _FIGURE_SPACE * more


def currency_text(amount: Decimal, currency: str, places: int) -> str:
    """An amount in major units, rounded to so many decimals, with its currency's symbol."""
    # As Babel's format_currency writes it in this locale, in a tenth of the time.
    text = f"{_symbol(currency)}{amount.copy_abs():,.{places}f}"
    return f"{MINUS}{text}" if amount < 0 else text


@lru_cache(maxsize=256)
def _symbol(currency: str) -> str:
    return get_currency_symbol(currency, _LOCALE)


def quantity(value: Decimal | int, column: Iterable[Decimal] = ()) -> str:
    """A quantity, thousands separated, with no more decimals than it has: `1,500`, `0.5`.

    In a column of others its point stands under theirs.
    """
    number = Decimal(value).normalize()
    text = f"{number:,f}".replace("-", MINUS)
    return text + _room(places_of(number), map(places_of, column))


def percent(value: Decimal) -> str:
    """A fraction as a percentage: `20%`, `17.5%`."""
    return f"{(value * 100).normalize():f}%"
