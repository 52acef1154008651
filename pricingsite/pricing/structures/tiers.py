"""Structures of tiers: graduated, where each tier prices its own units, and volume, where one does.

Upper bounds are inclusive quantities; the first tier is reached at zero.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, ClassVar, Self

from pricingsite.pricing.errors import StructureError
from pricingsite.pricing.money import QUANTITY_PLACES, RATE_PLACES, plain
from pricingsite.pricing.structures.base import (
    ONE,
    ZERO,
    PricePart,
    Structure,
    TierBand,
    TierCharge,
    Vertex,
    check_field,
    read_number,
    refuse_unknown,
)

TIER_NUMBERS = {
    "upper_bound": QUANTITY_PLACES,
    "unit_price": RATE_PLACES,
    "flat_fee": RATE_PLACES,
}


@dataclass(frozen=True, slots=True)
class Tier:
    """A step of a structure, up to and including `upper_bound`; None is the last one's.

    It is checked by the structure that holds it, whose message can say which tier it is.
    """

    upper_bound: Decimal | None = None
    unit_price: Decimal = ZERO
    flat_fee: Decimal = ZERO

    def to_dict(self) -> dict[str, str]:
        """Its document: a zero unit price or flat fee is left out."""
        document = {} if self.upper_bound is None else {"upper_bound": plain(self.upper_bound)}
        if self.unit_price:
            document["unit_price"] = plain(self.unit_price)
        if self.flat_fee:
            document["flat_fee"] = plain(self.flat_fee)
        return document


@dataclass(frozen=True, slots=True)
class Tiered(Structure):
    """What graduated and volume have in common."""

    has_flat_fees: ClassVar[bool] = True
    has_unit_prices: ClassVar[bool] = True

    tiers: tuple[Tier, ...]

    def __post_init__(self) -> None:
        _check_tiers(self.tiers)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        refuse_unknown(document, {"model", "tiers"})
        tiers = document.get("tiers", ())
        if not isinstance(tiers, list | tuple):
            raise StructureError(f"tiers are a list, not {tiers!r}", "tiers")
        return cls(tuple(_tier(tier, f"tiers[{index}]") for index, tier in enumerate(tiers)))

    def to_dict(self) -> dict[str, Any]:
        return {"model": self.model, "tiers": [tier.to_dict() for tier in self.tiers]}

    @property
    def bands(self) -> tuple[TierBand, ...]:
        return tuple(
            TierBand(lower + 1 if lower else ZERO, tier.upper_bound, tier.unit_price, tier.flat_fee)
            for lower, tier in self._with_bounds()
        )

    @property
    def parts(self) -> tuple[PricePart, ...]:
        fees = ((band, PricePart(band.flat_fee, band=band)) for band in self.bands)
        charged = tuple(
            part
            for band, fee in fees
            for part in (fee, PricePart(band.unit_price, per=ONE, band=band))
            if part.amount
        )
        return charged or (PricePart(ZERO, per=ONE),)

    def units_until_change(self, units: Decimal) -> Decimal | None:
        """To the bound of the tier reached."""
        bounds = (tier.upper_bound for tier in self.tiers if tier.upper_bound is not None)
        return next((bound - units for bound in bounds if units <= bound), None)

    def corners(self, upto: Decimal) -> Iterator[Vertex]:
        """One at each bound, and two where the cost jumps past it."""
        for band, after in pairwise(self.bands):
            bound = band.last_unit
            if bound is None or bound >= upto:
                return
            before = sum((line.amount for line in self.lines(bound)), ZERO)
            yield bound, before
            if jump := self._jump(bound, before, after):
                yield bound, before + jump

    @abstractmethod
    def _jump(self, bound: Decimal, before: Decimal, after: TierBand) -> Decimal:
        """What the first unit past a bound costs beside itself."""

    def _with_bounds(self) -> Iterator[tuple[Decimal, Tier]]:
        """Each tier with the bound before it."""
        yield ZERO, self.tiers[0]
        for before, tier in pairwise(self.tiers):
            yield before.upper_bound or ZERO, tier


@dataclass(frozen=True, slots=True)
class Volume(Tiered):
    """The tier that the whole quantity reaches prices every unit, and charges its fee alone."""

    model: ClassVar[str] = "volume"
    always_rises: ClassVar[bool] = False

    @property
    def least_is_at_zero(self) -> bool:
        """Not where a later tier has a lower fee, and its units do not make up for it."""
        least = self.tiers[0].flat_fee
        return all(
            lower * tier.unit_price + tier.flat_fee >= least for lower, tier in self._with_bounds()
        )

    def lines(self, units: Decimal) -> tuple[TierCharge, ...]:
        reached = (
            (lower, tier)
            for lower, tier in self._with_bounds()
            if tier.upper_bound is None or units <= tier.upper_bound
        )
        return (_charged(*next(reached), units),)

    def _jump(self, bound: Decimal, before: Decimal, after: TierBand) -> Decimal:
        return bound * after.unit_price + after.flat_fee - before


@dataclass(frozen=True, slots=True)
class Graduated(Tiered):
    """Each tier prices the units that lie in it; fees add up as tiers are reached."""

    model: ClassVar[str] = "graduated"

    @property
    def included(self) -> Decimal | None:
        """The bound of a first tier whose units are free.

        Volume has none: its first tier's rate is gone once the next is reached.
        """
        first = self.tiers[0]
        return None if first.unit_price else first.upper_bound

    def lines(self, units: Decimal) -> tuple[TierCharge, ...]:
        reached = []
        for lower, tier in self._with_bounds():
            if lower and units <= lower:
                break
            reached.append(_charged(lower, tier, min(units, tier.upper_bound or units) - lower))
        return tuple(reached)

    def _jump(self, bound: Decimal, before: Decimal, after: TierBand) -> Decimal:  # noqa: ARG002
        return after.flat_fee


def _charged(lower: Decimal, tier: Tier, units: Decimal) -> TierCharge:
    return TierCharge(
        quantity=units,
        unit_price=tier.unit_price,
        flat_fee=tier.flat_fee,
        amount=units * tier.unit_price + tier.flat_fee,
        first_unit=lower + 1 if lower else ZERO,
        last_unit=tier.upper_bound,
    )


def _tier(document: object, path: str) -> Tier:
    if not isinstance(document, Mapping):
        raise StructureError(f"a tier is a table, not {document!r}", path)
    refuse_unknown(document, set(TIER_NUMBERS), f"{path}.")
    return Tier(**{key: read_number(text, f"{path}.{key}") for key, text in document.items()})


def _check_tiers(tiers: tuple[Tier, ...]) -> None:
    if not tiers:
        raise StructureError("at least one tier is needed", "tiers")
    lower = ZERO
    for index, tier in enumerate(tiers):
        path = f"tiers[{index}]"
        check_field(tier.unit_price, f"{path}.unit_price")
        check_field(tier.flat_fee, f"{path}.flat_fee")
        _check_bound(tier, lower, path, last=index == len(tiers) - 1)
        lower = tier.upper_bound or lower


def _check_bound(tier: Tier, lower: Decimal, path: str, *, last: bool) -> None:
    if last:
        if tier.upper_bound is not None:
            raise StructureError("the last tier must not have an upper bound", path)
        return
    if tier.upper_bound is None:
        raise StructureError("an upper bound is missing: only the last tier has none", path)
    check_field(tier.upper_bound, f"{path}.upper_bound", QUANTITY_PLACES)
    if tier.upper_bound <= lower:
        bound, before = plain(tier.upper_bound), plain(lower)
        raise StructureError(f"upper bounds must rise: {bound} is not more than {before}", path)
