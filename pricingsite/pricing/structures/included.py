"""What linear and package prices have in common: so many units may be included.

They cost nothing, and only what lies beyond them is charged.
"""

from abc import abstractmethod
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from pricingsite.pricing.errors import StructureError
from pricingsite.pricing.money import QUANTITY_PLACES
from pricingsite.pricing.structures.base import (
    ZERO,
    BandCharge,
    ChargeLine,
    Structure,
    TierBand,
)


class Including(Structure):
    """A structure of one price, of which units may be included; `included` is None without any."""

    __slots__ = ()

    optional_numbers: ClassVar[Mapping[str, int]] = {"included": QUANTITY_PLACES}

    def __post_init__(self) -> None:
        Structure.__post_init__(self)
        if self.included is not None and not self.included:
            raise StructureError("include more than 0 units, or leave it out", "included")

    def lines(self, units: Decimal) -> tuple[ChargeLine, ...]:
        if self.included is None:
            return (self._charged(units),)
        used = min(units, self.included)
        lines: tuple[ChargeLine, ...] = (
            BandCharge(used, ZERO, ZERO, ZERO, first_unit=ZERO, last_unit=self.included),
        )
        if units > self.included:
            one = self._charged(units - self.included)
            first = self.included + 1
            lines += (BandCharge(one.quantity, one.unit_price, ZERO, one.amount, first, None),)
        return lines

    @property
    def beyond(self) -> TierBand | None:
        """The range that is charged; None where nothing is included."""
        if self.included is None:
            return None
        return TierBand(self.included + 1, None, self._charged(ZERO).unit_price, ZERO)

    @abstractmethod
    def _charged(self, units: Decimal) -> ChargeLine:
        """What units cost of which none is included."""
