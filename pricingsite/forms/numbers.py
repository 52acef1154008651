"""Numbers as people type them ("3,200", "3 200", "3.2k"), read exactly or refused in words.

What can be read in two ways ("3.200", where a point may separate thousands) is asked back.
"""

import re
from collections.abc import Collection, Iterator
from decimal import Decimal

from pricingsite.pricing.money import QUANTITY_PLACES, places_of
from pricingsite.wording.quantities import number, typed

# The most that a period's total, or an amount, may come to.
MOST = Decimal(10**12)
# What people put between groups of three digits, beside comma and point; some are kinds of space.
_GAPS = " _'\u2019\u00a0\u2009\u202f"


def _pattern(gaps: str, point: str, otherwise: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<whole>[1-9][0-9]{{0,2}}(?P<gap>[{gaps}])[0-9]{{3}}(?:(?P=gap)[0-9]{{3}})*{otherwise})"
        rf"(?:{point}(?P<part>[0-9]*))?\s*(?P<suffix>[km]?)",
        re.IGNORECASE,
    )


# With a decimal point, as the site writes numbers; and with a decimal comma, between groups alone.
_POINT = _pattern(f"{_GAPS},", r"\.", "|[0-9]*")
_COMMA = _pattern(f"{_GAPS}.", ",", "")
_ZEROS = {"": 0, "k": 3, "m": 6}


class TypedNumberError(ValueError):
    """A number that cannot be used; the message completes "API calls …"."""


def parse_number(
    text: str, *, whole: bool = False, places: int = QUANTITY_PLACES, units: Collection[str] = ()
) -> Decimal:
    """A number as people type it, exact; raises `TypedNumberError` in words.

    It has at most so many decimal `places`; where they are three, as some currencies have them,
    three figures after a point are no thousands. `units` are words that may follow it.
    """
    text = text.strip().removeprefix("+")
    if text.startswith(("-", "\N{MINUS SIGN}")):
        raise TypedNumberError("must be 0 or more")
    patterns = (_POINT,) if places == len("000") else (_COMMA, _POINT)
    readings = dict.fromkeys(_readings(text, units, patterns))
    for reading in readings:
        _check(reading, places)
    if not readings:
        raise TypedNumberError("must be a number, such as 3,200")
    if len(readings) > 1:
        raise TypedNumberError(_asked_back(tuple(readings), whole=whole))
    (value,) = readings
    if whole and value != value.to_integral_value():
        raise TypedNumberError("must be a whole number")
    return value


def _readings(
    text: str, units: Collection[str], patterns: Collection[re.Pattern[str]]
) -> Iterator[Decimal]:
    """Every way in which a number can be read, with its unit and without it."""
    ends = (unit for unit in units if text.casefold().endswith(unit.casefold()))
    for number_alone in {text: None} | {text[: -len(unit)].rstrip(): None for unit in ends}:
        for pattern in patterns:
            match = pattern.fullmatch(number_alone)
            if match and re.search("[0-9]", number_alone):
                yield _value(match)


def _value(match: re.Match[str]) -> Decimal:
    whole = re.sub("[^0-9]", "", match["whole"]).lstrip("0")
    if len(whole) > len(str(MOST)):
        raise TypedNumberError(f"must be {MOST:,} or fewer")
    part = (match["part"] or "").rstrip("0")
    # Written with its exponent, since a decimal's constructor is exact and its arithmetic rounds.
    return Decimal(f"{whole or 0}.{part or 0}E{_ZEROS[match['suffix'].lower()]}")


def _asked_back(readings: tuple[Decimal, ...], *, whole: bool) -> str:
    words = " or ".join(map(number, readings))
    possible = [one for one in readings if not whole or one == one.to_integral_value()]
    if len(possible) == 1:
        return (
            f"must be a whole number, and this could be {words}: "
            f"type {typed(possible[0])} if you mean {number(possible[0])}"
        )
    return f"could be {words}: type {' or '.join(map(typed, readings))}"


def _check(value: Decimal, places: int) -> None:
    if value > MOST:
        raise TypedNumberError(f"must be {MOST:,} or fewer")
    if places_of(value) > places:
        raise TypedNumberError(f"must have no more than {places} decimals")
