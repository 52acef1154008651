"""Unit prices in words, for as many units as their metric has them shown for.

Billing is by each unit all the same. Money is written by the caller's `format_rate`.
"""

from collections.abc import Callable
from decimal import Decimal

from pricingsite.pricing import PriceTerms, Unit, exact_context
from pricingsite.wording.quantities import in_units, number

FormatRate = Callable[[Decimal, str], str]


def shown_per(price: PriceTerms) -> Decimal:
    """For how many units a price's unit prices are shown: 1 where it has none of its own."""
    unit = price.unit
    return unit.per if unit and price.structure.has_unit_prices else Decimal(1)


def shown_rate(price: PriceTerms, unit_price: Decimal) -> Decimal:
    """A unit price for as many units as it is shown for, exactly."""
    with exact_context():
        return unit_price * shown_per(price)


def per_units(price: PriceTerms, unit_price: Decimal = Decimal(1)) -> str:
    """What a unit price is shown for, after it: `per 1,000 GB`; nothing where it is each."""
    per = shown_per(price)
    assert price.unit is not None or per == 1  # noqa: S101 - only a unit has another
    return f"per {in_units(per, price.unit)}" if price.unit and per != 1 and unit_price else ""


def each_of(unit_price: Decimal, unit: Unit, currency: str, rate: FormatRate) -> str:
    """What units cost: `£0.45 each`, `US$0.09 per 1,000 GB`."""
    if unit.per == 1:
        return f"{rate(unit_price, currency)} each"
    with exact_context():
        shown = unit_price * unit.per
    return f"{rate(shown, currency)} per {number(unit.per)} {unit.plural}"


def is_unit_price(price: PriceTerms, cost: Decimal) -> bool:
    """Whether what one more unit costs is a unit price, not a fee, a package or a fall."""
    parts = price.structure.parts
    return cost > 0 and any(part.per == 1 and part.amount == cost for part in parts)


def next_rate(price: PriceTerms, cost: Decimal) -> Decimal:
    """What the next unit costs, for as many units as unit prices are shown for if it is one."""
    return shown_rate(price, cost) if is_unit_price(price, cost) else cost


def next_per(price: PriceTerms, cost: Decimal) -> str:
    """What that is for: `per 1,000 GB`; nothing where it is one unit's."""
    return per_units(price) if is_unit_price(price, cost) else ""


def fall_words(price: PriceTerms, cost: Decimal) -> str:
    """Why the next unit costs less than nothing; nothing where it does not."""
    if cost >= 0 or price.unit is None:
        return ""
    return f"with it, all {price.unit.plural} get cheaper, and the total falls"
