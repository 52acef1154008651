"""The billing period of a schedule that a day lies in, and what falls due at its end.

Days are the schedule's zone's.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from pricingsite.models.catalog import UsageMetric
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import (
    Period,
    Service,
    Span,
    bill_period,
    first_due,
    services_due,
)
from pricingsite.services.schedules.reading import metric_of, spans_of


class State(StrEnum):
    """Where a schedule stands on a day."""

    UPCOMING = "upcoming"
    ACTIVE = "active"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingPeriod:
    """A schedule's billing period as seen on a day: its dates, and what falls due after it.

    `due` is what the bill is about that is made on `invoice_on`.
    """

    schedule: BillingSchedule
    spans: tuple[Span, ...]
    state: State
    day: date
    dates: Period
    invoice_on: date
    due: tuple[Service, ...]

    def metric(self, service: Service) -> UsageMetric:
        """The metric that a usage price of the schedule counts."""
        metric = metric_of(self.schedule, service.price)
        assert metric is not None  # noqa: S101 - a usage price has a metric
        return metric

    @property
    def usage_services_due(self) -> tuple[Service, ...]:
        """Each usage price on the bill, over the period that it is billed for."""
        return tuple(service for service in self.due if service.price.is_usage)

    @property
    def usage_services_in_force(self) -> tuple[Service, ...]:
        """Each usage price in force on the day shown, over its own period that contains it."""
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
    anchor = schedule.anchor_date
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
    )


def _state(schedule: BillingSchedule, today: date) -> tuple[State, date]:
    """The state on a day, and the day to show: the first, today, or the last one covered."""
    if today < schedule.start_date:
        return State.UPCOMING, schedule.start_date
    if schedule.end_date is not None and today >= schedule.end_date:
        return State.ENDED, schedule.end_date - timedelta(days=1)
    return State.ACTIVE, today
