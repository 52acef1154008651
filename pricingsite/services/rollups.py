"""Rollups: what a customer's days add up to, per metric, kept in step with the events.

Days are the merchant's zone's, quantities whole millionths in the tables and `Decimal` here. A
rollup is only ever written from events that were really stored, in the same transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import case, delete, func, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from pricingsite.models.catalog import Merchant, UsageMetric
from pricingsite.models.usage import UsageDay, UsageEvent, UsageValue
from pricingsite.pricing import local_date
from pricingsite.services.event_checks import property_refusal
from pricingsite.services.events import Event, event_data

_CHUNK = 500


class DayKey(NamedTuple):
    """Whose rollup, of what, for which day."""

    customer_id: str
    metric_id: str
    day: date


@dataclass(slots=True)
class DaySum:
    """What events add to a day: their number, sum, maximum, last moment and distinct values."""

    event_count: int = 0
    total: Decimal = Decimal(0)
    maximum: Decimal | None = None
    last_event_at: datetime | None = None
    values: set[str] = field(default_factory=set)

    def add(self, metric: UsageMetric, data: Mapping[str, Any], occurred_at: datetime) -> None:
        """Count one event."""
        self.event_count += 1
        self.last_event_at = max(self.last_event_at or occurred_at, occurred_at)
        if metric.aggregation == "unique":
            self.values.add(str(data[metric.property or ""]))
            return
        if metric.aggregation == "max":
            amount = quantity_of(metric, data)
            self.maximum = amount if self.maximum is None else max(self.maximum, amount)
        self.total += added_by(metric, data)


def quantity_of(metric: UsageMetric, data: Mapping[str, Any]) -> Decimal:
    """What one event counts for: 1, its property, or the metric's default."""
    if metric.aggregation == "count":
        return Decimal(1)
    value = data.get(metric.property or "")
    # A property that is null is absent, as one that is not there.
    return Decimal(metric.default or 0) if value is None else Decimal(value)


def added_by(metric: UsageMetric, data: Mapping[str, Any]) -> Decimal:
    """What one event adds to the metric's total; only counts and sums have one."""
    if metric.aggregation not in {"count", "sum"} or property_refusal(metric, data):
        return Decimal(0)
    return quantity_of(metric, data)


def merchant_zone(session: Session) -> ZoneInfo:
    """The zone whose days usage is counted by."""
    return ZoneInfo(session.get_one(Merchant, 1).timezone)


def sums_of(
    events: Iterable[tuple[str, Event]],
    metrics: Mapping[str, Sequence[UsageMetric]],
    zone: ZoneInfo,
) -> dict[DayKey, DaySum]:
    """What (customer id, event) pairs add to each day, by the metrics of their types."""
    sums: dict[DayKey, DaySum] = {}
    for customer_id, event in events:
        day = local_date(event.occurred_at, zone)
        for metric in metrics.get(event.event_type, ()):
            if property_refusal(metric, event.data):
                continue  # It was counted by another metric of its type.
            key = DayKey(customer_id, metric.id, day)
            sums.setdefault(key, DaySum()).add(metric, event.data, event.occurred_at)
    return sums


def totals_of(session: Session, customer_ids: Iterable[str]) -> dict[tuple[str, str], Decimal]:
    """What each of the customers' metrics has come to in all, by (customer id, metric id)."""
    names = sorted(customer_ids)
    totals: dict[tuple[str, str], Decimal] = {}
    for start in range(0, len(names), _CHUNK):
        rows = session.execute(
            select(UsageDay.customer_id, UsageDay.metric_id, func.sum(UsageDay.total))
            .where(UsageDay.customer_id.in_(names[start : start + _CHUNK]))
            .group_by(UsageDay.customer_id, UsageDay.metric_id)
        )
        totals |= {(row[0], row[1]): row[2] for row in rows}
    return totals


