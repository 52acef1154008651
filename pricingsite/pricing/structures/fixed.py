"""An amount for a period, whatever is used."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from pricingsite.pricing.money import RATE_PLACES
from pricingsite.pricing.structures.base import ONE, ZERO, ChargeLine, PricePart, Structure


@dataclass(frozen=True, slots=True)
class Fixed(Structure):
    """The same amount at any usage."""

    model: ClassVar[str] = "fixed"
    numbers: ClassVar[Mapping[str, int]] = {"amount": RATE_PLACES}
    is_usage: ClassVar[bool] = False

    amount: Decimal

    def lines(self, units: Decimal) -> tuple[ChargeLine, ...]:  # noqa: ARG002
        return (ChargeLine(ONE, self.amount, ZERO, self.amount),)

    @property
    def parts(self) -> tuple[PricePart, ...]:
        return (PricePart(self.amount),)
