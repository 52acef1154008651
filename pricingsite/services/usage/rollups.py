"""Add events to the daily rollups of their customer and metric.

Days are in the merchant's zone, quantities whole millionths in the tables and `Decimal` here. A
rollup is only ever written in the transaction that stores its events; by the driver, since a batch
may add to thousands of days.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from pricingsite.models.types import micros
from pricingsite.pricing import Period, bounds, local_date
from pricingsite.pricing.aggregation import Figure
from pricingsite.services.usage.bulk import as_json, rows_from_json, sqlite_moment
from pricingsite.services.usage.events import Event
from pricingsite.services.usage.metrics import Measure, Measures

# A customer's id, an event of its, and what the event counts for.
MeasuredEvent = tuple[str, Event, Measures]

_NEVER = datetime.min.replace(tzinfo=UTC)

_KEY = {"customer_id": "text", "metric_id": "text", "day": "date"}
_DAY = _KEY | {
    "event_count": "bigint",
    "total": "bigint",
    "maximum": "bigint",
    "latest": "bigint",
    "latest_source": "text",
    "latest_event_id": "text",
    "last_event_at": "timestamptz",
    "updated_at": "timestamptz",
}
_VALUE = _KEY | {"value": "text"}
# Sources and ids are NULL for most metrics: the moment alone decides there.
_LATER = (
    "(excluded.last_event_at, excluded.latest_source, excluded.latest_event_id) > "
    "(usage_days.last_event_at, usage_days.latest_source, usage_days.latest_event_id)"
)
_HIGHER = "usage_days.maximum IS NULL OR excluded.maximum > usage_days.maximum"


def _or_stays(column: str, condition: str) -> str:
    return f"{column} = CASE WHEN {condition} THEN excluded.{column} ELSE usage_days.{column} END"


# Another row added to a stored day.
_ADD = f"""UPDATE SET
event_count = usage_days.event_count + excluded.event_count,
total = usage_days.total + excluded.total,
{_or_stays("maximum", _HIGHER)},
{_or_stays("latest", _LATER)},
{_or_stays("latest_source", _LATER)},
{_or_stays("latest_event_id", _LATER)},
{_or_stays("last_event_at", _LATER)},
updated_at = excluded.updated_at"""
_OR_ADD = f"(customer_id, metric_id, day) DO {_ADD}"
# The same for SQLite by the place of each column in the row.
_ADD_BY_PLACE = (
    re.sub(r"excluded\.(\w+)", lambda named: f"?{list(_DAY).index(named[1]) + 1}", _ADD).replace(
        "UPDATE", "UPDATE usage_days", 1
    )
    + " WHERE customer_id = ?1 AND metric_id = ?2 AND day = ?3"
)


class DayKey(NamedTuple):
    """Whose rollup, of what, for which day."""

    customer_id: str
    metric_id: str
    day: date


class LatestEvent(NamedTuple):
    """A day's last event by (time, source, id), and the value it reported."""

    occurred_at: datetime
    source: str
    event_id: str
    value: Decimal


@dataclass(slots=True)
class DaySum:
    """What events add to a day: their number, last moment, and the figures of their metric."""

    event_count: int = 0
    total: Decimal = Decimal(0)
    maximum: Decimal | None = None
    last_event_at: datetime | None = None
    latest: LatestEvent | None = None
    values: set[str] = field(default_factory=set)

    def add(self, figure: Figure, measure: Measure, event: Event) -> None:
        """Count one event for what it was measured at."""
        self.event_count += 1
        moment = event.occurred_at
        if self.last_event_at is None or moment > self.last_event_at:
            self.last_event_at = moment
        if isinstance(measure, str):
            self.values.add(measure)
        elif figure is Figure.TOTAL:
            self.total += measure
        elif figure is Figure.LATEST:
            one = LatestEvent(moment, event.source, event.event_id, Decimal(measure))
            self.latest = max(self.latest or one, one)
        elif self.maximum is None or measure > self.maximum:
            self.maximum = Decimal(measure)


def sums_of(events: Iterable[MeasuredEvent], zone: ZoneInfo) -> dict[DayKey, DaySum]:
    """What events add to each day of the zone."""
    sums: dict[DayKey, DaySum] = {}
    day, (start, end) = date.min, (_NEVER, _NEVER)
    for customer_id, event, measures in events:
        moment = event.occurred_at
        # Most events lie in the same day as the one before.
        if not start <= moment < end:
            day = local_date(moment, zone)
            start, end = bounds(Period(day, day + timedelta(days=1)), zone)
        for rule, measure in measures:
            # A plain tuple finds the same, and is made faster.
            key: Any = (customer_id, rule.metric_id, day)
            if (found := sums.get(key)) is None:
                found = sums[DayKey(*key)] = DaySum()
            found.add(rule.aggregation.figure, measure, event)
    return sums


def add_sums(session: Session, sums: Mapping[DayKey, DaySum], *, now: datetime) -> None:
    """Add to the days' rollups, in one order everywhere."""
    connection = session.connection()
    text = sqlite_moment if connection.dialect.name == "sqlite" else datetime.isoformat
    written_at = text(now)
    days, values = [], []
    for (customer_id, metric_id, on), day in sorted(sums.items()):
        key = (customer_id, metric_id, on.isoformat())
        last = text(day.last_event_at) if day.last_event_at else None
        days.append((*key, *_figures(day), last, written_at))
        if day.values:
            values += [(*key, value) for value in sorted(day.values)]
    if connection.dialect.name != "sqlite":
        _insert(connection, "usage_days", _DAY, days, _OR_ADD)
    elif days and _update_in_sqlite(connection, days) < len(days):
        _insert(connection, "usage_days", _DAY, days, "DO NOTHING")
    _insert(connection, "usage_values", _VALUE, values, "DO NOTHING")


def _update_in_sqlite(connection: Connection, days: Sequence[tuple[object, ...]]) -> int:
    """Add to the days that are there, at half the cost of an insert; how many there are."""
    options = {"preserve_rowcount": True}
    return connection.exec_driver_sql(_ADD_BY_PLACE, list(days), options).rowcount


def _insert(
    connection: Connection,
    table: str,
    columns: Mapping[str, str],
    rows: Sequence[tuple[object, ...]],
    on_conflict: str,
) -> None:
    """Insert rows of columns, which are PostgreSQL's types by name."""
    if not rows:
        return
    into = f"INSERT INTO {table} ({', '.join(columns)})"
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" for _ in columns)
        connection.exec_driver_sql(
            f"{into} VALUES ({places}) ON CONFLICT {on_conflict}", list(rows)
        )
    else:
        connection.exec_driver_sql(
            f"{into} {rows_from_json(columns.values())} ON CONFLICT {on_conflict}",
            (as_json(rows),),
        )


def _figures(day: DaySum) -> tuple[object, ...]:
    """A day's columns between its key and its moments."""
    total = micros(day.total) if day.total else 0
    maximum = None if day.maximum is None else micros(day.maximum)
    if (latest := day.latest) is None:
        return day.event_count, total, maximum, None, None, None
    value = micros(latest.value)
    return day.event_count, total, maximum, value, latest.source, latest.event_id
