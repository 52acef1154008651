"""Parts of a period: days used over the days of that full period, as an exact fraction."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from pricingsite.pricing.errors import PricingError


@dataclass(frozen=True, slots=True)
class Proration:
    """`days_used` of the `days_in_period` of a full period."""

    days_used: int
    days_in_period: int

    def __post_init__(self) -> None:
        if not 0 < self.days_used <= self.days_in_period:
            raise PricingError(f"{self.days_used} of {self.days_in_period} days is no proration")

    @property
    def fraction(self) -> Fraction:
        """The part as an exact fraction."""
        return Fraction(self.days_used, self.days_in_period)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self.days_used == self.days_in_period


def prorate(amount: Decimal, proration: Proration) -> Fraction:
    """The part of an amount, exact: 16 of 31 days of 600.00 is 309.677…, rounded by its line."""
    return Fraction(amount) * proration.fraction
