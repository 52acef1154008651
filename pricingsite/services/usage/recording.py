"""Record a batch of events: store and count each exactly once, all or nothing.

Identity is (customer, source, id), content is type, moment and data. Events and their days' rollups
are written in one transaction, which the caller commits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from pricingsite.services.customers.aliases import customers_of
from pricingsite.services.usage.changed import mark_changed
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
from pricingsite.services.usage.metrics import any_where, read_counting
from pricingsite.services.usage.monthly_limit import lock_for, overfilling
from pricingsite.services.usage.rollups import MeasuredEvent, add_sums, sums_of

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

    `events` are both, each once, with what it was measured at; `uncounted` are those that no
    metric's `where` matched.
    """

    accepted: int
    duplicates: int
    events: Sequence[MeasuredEvent] = field(default=(), compare=False, repr=False)
    uncounted: int = 0


def record(session: Session, found: Sequence[Event | EventError], *, now: datetime) -> Recorded:
    """Store a batch of events, as they were read, and count them, each exactly once.

    Raises `UsageRefusedError` naming each bad event by its index, or `UsageConflictError`; the
    caller then rolls back, and nothing is stored.
    """
    found, undated = _arriving(found, now)
    events = [event for event in found if isinstance(event, Event)]
    customers = customers_of(session, {event.subject for event in events})
    counting = read_counting(session)
    checked = check_events(found, customers, counting.rules, now)
    if checked.problems:
        raise UsageRefusedError(checked.problems)
    if not events:
        return Recorded(0, 0)
    rows = rows_of(session, events, customers)
    sent = rows
    if undated:
        sent = [(*row[:4], None, row[5]) if n in undated else row for n, row in enumerate(rows)]
    measured = list(zip((row[2] for row in rows), events, checked.measures, strict=True))
    sums = sums_of(measured, counting.zone)
    months = lock_for(session, customers.values(), sums)
    # Where each identity first stands.
    places = reversed(range(len(rows)))
    first = {(row[0], row[1], row[2]): n for n, row in zip(places, reversed(rows), strict=True)}
    before = store(session, [rows[n] for n in first.values()], now=now)
    if conflicts := _conflicts(session, rows, sent, first, before):
        raise UsageConflictError(conflicts)
    known = set(map(first.__getitem__, before))
    newly = {n: measured[n] for n in sorted(first.values()) if n not in known}
    if months and (over := overfilling(session, newly, months, counting.zone)):
        why = {rows[index][:3]: reason for index, reason in over.items()}
        raise UsageRefusedError(
            [BadEvent(n, why[row[:3]]) for n, row in enumerate(rows) if row[:3] in why]
        )
    if len(newly) < len(events):
        sums = sums_of(newly.values(), counting.zone)
    add_sums(session, sums, now=now)
    days = ((customer_id, day) for customer_id, _, day in sums)
    mark_changed(session, days, counting.zone, now=now)
    each = measured if len(first) == len(rows) else [measured[n] for n in sorted(first.values())]
    uncounted = _uncounted(each) if any_where(counting.rules) else 0
    return Recorded(len(newly), len(events) - len(newly), each, uncounted)


def _uncounted(events: Sequence[MeasuredEvent]) -> int:
    """How many events no metric's `where` matched."""
    return sum(not measures for _, _, measures in events)


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
    before: set[Identity],
) -> list[int]:
    """The indexes of events whose identity is stored, or stands before, with other content.

    `rows` are as they were to be stored, `sent` without a moment where none was said; `before` are
    the identities that were stored already.
    """
    if len(first) == len(rows):  # Every identity stands once.
        places, found = [first[identity] for identity in before], list[int]()
    else:
        places = [n for n, row in enumerate(sent) if row[:3] in before]
        found = [
            n
            for n, row in enumerate(sent)
            if row[:3] not in before and not agree(rows[first[row[:3]]], row)
        ]
    other = with_other_content(session, [sent[n] for n in places])
    return sorted(found + [n for n in places if sent[n] in other])
