"""One unit price for every unit, or for every unit beyond those that are included."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from pricingsite.pricing.money import RATE_PLACES
from pricingsite.pricing.structures.base import (
    ONE,
    ZERO,
    ChargeLine,
    PricePart,
    TierBand,
    Vertex,
)
from pricingsite.pricing.structures.included import Including


@dataclass(frozen=True, slots=True)
class Linear(Including):
    """Quantity x unit price."""

    model: ClassVar[str] = "linear"
    numbers: ClassVar[Mapping[str, int]] = {"unit_price": RATE_PLACES}
    has_unit_prices: ClassVar[bool] = True

    unit_price: Decimal
    included: Decimal | None = None

    def _charged(self, units: Decimal) -> ChargeLine:
        return ChargeLine(units, self.unit_price, ZERO, units * self.unit_price)

    @property
    def parts(self) -> tuple[PricePart, ...]:
        return (PricePart(self.unit_price, per=ONE, band=self.beyond),)

    @property
    def bands(self) -> tuple[TierBand, ...]:
        if self.beyond is None:
            return ()
        return (TierBand(ZERO, self.included, ZERO, ZERO), self.beyond)

    def units_until_change(self, units: Decimal) -> Decimal | None:
        """To the end of what is included."""
        if self.included is None or units > self.included:
            return None
        return self.included - units

    def corners(self, upto: Decimal) -> Iterator[Vertex]:
        """One at the end of what is included."""
        if self.included is not None and self.included < upto:
            yield self.included, ZERO
