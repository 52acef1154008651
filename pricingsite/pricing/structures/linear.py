"""One unit price for every unit."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from pricingsite.pricing.money import RATE_PLACES
from pricingsite.pricing.structures.base import ONE, ZERO, ChargeLine, PricePart, Structure


@dataclass(frozen=True, slots=True)
class Linear(Structure):
    """Quantity x unit price."""

    model: ClassVar[str] = "linear"
    numbers: ClassVar[Mapping[str, int]] = {"unit_price": RATE_PLACES}

    unit_price: Decimal

    def lines(self, units: Decimal) -> tuple[ChargeLine, ...]:
        return (ChargeLine(units, self.unit_price, ZERO, units * self.unit_price),)

    @property
    def parts(self) -> tuple[PricePart, ...]:
        return (PricePart(self.unit_price, per=ONE),)
