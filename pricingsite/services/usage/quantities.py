"""Read what a customer used, by day and by period, from its daily rollups.

Days are in the merchant's zone; quantities are `Decimal` of at most six decimals. The events
themselves are never read.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import reduce

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pricingsite.models.catalog import UsageMetric
from pricingsite.models.types import quantity_of_micros
from pricingsite.models.usage import UsageDay
from pricingsite.pricing import Period
from pricingsite.pricing.aggregation import DayFigures, Figure
from pricingsite.services.usage.usage_rows import Values, read_values, usage_statement

# A metric, and a period whose days are asked for.
Wanted = tuple[UsageMetric, Period]


@dataclass(frozen=True, slots=True)
class Freshness:
    """The moment of the last event counted, and when it was stored."""

    last_event_at: datetime
    last_stored_at: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """A day's usage of one metric: its events, what they come to, and the period's total then.

    The quantity is None on a day without events, which is not the same as zero.
    """

    day: date
    event_count: int
    quantity: Decimal | None
    cumulative: Decimal


@dataclass(frozen=True, slots=True)
class UsualRatios:
    """Between which ratios to their pace the rest of so many past months came."""

    low: Decimal
    high: Decimal
    months: int


@dataclass(slots=True)
class _MetricDays:
    """The days with events of one metric, in order, as far as they were read."""

    window: Period
    days: list[date] = field(default_factory=list)
    figures: list[DayFigures] = field(default_factory=list)

    def within(self, period: Period) -> Iterator[tuple[date, DayFigures]]:
        start, end = bisect_left(self.days, period.start), bisect_left(self.days, period.end)
        return zip(self.days[start:end], self.figures[start:end], strict=True)


class CustomerUsage:
    """What one customer used: its days are read in one statement for all that asks, and kept.

    `read` says at once what will be asked for; what it did not say is read when it is asked for.
    Days up to `today` count as used; ratios are those after `days_gone` of a period's days.
    """

    def __init__(
        self, session: Session, customer_id: str, *, today: date = date.max, days_gone: int = 0
    ) -> None:
        self._session, self._customer_id = session, customer_id
        self._today, self._days_gone = today, days_gone
        self._metrics: dict[str, _MetricDays] = {}
        self._values: dict[tuple[str, Period], Values] = {}
        self._used: dict[str, Period] | None = None
        self._ranges: dict[str, UsualRatios] = {}
        self._last_event_at: datetime | None = None

    def read(self, wanted: Iterable[Wanted]) -> None:
        """Read the days of all that is wanted, and the values where those are told apart."""
        wanted = tuple(wanted)
        metrics = {metric_id: known.window for metric_id, known in self._metrics.items()}
        for metric, period in wanted:
            metrics[metric.id] = _hull(metrics.get(metric.id, period), period)
        self._read_days(metrics)
        unique = dict.fromkeys(
            (metric.id, period) for metric, period in wanted if _by_values(metric)
        )
        if unread := [one for one in unique if one not in self._values]:
            self._values |= read_values(self._session, self._customer_id, unread)

    @property
    def used(self) -> Mapping[str, Period]:
        """From the first to the last day with usage of each metric, no later than today."""
        if self._used is None:
            self.read(())
        return self._used or {}

    def usual_ratios(self, metric: UsageMetric) -> UsualRatios | None:
        """The calibrated ratios of a metric with usage; None where there are none."""
        if self._used is None:
            self.read(())
        return self._ranges.get(metric.id)

    def counted_to(self, now: datetime) -> datetime | None:
        """The moment of the last usage event, in the zone of `now`; None before the first."""
        if self._used is None:
            self.read(())
        last = self._last_event_at
        # A sender's clock may run a few minutes ahead; nothing is counted to later than now.
        return min(last.astimezone(now.tzinfo), now) if last else None

    def quantity(self, metric: UsageMetric, period: Period) -> Decimal:
        """What a metric comes to over a period's days; 0 without usage."""
        # Added up day by day, not by the database: an SQL sum of full months would overflow.
        figures = (found for _, found in self._figures(metric, period))
        return reduce(metric.aggregation.running_total, figures, Decimal(0))

    def daily(self, metric: UsageMetric, period: Period) -> Iterator[Day]:
        """A metric's usage on each day of a period, in order; the last total is the period's."""
        aggregation = metric.aggregation
        figures = dict(self._figures(metric, period))
        cumulative = Decimal(0)
        for day in period.each_day():
            if (found := figures.get(day)) is None:
                yield Day(day, 0, None, cumulative)
            else:
                cumulative = aggregation.running_total(cumulative, found)
                yield Day(day, found.event_count, aggregation.quantity_of(found), cumulative)

    def by_day(self, metric: UsageMetric, period: Period) -> list[Decimal]:
        """What each day of a period used, in order; 0 on a day without events."""
        quantity_of, nothing = metric.aggregation.quantity_of, Decimal(0)
        used = {day: quantity_of(found) for day, found in self._figures(metric, period)}
        return [used.get(day, nothing) for day in period.each_day()]

    def _figures(self, metric: UsageMetric, period: Period) -> Iterator[tuple[date, DayFigures]]:
        """A metric's days with events of a period, in order."""
        by_values = _by_values(metric)
        known = self._metrics.get(metric.id)
        is_read = known is not None and _hull(known.window, period) == known.window
        if not is_read or (by_values and (metric.id, period) not in self._values):
            self.read([(metric, period)])
        days = self._metrics[metric.id].within(period)
        if not by_values:
            yield from days
            return
        seen = self._values[metric.id, period]
        for day, found in days:
            values, new_values = seen.get(day, (0, 0))
            yield day, replace(found, values=values, new_values=new_values)

    def _read_days(self, windows: Mapping[str, Period]) -> None:
        self._metrics = {metric_id: _MetricDays(window) for metric_id, window in windows.items()}
        asked: dict[str, object] = {
            "customer_id": self._customer_id,
            "today": self._today,
            "days_gone": self._days_gone,
        }
        for number, (metric_id, window) in enumerate(windows.items()):
            asked[f"metric_{number}"] = metric_id
            asked[f"start_{number}"], asked[f"end_{number}"] = window.start, window.end
        self._used, self._ranges, last_events = {}, {}, []
        for row in self._session.execute(usage_statement(len(windows)), asked).all():
            metric_id, day, event_count, total, maximum, latest = row[:6]
            if day is not None:
                known = self._metrics[metric_id]
                known.days.append(day)
                known.figures.append(
                    DayFigures(
                        event_count,
                        quantity_of_micros(total),
                        _quantity(maximum),
                        _quantity(latest),
                    )
                )
                continue
            first, last, last_event_at, low, high, months = row[6:]
            last_events.append(last_event_at)
            if first is not None:
                self._used[metric_id] = Period(first, last + timedelta(days=1))
            if months is not None:
                self._ranges[metric_id] = UsualRatios(low, high, months)
        self._last_event_at = max(last_events, default=None)


