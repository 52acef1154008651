"""What a customer has on a single day: the smallest part of the oracle's record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from support.hand_prices import PRICES, Fee, Kind, measure, period_with

ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Held:
    """A price on a day: how many of it, and what its periods count from.

    What was given back of it and is bought again since a day is charged from that day on.
    """

    price: str
    many: int
    anchor: date
    again: date | None = None

    @property
    def measure(self) -> tuple[int, int]:
        return measure(self.price, self.many)

    def period(self, day: date) -> tuple[date, date]:
        return period_with(day, self.anchor, PRICES[self.price].months)


@dataclass(frozen=True, slots=True)
class Day:
    """What a customer has on a day: a pause has nothing, and prices of no plan are a deal.

    `code` is for so many `periods` of the main price, with that of the day.
    `minimum` is what a period of the main price is to come to at least, in pounds; 0 is none.
    `terms` is the plan that was chosen, or what a deal has prices for; those of a pause are of
    what it pauses.
    """

    plan: str | None
    held: tuple[Held, ...]
    code: str | None = None
    minimum: int = 0
    terms: str | frozenset[Kind] | None = None
    periods: int = 0

    @property
    def chosen(self) -> str | None:
        """The plan that was chosen; None for a deal."""
        return self.terms if isinstance(self.terms, str) else None

    def of(self, price: str) -> Held | None:
        return next((one for one in self.held if one.price == price), None)

    @property
    def fees(self) -> list[Held]:
        return [one for one in self.held if isinstance(PRICES[one.price], Fee)]

    @property
    def months(self) -> int:
        """Those of the longest fee."""
        return max((PRICES[one.price].months for one in self.fees), default=0)

    @property
    def main(self) -> Held:
        """The price whose rhythm is that of them all."""
        return (self.fees or list(self.held))[0]


def left_out(old: Held, wanted: Sequence[Held]) -> bool:
    """Whether a price is left out, and no other of its product takes its place."""
    return not any(
        PRICES[new.price].product == PRICES[old.price].product
        and isinstance(PRICES[new.price], Fee) == isinstance(PRICES[old.price], Fee)
        for new in wanted
    )
