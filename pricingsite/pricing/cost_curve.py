"""A structure as a picture has it: the vertices of what each quantity costs.

Exact amounts in major units, before rounding; nothing is sampled.
"""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from pricingsite.pricing.charge import charge, tiers_of
from pricingsite.pricing.money import exact_context
from pricingsite.pricing.structures import Package, Structure, Volume

ZERO = Decimal(0)

# Beyond so many, steps are too small to be seen, and a straight line says the same.
_MOST_STEPS = 60

# A quantity, and what it costs.
Vertex = tuple[Decimal, Decimal]


def cost_curve(structure: Structure, upto: Decimal) -> tuple[Vertex, ...]:
    """The vertices between 0 and a quantity, to be joined by straight lines; two at a jump."""
    with exact_context():
        start = (ZERO, charge(structure, ZERO).amount)
        end = (upto, charge(structure, upto).amount)
        return (start, *_between(structure, upto), end)


def _between(structure: Structure, upto: Decimal) -> Iterator[Vertex]:
    if isinstance(structure, Package):
        yield from _steps(structure, upto)
        return
    tiers = tiers_of(structure)
    for band, after in pairwise(tiers):
        bound = band.last_unit
        if bound is None or bound >= upto:
            return
        before = charge(structure, bound).amount
        # What the first unit past the bound costs beside itself.
        jump = after.flat_fee
        if isinstance(structure, Volume):
            jump = bound * after.unit_price + after.flat_fee - before
        yield bound, before
        if jump:
            yield bound, before + jump


def _steps(structure: Package, upto: Decimal) -> Iterator[Vertex]:
    if upto / structure.package_size > _MOST_STEPS:
        return
    begun, price = ZERO, ZERO
    while begun < upto:
        if begun:
            yield begun, price
        price += structure.package_price
        yield begun, price
        begun += structure.package_size