def quantity(session: Session, customer_id: str, metric: UsageMetric, period: Period) -> Decimal:
    """What a metric comes to over a period's days; 0 without usage."""
    return CustomerUsage(session, customer_id).quantity(metric, period)


def quantities(
    session: Session, customer_id: str, metrics: Iterable[UsageMetric], period: Period
) -> dict[str, Decimal]:
    """What each metric comes to over a period's days, by metric id; 0 without usage."""
    metrics = tuple(metrics)
    usage = CustomerUsage(session, customer_id)
    usage.read((metric, period) for metric in metrics)
    return {metric.id: usage.quantity(metric, period) for metric in metrics}


def daily(session: Session, customer_id: str, metric: UsageMetric, period: Period) -> Iterator[Day]:
    """A metric's usage on each day of a period, in order; the last total is the period's."""
    return CustomerUsage(session, customer_id).daily(metric, period)


def freshness(session: Session, customer_id: str) -> Freshness | None:
    """When a customer's usage was last counted; None before the first event."""
    statement = select(func.max(UsageDay.last_event_at), func.max(UsageDay.updated_at))
    row = session.execute(statement.where(UsageDay.customer_id == customer_id)).one()
    return None if row[0] is None else Freshness(row[0], row[1])


def _quantity(micros: int | None) -> Decimal | None:
    return None if micros is None else quantity_of_micros(micros)


def _hull(one: Period, other: Period) -> Period:
    return Period(min(one.start, other.start), max(one.end, other.end))


def _by_values(metric: UsageMetric) -> bool:
    return metric.aggregation.figure is Figure.VALUES
