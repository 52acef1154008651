"""Add events to the daily rollups of their customer and metric.

Days are in the merchant's zone, quantities whole millionths in the tables and `Decimal` here. A
rollup is only ever written in the transaction that stores its events.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import case, insert, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from pricingsite.models.usage import UsageDay, UsageValue
from pricingsite.pricing import Period, bounds, local_date
from pricingsite.pricing.aggregation import Figure
from pricingsite.services.usage.events import Event
from pricingsite.services.usage.metrics import Measure, Measures

# A customer's id, an event of its, and what the event counts for.
MeasuredEvent = tuple[str, Event, Measures]

_NEVER = datetime.min.replace(tzinfo=UTC)


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
    sums: dict[tuple[str, str, date], DaySum] = {}
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
    return {DayKey(*key): found for key, found in sums.items()}


def add_sums(
    session: Session, sums: Mapping[DayKey, DaySum], *, now: datetime
) -> dict[DayKey, Decimal]:
    """Add to the days' rollups, in one order everywhere; what each day's total is now."""
    if not sums:
        return {}
    ordered = sorted(sums.items())
    upsert = _upsert(session, UsageDay)
    statement = upsert.on_conflict_do_update(
        index_elements=["customer_id", "metric_id", "day"], set_=_added(upsert.excluded)
    ).returning(UsageDay.customer_id, UsageDay.metric_id, UsageDay.day, UsageDay.total)
    rows = [_row(key, day, now) for key, day in ordered]
    totals = {DayKey(*row[:3]): row[3] for row in session.execute(statement, rows)}
    if values := [value for key, day in ordered for value in _values(key, day)]:
        session.execute(_upsert(session, UsageValue).on_conflict_do_nothing(), values)
    return totals


def _added(excluded: Any) -> dict[str, Any]:
    """A stored day's columns with another row added to it."""
    higher = (UsageDay.maximum.is_(None)) | (excluded.maximum > UsageDay.maximum)
    # Sources and ids are NULL for most metrics: the moment alone decides there.
    later = tuple_(
        excluded.last_event_at, excluded.latest_source, excluded.latest_event_id
    ) > tuple_(UsageDay.last_event_at, UsageDay.latest_source, UsageDay.latest_event_id)
    of_the_later = (
        UsageDay.last_event_at,
        UsageDay.latest,
        UsageDay.latest_source,
        UsageDay.latest_event_id,
    )
    return {
        "event_count": UsageDay.event_count + excluded.event_count,
        "total": UsageDay.total + excluded.total,
        "maximum": case((higher, excluded.maximum), else_=UsageDay.maximum),
        "updated_at": excluded.updated_at,
        **{one.key: case((later, excluded[one.key]), else_=one) for one in of_the_later},
    }


def put_sums(session: Session, sums: Mapping[DayKey, DaySum], *, now: datetime) -> None:
    """Write rollups of days that have none."""
    ordered = sorted(sums.items())
    if ordered:
        session.execute(insert(UsageDay), [_row(key, day, now) for key, day in ordered])
    if values := [value for key, day in ordered for value in _values(key, day)]:
        session.execute(insert(UsageValue), values)


def _upsert(session: Session, table: Any) -> Any:
    """The dialect's INSERT … ON CONFLICT."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(table)


def _row(key: DayKey, day: DaySum, now: datetime) -> dict[str, Any]:
    latest = day.latest
    return {
        **key._asdict(),
        "event_count": day.event_count,
        "total": day.total,
        "maximum": day.maximum,
        "latest": latest.value if latest else None,
        "latest_source": latest.source if latest else None,
        "latest_event_id": latest.event_id if latest else None,
        "last_event_at": day.last_event_at,
        "updated_at": now,
    }


def _values(key: DayKey, day: DaySum) -> list[dict[str, Any]]:
    return [{**key._asdict(), "value": value} for value in sorted(day.values)]
