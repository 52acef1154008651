"""Usage: what a customer's events of a period add up to, as its daily rollups say.

Days are the merchant's zone's; quantities are `Decimal` of at most six decimals. The events
themselves are never asked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
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
