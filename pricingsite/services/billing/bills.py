"""Bills of a schedule's periods, at the quantities counted.

A bill is what falls due on one day. Quantities come from the daily rollups, amounts are net unless
said.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from pricingsite.pricing import (
    Bill,
    Money,
    Period,
    Service,
    make_bill,
)
from pricingsite.services.billing.periods import BillingPeriod
from pricingsite.services.usage.quantities import CustomerUsage, Wanted

# A metric's id, and the period over which it was counted.
Counted = Mapping[tuple[str, Period], Decimal]


def counted_by(billing_period: BillingPeriod, services: Iterable[Service]) -> Iterator[Wanted]:
    """The metric and the period that each usage price among the services charges for."""
    for service in services:
        if service.price.metric_id:
            yield billing_period.metric(service), service.period


def count(
    usage: CustomerUsage, billing_period: BillingPeriod, services: Iterable[Service]
) -> Counted:
    """The quantity of each metric over each period that the services charge for."""
    return {
        (metric.id, period): usage.quantity(metric, period)
        for metric, period in counted_by(billing_period, services)
    }


def quantity_of(service: Service, counted: Counted) -> Decimal | None:
    """What a service's metric came to; None for a fixed price."""
    metric_id = service.price.metric_id
    return counted[metric_id, service.period] if metric_id else None


def bill_of(billing_period: BillingPeriod, counted: Counted, tax_rate: Decimal | None) -> Bill:
    """The bill of a billing period, at the quantities counted; the rate is a fraction, or None."""
    return make_bill(
        [(service, quantity_of(service, counted)) for service in billing_period.due],
        period=billing_period.dates,
        currency=billing_period.schedule.currency,
        tax_rate=tax_rate,
        terms=billing_period.terms,
    )


def net_at_zero_usage(billing_period: BillingPeriod) -> Money:
    """What a billing period's bill comes to without any usage."""
    return bill_of(billing_period, defaultdict(Decimal), Decimal(0)).net
