"""Quantities in words: numbers with thousands separated, units in the singular and plural."""

import re
from decimal import ROUND_CEILING, Decimal

from pricingsite.pricing import Unit, plain


def number(value: Decimal) -> str:
    """A number with no more decimals than it has: `1,500`, `0.5`."""
    return f"{value.normalize():,f}"


def sentence_case(words: str) -> str:
    """Words as they open a sentence."""
    return words[:1].upper() + words[1:]


def unit_name(quantity: Decimal | int, unit: Unit) -> str:
    """A unit's name beside a quantity: `API call`, `API calls`."""
    return unit.singular if quantity == 1 else unit.plural


def in_units(quantity: Decimal | int, unit: Unit) -> str:
    """A quantity with its unit: `1,500 API calls`."""
    return f"{number(Decimal(quantity))} {unit_name(quantity, unit)}"


def counted(quantity: Decimal | int, unit: Unit) -> str:
    """A quantity that stands among others: `1,500 API calls`, `500 GB (Egress)`."""
    return in_units(quantity, unit) + (f" ({unit.name})" if unit.name else "")


def named(words: str, unit: Unit) -> str:
    """Words about a unit, after the name of its metric where it has one of its own.

    `Next API call costs`, `Egress: next GB costs`.
    """
    if not unit.name:
        return words
    # "API calls since" keeps its capitals, "Next GB" does not.
    is_word = words[1:2].islower() or words[1:2] == " "
    return f"{unit.name}: {words[0].lower() if is_word else words[0]}{words[1:]}"


def column(unit: Unit) -> str:
    """What heads a column of quantities: `API calls`, `Egress (GB)`."""
    if not unit.name or unit.plural.casefold() in unit.name.casefold():
        return unit.name or unit.plural
    return f"{unit.name} ({unit.plural})"


def sentence_start(words: str) -> str:
    """Words as they open a sentence: `Seats`, `Egress (GB)`."""
    return f"{words[:1].upper()}{words[1:]}"


def priced_units(unit: Unit) -> str:
    """The units that a unit price is shown for: `API call`, `1,000 GB`."""
    return unit.singular if unit.per == 1 else in_units(unit.per, unit)


def typed(value: Decimal, unit: Unit | None = None) -> str:
    """A number as people type it, to be read in one way only: `3200`, `0.5`, `1.2340`.

    Three decimals alone could be thousands. What is counted whole is rounded up.
    """
    if unit and unit.whole:
        value = value.to_integral_value(ROUND_CEILING)
    digits = plain(value)
    return f"{digits}0" if re.fullmatch(r"[1-9][0-9]{0,2}\.[0-9]{3}", digits) else digits
