"""What many customers used of one metric over one period, in few statements.

Quantities are `Decimal` of at most six decimals; a customer without usage is left out.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import BigInteger, func, select, type_coerce
from sqlalchemy.orm import Session

from pricingsite.models.catalog import UsageMetric
from pricingsite.models.types import quantity_of_micros
from pricingsite.models.usage import UsageDay
from pricingsite.pricing import Period
from pricingsite.services.customers.aliases import each_of
from pricingsite.services.usage.quantities import CustomerUsage

# Days of at most seven calendar months: what a customer may use in them fits an SQL sum.
_SUMMED_AT_ONCE = timedelta(days=180)


def totals(
    session: Session, customer_ids: Iterable[str], metric: UsageMetric, period: Period
) -> dict[str, Decimal]:
    """What a metric comes to over a period's days, by customer."""
    customer_ids = list(customer_ids)
    if not metric.aggregation.days_add_up:
        return {one: CustomerUsage(session, one).quantity(metric, period) for one in customer_ids}
    customer = each_of(session, customer_ids)
    micros: dict[str, int] = {}
    for part in _parts(period):
        within = (
            UsageDay.customer_id == customer,
            UsageDay.metric_id == metric.id,
            UsageDay.day >= part.start,
            UsageDay.day < part.end,
        )
        # A figure of each customer: PostgreSQL would sort all of their days to add them up.
        total = select(func.sum(type_coerce(UsageDay.total, BigInteger))).where(*within)
        of_each = total.correlate(customer.table).scalar_subquery()
        for customer_id, found in session.connection().execute(select(customer, of_each)).all():
            if found is not None:
                micros[customer_id] = micros.get(customer_id, 0) + int(found)
    return {customer_id: quantity_of_micros(found) for customer_id, found in micros.items()}


def _parts(period: Period) -> Iterator[Period]:
    start = period.start
    while start < period.end:
        end = min(start + _SUMMED_AT_ONCE, period.end)
        yield Period(start, end)
        start = end
