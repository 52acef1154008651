"""A share of an amount, such as 2.9 % of sales."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from pricingsite.pricing.errors import StructureError
from pricingsite.pricing.money import RATE_PLACES
from pricingsite.pricing.structures.base import ONE, ZERO, ChargeLine, PricePart, Structure


@dataclass(frozen=True, slots=True)
class Percentage(Structure):
    """Amount x rate: the quantity is an amount in major units of the price's currency.

    `rate` is a fraction: "0.029" is 2.9 %.
    """

    model: ClassVar[str] = "percentage"
    numbers: ClassVar[Mapping[str, int]] = {"rate": RATE_PLACES}
    is_share: ClassVar[bool] = True

    rate: Decimal

    def __post_init__(self) -> None:
        Structure.__post_init__(self)
        if self.rate > 1:
            raise StructureError(f"a rate is a fraction, at most 1, not {self.rate}", "rate")

    def lines(self, units: Decimal) -> tuple[ChargeLine, ...]:
        return (ChargeLine(units, self.rate, ZERO, units * self.rate),)

    @property
    def parts(self) -> tuple[PricePart, ...]:
        return (PricePart(self.rate, per=ONE),)
