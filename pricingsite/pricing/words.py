"""Words for quantities: units in the singular and plural, numbers with thousands separated."""

from dataclasses import dataclass
from decimal import Decimal


def number(value: Decimal) -> str:
    """A number with no more decimals than it has: `1,500`, `0.5`."""
    return f"{value.normalize():,f}"


@dataclass(frozen=True, slots=True)
class Unit:
    """What a metric counts, such as API call, API calls."""

    singular: str
    plural: str

    def name(self, quantity: Decimal | int) -> str:
        """The unit's name beside a quantity."""
        return self.singular if quantity == 1 else self.plural

    def of(self, quantity: Decimal | int) -> str:
        """A quantity with its unit: `1,500 API calls`."""
        return f"{number(Decimal(quantity))} {self.name(quantity)}"
