"""A structure as a picture has it: the vertices of what each quantity costs.

Exact amounts in major units, before rounding; nothing is sampled.
"""

from decimal import Decimal

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
