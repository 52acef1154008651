"""What periods are to come to at least, by a record of days: minimums in the oracle.

A minimum is of each period of the main price, by days where it is for some of them. It counts the
charges of that rhythm for its days, after their discounts, whenever they were billed. It is due in
advance only where all of those are, and then for the whole of a period.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import lru_cache
from itertools import groupby, pairwise

from support.hand_days import ONE, Day, Held
from support.hand_prices import PRICES, rounded
from support.hand_record import Record

Period = tuple[date, date]
# Pounds, months, whether in advance, and the period.
_Key = tuple[int, int, bool, Period]


@dataclass(frozen=True, slots=True)
class Floor:
    """What the charges of a rhythm are to come to at least for days of one period, in pence."""

    months: int
    start: date
    end: date
    in_advance: bool
    pence: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """A minimum on days that follow one another."""

    pounds: int
    months: int
    in_advance: bool
    period: Period
    start: date
    end: date


@lru_cache(maxsize=32)
def floors(record: Record) -> dict[date, list[Floor]]:
    """The minimums that are due on each day."""
    due: dict[tuple[date, int, Period], list[_Piece]] = defaultdict(list)
    for one in _pieces(record):
        over = one.period[1] if one.end != record.end else one.end
        due[one.start if one.in_advance else over, one.months, one.period].append(one)
    found: dict[date, list[Floor]] = defaultdict(list)
    for (day, months, period), own in due.items():
        parts = (
            Fraction(one.pounds * 100 * (one.end - one.start).days, _days_of(period)) for one in own
        )
        exact = sum(parts, Fraction(0))
        found[day].append(
            Floor(months, own[0].start, own[-1].end, own[0].in_advance, rounded(exact))
        )
    return dict(found)


def parts_of(record: Record, whole: Floor, cuts: Sequence[date]) -> Iterator[Floor]:
    """A minimum as parts of its days, each of which is due for itself."""
    if not cuts:
        yield whole
        return
    own = [
        one
        for one in _pieces(record)
        if one.months == whole.months and whole.start <= one.start < whole.end
    ]
    for start, end in pairwise([whole.start, *cuts, whole.end]):
        exact = Fraction(0)
        for one in own:
            days = (min(one.end, end) - max(one.start, start)).days
            exact += Fraction(one.pounds * 100 * max(days, 0), _days_of(one.period))
        yield replace(whole, start=start, end=end, pence=rounded(exact))


def _days_of(period: Period) -> int:
    return (period[1] - period[0]).days


def _pieces(record: Record) -> Iterator[_Piece]:
    for (pounds, months, in_advance, period), own in groupby(
        _minimums(record), key=lambda each: each[1]
    ):
        # What is broken off by a pause may go on within its period.
        for _, stretch in groupby(enumerate(own), key=lambda each: each[1][0] - each[0] * ONE):
            days = [day for _, (day, _) in stretch]
            yield _Piece(pounds, months, in_advance, period, days[0], days[-1] + ONE)


def _minimums(record: Record) -> Iterator[tuple[date, _Key]]:
    """Each day's minimum: one in advance is for the whole of a period, while its price goes on."""
    running: tuple[Held, _Key] | None = None
    for day in record.days:
        now = record.on(day)
        if now is None or not now.held:
            running = None
            continue
        main, key = now.main, _key(now, day)
        if running is None or not _is_promised(*running, main, day):
            running = (main, key) if now.minimum else None
        if running:
            running = main, running[1]
            yield day, running[1]


def _is_promised(before: Held, key: _Key, main: Held, day: date) -> bool:
    _, _, in_advance, period = key
    same = (before.price, before.anchor) == (main.price, main.anchor)
    return in_advance and same and period == main.period(day)


def _key(day: Day, on: date) -> _Key:
    main = day.main
    months = PRICES[main.price].months
    counted = (PRICES[one.price] for one in day.held)
    in_advance = all(terms.in_advance for terms in counted if terms.months == months)
    return day.minimum, months, in_advance, main.period(on)
