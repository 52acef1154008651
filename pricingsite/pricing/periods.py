"""Billing periods: half-open `[start, end)` days counted from an anchor, and their instants.

The k-th boundary is computed from the original anchor, never from the boundary before it: 31
January, 28 or 29 February, 31 March. Days belong to a time zone; instants are aware UTC.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from pricingsite.pricing.errors import PeriodError

_DAY = timedelta(days=1)
# What is sold starts on one of these days: bills need days on either side of them.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from `start` up to, and not including, `end`."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise PeriodError(f"a period ends after it starts: {self.start} to {self.end}")

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day covered, which is what pages print."""
        return self.end - _DAY

    def contains(self, day: date) -> bool:
        """Whether a day is covered."""
        return self.start <= day < self.end

    def each_day(self) -> Iterator[date]:
        """Every day covered, in order."""
        return (self.start + _DAY * index for index in range(self.days))


class BillingFrequency(StrEnum):
    """How often a price is billed."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"
    ONE_TIME = "one_time"

    @property
    def months(self) -> int | None:
        """The length of its period in months; none for a price that is billed once."""
        return {"monthly": 1, "quarterly": 3, "half_yearly": 6, "yearly": 12}.get(self.value)


class BillingType(StrEnum):
    """Whether a period is billed at its end or at its start."""

    IN_ARREARS = "in_arrears"
    IN_ADVANCE = "in_advance"


def _months(frequency: BillingFrequency) -> int:
    # What is billed once follows the monthly rhythm of its schedule.
    return frequency.months or 1


def boundary(anchor: date, frequency: BillingFrequency, k: int) -> date:
    """The k-th period's first day; a day that its month lacks is the month's last.

    Raises `PeriodError` where the calendar has no such year.
    """
    months = anchor.year * 12 + anchor.month - 1 + k * _months(frequency)
    year, month = divmod(months, 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise PeriodError(f"no period can be worked out in the year {year}")
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


@lru_cache(maxsize=4096)
def period_of(anchor: date, frequency: BillingFrequency, day: date) -> Period:
    """The full period that a day lies in, before the anchor too."""
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    k = months // _months(frequency)
    if boundary(anchor, frequency, k) > day:
        k -= 1
    return Period(boundary(anchor, frequency, k), boundary(anchor, frequency, k + 1))


def periods(anchor: date, frequency: BillingFrequency, start: date, end: date) -> Iterator[Period]:
    """The full periods that cover `[start, end)`, in order; they tile."""
    period = period_of(anchor, frequency, start)
    while period.start < end:
        yield period
        period = period_of(anchor, frequency, period.end)


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """A day's first instant in a zone, aware UTC.

    Midnight where there is one (the first of two); else the instant at which the clock jumps
    into the day.
    """
    midnight = datetime.combine(day, time.min, zone)
    instant = midnight.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return instant
    # The skipped midnight reads by the offset before the jump (fold 0): after it, by the new one.
    late, early = instant, midnight.replace(fold=1).astimezone(UTC)
    while late - early > timedelta(seconds=1):
        middle = (early + (late - early) / 2).replace(microsecond=0)
        if middle.astimezone(zone).date() >= day:
            late = middle
        else:
            early = middle
    return late


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    """The day an aware instant lies in, in a zone."""
    return instant.astimezone(zone).date()


def bounds(period: Period, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A period's first instant, and the first that it no longer covers; aware UTC."""
    return day_start(period.start, zone), day_start(period.end, zone)
