"""A bill compared with the one of the period before, and why it differs.

Each reason is itself a difference of two totals, so that the reasons add up to the penny.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from pricingsite.pricing import (
    Money,
    Period,
    Service,
    Unit,
    service_net_at,
)
from pricingsite.services.billing.bills import Counted, bill_of, count
from pricingsite.services.billing.periods import BillingPeriod
from pricingsite.services.estimates.estimates import Estimate


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of a difference: that of a usage quantity, or of everything else (`unit` is None).

    `by_terms` is that of discounts and minimums.
    """

    net: Money
    unit: Unit | None = None
    quantity: Decimal = Decimal(0)
    by_terms: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """A bill compared with that of the period before: what that one came to, and the difference."""

    previous_period: Period
    previous_net: Money
    difference: Money
    reasons: tuple[Reason, ...]


def compare_with_previous(estimate: Estimate, previous: BillingPeriod) -> Comparison:
    """An estimate compared with the bill of the period before, at the quantities of that period."""
    counted = count(estimate.usage, previous, previous.due)
    previous_bill = bill_of(previous, counted, Decimal(0))
    previous_net = previous_bill.net
    difference = estimate.bill.net - previous_net
    usage = _usage_by_metric(estimate.billing_period, estimate.counted)
    reasons = list(_usage_reasons(usage, _usage_by_metric(previous, counted)))
    by_terms = estimate.bill.by_terms - previous_bill.by_terms
    if by_terms.minor:
        reasons.append(Reason(by_terms, by_terms=True))
    rest = difference - sum((reason.net for reason in reasons), Money.zero(difference.currency))
    if rest.minor:
        reasons.append(Reason(rest))
    return Comparison(previous.dates, previous_net, difference, tuple(reasons))


# A service, and the quantity that its metric came to.
_Usage = tuple[Service, Decimal]


def _usage_by_metric(billing_period: BillingPeriod, counted: Counted) -> dict[str, _Usage]:
    """The usage of each metric for which one price alone charges on a bill."""
    prices = Counter(service.price.metric_id for service in billing_period.due)
    return {
        service.price.metric_id: (service, counted[service.price.metric_id, service.period])
        for service in billing_period.due
        if service.price.metric_id and prices[service.price.metric_id] == 1
    }


def _usage_reasons(usage: dict[str, _Usage], previous: dict[str, _Usage]) -> Iterator[Reason]:
    """What each metric's other quantity makes, at the prices of this period."""
    for metric_id, (service, quantity) in usage.items():
        _, previous_quantity = previous.get(metric_id, (service, quantity))
        if quantity != previous_quantity:
            net = service_net_at(service, quantity) - service_net_at(service, previous_quantity)
            yield Reason(net, service.price.unit, quantity - previous_quantity)
