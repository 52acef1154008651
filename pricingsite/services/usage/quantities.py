"""Read what a customer used, by day and by period, from its daily rollups.

Days are in the merchant's zone; quantities are `Decimal` of at most six decimals. The events
themselves are never read.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from pricingsite.models.catalog import UsageMetric
from pricingsite.models.usage import UsageDay, UsageValue
from pricingsite.pricing import Period


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


def daily(session: Session, customer_id: str, metric: UsageMetric, period: Period) -> Iterator[Day]:
    """A metric's usage on each day of a period, in order; the last total is the period's."""
    within = _days(UsageDay, customer_id, [metric], period)
    rows = {row.day: row for row in session.scalars(select(UsageDay).where(within))}
    seen, first_seen = _values_by_day(session, customer_id, metric, period)
    cumulative = Decimal(0)
    for day in period.each_day():
        row = rows.get(day)
        if row is None:
            yield Day(day, 0, None, cumulative)
        elif metric.aggregation == "unique":
            cumulative += first_seen[day]
            yield Day(day, row.event_count, Decimal(seen[day]), cumulative)
        elif metric.aggregation == "max":
            cumulative = max(cumulative, row.maximum or Decimal(0))
            yield Day(day, row.event_count, row.maximum or Decimal(0), cumulative)
        else:
            cumulative += row.total
            yield Day(day, row.event_count, row.total, cumulative)


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


def _values_by_day(
    session: Session, customer_id: str, metric: UsageMetric, period: Period
) -> tuple[Counter[date], Counter[date]]:
    """How many values each day saw, and how many of them no earlier day of the period had seen."""
    if metric.aggregation != "unique":
        return Counter(), Counter()
    within = _days(UsageValue, customer_id, [metric], period)
    per_day = select(UsageValue.day, func.count()).where(within).group_by(UsageValue.day)
    firsts = select(func.min(UsageValue.day).label("day")).where(within).group_by(UsageValue.value)
    first = firsts.subquery().c.day
    news = select(first, func.count()).group_by(first)
    return Counter(dict(session.execute(per_day).all())), Counter(dict(session.execute(news).all()))


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
