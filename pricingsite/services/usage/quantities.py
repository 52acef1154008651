"""Read what a customer used, by day and by period, from its daily rollups.

Days are in the merchant's zone; quantities are `Decimal` of at most six decimals. The events
themselves are never read.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import reduce

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from pricingsite.models.catalog import UsageMetric
from pricingsite.models.usage import UsageDay, UsageValue
from pricingsite.pricing import Period
from pricingsite.pricing.aggregation import DayFigures, Figure


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


def quantity(session: Session, customer_id: str, metric: UsageMetric, period: Period) -> Decimal:
    """What a metric comes to over a period's days; 0 without usage."""
    return quantities(session, customer_id, [metric], period)[metric.id]


def quantities(
    session: Session, customer_id: str, metrics: Iterable[UsageMetric], period: Period
) -> dict[str, Decimal]:
    """What each metric comes to over a period's days, by metric id; 0 without usage."""
    metrics = tuple(metrics)
    figures = _figures(session, customer_id, metrics, period)
    # Added up day by day, not by the database: an SQL sum of full months would overflow.
    return {
        metric.id: reduce(metric.aggregation.running_total, figures[metric.id].values(), Decimal(0))
        for metric in metrics
    }


def daily(session: Session, customer_id: str, metric: UsageMetric, period: Period) -> Iterator[Day]:
    """A metric's usage on each day of a period, in order; the last total is the period's."""
    aggregation = metric.aggregation
    figures = _figures(session, customer_id, [metric], period)[metric.id]
    cumulative = Decimal(0)
    for day in period.each_day():
        if (found := figures.get(day)) is None:
            yield Day(day, 0, None, cumulative)
        else:
            cumulative = aggregation.running_total(cumulative, found)
            yield Day(day, found.event_count, aggregation.quantity_of(found), cumulative)


def _figures(
    session: Session, customer_id: str, metrics: Sequence[UsageMetric], period: Period
) -> dict[str, dict[date, DayFigures]]:
    """Each metric's days with events, in order, by the metric's id."""
    values = _values(session, customer_id, metrics, period)
    days = session.execute(
        select(
            UsageDay.metric_id,
            UsageDay.day,
            UsageDay.event_count,
            UsageDay.total,
            UsageDay.maximum,
            UsageDay.latest,
        )
        .where(_days(UsageDay, customer_id, metrics, period))
        .order_by(UsageDay.day)
    )
    found: dict[str, dict[date, DayFigures]] = {metric.id: {} for metric in metrics}
    for metric_id, day, event_count, total, maximum, latest in days:
        seen = values.get((metric_id, day), (0, 0))
        found[metric_id][day] = DayFigures(event_count, total, maximum, latest, *seen)
    return found


def _values(
    session: Session, customer_id: str, metrics: Sequence[UsageMetric], period: Period
) -> dict[tuple[str, date], tuple[int, int]]:
    """How many values a metric's day saw, and how many no earlier day of the period had seen."""
    unique = [metric for metric in metrics if metric.aggregation.figure is Figure.VALUES]
    if not unique:
        return {}
    within = _days(UsageValue, customer_id, unique, period)
    key = (UsageValue.metric_id, UsageValue.day)
    seen = select(*key, func.count()).where(within).group_by(*key)
    value = (UsageValue.metric_id, UsageValue.value)
    firsts = select(UsageValue.metric_id, func.min(UsageValue.day).label("day")).where(within)
    first = firsts.group_by(*value).subquery().c
    news = select(first.metric_id, first.day, func.count()).group_by(first.metric_id, first.day)
    new = {(metric_id, day): count for metric_id, day, count in session.execute(news)}
    return {
        (metric_id, day): (count, new.get((metric_id, day), 0))
        for metric_id, day, count in session.execute(seen)
    }


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


def freshness(session: Session, customer_id: str) -> Freshness | None:
    """When a customer's usage was last counted; None before the first event."""
    statement = select(func.max(UsageDay.last_event_at), func.max(UsageDay.updated_at))
    row = session.execute(statement.where(UsageDay.customer_id == customer_id)).one()
    return None if row[0] is None else Freshness(row[0], row[1])


def counted_to(session: Session, customer_id: str, now: datetime) -> datetime | None:
    """The moment of a customer's last usage event, in the zone of `now`; None before the first."""
    fresh = freshness(session, customer_id)
    # A sender's clock may run a few minutes ahead; nothing is counted to later than now.
    return min(fresh.last_event_at.astimezone(now.tzinfo), now) if fresh else None
