"""The billing period of a schedule that a day lies in, and what falls due at its end.

Days are the schedule's zone's.
"""

from collections.abc import Iterator
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
    services_due,
)
from pricingsite.services.schedules.reading import metric_of, spans_of


class State(StrEnum):
    """Where a schedule stands on a day."""

    UPCOMING = "upcoming"
    ACTIVE = "active"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class BillScope:
    """What of a schedule a bill is about: the day shown, its period, and what is due."""

    schedule: BillingSchedule
    spans: tuple[Span, ...]
    state: State
    day: date
    period: Period
    invoice_on: date
    due: tuple[Service, ...]

    def metric(self, service: Service) -> UsageMetric:
        """The metric that a usage price of the schedule counts."""
        metric = metric_of(self.schedule, service.price)
        assert metric is not None  # noqa: S101 - a usage price has a metric
        return metric


def scope_on(schedule: BillingSchedule, today: date) -> BillScope:
    """The bill of the period a day lies in: the first before the start, the last after the end."""
    state, day = _state(schedule, today)
    spans, anchor = spans_of(schedule), schedule.anchor_date
    period = bill_period(spans, anchor, day)
    # Before the start the next invoice is the first one: on the start itself when a price is due in
    # advance, at the end of the first period otherwise.
    first = services_due(spans, anchor, day) if state is State.UPCOMING else ()
    invoice_on = day if first else period.end
    return BillScope(
        schedule=schedule,
        spans=spans,
        state=state,
        day=day,
        period=period,
        invoice_on=invoice_on,
        due=first or services_due(spans, anchor, invoice_on),
    )


def _state(schedule: BillingSchedule, today: date) -> tuple[State, date]:
    """The state on a day, and the day to show: the first, today, or the last one covered."""
    if today < schedule.start_date:
        return State.UPCOMING, schedule.start_date
    if schedule.end_date is not None and today >= schedule.end_date:
        return State.ENDED, schedule.end_date - timedelta(days=1)
    return State.ACTIVE, today


def metered(scope: BillScope) -> Iterator[Service]:
    """Each usage price in force on the day shown, over its own period that contains that day."""
    anchor = scope.schedule.anchor_date
    for span in scope.spans:
        in_force = span.start <= scope.day and (span.end is None or scope.day < span.end)
        if in_force and span.price.is_usage:
            own_period = bill_period((span,), anchor, scope.day)
            yield from services_due((span,), anchor, own_period.end)
