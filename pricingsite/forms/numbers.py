"""Numbers as people type them ("3,200", "3 200", "3.2k"), read exactly or refused in words."""

import re
from decimal import Decimal

# The most that a period's total, or an amount, may come to.
MOST = Decimal(10**12)
_PLACES = Decimal("0.000001")
# What people put between groups of three digits; the last three are kinds of space.
_GAP = "[ ,_'\u2019\u00a0\u2009\u202f]"
_NUMBER = re.compile(
    rf"(?P<whole>[0-9]{{1,3}}(?:{_GAP}[0-9]{{3}})+|[0-9]*)(?P<part>\.[0-9]*)?\s*(?P<suffix>[km]?)",
    re.IGNORECASE,
)
_ZEROS = {"": 0, "k": 3, "m": 6}


class TypedNumberError(ValueError):
    """A number that cannot be used; the message completes "API calls …"."""


def parse_number(text: str) -> Decimal:
    """A number as people type it, exact; raises `TypedNumberError` in words."""
    text = text.strip().removeprefix("+")
    if text.startswith(("-", "\N{MINUS SIGN}")):
        raise TypedNumberError("must be 0 or more")
    match = _NUMBER.fullmatch(text)
    if match is None or not re.search("[0-9]", text):
        raise TypedNumberError("must be a number, such as 3,200")
    whole = re.sub(_GAP, "", match["whole"]).lstrip("0")
    if len(whole) > len(str(MOST)):
        raise TypedNumberError(f"must be {MOST:,} or fewer")
    part = (match["part"] or "").rstrip("0").rstrip(".")
    # Written with its exponent, since a decimal's constructor is exact and its arithmetic rounds.
    return _checked(Decimal(f"{whole or 0}{part}E{_ZEROS[match['suffix'].lower()]}"))


def _checked(number: Decimal) -> Decimal:
    if number > MOST:
        raise TypedNumberError(f"must be {MOST:,} or fewer")
    if number != number.quantize(_PLACES):
        raise TypedNumberError("must have no more than 6 decimals")
    return number
