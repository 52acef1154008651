"""What may be used at each midnight, by records of days: the third part of the oracle."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby

from support.hand_days import ONE, Day
from support.hand_prices import PRICES
from support.hand_record import Record

# A status, and the last day of each product; None where it goes on.
Rights = tuple[str, Mapping[str, date | None]]


def rights(records: Sequence[Record], first: date) -> list[tuple[date, Rights]]:
    """What may be used from each day on on which that changes; nothing outside the records."""
    stretches = [
        (next(days), rights_of_day)
        for rights_of_day, days in groupby(_days(records, first), lambda day: _of(records, day))
    ]
    found: list[tuple[date, Rights]] = []
    later: dict[str, date | None] = dict.fromkeys(stretches[-1][1][1])
    following: date | None = None
    for day, (status, products) in reversed(stretches):
        last = following - ONE if following else None
        later = {one: later.get(one, last) for one in products}
        found.append((day, (status, later)))
        following = day
    return found[::-1]


def _days(records: Sequence[Record], first: date) -> Iterator[date]:
    last = max(records[-1].days)
    return (first + n * ONE for n in range((last - first).days + 1))


def _of(records: Sequence[Record], day: date) -> tuple[str, frozenset[str]]:
    now = next((now for record in records if (now := record.on(day))), None)
    return ("active", products_of(now)) if now else ("ended", frozenset())


def products_of(now: Day) -> frozenset[str]:
    """Those whose prices there are on a day."""
    return frozenset(PRICES[one.price].product for one in now.held)
