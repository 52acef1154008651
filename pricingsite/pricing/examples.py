"""Quantities for worked examples, chosen from a structure's own bounds; pure.

For the add-on of the worked example (bounds at 1,000 and 2,500) they are 0, 1,000, 1,500, 2,500,
5,000 and 10,000, with 0, 1,000 and 3,200 for a first look.
"""

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from itertools import pairwise

from pricingsite.pricing.charge import tiers_of
from pricingsite.pricing.structures import Linear, Package, Structure

_BEYOND = Decimal("1.3")
# Without bounds, quantities start where the usage comes to about ten of the currency.
_NOTICEABLE_DIGITS = 1
_FREE_QUANTITY = Decimal(1000)


@dataclass(frozen=True, slots=True)
class Quantities:
    """Quantities to work out: all of a table's, three for a first look, one far beyond."""

    all: tuple[Decimal, ...]
    highlights: tuple[Decimal, ...]
    huge: Decimal
    last_bound: Decimal | None


def example_quantities(structure: Structure) -> Quantities:
    """The quantities at which a usage price is best explained: its bounds, between and beyond."""
    bounds = [band.last_unit for band in tiers_of(structure) if band.last_unit is not None]
    if not bounds:
        return _without_bounds(structure)
    last = bounds[-1]
    points = [Decimal(0)]
    for lower, upper in pairwise(bounds):
        points += [lower, *_between(lower, upper)]
    points += [last, last * 2, last * 4]
    beyond = _round(last * _BEYOND, digits=2)
    return Quantities(tuple(points), (Decimal(0), bounds[0], beyond), last * 400, last)


def _between(lower: Decimal, upper: Decimal) -> tuple[Decimal, ...]:
    """The geometric middle of two bounds, rounded to half a leading digit; nothing if too close."""
    middle = (lower * upper).sqrt()
    step = Decimal(5).scaleb(middle.adjusted() - 1)
    near = (middle / step).to_integral_value(ROUND_HALF_UP) * step
    whole = near.to_integral_value()
    return (whole,) if lower < whole < upper else ()


def _round(quantity: Decimal, *, digits: int) -> Decimal:
    step = Decimal(1).scaleb(quantity.adjusted() - digits + 1)
    return (quantity / step).to_integral_value(ROUND_DOWN) * step


def _without_bounds(structure: Structure) -> Quantities:
    if isinstance(structure, Package):
        size = structure.package_size
        points = (Decimal(0), Decimal(1), size, size + 1, size * 10)
        return Quantities(points, (points[0], size, size + 1), size * 1000, None)
    rate = structure.unit_price if isinstance(structure, Linear) else _only_rate(structure)
    base = _FREE_QUANTITY
    if rate:
        base = Decimal(10 ** max(0, _NOTICEABLE_DIGITS - rate.adjusted()))
    points = (Decimal(0), base, base * 2, base * 5, base * 10)
    return Quantities(points, points[:3], base * 1000, None)


def _only_rate(structure: Structure) -> Decimal:
    tiers = tiers_of(structure)
    return tiers[0].unit_price if tiers else Decimal(0)
