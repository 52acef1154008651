"""Aggregations: how a metric's events make a day's quantity, and its days a period's.

The one place that knows how aggregations differ: the catalog, recording, estimates, forms and pages
ask it. Quantities are `Decimal` of at most six decimals.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, StrEnum, auto
from typing import Self


class EventValue(Enum):
    """What an aggregation reads from an event: nothing, a number, or a value to tell apart."""

    NOTHING = auto()
    NUMBER = auto()
    DISTINCT = auto()


class Figure(Enum):
    """The figure of a day that an aggregation goes by; a daily rollup has a place for each."""

    TOTAL = auto()
    MAXIMUM = auto()
    LATEST = auto()
    VALUES = auto()


@dataclass(frozen=True, slots=True)
class DayFigures:
    """A metric's day with events; figures that its aggregation does not go by are empty.

    `latest` is the value of the day's last event; `values` are how many distinct values the day
    saw, `new_values` how many of them no earlier day of the period saw.
    """

    event_count: int
    total: Decimal
    maximum: Decimal | None = None
    latest: Decimal | None = None
    values: int = 0
    new_values: int = 0


class Aggregation(StrEnum):
    """How events become a quantity: what is read from each, and the figure of a day it goes by."""

    COUNT = "count", EventValue.NOTHING, Figure.TOTAL
    SUM = "sum", EventValue.NUMBER, Figure.TOTAL
    MAX = "max", EventValue.NUMBER, Figure.MAXIMUM
    UNIQUE = "unique", EventValue.DISTINCT, Figure.VALUES
    LATEST = "latest", EventValue.NUMBER, Figure.LATEST

    reads: EventValue
    figure: Figure

    def __new__(cls, value: str, reads: EventValue, figure: Figure) -> Self:
        """A member of its value, with what sets it apart."""
        member = str.__new__(cls, value)
        member._value_, member.reads, member.figure = value, reads, figure
        return member

    @property
    def needs_property(self) -> bool:
        """Whether it reads a property of the event; any other takes none."""
        return self.reads is not EventValue.NOTHING

    @property
    def takes_default(self) -> bool:
        """Whether an event without the property may count as a default."""
        return self.reads is EventValue.NUMBER

    @property
    def is_whole(self) -> bool:
        """Whether its quantity is always a whole number."""
        return self.reads is not EventValue.NUMBER

    @property
    def days_add_up(self) -> bool:
        """Whether a period's quantity is the sum of its days', so that it grows day by day."""
        return self.figure is Figure.TOTAL

    @property
    def always_rises(self) -> bool:
        """Whether further events can only raise a period's quantity, so that it is a minimum."""
        return self.figure is not Figure.LATEST

    def quantity_of(self, day: DayFigures) -> Decimal:
        """What the events of a day come to."""
        match self.figure:
            case Figure.TOTAL:
                return day.total
            case Figure.MAXIMUM:
                return day.maximum or Decimal(0)
            case Figure.LATEST:
                return day.latest or Decimal(0)
            case Figure.VALUES:
                return Decimal(day.values)

    def running_total(self, before: Decimal, day: DayFigures) -> Decimal:
        """What a period comes to with a day, from what it came to before it; 0 at its start."""
        match self.figure:
            case Figure.TOTAL:
                return before + day.total
            case Figure.MAXIMUM:
                return max(before, self.quantity_of(day))
            case Figure.LATEST:
                return self.quantity_of(day)
            case Figure.VALUES:
                return before + day.new_values
