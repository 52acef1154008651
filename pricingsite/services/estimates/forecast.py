"""A bill's forecast: at the recent pace, and between which amounts it likely ends.

The bill at the recent pace is a scenario: it does not say how likely it is. The range does, and is
only given where past months calibrate it (`calibration.py`), with how many of this customer's own
past months ended inside such a range. Days are the schedule's zone's, amounts are net.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from pricingsite.models.catalog import UsageMetric, unit_of
from pricingsite.pricing import Money, Period, Service
from pricingsite.pricing.money import MOST_A_MONTH, QUANTITY_PLACES
from pricingsite.services.billing.bills import bill_of
from pricingsite.services.billing.periods import BillingPeriod, State
from pricingsite.services.estimates.calibration import PACE_DAYS, pace, past_months
from pricingsite.services.estimates.estimates import Estimate, rangeable
from pricingsite.services.usage.quantities import UsualRatios, Wanted

_SECONDS_A_DAY = 86_400
_OWN_MONTHS = 10
# So many whole months, the one that has begun, and the days of the pace before them.
_LOOKED_BACK = timedelta(days=(_OWN_MONTHS + 1) * 31 + PACE_DAYS)
_MILLIONTH = Decimal(1).scaleb(-QUANTITY_PLACES)
# A billing month lies in two calendar months at most.
_MOST_UNITS = Decimal(2 * MOST_A_MONTH)


@dataclass(frozen=True, slots=True)
class RecentPace:
    """A bill at its end, if the rest of the period continues like so many whole days just past."""

    days: int
    net: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelyRange:
    """Between what eight in ten bills like this one end, by so many past months of all customers.

    `quantities` are the two ends in units. Of the customer's own last months, `inside` of `own`
    ended inside a range made on the same day of theirs.
    """

    price_id: str
    quantities: tuple[Decimal, Decimal]
    low: Money
    high: Money
    months: int
    inside: int
    own: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a running bill may come to at its end."""

    pace: RecentPace
    likely: LikelyRange | None


def forecast(estimate: Estimate) -> Forecast | None:
    """The forecast of an estimate's bill; None where there is nothing to base one on.

    That is before a first whole day, without usage in the days just past, and where a usage price
    counts what does not grow day by day.
    """
    if not estimate.running:
        return None
    recent_pace = _recent_pace(estimate)
    return Forecast(recent_pace, _likely_range(estimate)) if recent_pace else None


def looked_back_on(billing_period: BillingPeriod) -> Iterator[Wanted]:
    """The usage before a running bill's own that its forecast is made of."""
    recent_days = _recent_days(billing_period)
    if recent_days is None or billing_period.state is not State.ACTIVE:
        return
    for service in billing_period.usage_services_due:
        if _grows(billing_period, service):
            yield billing_period.metric(service), recent_days
    if (ranged := rangeable(billing_period)) is not None:
        today, start = billing_period.day, billing_period.schedule.start_date
        yield billing_period.metric(ranged), Period(max(start, today - _LOOKED_BACK), today)


def _recent_pace(estimate: Estimate) -> RecentPace | None:
    billing_period = estimate.billing_period
    recent_days = _recent_days(billing_period)
    services = billing_period.usage_services_due
    if recent_days is None or not all(_grows(billing_period, service) for service in services):
        return None
    at_end = dict(estimate.counted)
    seconds_left = _seconds_left(estimate)
    is_used = False
    for service in services:
        metric = billing_period.metric(service)
        days = estimate.usage.by_day(metric, recent_days)
        recent = sum(days, Decimal(0))
        is_used = is_used or recent != 0
        if service.period.end <= billing_period.day:
            continue  # Its days are over: another price counts what follows.
        more = recent * seconds_left / (recent_days.days * _SECONDS_A_DAY)
        at_end[metric.id, service.period] += _countable(metric, days, more)
    if not is_used:
        return None
    return RecentPace(recent_days.days, bill_of(billing_period, at_end, Decimal(0)).net)


def _grows(billing_period: BillingPeriod, service: Service) -> bool:
    return billing_period.metric(service).aggregation.days_add_up


def _recent_days(billing_period: BillingPeriod) -> Period | None:
    """The whole days just past, no earlier than the schedule's start."""
    today = billing_period.day
    start = max(billing_period.schedule.start_date, today - timedelta(days=PACE_DAYS))
    return Period(start, today) if start < today else None


def _seconds_left(estimate: Estimate) -> int:
    """From now to the period's end."""
    left = estimate.resets_at - estimate.as_of
    return min(left // timedelta(seconds=1), estimate.period.days * _SECONDS_A_DAY)


def _countable(
    metric: UsageMetric,
    days: Iterable[Decimal],
    quantity: Decimal,
    rounding: str = ROUND_HALF_EVEN,
) -> Decimal:
    """A quantity worked out from days as one that the metric may come to.

    It is whole where the metric's units are, and no event said otherwise.
    """
    is_whole = unit_of(metric).whole and not any(day % 1 for day in days)
    return quantity.quantize(Decimal(1) if is_whole else _MILLIONTH, rounding)


def _likely_range(estimate: Estimate) -> LikelyRange | None:
    """The range of a bill with one usage price that is calibrated for this day of its month."""
    billing_period = estimate.billing_period
    service, recent_days = rangeable(billing_period), _recent_days(billing_period)
    if service is None or recent_days is None:
        return None
    metric, start = billing_period.metric(service), service.period.start
    days_gone = (billing_period.day - start).days
    ratios = estimate.usage.usual_ratios(metric)
    if ratios is None:
        return None
    known = Period(min(recent_days.start, start), billing_period.day)
    quantities = estimate.usage.by_day(metric, known)
    used = sum(quantities[-days_gone:])
    expected = pace(quantities, over=service.period.days - days_gone)
    counted = estimate.counted[metric.id, service.period]
    low, high = (
        _countable(metric, quantities, min(used + ratio * expected, _MOST_UNITS), rounding)
        for ratio, rounding in ((ratios.low, ROUND_FLOOR), (ratios.high, ROUND_CEILING))
    )
    low = max(counted, low)
    if high < counted:
        return None  # Today's usage alone is outside it: this is one of the two in ten.
    own_months = _own_months(estimate, metric, ratios, days_gone)
    return LikelyRange(
        price_id=service.price.id,
        quantities=(low, high),
        low=_net_at(estimate, service, low),
        high=_net_at(estimate, service, high),
        months=ratios.months,
        inside=sum(own_months),
        own=len(own_months),
    )


def _own_months(
    estimate: Estimate, metric: UsageMetric, ratios: UsualRatios, gone: int
) -> list[bool]:
    """Whether each of the customer's last months ended inside the range of this day."""
    today = estimate.as_of.date()
    found = past_months(estimate.usage, estimate.schedule, today=today, most=_OWN_MONTHS)
    months = [month for of_metric, month in found if of_metric.id == metric.id][-_OWN_MONTHS:]
    own = [month.ratio(gone) for month in months if gone < month.length]
    # Rounded as the range's own ratios are, or a month that made a range could lie outside it.
    return [ratios.low <= round(ratio, 6) <= ratios.high for ratio in own if ratio is not None]


def _net_at(estimate: Estimate, service: Service, quantity: Decimal) -> Money:
    counted = dict(estimate.counted)
    assert service.price.metric_id is not None  # noqa: S101 - every usage price has a metric
    counted[service.price.metric_id, service.period] = quantity
    return bill_of(estimate.billing_period, counted, Decimal(0)).net
