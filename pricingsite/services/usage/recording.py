"""Record a batch of events: store and count each exactly once, all or nothing.

Identity is (customer, source, id), content is type, moment and data. Events and their days' rollups
are written in one transaction, which the caller commits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
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
    agree,
    rows_of,
    store,
    with_other_content,
)
from pricingsite.services.usage.events import ON_ARRIVAL, Event, EventError
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
    """How many events a batch newly stored, and how many were there already.

    `events` are both, each once, with what it was measured at.
    """

    accepted: int
    duplicates: int
    events: Sequence[MeasuredEvent] = field(default=(), compare=False, repr=False)


class _Month(NamedTuple):
    customer_id: str
    metric_id: str
    first: date


def record(session: Session, found: Sequence[Event | EventError], *, now: datetime) -> Recorded:
    """Store a batch of events, as they were read, and count them, each exactly once.

    Raises `UsageRefusedError` naming each bad event by its index, or `UsageConflictError`; the
    caller then rolls back, and nothing is stored.
    """
    found, undated = _arriving(found, now)
    events = [event for event in found if isinstance(event, Event)]
    customers = customers_of(session, {event.subject for event in events})
    lock_customers(session, customers.values(), exclusive=False)
    checked = check_events(found, customers, metric_rules(session), now)
    if checked.problems:
        raise UsageRefusedError(checked.problems)
    rows = rows_of(session, events, customers)
    sent = [(*row[:4], None, row[5]) if n in undated else row for n, row in enumerate(rows)]
    # Where each identity first stands.
    first = {rows[index][:3]: index for index in reversed(range(len(rows)))}
    batch = [rows[first[identity]] for identity in sorted(first)]
    fresh = store(session, batch, now=now)
    if conflicts := _conflicts(session, rows, sent, first, fresh):
        raise UsageConflictError(conflicts)
    each = {n: (rows[n][2], events[n], checked.measures[n]) for n in sorted(first.values())}
    _count(session, {n: one for n, one in each.items() if rows[n][:3] in fresh}, now=now)
    return Recorded(len(fresh), len(events) - len(fresh), tuple(each.values()))


def _arriving(
    found: Sequence[Event | EventError], now: datetime
) -> tuple[Sequence[Event | EventError], set[int]]:
    """The events with the moment of arrival where they say none, and the indexes of those."""
    undated = {
        n
        for n, event in enumerate(found)
        if isinstance(event, Event) and event.occurred_at is ON_ARRIVAL
    }
    if not undated:
        return found, undated
    arrived = [
        msgspec.structs.replace(event, occurred_at=now)
        if n in undated and isinstance(event, Event)
        else event
        for n, event in enumerate(found)
    ]
    return arrived, undated


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
    session: Session,
    rows: Sequence[Row],
    sent: Sequence[Row],
    first: Mapping[Identity, int],
    fresh: set[Identity],
) -> list[int]:
    """The indexes of events whose identity is stored, or stands before, with other content.

    `rows` are as they were to be stored, `sent` without a moment where none was said.
    """
    if len(fresh) == len(rows):
        return []
    other = with_other_content(session, [row for row in sent if row[:3] not in fresh])
    # Where every identity stands once, none can stand before.
    repeated = len(first) < len(rows)
    return [
        index
        for index, row in enumerate(sent)
        if row in other or (repeated and row[:3] in fresh and not agree(rows[first[row[:3]]], row))
    ]


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
