"""The bill of the period before, and why this one differs.

What a difference comes from is itself told as differences of totals, so that the reasons add up to
it to the penny.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from pricingsite.pricing import (
    Money,
    Period,
    Service,
    Unit,
)
from pricingsite.services.billing.bills import Counted, bill_of, count, net_of
from pricingsite.services.billing.periods import BillingPeriod
from pricingsite.services.estimates.estimates import Estimate


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of a difference: more or fewer units of something, or (None) what else changed."""

    net: Money
    unit: Unit | None = None
    quantity: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class LastBill:
    """The bill of the period before, and why this one differs so far."""

    period: Period
    net: Money
    difference: Money
    reasons: tuple[Reason, ...]


def last_bill(session: Session, estimate: Estimate, before: BillingPeriod) -> LastBill:
    """The bill of the period before, at its own quantities, and why an estimate differs from it."""
    counted = count(session, before, before.due)
    net, last = estimate.bill.net, bill_of(before, counted, Decimal(0)).net
    current = _alone(estimate.billing_period, estimate.counted)
    reasons = list(_volumes(current, _alone(before, counted)))
    rest = net - last - sum((one.net for one in reasons), Money.zero(net.currency))
    if rest.minor:
        reasons.append(Reason(rest))
    return LastBill(before.dates, last, net - last, tuple(reasons))


def _alone(billing_period: BillingPeriod, counted: Counted) -> dict[str, tuple[Service, Decimal]]:
    """Each metric that one price alone charges for on a bill: that service and its quantity."""
    metrics = Counter(service.price.metric_id for service in billing_period.due)
    return {
        service.price.metric_id: (service, counted[service.price.metric_id, service.period])
        for service in billing_period.due
        if service.price.metric_id and metrics[service.price.metric_id] == 1
    }


def _volumes(
    now: dict[str, tuple[Service, Decimal]], before: dict[str, tuple[Service, Decimal]]
) -> Iterator[Reason]:
    """What each position's other quantity makes, at the prices of this period."""
    for metric_id, (service, used) in now.items():
        _, earlier = before.get(metric_id, (service, used))
        if used != earlier:
            net = net_of(service, used) - net_of(service, earlier)
            yield Reason(net, service.price.unit, used - earlier)
