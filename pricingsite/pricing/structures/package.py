"""A price for each package of units begun."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from pricingsite.pricing.errors import StructureError
from pricingsite.pricing.money import MOST_A_MONTH, QUANTITY_PLACES, RATE_PLACES
from pricingsite.pricing.structures.base import ZERO, ChargeLine, PricePart, Structure, Vertex

# Beyond so many, steps are too small to be seen, and a straight line says the same.
_MOST_STEPS = 60


@dataclass(frozen=True, slots=True)
class Package(Structure):
    """None at zero, one up to the size, then two."""

    model: ClassVar[str] = "package"
    numbers: ClassVar[Mapping[str, int]] = {
        "package_size": QUANTITY_PLACES,
        "package_price": RATE_PLACES,
    }

    package_size: Decimal
    package_price: Decimal

    def __post_init__(self) -> None:
        Structure.__post_init__(self)
        if not self.package_size:
            raise StructureError("a package must hold more than 0 units", "package_size")

    def begun(self, units: Decimal) -> Decimal:
        """How many packages a quantity begins."""
        whole, rest = divmod(units, self.package_size)
        return whole + 1 if rest else whole

    def lines(self, units: Decimal) -> tuple[ChargeLine, ...]:
        begun = self.begun(units)
        return (ChargeLine(begun, self.package_price, ZERO, begun * self.package_price),)

    @property
    def parts(self) -> tuple[PricePart, ...]:
        return (PricePart(self.package_price, per=self.package_size),)

    def units_until_change(self, units: Decimal) -> Decimal | None:
        """To the end of the package begun."""
        return self.begun(units) * self.package_size - units

    def corners(self, upto: Decimal) -> Iterator[Vertex]:
        """Two at each package's end."""
        if upto > self.package_size * _MOST_STEPS:
            return
        begun, price = ZERO, ZERO
        while begun < upto:
            if begun:
                yield begun, price
            price += self.package_price
            yield begun, price
            begun += self.package_size

    def example_quantities(self) -> tuple[Decimal, ...]:
        """Around the end of the first package, where a month can come to that many units."""
        size = self.package_size
        if size * 10 > MOST_A_MONTH:
            return Structure.example_quantities(self)
        return (ZERO, Decimal(1), size, size + 1, size * 10)

    def first_look(self) -> tuple[Decimal, ...]:
        """None, one, and the unit that begins another."""
        if self.package_size * 10 > MOST_A_MONTH:
            return Structure.first_look(self)
        return (ZERO, self.package_size, self.package_size + 1)
