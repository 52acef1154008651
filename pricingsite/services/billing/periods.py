"""The billing period of a schedule that a day lies in, and what falls due at its end.

Days are the schedule's zone's.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from pricingsite.models.catalog import UsageMetric
from pricingsite.models.schedules import BillingSchedule, Phase
from pricingsite.pricing import (
    DueTerms,
    Fixed,
    Linear,
    Period,
    PriceTerms,
    Service,
    Span,
    bill_period,
    first_due,
    services_due,
    terms_due,
)
from pricingsite.services.schedules.reading import metric_of, phase_on, spans_of, terms_of


class State(StrEnum):
    """Where a schedule stands on a day."""

    UPCOMING = "upcoming"
    ACTIVE = "active"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingPeriod:
    """A schedule's billing period as seen on a day: its dates, and what falls due after it.

    `due` is what the bill is about that is made on `invoice_on`, by `terms`. A trial is one such
    period of its own, in which everything costs nothing; a pause is one without prices.
    """

    schedule: BillingSchedule
    spans: tuple[Span, ...]
    state: State
    day: date
    dates: Period
    invoice_on: date
    due: tuple[Service, ...]
    terms: DueTerms
    is_trial: bool = False
    is_paused: bool = False

    def metric(self, service: Service) -> UsageMetric:
        """The metric that a usage price of the schedule counts."""
        metric = metric_of(self.schedule, service.price)
        assert metric is not None  # noqa: S101 - a usage price has a metric
        return metric

    @property
    def phase(self) -> Phase | None:
        """The phase of the day shown; of a schedule that is to begin with a trial, that."""
        if self.state is State.UPCOMING and self.schedule.trial:
            return self.schedule.phases[0]
        return phase_on(self.schedule, self.day)

    @property
    def usage_services_due(self) -> tuple[Service, ...]:
        """Each usage price on the bill, over the period that it is billed for."""
        return tuple(service for service in self.due if service.price.is_usage)

    @property
    def usage_services_in_force(self) -> tuple[Service, ...]:
        """Each usage price in force on the day shown, over its own period that contains it."""
        if self.is_trial:
            return self.usage_services_due
        return tuple(
            service
            for span in self.spans
            if span.price.is_usage and span.covers(self.day)
            for service in self._due_after_its_own_period(span)
        )

    def _due_after_its_own_period(self, span: Span) -> tuple[Service, ...]:
        anchor = self.schedule.anchor_date
        own_period = bill_period((span,), anchor, self.day)
        return services_due((span,), anchor, own_period.end)

    def previous(self) -> "BillingPeriod | None":
        """The billing period before, as seen on its last day; None in the schedule's first."""
        day = self.dates.start - timedelta(days=1)
        if day < self.schedule.start_date:
            return None
        return _period_on(self.schedule, self.spans, day)


def billing_period_on(schedule: BillingSchedule, today: date) -> BillingPeriod:
    """The billing period a day lies in: the first before the start, the last after the end."""
    return _period_on(schedule, spans_of(schedule), today)


def _period_on(schedule: BillingSchedule, spans: tuple[Span, ...], today: date) -> BillingPeriod:
    state, day = _state(schedule, today)
    anchor, terms = schedule.anchor_date, terms_of(schedule)
    if state is not State.UPCOMING and schedule.trial and schedule.trial.contains(day):
        return _trial(schedule, schedule.trial, state, day)
    if state is State.UPCOMING and schedule.trial:
        # What the first bill will be, should the trial be confirmed.
        spans, terms = spans_of(schedule, confirmed=True), terms_of(schedule, confirmed=True)
        day = schedule.trial.end
    phase = phase_on(schedule, day)
    if state is State.ACTIVE and phase is not None and not phase.phase_prices:
        return _pause(schedule, spans, phase, day)
    dates = bill_period(spans, anchor, day)
    if state is State.UPCOMING:
        invoice_on, due = first_due(spans, anchor)
    else:
        invoice_on, due = dates.end, services_due(spans, anchor, dates.end)
    return BillingPeriod(
        schedule=schedule,
        spans=spans,
        state=state,
        day=day,
        dates=dates,
        invoice_on=invoice_on,
        due=due,
        terms=terms_due(terms, spans, anchor, invoice_on),
    )


def _trial(schedule: BillingSchedule, days: Period, state: State, day: date) -> BillingPeriod:
    phase = phase_on(schedule, day)
    assert phase is not None  # noqa: S101 - the trial's days are covered
    prices = (one.terms for one in phase.phase_prices)
    return BillingPeriod(
        schedule=schedule,
        spans=(),
        state=state,
        day=day,
        dates=days,
        invoice_on=days.end,
        due=tuple(Service(_for_nothing(price, schedule.currency), days, days) for price in prices),
        terms=DueTerms(),
        is_trial=True,
    )


def _pause(
    schedule: BillingSchedule, spans: tuple[Span, ...], phase: Phase, day: date
) -> BillingPeriod:
    end = phase.end_date
    assert end is not None  # noqa: S101 - a pause ends
    return BillingPeriod(
        schedule=schedule,
        spans=spans,
        state=State.ACTIVE,
        day=day,
        dates=Period(phase.start_date, end),
        invoice_on=end,
        due=(),
        terms=DueTerms(),
        is_paused=True,
    )


def _for_nothing(price: PriceTerms, currency: str) -> PriceTerms:
    """A price as it is in a trial: everything is counted, and nothing charged.

    What follows the trial may be in another currency by now.
    """
    nothing = Linear(Decimal(0)) if price.is_usage else Fixed(Decimal(0))
    return replace(price, structure=nothing, currency=currency)


def _state(schedule: BillingSchedule, today: date) -> tuple[State, date]:
    """The state on a day, and the day to show: the first, today, or the last one covered."""
    if today < schedule.start_date:
        return State.UPCOMING, schedule.start_date
    if schedule.end_date is not None and today >= schedule.end_date:
        return State.ENDED, schedule.end_date - timedelta(days=1)
    return State.ACTIVE, today
