"""A structure as a picture has it: the vertices of what each quantity costs.

Exact amounts in major units, before rounding; nothing is sampled.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from pricingsite.pricing.charge import charge
from pricingsite.pricing.money import exact_context
from pricingsite.pricing.structures import Structure, Vertex


def cost_curve(structure: Structure, upto: Decimal) -> tuple[Vertex, ...]:
    """The vertices between 0 and a quantity, to be joined by straight lines; two at a jump."""
    zero = Decimal(0)
    with exact_context():
        start = (zero, charge(structure, zero).amount)
        end = (upto, charge(structure, upto).amount)
        return (start, *structure.corners(upto), end)


def raised(vertices: Sequence[Vertex], least: Decimal) -> Iterator[Vertex]:
    """The vertices of what is charged at least so much: flat below that, with one where it ends."""
    yield vertices[0][0], max(vertices[0][1], least)
    for (x, y), (following_x, following_y) in pairwise(vertices):
        if min(y, following_y) < least < max(y, following_y) and x != following_x:
            yield x + (following_x - x) * ((least - y) / (following_y - y)), least
        yield following_x, max(following_y, least)
