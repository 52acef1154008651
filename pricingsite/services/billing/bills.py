"""Bills of a schedule's periods, at the quantities counted.

A bill is what falls due on one day. Quantities come from the daily rollups, amounts are net unless
said.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from sqlalchemy.orm import Session

from pricingsite.models.catalog import UsageMetric
from pricingsite.pricing import (
    Bill,
    Money,
    Period,
    Service,
    make_bill,
)
from pricingsite.services.billing.periods import BillingPeriod
from pricingsite.services.usage.quantities import quantities

# A metric's id, and the period over which it was counted.
Counted = Mapping[tuple[str, Period], Decimal]


def count(session: Session, billing_period: BillingPeriod, services: Iterable[Service]) -> Counted:
    """The quantity of each metric over each period that the services charge for."""
    wanted: dict[Period, dict[str, UsageMetric]] = {}
    for service in services:
        if service.price.metric_id:
            of_period = wanted.setdefault(service.period, {})
            of_period[service.price.metric_id] = billing_period.metric(service)
    customer_id = billing_period.schedule.customer_id
    counted: dict[tuple[str, Period], Decimal] = {}
    for period, metrics in wanted.items():
        by_metric = quantities(session, customer_id, tuple(metrics.values()), period)
        counted |= {(metric_id, period): by_metric[metric_id] for metric_id in metrics}
    return counted


def quantity_of(service: Service, counted: Counted) -> Decimal | None:
    """What a service's metric came to; None for a fixed price."""
    metric_id = service.price.metric_id
    return counted[metric_id, service.period] if metric_id else None


def bill_of(billing_period: BillingPeriod, counted: Counted, tax_rate: Decimal) -> Bill:
    """The bill of a billing period, at the quantities counted; the rate is a fraction."""
    return make_bill(
        [(service, quantity_of(service, counted)) for service in billing_period.due],
        period=billing_period.dates,
        currency=billing_period.schedule.currency,
        tax_rate=tax_rate,
    )


def net_at_zero_usage(billing_period: BillingPeriod) -> Money:
    """What a billing period's bill comes to without any usage."""
    return bill_of(billing_period, defaultdict(Decimal), Decimal(0)).net
