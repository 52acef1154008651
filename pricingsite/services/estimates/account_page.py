"""What the account page says: the estimate, how its bill came about, and its forecast.

The page, the API and the alert e-mails read this one object, so that a rule such as that of the
silent feed holds in all of them. Days are the schedule's zone's, amounts are net.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypedDict

from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.pricing import Discount, FirstBill, day_start, plain
from pricingsite.services.balances.latest import LatestInvoice, seller_and_latest
from pricingsite.services.billing.bills import counted_by
from pricingsite.services.billing.first_bill import first_bill_of_schedule
from pricingsite.services.billing.periods import BillingPeriod, State, billing_period_on
from pricingsite.services.billing.unbilled import UnbilledUsage, unbilled_usage
from pricingsite.services.estimates.comparison import Comparison, compare_with_previous
from pricingsite.services.estimates.estimates import (
    Estimate,
    customer_usage,
    estimate_of,
    wanted_by,
)
from pricingsite.services.estimates.forecast import Forecast, forecast, looked_back_on
from pricingsite.services.estimates.other_plans import OtherPlan, other_plans
from pricingsite.services.estimates.plans import read_plans
from pricingsite.services.estimates.series import UsageSeries, usage_series
from pricingsite.services.schedules.reading import current_schedule, terms_of
from pricingsite.services.usage.quantities import Wanted
from pricingsite.wording.quantities import typed

_DAYS_OF_A_HABIT = 7
_SILENCE = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPage:
    """What a customer's account page says of the bill of its billing period.

    `plan` is the plan's name, None for a deal of the customer's own.
    `series` are by price id. `feed_is_silent`: no event for a day, after some on each of seven
    days, so that usage may be missing; there is no forecast then. `list_price_usage` are the
    quantities to date by metric id, as plain decimals, where all prices are list prices; None
    elsewhere. `first_bill` is what was billed in advance on the first day, while the first period
    runs: it is on no later bill. `began_at` is when the period began, on its first day, if there
    was one before. `unbilled` is usage that no schedule bills. `after_trial` is the first bill
    after a trial that is not over; `discounts` are those that still apply. `latest` is the invoice
    that was issued last.
    """

    estimate: Estimate
    plan: str | None = None
    series: Mapping[str, UsageSeries] = field(default_factory=dict)
    comparison: Comparison | None = None
    forecast: Forecast | None = None
    feed_is_silent: bool = False
    list_price_usage: Mapping[str, str] | None = None
    other_plans: tuple[OtherPlan, ...] = ()
    first_bill: FirstBill | None = None
    began_at: datetime | None = None
    unbilled: tuple[UnbilledUsage, ...] = ()
    after_trial: FirstBill | None = None
    discounts: tuple[Discount, ...] = ()
    latest: LatestInvoice | None = None

    @property
    def became_latest(self) -> bool:
        """Whether the latest invoice is what the bill shown has become."""
        if self.latest is None:
            return False
        billed, current = self.latest.invoice, self.estimate
        is_of_schedule = billed.schedule_id == current.schedule.id
        return is_of_schedule and billed.billed_on == current.invoice_on

    @property
    def calculator_values(self) -> dict[str, str]:
        """`list_price_usage` as the calculator reads it."""
        units = {
            one.service.price.metric_id: one.service.price.unit for one in self.series.values()
        }
        used = self.list_price_usage or {}
        return {name: typed(Decimal(text), units[name]) for name, text in used.items()}


def account_page(session: Session, customer: Customer, *, now: datetime) -> AccountPage | None:
    """What a customer's account page says at a moment; None without a schedule."""
    schedule = current_schedule(session, customer.id, now=now)
    if schedule is None:
        return None
    today = schedule.today(now)
    billing_period = billing_period_on(schedule, today)
    previous = _billed_before(billing_period)
    usage = customer_usage(session, billing_period, today=today)
    usage.read(_wanted(billing_period, previous))
    seller, latest = seller_and_latest(session, customer.id, today=today)
    current = estimate_of(customer, seller, billing_period, usage, now=now)
    phase = billing_period.phase
    plans = read_plans(session)
    plan = plans.name_of(phase)
    unbilled = unbilled_usage(session, schedule, usage, today=current.as_of.date())
    agreed = _agreed(current)
    if current.state is State.UPCOMING:
        return AccountPage(estimate=current, plan=plan, unbilled=unbilled, latest=latest, **agreed)
    series = {
        service.price.id: usage_series(usage, billing_period, previous, service)
        for service in billing_period.usage_services_due
    }
    feed_is_silent = current.running and _is_silent(current, series.values())
    list_price_usage = _list_price_usage(billing_period, series.values())
    return AccountPage(
        estimate=current,
        plan=plan,
        series=series,
        comparison=compare_with_previous(current, previous) if previous else None,
        forecast=None if feed_is_silent else forecast(current),
        feed_is_silent=feed_is_silent,
        list_price_usage=list_price_usage,
        other_plans=other_plans(current, plans, list_price_usage),
        first_bill=None if previous or current.is_trial else _billed_on_first_day(current),
        began_at=_began_at(current) if previous else None,
        unbilled=unbilled,
        latest=latest,
        **agreed,
    )


