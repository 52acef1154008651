"""Verify rollups against events, and rebuild them.

Rebuilding locks one customer at a time, so that nobody records for it meanwhile.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from pricingsite.models.usage import UsageDay, UsageEvent, UsageValue
from pricingsite.pricing import Period, bounds
from pricingsite.services.customers.locks import lock_customers
from pricingsite.services.merchant import find_merchant
from pricingsite.services.usage.blocks import blocks
from pricingsite.services.usage.changed import mark_changed
from pricingsite.services.usage.events import Event, event_data
from pricingsite.services.usage.metrics import MetricRule, measures_of, read_counting
from pricingsite.services.usage.rollups import (
    DayKey,
    DaySum,
    LatestEvent,
    MeasuredEvent,
    add_sums,
    sums_of,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A day whose rollup is not what its events say."""

    customer_id: str
    metric_id: str
    day: date
    stored: DaySum
    counted: DaySum


@dataclass(frozen=True, slots=True)
class Verification:
    """How many days were compared, and those that differ, in order."""

    days: int
    differences: tuple[Difference, ...]


def verify(session: Session, customer_id: str) -> Verification:
    """Compare every day's rollup of a customer with what its events say."""
    stored, counted = _stored(session, customer_id), _counted(session, customer_id)
    keys = sorted(stored.keys() | counted.keys())
    differences = (
        Difference(*key, stored.get(key, DaySum()), counted.get(key, DaySum()))
        for key in keys
        if stored.get(key) != counted.get(key)
    )
    return Verification(len(keys), tuple(differences))


def rebuild(session: Session, customer_id: str, *, now: datetime) -> int:
    """Rebuild all rollups of a customer from its events; how many days they are."""
    lock_customers(session, [customer_id], exclusive=True)
    for table in (UsageValue, UsageDay):
        session.execute(delete(table).where(table.customer_id == customer_id))
    counted = _counted(session, customer_id)
    add_sums(session, counted, now=now)
    _mark(session, customer_id, (day for _, _, day in counted), now)
    return len(counted)


def rebuild_days(
    session: Session, customer_id: str, days: Iterable[date], *, now: datetime
) -> None:
    """Rebuild the rollups of some days of a customer, whom the caller has locked."""
    days = sorted(set(days))
    for day in days:
        for table in (UsageValue, UsageDay):
            of_day = (table.customer_id == customer_id, table.day == day)
            session.execute(delete(table).where(*of_day))
        add_sums(session, _counted(session, customer_id, day), now=now)
    _mark(session, customer_id, days, now)


def _mark(session: Session, customer_id: str, days: Iterable[date], now: datetime) -> None:
    if merchant := find_merchant(session):
        mark_changed(session, ((customer_id, day) for day in days), merchant.zone, now=now)


def _counted(
    session: Session, customer_id: str, day: date | None = None
) -> Mapping[DayKey, DaySum]:
    """What a customer's events add to their days: to all of them, or to one."""
    counting = read_counting(session)
    statement = select(
        UsageEvent.source,
        UsageEvent.event_id,
        UsageEvent.event_type,
        UsageEvent.occurred_at,
        UsageEvent.data,
    ).where(
        UsageEvent.block.in_(blocks(session)),
        UsageEvent.customer_id == customer_id,
        UsageEvent.voided_at.is_(None),
    )
    if day is not None:
        start, end = bounds(Period(day, day + timedelta(days=1)), counting.zone)
        within = (UsageEvent.occurred_at >= start, UsageEvent.occurred_at < end)
        statement = statement.where(*within)
    return sums_of(_measured(session, customer_id, statement, counting.rules), counting.zone)


def _measured(
    session: Session,
    customer_id: str,
    statement: Select[str, str, str, datetime, str],
    rules: Mapping[str, Sequence[MetricRule]],
) -> Iterator[MeasuredEvent]:
    rows = session.execute(statement.execution_options(yield_per=10_000))
    for source, event_id, kind, moment, data in rows:
        event = Event(customer_id, source, event_id, kind, moment, event_data(data))
        measures = measures_of(rules.get(kind, ()), event.data, stored=True)
        yield customer_id, event, measures


def _stored(session: Session, customer_id: str) -> dict[DayKey, DaySum]:
    rows = session.execute(
        select(
            UsageDay.metric_id,
            UsageDay.day,
            UsageDay.event_count,
            UsageDay.total,
            UsageDay.maximum,
            UsageDay.last_event_at,
            UsageDay.latest_source,
            UsageDay.latest_event_id,
            UsageDay.latest,
        ).where(UsageDay.customer_id == customer_id)
    )
    days: dict[DayKey, DaySum] = {}
    for metric_id, day, event_count, total, maximum, last, source, event_id, latest in rows:
        found = DaySum(event_count, total, maximum, last)
        if latest is not None and source is not None and event_id is not None:
            found.latest = LatestEvent(last, source, event_id, latest)
        days[customer_id, metric_id, day] = found
    values = select(UsageValue.metric_id, UsageValue.day, UsageValue.value)
    for metric_id, day, value in session.execute(
        values.where(UsageValue.customer_id == customer_id)
    ):
        days.setdefault((customer_id, metric_id, day), DaySum()).add_value(value)
    return days
