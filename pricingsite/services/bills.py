"""Bills of a schedule's periods: what falls due at a period's end, at the quantities counted.

A bill is what falls due on one day. Days are the schedule's zone's, quantities come from the daily
rollups, amounts are excl. VAT unless said.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy.orm import Session

from pricingsite.models.catalog import UsageMetric
from pricingsite.models.customers import Customer
from pricingsite.models.merchant import Merchant
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import (
    Bill,
    Money,
    Period,
    Service,
    Span,
    TaxTreatment,
    bill_period,
    is_usage,
    make_bill,
    services_due,
    treatment,
)
from pricingsite.services.merchant import vat_rate_on
from pricingsite.services.schedules.reading import metric_of, spans_of
from pricingsite.services.usage.quantities import quantities

# A metric's id, and the period over which it was counted.
Counted = Mapping[tuple[str, Period], Decimal]


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
        if in_force and is_usage(span.price.structure):
            own_period = bill_period((span,), anchor, scope.day)
            yield from services_due((span,), anchor, own_period.end)


def count(session: Session, scope: BillScope, services: Iterable[Service]) -> Counted:
    """The quantity of each metric over each period that the services charge for."""
    wanted: dict[Period, dict[str, UsageMetric]] = {}
    for service in services:
        if service.price.metric_id:
            of_period = wanted.setdefault(service.period, {})
            of_period[service.price.metric_id] = scope.metric(service)
    counted: dict[tuple[str, Period], Decimal] = {}
    for period, metrics in wanted.items():
        found = quantities(session, scope.schedule.customer_id, tuple(metrics.values()), period)
        counted |= {(metric_id, period): found[metric_id] for metric_id in metrics}
    return counted


def quantity_of(service: Service, counted: Counted) -> Decimal | None:
    """What a service's metric came to; None for a fixed price."""
    metric_id = service.price.metric_id
    return counted[metric_id, service.period] if metric_id else None


def bill_of(scope: BillScope, counted: Counted, tax_rate: Decimal) -> Bill:
    """The bill of a scope, at the quantities counted; the rate is a fraction."""
    return make_bill(
        [(service, quantity_of(service, counted)) for service in scope.due],
        period=scope.period,
        currency=scope.schedule.currency,
        tax_rate=tax_rate,
    )


def least_of(scope: BillScope) -> Money:
    """What a scope's bill comes to whatever is used."""
    return bill_of(scope, defaultdict(Decimal), Decimal(0)).net


def net_of(service: Service, quantity: Decimal) -> Money:
    """What a service alone comes to at a quantity."""
    bill = make_bill(
        [(service, quantity)],
        period=service.period,
        currency=service.price.currency,
        tax_rate=Decimal(0),
    )
    return bill.net


def tax_treatment(merchant: Merchant, customer: Customer) -> TaxTreatment:
    """How a customer's bills are taxed, by where both are and the customer's tax id."""
    return treatment(
        merchant_country=merchant.country,
        customer_country=customer.country,
        tax_id_verified=customer.tax_id_verified,
    )


def tax_rate(session: Session, taxed: TaxTreatment, day: date) -> Decimal:
    """The rate of a treatment on a day, a fraction."""
    return vat_rate_on(session, day) if taxed is TaxTreatment.STANDARD else Decimal(0)
