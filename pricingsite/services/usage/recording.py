"""Record a batch of events: store and count each exactly once, all or nothing.

Identity is (customer, source, id), content is type, moment and data. Events and their days' rollups
are written in one transaction, which the caller commits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.usage import UsageDay
from pricingsite.pricing.money import MOST_A_MONTH
from pricingsite.services.customers.aliases import customers_of
from pricingsite.services.customers.locks import lock_customers
from pricingsite.services.merchant import get_merchant
from pricingsite.services.usage.checks import BadEvent, check_events
from pricingsite.services.usage.event_table import (
    Identity,
    Row,
    rows_of,
    store,
    with_other_content,
)
from pricingsite.services.usage.events import Event, EventError
from pricingsite.services.usage.metrics import metric_rules
from pricingsite.services.usage.rollups import DayKey, MeasuredEvent, add_sums, sums_of

OTHER_CONTENT = "an event of this id is stored, or stands before it, with other content"


class UsageRefusedError(ValueError):
    """A batch of which nothing was stored, and why."""

    def __init__(self, problems: Sequence[BadEvent]) -> None:
        super().__init__("; ".join(f"event {one.index}: {one.reason}" for one in problems[:5]))
        self.problems = tuple(problems)


class UsageConflictError(ValueError):
    """Events that are stored already with other content; nothing was stored."""

    def __init__(self, indexes: Sequence[int]) -> None:
        super().__init__(f"events {', '.join(map(str, indexes))} are stored with other content")
        self.indexes = tuple(indexes)


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many events a batch newly stored, and how many were there already."""

    accepted: int
    duplicates: int


class _Month(NamedTuple):
    customer_id: str
    metric_id: str
    first: date


def record(session: Session, found: Sequence[Event | EventError], *, now: datetime) -> Recorded:
    """Store a batch of events, as they were read, and count them, each exactly once.

    Raises `UsageRefusedError` naming each bad event by its index, or `UsageConflictError`; the
    caller then rolls back, and nothing is stored.
    """
    events = [event for event in found if isinstance(event, Event)]
    customers = customers_of(session, {event.subject for event in events})
    lock_customers(session, customers.values(), exclusive=False)
    checked = check_events(found, customers, metric_rules(session), now)
    if checked.problems:
        raise UsageRefusedError(checked.problems)
    rows = rows_of(session, events, customers)
    # Where each identity first stands.
    first = {rows[index][:3]: index for index in reversed(range(len(rows)))}
    batch = [rows[first[identity]] for identity in sorted(first)]
    fresh = store(session, batch, now=now)
    if conflicts := _conflicts(session, rows, first, fresh):
        raise UsageConflictError(conflicts)
    newly = {n: (rows[n][2], events[n], checked.measures[n]) for n in _indexes(first, fresh)}
    _count(session, newly, now=now)
    return Recorded(accepted=len(fresh), duplicates=len(events) - len(fresh))


def record_good(
    session: Session, events: Sequence[Event | EventError], *, now: datetime
) -> tuple[Recorded, list[BadEvent]]:
    """Store what can be stored of a batch; how much that was, and why not the rest, by index."""
    left, refused = list(range(len(events))), list[BadEvent]()
    while True:
        try:
            with session.begin_nested():
                recorded = record(session, [events[index] for index in left], now=now)
        except UsageRefusedError as error:
            found = error.problems
        except UsageConflictError as error:
            found = tuple(BadEvent(index, OTHER_CONTENT) for index in error.indexes)
        else:
            return recorded, sorted(refused)
        refused += [replace(one, index=left[one.index]) for one in found]
        dropped = {one.index for one in found}
        left = [index for place, index in enumerate(left) if place not in dropped]


def _conflicts(
    session: Session, rows: Sequence[Row], first: Mapping[Identity, int], fresh: set[Identity]
) -> list[int]:
    """The indexes of events whose identity is stored, or stands before, with other content."""
    if len(fresh) == len(rows):
        return []
    other = with_other_content(session, [row for row in rows if row[:3] not in fresh])
    # Where every identity stands once, none can stand before.
    repeated = len(first) < len(rows)
    return [
        index
        for index, row in enumerate(rows)
        if row in other or (repeated and row[:3] in fresh and rows[first[row[:3]]] != row)
    ]


def _indexes(first: Mapping[Identity, int], fresh: set[Identity]) -> list[int]:
    return sorted(index for identity, index in first.items() if identity in fresh)


def _count(session: Session, events: Mapping[int, MeasuredEvent], *, now: datetime) -> None:
    """Add newly stored events, by index, to their days.

    Raises `UsageRefusedError` where a month would overflow.
    """
    if not events:
        return
    zone = get_merchant(session).zone
    sums = sums_of(events.values(), zone)
    totals = {key: one.total for key, one in sums.items()}
    brought: dict[_Month, Decimal] = {}
    # A larger sum would not even fit its column; it is refused below.
    if max(totals.values(), default=0) <= MOST_A_MONTH:
        for key, total in totals.items():
            brought[_month(key)] = brought.get(_month(key), Decimal(0)) + total
        totals = add_sums(session, sums, now=now)
    # Only a day of this size can be part of a month that is too large.
    if months := {_month(key) for key, total in totals.items() if total > MOST_A_MONTH // 31}:
        filled = {one: _stored_in(session, one) - brought.get(one, 0) for one in months}
        if problems := _overfilling(events, zone, filled):
            raise UsageRefusedError(problems)


def _month(key: DayKey) -> _Month:
    return _Month(key.customer_id, key.metric_id, key.day.replace(day=1))


def _stored_in(session: Session, month: _Month) -> Decimal:
    end = (month.first + timedelta(days=31)).replace(day=1)
    # Added up here: an SQL sum of full days would overflow.
    statement = select(UsageDay.total).where(
        UsageDay.customer_id == month.customer_id,
        UsageDay.metric_id == month.metric_id,
        UsageDay.day >= month.first,
        UsageDay.day < end,
    )
    return sum(session.scalars(statement), Decimal(0))


def _overfilling(
    events: Mapping[int, MeasuredEvent], zone: ZoneInfo, filled: dict[_Month, Decimal]
) -> list[BadEvent]:
    """The events that bring a month to more than it may come to; `filled` is what it was before."""
    problems = []
    for index, event in events.items():
        sums = sums_of([event], zone)
        after = {
            month: filled[month] + one.total
            for key, one in sums.items()
            if (month := _month(key)) in filled
        }
        if over := [one.metric_id for one, total in after.items() if total > MOST_A_MONTH]:
            why = f"with it, {over[0]} comes to more than {MOST_A_MONTH:,} in a month"
            problems.append(BadEvent(index, why))
        else:
            filled |= after
    return problems
