"""Quantities in words: numbers with thousands separated, units in the singular and plural."""

from decimal import Decimal

from pricingsite.pricing import Unit


def number(value: Decimal) -> str:
    """A number with no more decimals than it has: `1,500`, `0.5`."""
    return f"{value.normalize():,f}"


def unit_name(quantity: Decimal | int, unit: Unit) -> str:
    """A unit's name beside a quantity: `API call`, `API calls`."""
    return unit.singular if quantity == 1 else unit.plural


def in_units(quantity: Decimal | int, unit: Unit) -> str:
    """A quantity with its unit: `1,500 API calls`."""
    return f"{number(Decimal(quantity))} {unit_name(quantity, unit)}"
