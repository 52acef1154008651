"""A bill at a pace: what it comes to if the rest of the period runs like the days just past.

A scenario with a name, not a forecast: it says nothing of how likely it is. Days are the schedule's
zone's, amounts excl. VAT.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from pricingsite.pricing import Money, Period
from pricingsite.services.bills import BillScope, bill_of
from pricingsite.services.estimates import Estimate
from pricingsite.services.usage import Day, daily

# Two whole weeks, so that weekends weigh as much as they do.
_DAYS = 14
# Other aggregations do not grow day by day: a maximum may stand, a distinct value may return.
_GROWING = {"count", "sum"}
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Pace:
    """A bill at the pace of so many whole days just past."""

    days: int
    net: Money


def bill_at_pace(session: Session, estimate: Estimate) -> Pace | None:
    """The bill of an estimate if its usage goes on as it did; None where nothing can be said.

    That is before a first whole day, without usage in the days just past, and where a usage price
    counts what does not grow day by day.
    """
    if not estimate.running:
        return None
    scope = estimate.scope
    metered = [service for service in scope.due if service.price.is_usage]
    past = _days_past(scope)
    if past is None or any(scope.metric(one).aggregation not in _GROWING for one in metered):
        return None
    counted = dict(estimate.counted)
    left = _days_left(estimate, scope.period)
    came = Decimal(0)
    for service in metered:
        metric = scope.metric(service)
        recent = _sum(daily(session, scope.schedule.customer_id, metric, past))
        came += recent
        if service.period.end <= scope.day:
            continue  # Its days are over: another price counts what comes.
        more = (recent / past.days * left).to_integral_value()
        counted[metric.id, service.period] += more
    if not came:
        return None
    return Pace(past.days, bill_of(scope, counted, Decimal(0)).net)


def _days_past(scope: BillScope) -> Period | None:
    """The whole days just past, no earlier than the schedule's start."""
    start = max(scope.schedule.start_date, scope.day - timedelta(days=_DAYS))
    return Period(start, scope.day) if start < scope.day else None


def _days_left(estimate: Estimate, period: Period) -> Decimal:
    """From now to the period's end, in days."""
    left = estimate.resets_at - estimate.as_of
    return min(Decimal(left // timedelta(seconds=1)) / _SECONDS_A_DAY, Decimal(period.days))


def _sum(days: Iterable[Day]) -> Decimal:
    return sum((one.quantity for one in days if one.quantity is not None), Decimal(0))
