"""The rating function: what a quantity costs by a structure, exactly, with its tiers explained.

Amounts here are major units before any rounding; every product is exact. What the next unit costs
is a difference of two totals.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from pricingsite.pricing.money import QUANTITY_PLACES, check_number, exact_context
from pricingsite.pricing.structures import (
    ZERO,
    Fixed,
    Graduated,
    Linear,
    Package,
    Structure,
    Tier,
    Volume,
)


@dataclass(frozen=True, slots=True)
class TierBand:
    """A tier as it is shown; `first_unit` is display only: the bound before it and 1, or 0."""

    first_unit: Decimal
    last_unit: Decimal | None
    unit_price: Decimal
    flat_fee: Decimal


@dataclass(frozen=True, slots=True)
class TierCharge:
    """What one reached tier comes to: `quantity` units in it, `amount` exact in major units."""

    first_unit: Decimal
    last_unit: Decimal | None
    quantity: Decimal
    unit_price: Decimal
    flat_fee: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Charge:
    """What a quantity costs: exact, in major units, with the tiers that explain it."""

    amount: Decimal
    tiers: tuple[TierCharge, ...] = ()


def charge(structure: Structure, quantity: Decimal | int) -> Charge:
    """What a quantity (0 or more, at most 6 decimals) costs by a structure, before rounding.

    `tiers` holds the tiers reached: all up to the quantity's for graduated, that one for volume.
    Raises `NumberError` for a float, a negative quantity or one with more decimals.
    """
    units = _quantity(quantity)
    with exact_context():
        match structure:
            case Fixed():
                return Charge(structure.amount)
            case Linear():
                return Charge(units * structure.unit_price)
            case Package():
                return Charge(packages_begun(structure, units) * structure.package_price)
            case Volume():
                tiers: tuple[TierCharge, ...] = (_volume_tier(structure, units),)
            case Graduated():
                tiers = tuple(_graduated_tiers(structure, units))
        return Charge(sum((tier.amount for tier in tiers), ZERO), tiers)


def _quantity(quantity: Decimal | int) -> Decimal:
    # bool is an int by inheritance only: True is no quantity.
    units = Decimal(quantity) if type(quantity) is int else quantity
    return check_number(units, places=QUANTITY_PLACES, what="a quantity")


def packages_begun(structure: Package, quantity: Decimal | int) -> Decimal:
    """How many packages a quantity begins: none at zero, one up to the size, then two."""
    units = _quantity(quantity)
    with exact_context():
        whole, rest = divmod(units, structure.package_size)
        return whole + 1 if rest else whole


def _bands(tiers: Sequence[Tier]) -> Iterator[tuple[Decimal, Tier]]:
    """Each tier with the bound before it."""
    yield ZERO, tiers[0]
    for before, tier in pairwise(tiers):
        yield before.upper_bound or ZERO, tier


def _charged(lower: Decimal, tier: Tier, units: Decimal) -> TierCharge:
    return TierCharge(
        first_unit=lower + 1 if lower else ZERO,
        last_unit=tier.upper_bound,
        quantity=units,
        unit_price=tier.unit_price,
        flat_fee=tier.flat_fee,
        amount=units * tier.unit_price + tier.flat_fee,
    )


def _volume_tier(structure: Volume, units: Decimal) -> TierCharge:
    for lower, tier in _bands(structure.tiers):
        if tier.upper_bound is None or units <= tier.upper_bound:
            return _charged(lower, tier, units)
    raise AssertionError("the last tier has no bound")


def _graduated_tiers(structure: Graduated, units: Decimal) -> Iterator[TierCharge]:
    for lower, tier in _bands(structure.tiers):
        if lower and units <= lower:
            return
        upper = units if tier.upper_bound is None else min(units, tier.upper_bound)
        yield _charged(lower, tier, upper - lower)


def tiers_of(structure: Structure) -> tuple[TierBand, ...]:
    """Every tier for display, reached or not; none for models without tiers."""
    if not isinstance(structure, Volume | Graduated):
        return ()
    return tuple(
        TierBand(lower + 1 if lower else ZERO, tier.upper_bound, tier.unit_price, tier.flat_fee)
        for lower, tier in _bands(structure.tiers)
    )


def next_unit_cost(structure: Structure, quantity: Decimal | int) -> Decimal:
    """What one more unit costs: the difference of two totals, never a rate looked up."""
    units = _quantity(quantity)
    with exact_context():
        return charge(structure, units + 1).amount - charge(structure, units).amount


def units_until_change(structure: Structure, quantity: Decimal | int) -> Decimal | None:
    """How many more units until a further one costs differently; none when it never does.

    To the reached tier's bound, or to the end of the package begun.
    """
    units = _quantity(quantity)
    with exact_context():
        if isinstance(structure, Package):
            return packages_begun(structure, units) * structure.package_size - units
        for band in tiers_of(structure):
            if band.last_unit is not None and units <= band.last_unit:
                return band.last_unit - units
    return None
