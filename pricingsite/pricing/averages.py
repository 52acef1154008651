"""What one unit costs on average, and where that is lowest."""

from decimal import ROUND_HALF_UP, Decimal

from pricingsite.pricing.charge import charge
from pricingsite.pricing.structures import Structure

_LEAST_PLACES = 4


def average_price(amount: Decimal, quantity: Decimal) -> Decimal:
    """An amount over a quantity, to four decimals, or to four digits where that is finer."""
    exact = amount / quantity
    places = max(_LEAST_PLACES, _LEAST_PLACES - 1 - exact.adjusted()) if exact else _LEAST_PLACES
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def lowest_average(structure: Structure, upto: Decimal) -> tuple[Decimal, Decimal] | None:
    """The one quantity below `upto` at which a unit costs the least on average, and that average.

    None where there is no such one: the average is the same along a stretch, falls to the end, or
    is nothing. Within a tier it only falls or only rises, so the bounds are all that can be lowest.
    """
    bands = structure.bands
    bounds = [band.last_unit for band in bands if band.last_unit and band.last_unit < upto]
    if not bounds:
        return None
    averages = {bound: charge(structure, bound).amount / bound for bound in bounds}
    lowest = min(averages, key=lambda bound: averages[bound])
    # Without a fee the first tier costs the same all along.
    others = [average for bound, average in averages.items() if bound != lowest]
    # Nor is it lowest where it falls below that later on: it tends to the last tier's price.
    others += [charge(structure, upto).amount / upto, bands[-1].unit_price]
    others += [] if bands[0].flat_fee else [bands[0].unit_price]
    return (lowest, averages[lowest]) if 0 < averages[lowest] < min(others) else None
