"""Usage: recording events exactly once, and reading what they add up to.

A batch is all or nothing. Identity is (customer, source, id); days are the merchant's zone's;
quantities are `Decimal` of at most six decimals. Reading asks the daily rollups, never the events.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from pricingsite.models.catalog import UsageMetric
from pricingsite.models.customers import Customer, CustomerAlias
from pricingsite.models.usage import UsageDay, UsageEvent, UsageValue
from pricingsite.pricing import Period
from pricingsite.services.event_checks import MOST_IN_ALL, refusal
from pricingsite.services.events import Event
from pricingsite.services.rollups import add_sums, added_by, merchant_zone, sums_of, totals_of

_CHUNK = 500

Problem = tuple[int, str]
_Content = tuple[str, datetime, str]


class UsageRefused(ValueError):
    """A batch of which nothing was stored; `problems` are (index, reason), counted from 0."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"event {index}: {why}" for index, why in problems[:5]))
        self.problems = tuple(problems)


class UsageConflict(ValueError):
    """Events that are stored already with other content; nothing was stored."""

    def __init__(self, indexes: Sequence[int]) -> None:
        super().__init__(f"events {', '.join(map(str, indexes))} are stored with other content")
        self.indexes = tuple(indexes)


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many events a batch newly stored, and how many were there already."""

    accepted: int
    duplicates: int


@dataclass(frozen=True, slots=True)
class Freshness:
    """The moment of the last event counted, and when it was stored."""

    last_event_at: datetime
    last_stored_at: datetime


class _Identity(NamedTuple):
    event_id: str
    source: str
    customer_id: str


def record(session: Session, events: Sequence[Event], *, now: datetime) -> Recorded:
    """Store a batch of events and count them, each exactly once.

    Raises `UsageRefused` naming each bad event by its index, or `UsageConflict`; the caller then
    rolls back, and nothing is stored.
    """
    customers = _customers(session, {event.subject for event in events})
    metrics = _metrics(session)
    problems = [
        (index, why)
        for index, event in enumerate(events)
        if (why := refusal(event, customers, metrics, now))
    ]
    if problems:
        raise UsageRefused(problems)
    batch: dict[_Identity, int] = {}  # Where each identity first stands.
    for index, event in enumerate(events):
        batch.setdefault(_identity(event, customers), index)
    fresh = _insert(session, events, batch, now)
    contents = {identity: _content(events[batch[identity]]) for identity in fresh}
    contents |= _stored(session, batch.keys() - fresh)
    if conflicts := [
        index
        for index, event in enumerate(events)
        if contents[_identity(event, customers)] != _content(event)
    ]:
        raise UsageConflict(conflicts)
    counted = [(batch[identity], identity.customer_id) for identity in batch if identity in fresh]
    if problems := _over_totals(session, events, counted, metrics):
        raise UsageRefused(problems)
    pairs = ((customer_id, events[index]) for index, customer_id in counted)
    add_sums(session, sums_of(pairs, metrics, merchant_zone(session)), now=now)
    return Recorded(accepted=len(fresh), duplicates=len(events) - len(fresh))


def _customers(session: Session, subjects: set[str]) -> dict[str, str]:
    """The customer id of each subject that names one, by its id or an alias."""
    found: dict[str, str] = {}
    names = sorted(subjects)
    for start in range(0, len(names), _CHUNK):
        some = names[start : start + _CHUNK]
        aliases = select(CustomerAlias.alias, CustomerAlias.customer_id)
        found |= {
            row.alias: row.customer_id
            for row in session.execute(aliases.where(CustomerAlias.alias.in_(some)))
        }
        ids = session.scalars(select(Customer.id).where(Customer.id.in_(some)))
        found |= {customer_id: customer_id for customer_id in ids}
    return found


def _metrics(session: Session) -> dict[str, list[UsageMetric]]:
    """The metrics of each event type; archived ones too, for those who still have their prices."""
    metrics: dict[str, list[UsageMetric]] = {}
    for metric in session.scalars(select(UsageMetric).order_by(UsageMetric.position)):
        metrics.setdefault(metric.event_type, []).append(metric)
    return metrics


def _identity(event: Event, customers: Mapping[str, str]) -> _Identity:
    return _Identity(event.event_id, event.source, customers[event.subject])


def _content(event: Event) -> _Content:
    return event.event_type, event.occurred_at, event.content


def _insert(
    session: Session, events: Sequence[Event], batch: Mapping[_Identity, int], now: datetime
) -> set[_Identity]:
    """Store what is not stored yet; the identities that are new."""
    if not batch:
        return set()
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = (
        dialect.insert(UsageEvent)
        .on_conflict_do_nothing()
        .returning(UsageEvent.event_id, UsageEvent.source, UsageEvent.customer_id)
    )
    # One order everywhere, so that two senders of overlapping batches never deadlock.
    rows = [_row(identity, events[batch[identity]], now) for identity in sorted(batch)]
    return {_Identity(*row) for row in session.execute(statement, rows)}


def _row(identity: _Identity, event: Event, now: datetime) -> dict[str, Any]:
    return {
        **identity._asdict(),
        "event_type": event.event_type,
        "occurred_at": event.occurred_at,
        "data": event.content,
        "stored_at": now,
    }


def _stored(session: Session, identities: AbstractSet[_Identity]) -> dict[_Identity, _Content]:
    """The content under which events are stored."""
    stored: dict[_Identity, _Content] = {}
    wanted = sorted(identities)
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        rows = session.execute(
            select(
                UsageEvent.event_id,
                UsageEvent.source,
                UsageEvent.customer_id,
                UsageEvent.event_type,
                UsageEvent.occurred_at,
                UsageEvent.data,
            ).where(
                UsageEvent.customer_id.in_({identity.customer_id for identity in some}),
                UsageEvent.event_id.in_({identity.event_id for identity in some}),
            )
        )
        stored |= {_Identity(*row[:3]): (row[3], row[4], row[5]) for row in rows}
    return stored


def _over_totals(
    session: Session,
    events: Sequence[Event],
    counted: Sequence[tuple[int, str]],
    metrics: Mapping[str, Sequence[UsageMetric]],
) -> list[Problem]:
    """The events that bring a metric to more than the tables hold, over all its days."""
    totals = totals_of(session, {customer_id for _, customer_id in counted})
    problems = []
    for index, customer_id in counted:
        event = events[index]
        after = {
            (customer_id, metric.id): totals.get((customer_id, metric.id), 0) + amount
            for metric in metrics[event.event_type]
            if (amount := added_by(metric, event.data))
        }
        if over := [metric_id for (_, metric_id), total in after.items() if total > MOST_IN_ALL]:
            problems.append((index, f"with it, {over[0]} comes to more than {MOST_IN_ALL:,f}"))
        else:
            totals |= after
    return problems


def quantity(session: Session, customer_id: str, metric: UsageMetric, period: Period) -> Decimal:
    """What a metric comes to over a period's days; 0 without usage."""
    return quantities(session, customer_id, [metric], period)[metric.id]


