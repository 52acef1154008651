"""How a running bill came about: each position day by day, and the bill of the period before.

Days are the schedule's zone's, amounts excl. VAT. What a difference comes from is itself told as
differences of totals, so that the reasons add up to it to the penny.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from pricingsite.pricing import (
    Period,
    Unit,
    day_start,
    local_date,
    plain,
)
from pricingsite.services.billing.periods import BillingPeriod, State
from pricingsite.services.estimates.comparison import Comparison, compare_with_previous
from pricingsite.services.estimates.estimates import Estimate
from pricingsite.services.estimates.series import UsageSeries, usage_series
from pricingsite.services.schedules.reading import phase_on
from pricingsite.services.usage.quantities import quantity

_DAYS_OF_A_HABIT = 7


@dataclass(frozen=True, slots=True)
class Progress:
    """How a running bill came about; `series` by price id.

    `at_list_prices` are the quantities so far by metric id, as plain decimals, for who wants to try
    others at list prices; None on any other price. `silent` is a feed that may have stopped: no
    event for a whole day, after some on each of seven days. `began_at` is when the period began, in
    its first day, if there was one before. `early` is usage that came before the start.
    """

    series: dict[str, UsageSeries]
    comparison: Comparison | None
    at_list_prices: dict[str, str] | None = None
    silent: bool = False
    began_at: datetime | None = None
    early: tuple[tuple[Unit, Decimal], ...] = ()


def progress(session: Session, estimate: Estimate) -> Progress:
    """How the bill of an estimate came about."""
    billing_period = estimate.billing_period
    if estimate.state is State.UPCOMING:
        return Progress({}, None, early=tuple(_early(session, estimate)))
    previous = billing_period.previous()
    series = {
        service.price.id: usage_series(session, billing_period, previous, service)
        for service in billing_period.usage_services_due
    }
    comparison = compare_with_previous(session, estimate, previous) if previous else None
    return Progress(
        series,
        comparison,
        _at_list_prices(billing_period, series.values()),
        began_at=_began_at(estimate) if comparison else None,
        silent=estimate.running and _silent(estimate, series.values()),
    )


def _began_at(estimate: Estimate) -> datetime | None:
    """When the running period began, in its first day."""
    zone = estimate.schedule.zone
    began = day_start(estimate.period.start, zone).astimezone(zone)
    first_day = estimate.as_of.date() == estimate.period.start
    return began if first_day and estimate.state is State.ACTIVE else None


def _early(session: Session, estimate: Estimate) -> Iterator[tuple[Unit, Decimal]]:
    """What was used since the order and before the start, of what the start's prices count."""
    zone = estimate.schedule.zone
    ordered = local_date(estimate.schedule.created_at, zone)
    if ordered >= estimate.schedule.start_date:
        return
    before = Period(ordered, estimate.schedule.start_date)
    for service in estimate.billing_period.usage_services_in_force:
        metric = estimate.billing_period.metric(service)
        came = quantity(session, estimate.customer.id, metric, before)
        if came and service.price.unit:
            yield service.price.unit, came


def _silent(estimate: Estimate, series: Iterable[UsageSeries]) -> bool:
    """Whether no event came for a whole day, of a customer that used on each of seven before."""
    last = estimate.counted_to
    if last is None or estimate.as_of.date() - last.date() <= timedelta(days=1):
        return False
    days = {
        day.day
        for usage in series
        for day in (*usage.previous_days, *usage.days)
        if day.event_count
    }
    return all(last.date() - timedelta(days=n) in days for n in range(_DAYS_OF_A_HABIT))


def _at_list_prices(
    billing_period: BillingPeriod, series: Iterable[UsageSeries]
) -> dict[str, str] | None:
    phase = phase_on(billing_period.schedule, billing_period.day)
    if phase is None or not all(price.list_price for price in phase.prices):
        return None
    return {
        usage.service.price.metric_id: plain(usage.days[-1].cumulative)
        for usage in series
        if usage.days and usage.service.price.metric_id
    }