class _Agreed(TypedDict):
    after_trial: FirstBill | None
    discounts: tuple[Discount, ...]


def _billed_before(billing_period: BillingPeriod) -> BillingPeriod | None:
    """The billing period before, if it was billed: a trial or a pause was not."""
    previous = billing_period.previous()
    return None if previous is None or previous.is_trial or previous.is_paused else previous


def _agreed(current: Estimate) -> _Agreed:
    """What is agreed besides prices, as far as it is still to come."""
    schedule, day = current.schedule, current.as_of.date()
    trial_runs = schedule.trial is not None and day < schedule.trial.end
    terms = terms_of(schedule, confirmed=trial_runs)
    ended = current.state is State.ENDED
    return {
        "after_trial": first_bill_of_schedule(current.seller, schedule, current.customer)
        if trial_runs
        else None,
        "discounts": tuple(
            one for one in terms.discounts if not ended and (one.end is None or day < one.end)
        ),
    }


def _wanted(billing_period: BillingPeriod, previous: BillingPeriod | None) -> Iterator[Wanted]:
    """The usage that the page is made of: that of two bills, and of the days a forecast needs."""
    yield from wanted_by(billing_period)
    if previous:
        yield from counted_by(previous, previous.due)
    yield from looked_back_on(billing_period)


def _is_silent(current: Estimate, series: Iterable[UsageSeries]) -> bool:
    """Whether no event came for a day, of a customer that used on each of seven before."""
    last = current.counted_to
    # In UTC: a day on which the clocks change has no other length.
    if last is None or current.as_of.astimezone(UTC) - last.astimezone(UTC) < _SILENCE:
        return False
    days_with_events = {
        day.day
        for usage in series
        for day in (*usage.previous_days, *usage.days)
        if day.event_count
    }
    habit = (last.date() - timedelta(days=number) for number in range(_DAYS_OF_A_HABIT))
    return all(day in days_with_events for day in habit)


def _list_price_usage(
    billing_period: BillingPeriod, series: Iterable[UsageSeries]
) -> dict[str, str] | None:
    phase = billing_period.phase
    if phase is None or phase.trial or not all(price.list_price for price in phase.prices):
        return None
    return {
        usage.service.price.metric_id: plain(usage.quantity)
        for usage in series
        if usage.days and usage.service.price.metric_id
    }


def _billed_on_first_day(current: Estimate) -> FirstBill | None:
    """What was billed in advance on the first day of an active schedule."""
    first_bill = first_bill_of_schedule(current.seller, current.schedule, current.customer)
    return first_bill if first_bill.is_in_advance and current.state is State.ACTIVE else None


def _began_at(current: Estimate) -> datetime | None:
    """When the period began, on its first day."""
    zone = current.schedule.zone
    began = day_start(current.period.start, zone).astimezone(zone)
    is_first_day = current.as_of.date() == current.period.start
    return began if is_first_day and current.state is State.ACTIVE else None