def quantities(
    session: Session, customer_id: str, metrics: Iterable[UsageMetric], period: Period
) -> dict[str, Decimal]:
    """What each metric comes to over a period's days, by metric id; 0 without usage."""
    metrics = tuple(metrics)
    days = session.execute(
        select(UsageDay.metric_id, func.sum(UsageDay.total), func.max(UsageDay.maximum))
        .where(_days(UsageDay, customer_id, metrics, period))
        .group_by(UsageDay.metric_id)
    )
    sums = {metric_id: (total, maximum) for metric_id, total, maximum in days}
    found = {}
    for metric in metrics:
        total, maximum = sums.get(metric.id, (None, None))
        if metric.aggregation == "unique":
            total = _distinct(session, customer_id, metric, period)
        found[metric.id] = (maximum if metric.aggregation == "max" else total) or Decimal(0)
    return found


def _days(
    table: type[UsageDay | UsageValue],
    customer_id: str,
    metrics: Sequence[UsageMetric],
    period: Period,
) -> ColumnElement[bool]:
    return and_(
        table.customer_id == customer_id,
        table.metric_id.in_([metric.id for metric in metrics]),
        table.day >= period.start,
        table.day < period.end,
    )


def _distinct(session: Session, customer_id: str, metric: UsageMetric, period: Period) -> Decimal:
    statement = select(func.count(UsageValue.value.distinct()))
    count = session.scalar(statement.where(_days(UsageValue, customer_id, [metric], period)))
    return Decimal(count or 0)


def freshness(session: Session, customer_id: str) -> Freshness | None:
    """When a customer's usage was last counted; None before the first event."""
    statement = select(func.max(UsageDay.last_event_at), func.max(UsageDay.updated_at))
    row = session.execute(statement.where(UsageDay.customer_id == customer_id)).one()
    return None if row[0] is None else Freshness(row[0], row[1])
