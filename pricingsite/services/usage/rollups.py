"""Add events to the daily rollups of their customer and metric.

Days are in the merchant's zone, quantities whole millionths in the tables and `Decimal` here. A
rollup is only ever written in the transaction that stores its events; by the driver, since a batch
may add to thousands of days.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy.orm import Session

from pricingsite.models.types import micros
from pricingsite.pricing import Period, bounds, local_date
from pricingsite.pricing.aggregation import Figure
from pricingsite.services.usage.bulk import insert_rows, sqlite_moment
from pricingsite.services.usage.events import Event
from pricingsite.services.usage.metrics import Measure, Measures

# A customer's id, an event of its, and what the event counts for.
MeasuredEvent = tuple[str, Event, Measures]

_Row = tuple[object, ...]

_NEVER = datetime.min.replace(tzinfo=UTC)

# For each event; to look for a member in its enum takes ten times as long as for a name.
_TOTAL, _LATEST_VALUE = Figure.TOTAL, Figure.LATEST

# Whose rollup, of what, for which day: a customer's id, a metric's, and the day.
DayKey = tuple[str, str, date]

_KEY = {"customer_id": "text", "metric_id": "text", "day": "date"}
_DAY = _KEY | {
    "event_count": "bigint",
    "total": "bigint",
    "maximum": "bigint",
    "last_event_at": "timestamptz",
    "updated_at": "timestamptz",
}
_LATEST = {"latest": "bigint", "latest_source": "text", "latest_event_id": "text"}
_VALUE = _KEY | {"value": "text"}
_HIGHER = "usage_days.maximum IS NULL OR excluded.maximum > usage_days.maximum"
_LATER = "excluded.last_event_at > usage_days.last_event_at"
_LATEST_EVENT = (
    "(excluded.last_event_at, excluded.latest_source, excluded.latest_event_id) > "
    "(usage_days.last_event_at, usage_days.latest_source, usage_days.latest_event_id)"
)


def _or_stays(column: str, condition: str) -> str:
    return f"{column} = CASE WHEN {condition} THEN excluded.{column} ELSE usage_days.{column} END"


def _or_add(columns: Mapping[str, str], *, later: str) -> str:
    """What adds another row to a stored day."""
    when = [name for name in columns if name == "last_event_at" or name in _LATEST]
    added = [
        "event_count = usage_days.event_count + excluded.event_count",
        "total = usage_days.total + excluded.total",
        _or_stays("maximum", _HIGHER),
        *(_or_stays(name, later) for name in when),
        "updated_at = excluded.updated_at",
    ]
    return f"(customer_id, metric_id, day) DO UPDATE SET {', '.join(added)}"


# Days as they are written: most without a latest event, some with one.
_PLAIN = (_DAY, _or_add(_DAY, later=_LATER))
_WITH_LATEST = (_DAY | _LATEST, _or_add(_DAY | _LATEST, later=_LATEST_EVENT))


class LatestEvent(NamedTuple):
    """A day's last event by (time, source, id), and the value it reported."""

    occurred_at: datetime
    source: str
    event_id: str
    value: int | Decimal


class DaySum(Struct, gc=False):
    """What events add to a day: their number, last moment, and the figures of their metric.

    A batch makes thousands, and none ever refers to itself: no collection needs to look at them.
    """

    event_count: int = 0
    total: int | Decimal = 0
    maximum: int | Decimal | None = None
    last_event_at: datetime | None = None
    latest: LatestEvent | None = None
    values: set[str] | None = None

    def add(self, figure: Figure, measure: Measure, event: Event) -> None:
        """Count one event for what it was measured at."""
        self.event_count += 1
        moment = event.occurred_at
        if self.last_event_at is None or moment > self.last_event_at:
            self.last_event_at = moment
        if isinstance(measure, str):
            self.add_value(measure)
        elif figure is _TOTAL:
            self.total += measure
        elif figure is _LATEST_VALUE:
            one = LatestEvent(moment, event.source, event.event_id, measure)
            self.latest = max(self.latest or one, one)
        elif self.maximum is None or measure > self.maximum:
            self.maximum = measure

    def add_value(self, value: str) -> None:
        """Count a value that is to be told apart from others."""
        if self.values is None:
            self.values = {value}
        else:
            self.values.add(value)


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
            key = (customer_id, rule.metric_id, day)
            if (found := sums.get(key)) is None:
                found = sums[key] = DaySum()
            found.add(rule.aggregation.figure, measure, event)
    return sums


def add_sums(session: Session, sums: Mapping[DayKey, DaySum], *, now: datetime) -> None:
    """Add to the days' rollups, in one order everywhere."""
    connection = session.connection()
    # One event is the last of a day for each of its metrics, and most days are the same.
    moment = cache(sqlite_moment if connection.dialect.name == "sqlite" else datetime.isoformat)
    day = cache(date.isoformat)
    written_at = moment(now)
    plain, with_latest, values = list[_Row](), list[_Row](), list[_Row]()
    for key in sorted(sums):
        found = sums[key]
        customer_id, metric_id, on = key
        total = micros(found.total) if found.total else 0
        maximum = None if found.maximum is None else micros(found.maximum)
        last = found.last_event_at and moment(found.last_event_at)
        row = (customer_id, metric_id, day(on), found.event_count, total, maximum, last, written_at)
        if latest := found.latest:
            value = micros(latest.value)
            with_latest.append((*row, value, latest.source, latest.event_id))
        else:
            plain.append(row)
        if found.values:
            values += [(*row[:3], value) for value in sorted(found.values)]
    for (columns, or_add), rows in ((_PLAIN, plain), (_WITH_LATEST, with_latest)):
        insert_rows(connection, "usage_days", columns, rows, or_add)
    insert_rows(connection, "usage_values", _VALUE, values, "DO NOTHING")
