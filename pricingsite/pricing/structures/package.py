"""A price for each package of units begun, or for each beyond what is included."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from pricingsite.pricing.errors import StructureError
from pricingsite.pricing.money import MOST_A_MONTH, QUANTITY_PLACES, RATE_PLACES
from pricingsite.pricing.structures.base import ONE, ZERO, ChargeLine, PricePart, Structure, Vertex
from pricingsite.pricing.structures.included import Including

# Beyond so many, steps are too small to be seen, and a straight line says the same.
_MOST_STEPS = 60


@dataclass(frozen=True, slots=True)
class Package(Including):
    """None at zero, one up to the size, then two; counted from the end of what is included."""

    model: ClassVar[str] = "package"
    numbers: ClassVar[Mapping[str, int]] = {
        "package_size": QUANTITY_PLACES,
        "package_price": RATE_PLACES,
    }

    package_size: Decimal
    package_price: Decimal
    included: Decimal | None = None

    def __post_init__(self) -> None:
        Including.__post_init__(self)
        if not self.package_size:
            raise StructureError("a package must hold more than 0 units", "package_size")

    def begun(self, units: Decimal) -> Decimal:
        """How many packages a quantity begins, of which nothing is included."""
        whole, rest = divmod(units, self.package_size)
        return whole + 1 if rest else whole

    def _charged(self, units: Decimal) -> ChargeLine:
        begun = self.begun(units)
        return ChargeLine(begun, self.package_price, ZERO, begun * self.package_price)

    @property
    def parts(self) -> tuple[PricePart, ...]:
        return (PricePart(self.package_price, per=self.package_size, band=self.beyond),)

    def units_until_change(self, units: Decimal) -> Decimal | None:
        """To the end of what is included, or of the package begun."""
        free = self.included or ZERO
        if units <= free:
            return free - units
        return free + self.begun(units - free) * self.package_size - units

    def corners(self, upto: Decimal) -> Iterator[Vertex]:
        """Two at each package's end, and at that of what is included."""
        free = self.included or ZERO
        if upto - free > self.package_size * _MOST_STEPS:
            if free:
                yield free, ZERO
            return
        begun, price = free, ZERO
        while begun < upto:
            if begun:
                yield begun, price
            price += self.package_price
            yield begun, price
            begun += self.package_size

    def example_quantities(self) -> tuple[Decimal, ...]:
        """Around the end of the first package, where a month can come to that many units."""
        size, free = self.package_size, self.included
        if (free or ZERO) + size * 10 > MOST_A_MONTH:
            return Structure.example_quantities(self)
        points = {ZERO, ONE, size, size + 1, size * 10}
        if free is not None:
            points = {ZERO, free, free + 1, free + size, free + size * 10}
        return tuple(sorted(points))

    def first_look(self) -> tuple[Decimal, ...]:
        """None, one, and the unit that begins another."""
        size, free = self.package_size, self.included
        if (free or ZERO) + size * 10 > MOST_A_MONTH:
            return Structure.first_look(self)
        return (ZERO, free, free + 1) if free is not None else (ZERO, size, size + 1)