def add_sums(session: Session, sums: Mapping[DayKey, DaySum], *, now: datetime) -> None:
    """Add to the days' rollups, in one order everywhere, so that two writers never deadlock."""
    if not sums:
        return
    ordered = sorted(sums.items())
    upsert = _upsert(session, UsageDay)
    excluded = upsert.excluded
    higher = (UsageDay.maximum.is_(None)) | (excluded.maximum > UsageDay.maximum)
    later = excluded.last_event_at > UsageDay.last_event_at
    statement = upsert.on_conflict_do_update(
        index_elements=["customer_id", "metric_id", "day"],
        set_={
            "event_count": UsageDay.event_count + excluded.event_count,
            "total": UsageDay.total + excluded.total,
            "maximum": case((higher, excluded.maximum), else_=UsageDay.maximum),
            "last_event_at": case((later, excluded.last_event_at), else_=UsageDay.last_event_at),
            "updated_at": excluded.updated_at,
        },
    )
    session.execute(statement, [_row(key, day, now) for key, day in ordered])
    if values := [value for key, day in ordered for value in _values(key, day)]:
        session.execute(_upsert(session, UsageValue).on_conflict_do_nothing(), values)


def _upsert(session: Session, table: Any) -> Any:
    """The dialect's INSERT … ON CONFLICT."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(table)


def _row(key: DayKey, day: DaySum, now: datetime) -> dict[str, Any]:
    return {
        **key._asdict(),
        "event_count": day.event_count,
        "total": day.total,
        "maximum": day.maximum,
        "last_event_at": day.last_event_at,
        "updated_at": now,
    }


def _values(key: DayKey, day: DaySum) -> list[dict[str, Any]]:
    return [{**key._asdict(), "value": value} for value in sorted(day.values)]


@dataclass(frozen=True, slots=True)
class Difference:
    """A day whose rollup is not what its events say."""

    key: DayKey
    stored: DaySum
    counted: DaySum


@dataclass(frozen=True, slots=True)
class Verification:
    """How many days were compared, and those that differ, in order."""

    days: int
    differences: tuple[Difference, ...]


def verify(session: Session) -> Verification:
    """Compare every day's rollup with what its events say."""
    stored = _stored(session)
    counted = _counted(session)
    keys = sorted(stored.keys() | counted.keys())
    differences = (
        Difference(key, stored.get(key, DaySum()), counted.get(key, DaySum()))
        for key in keys
        if stored.get(key) != counted.get(key)
    )
    return Verification(len(keys), tuple(differences))


def rebuild(session: Session, *, now: datetime) -> int:
    """Make all rollups anew from the events; how many days they are."""
    if session.get_bind().dialect.name != "sqlite":
        # Who is recording finishes first, and who comes now adds to what is made here.
        session.execute(text("LOCK TABLE usage_days IN SHARE ROW EXCLUSIVE MODE"))
    session.execute(delete(UsageValue))
    session.execute(delete(UsageDay))
    counted = _counted(session)
    if counted:
        ordered = sorted(counted.items())
        session.execute(insert(UsageDay), [_row(key, day, now) for key, day in ordered])
        if values := [value for key, day in ordered for value in _values(key, day)]:
            session.execute(insert(UsageValue), values)
    return len(counted)


def _counted(session: Session) -> dict[DayKey, DaySum]:
    if session.get(Merchant, 1) is None:
        return {}  # Before the first catalog nothing is counted, and no zone has days.
    metrics: dict[str, list[UsageMetric]] = {}
    for metric in session.scalars(select(UsageMetric)):
        metrics.setdefault(metric.event_type, []).append(metric)
    rows = session.execute(
        select(
            UsageEvent.customer_id,
            UsageEvent.source,
            UsageEvent.event_id,
            UsageEvent.event_type,
            UsageEvent.occurred_at,
            UsageEvent.data,
        )
        .where(UsageEvent.voided_at.is_(None))
        .execution_options(yield_per=10_000)
    )
    events = (
        (customer_id, Event(customer_id, source, event_id, kind, moment, event_data(data)))
        for customer_id, source, event_id, kind, moment, data in rows
    )
    return sums_of(events, metrics, merchant_zone(session))


def _stored(session: Session) -> dict[DayKey, DaySum]:
    rows = session.execute(
        select(
            UsageDay.customer_id,
            UsageDay.metric_id,
            UsageDay.day,
            UsageDay.event_count,
            UsageDay.total,
            UsageDay.maximum,
            UsageDay.last_event_at,
        )
    )
    days = {DayKey(*row[:3]): DaySum(*row[3:]) for row in rows}
    values = select(UsageValue.customer_id, UsageValue.metric_id, UsageValue.day, UsageValue.value)
    for customer_id, metric_id, day, value in session.execute(values):
        days.setdefault(DayKey(customer_id, metric_id, day), DaySum()).values.add(value)
    return days
