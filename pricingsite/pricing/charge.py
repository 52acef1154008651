"""The rating function: what a quantity costs by a structure, exactly, with its lines explained.

Amounts here are major units before any rounding; every product is exact. What the next unit costs
is a difference of two totals.
"""

from decimal import Decimal

from pricingsite.pricing.money import QUANTITY_PLACES, check_number, exact_context
from pricingsite.pricing.structures import Charge, Structure


def charge(structure: Structure, quantity: Decimal | int) -> Charge:
    """What a quantity (0 or more, at most 6 decimals) costs by a structure, before rounding.

    `tiers` holds the tiers reached: all up to the quantity's for graduated, that one for volume.
    Raises `NumberError` for a float, a negative quantity or one with more decimals.
    """
    units = _quantity(quantity)
    with exact_context():
        lines = structure.lines(units)
        return Charge(sum((line.amount for line in lines), Decimal(0)), lines)


def _quantity(quantity: Decimal | int) -> Decimal:
    # bool is an int by inheritance only: True is no quantity.
    units = Decimal(quantity) if type(quantity) is int else quantity
    return check_number(units, places=QUANTITY_PLACES, what="a quantity")


def next_unit_cost(structure: Structure, quantity: Decimal | int) -> Decimal:
    """What one more unit costs: the difference of two totals, never a rate looked up."""
    units = _quantity(quantity)
    with exact_context():
        return charge(structure, units + 1).amount - charge(structure, units).amount


def units_until_change(structure: Structure, quantity: Decimal | int) -> Decimal | None:
    """How many more units until a further one costs differently; None when it never does."""
    units = _quantity(quantity)
    with exact_context():
        return structure.units_until_change(units)
