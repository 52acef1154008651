"""Quantities for worked examples, chosen from a structure's own bounds; pure.

For the add-on of the worked example (bounds at 1,000 and 2,500) they are 0, 1,000, 1,500, 2,500,
5,000 and 10,000, with 0, 1,000 and 3,200 for a first look.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from itertools import pairwise

from pricingsite.pricing.money import MOST_A_MONTH, QUANTITY_PLACES
from pricingsite.pricing.structures import Structure

_BEYOND = Decimal("1.3")
_FEW = 2
_LEAST = Decimal(1).scaleb(-QUANTITY_PLACES)


@dataclass(frozen=True, slots=True)
class Quantities:
    """Quantities to work out: all of a table's, a few for a first look, one far beyond."""

    all: tuple[Decimal, ...]
    highlights: tuple[Decimal, ...]
    huge: Decimal
    last_bound: Decimal | None


def example_quantities(structure: Structure) -> Quantities:
    """The quantities at which a usage price is best explained: its bounds, between and beyond."""
    bounds = [band.last_unit for band in structure.bands if band.last_unit]
    bounds = [bound for bound in bounds if bound <= MOST_A_MONTH]
    if not bounds:
        return _without_bounds(structure)
    last = bounds[-1]
    points = [Decimal(0)]
    for lower, upper in pairwise(bounds):
        points += [lower, *_between(lower, upper)]
    points += [last, last * 2, last * 4]
    return Quantities(
        all=_possible(points),
        highlights=_possible((Decimal(0), bounds[0], *_first_look(bounds))),
        huge=min(last * 400, Decimal(MOST_A_MONTH)),
        last_bound=last,
    )


def _first_look(bounds: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Beyond the last of a bound or two; of more, inside the bands that most people are in."""
    if len(bounds) <= _FEW:
        last = bounds[-1]
        return (max(_round(last * _BEYOND, digits=2), last + _LEAST),)
    middle = max(len(bounds) // 2, _FEW)
    bands = (bounds[:2], bounds[middle - 1 : middle + 1])
    return tuple((*_between(lower, upper), upper)[0] for lower, upper in bands)


def _possible(points: Iterable[Decimal]) -> tuple[Decimal, ...]:
    """Those of the quantities that a month can come to."""
    return tuple(point for point in points if point <= MOST_A_MONTH)


def _between(lower: Decimal, upper: Decimal) -> tuple[Decimal, ...]:
    """The geometric middle of two bounds, rounded to half a leading digit; nothing if too close.

    Between whole bounds it is whole.
    """
    middle = (lower * upper).sqrt()
    step = Decimal(5).scaleb(middle.adjusted() - 1)
    near = (middle / step).to_integral_value(ROUND_HALF_UP) * step
    near = round(near, QUANTITY_PLACES if lower % 1 or upper % 1 else 0)
    return (near,) if lower < near < upper else ()


def _round(quantity: Decimal, *, digits: int) -> Decimal:
    step = max(Decimal(1).scaleb(quantity.adjusted() - digits + 1), _LEAST)
    return (quantity / step).to_integral_value(ROUND_DOWN) * step


def _without_bounds(structure: Structure) -> Quantities:
    points = structure.example_quantities()
    huge = min(points[-1] * 100, Decimal(MOST_A_MONTH))
    return Quantities(points, structure.first_look(), huge, None)
