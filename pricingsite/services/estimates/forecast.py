"""Where a running bill is going: a bill at the pace of late, and between what it likely ends.

The pace is a scenario with a name: it says nothing of how likely it is. The range does, and is only
given where past months calibrate it (`calibration.py`), beside how this customer's own
past months would have fared. Days are the schedule's zone's, amounts excl. VAT.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from sqlalchemy.orm import Session

from pricingsite.models.catalog import UsageMetric
from pricingsite.models.ranges import UsageRange
from pricingsite.pricing import BillingFrequency, Money, Period, Service
from pricingsite.services.billing.bills import bill_of
from pricingsite.services.billing.periods import BillingPeriod
from pricingsite.services.estimates.calibration import GROWING, PACE_DAYS, pace, past_months
from pricingsite.services.estimates.estimates import Estimate
from pricingsite.services.usage.quantities import Day, daily

_SECONDS_A_DAY = 86_400
_OWN_MONTHS = 10


@dataclass(frozen=True, slots=True)
class Pace:
    """A bill at the pace of so many whole days just past."""

    days: int
    net: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelyRange:
    """Between what eight in ten bills like this one end, by so many past months of all customers.

    `quantities` are the two ends in units. Of the customer's own last months, `inside` of `own`
    would have ended inside a range made on the same day of theirs.
    """

    price_id: str
    quantities: tuple[Decimal, Decimal]
    low: Money
    high: Money
    months: int
    inside: int
    own: int


@dataclass(frozen=True, slots=True)
class Projection:
    """Where a running bill is going."""

    pace: Pace
    likely: LikelyRange | None


def project(session: Session, estimate: Estimate) -> Projection | None:
    """Where the bill of an estimate is going; None where nothing can be said.

    That is before a first whole day, without usage in the days just past, and where a usage price
    counts what does not grow day by day.
    """
    if not estimate.running:
        return None
    at_pace = _bill_at_pace(session, estimate)
    return Projection(at_pace, _likely_range(session, estimate)) if at_pace else None


def _bill_at_pace(session: Session, estimate: Estimate) -> Pace | None:
    billing_period = estimate.billing_period
    past = _days_past(billing_period)
    services = billing_period.usage_services_due
    if past is None or not all(_grows(billing_period, service) for service in services):
        return None
    counted = dict(estimate.counted)
    left = _days_left(estimate, billing_period.dates)
    came = Decimal(0)
    for service in services:
        metric = billing_period.metric(service)
        recent = _sum(daily(session, billing_period.schedule.customer_id, metric, past))
        came += recent
        if service.period.end <= billing_period.day:
            continue  # Its days are over: another price counts what comes.
        more = (recent / past.days * left).to_integral_value()
        counted[metric.id, service.period] += more
    if not came:
        return None
    return Pace(past.days, bill_of(billing_period, counted, Decimal(0)).net)


def _grows(billing_period: BillingPeriod, service: Service) -> bool:
    return billing_period.metric(service).aggregation in GROWING


def _days_past(billing_period: BillingPeriod) -> Period | None:
    """The whole days just past, no earlier than the schedule's start."""
    start = max(billing_period.schedule.start_date, billing_period.day - timedelta(days=PACE_DAYS))
    return Period(start, billing_period.day) if start < billing_period.day else None


def _days_left(estimate: Estimate, period: Period) -> Decimal:
    """From now to the period's end, in days."""
    left = estimate.resets_at - estimate.as_of
    return min(Decimal(left // timedelta(seconds=1)) / _SECONDS_A_DAY, Decimal(period.days))


def _sum(days: Iterable[Day]) -> Decimal:
    return sum((one.quantity for one in days if one.quantity is not None), Decimal(0))


def _likely_range(session: Session, estimate: Estimate) -> LikelyRange | None:
    """The range of a bill with one usage price that is calibrated for this day of its month."""
    billing_period = estimate.billing_period
    service = _calibrated(billing_period)
    if service is None:
        return None
    metric, gone = billing_period.metric(service), (billing_period.day - service.period.start).days
    cut = session.get(UsageRange, (metric.id, gone))
    past = _days_past(billing_period)
    if cut is None or past is None:
        return None
    known = Period(min(past.start, service.period.start), billing_period.day)
    came = daily(session, billing_period.schedule.customer_id, metric, known)
    days = [one.quantity or Decimal(0) for one in came]
    so_far, expected = sum(days[-gone:]), pace(days) * (service.period.days - gone)
    now = estimate.counted[metric.id, service.period]
    low = max(now, (so_far + cut.low * expected).to_integral_value(ROUND_FLOOR))
    high = (so_far + cut.high * expected).to_integral_value(ROUND_CEILING)
    if high < now:
        return None  # Today alone has left it: this is one of the two in ten.
    fared = _fared(session, estimate, metric, cut)
    return LikelyRange(
        price_id=service.price.id,
        quantities=(low, high),
        low=_net_at(estimate, service, low),
        high=_net_at(estimate, service, high),
        months=cut.months,
        inside=sum(fared),
        own=len(fared),
    )


def _calibrated(billing_period: BillingPeriod) -> Service | None:
    """The one usage price of a bill, if more units never cost less and its month is a whole one."""
    services = billing_period.usage_services_due
    if len(services) != 1 or not _grows(billing_period, services[0]):
        return None
    service, price = services[0], services[0].price
    whole = service.period == service.full_period
    monthly = price.billing_frequency is BillingFrequency.MONTHLY
    rising = price.structure.always_rises
    return service if whole and monthly and rising else None


def _fared(
    session: Session, estimate: Estimate, metric: UsageMetric, cut: UsageRange
) -> list[bool]:
    """Whether each of the customer's last months would have ended inside the range of this day."""
    past = past_months(session, estimate.customer, now=estimate.as_of)
    own = [month for counted, month in past if counted.id == metric.id][-_OWN_MONTHS:]
    ratios = [month.ratio(cut.days_gone) for month in own if cut.days_gone < month.length]
    return [cut.low <= ratio <= cut.high for ratio in ratios if ratio is not None]


def _net_at(estimate: Estimate, service: Service, quantity: Decimal) -> Money:
    counted = dict(estimate.counted)
    assert service.price.metric_id is not None  # noqa: S101 - every usage price has a metric
    counted[service.price.metric_id, service.period] = quantity
    return bill_of(estimate.billing_period, counted, Decimal(0)).net
