"""Estimates: the running bill of a customer's current billing period, by the invoice's arithmetic.

A bill is what falls due on one day, here the end of the period that `now` lies in. Days are the
schedule's zone's, quantities come from the daily rollups, amounts are excl. VAT unless said.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from pricingsite.models.catalog import Merchant, UsageMetric
from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import (
    Bill,
    Money,
    Period,
    Service,
    Span,
    TaxTreatment,
    bill_period,
    day_start,
    is_usage,
    local_date,
    make_bill,
    services_due,
    treatment,
)
from pricingsite.services.catalog import vat_rate_on
from pricingsite.services.meters import Meter, make_meter
from pricingsite.services.schedules import current_schedule, phase_on, spans_of
from pricingsite.services.usage import freshness, quantities

# A metric's id, and the period over which it was counted.
Counted = tuple[str, Period]


class State(StrEnum):
    """Where a schedule stands on a day."""

    UPCOMING = "upcoming"
    ACTIVE = "active"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Share:
    """What one price adds to a bill."""

    name: str
    net: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A customer's running bill and all that a page says about it, ready to print.

    `bill` is also the least the period will cost: what is counted stays counted. `counted_to` is
    the moment of the last usage event, `resets_at` the first instant of the next period; moments
    are in the schedule's zone. The invoice is made on `invoice_on`, to be paid by `due_on`.
    """

    customer: Customer
    schedule: BillingSchedule
    state: State
    as_of: datetime
    counted_to: datetime | None
    period: Period
    timezone: str
    resets_at: datetime
    bill: Bill
    shares: tuple[Share, ...]
    tax_treatment: TaxTreatment
    invoice_on: date
    due_on: date
    products: tuple[str, ...]
    entitled: bool
    meters: tuple[Meter, ...]

    @property
    def metered(self) -> bool:
        """Whether usage is on this bill."""
        return any(meter.on_this_bill for meter in self.meters)

    @property
    def running(self) -> bool:
        """Whether usage may still add to the bill."""
        return self.metered and self.state is State.ACTIVE

    @property
    def unused(self) -> bool:
        """Whether there is usage to bill and none of it has happened yet."""
        return self.metered and not any(
            meter.quantity for meter in self.meters if meter.on_this_bill
        )

    @property
    def counted_today(self) -> bool:
        """Whether the last usage event was on the day of `as_of`."""
        return self.counted_to is not None and self.counted_to.date() == self.as_of.date()

    def to_dict(self) -> dict[str, Any]:
        """The bill in JSON, and the moments it stands for."""
        return self.bill.to_dict() | {
            "state": self.state.value,
            "timezone": self.timezone,
            "as_of": self.as_of.isoformat(),
            "counted_to": self.counted_to.isoformat() if self.counted_to else None,
            "invoice_on": self.invoice_on.isoformat(),
            "due_on": self.due_on.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """What of a schedule an estimate is about: the day shown, its period, and what is due."""

    schedule: BillingSchedule
    spans: tuple[Span, ...]
    state: State
    day: date
    period: Period
    invoice_on: date
    due: tuple[Service, ...]


def estimate(session: Session, customer: Customer, *, now: datetime) -> Estimate | None:
    """The estimate of the customer's current billing period; None without a schedule.

    Before the start it is the first bill, as it will be at least; after the end, the last bill.
    """
    schedule = current_schedule(session, customer.id, now=now)
    if schedule is None:
        return None
    zone = ZoneInfo(schedule.timezone)
    scope = _scope(schedule, local_date(now, zone))
    metered = tuple(_metered(scope))
    counted = _count(session, schedule, (*scope.due, *metered))
    merchant = session.get_one(Merchant, 1)
    taxed = treatment(
        merchant_country=merchant.country,
        customer_country=customer.country,
        tax_id_verified=customer.tax_id_verified,
    )
    bill = _bill(scope, counted, _tax_rate(session, taxed, scope.invoice_on))
    return Estimate(
        customer=customer,
        schedule=schedule,
        state=scope.state,
        as_of=now.astimezone(zone),
        counted_to=_counted_to(session, customer, now.astimezone(zone)) if metered else None,
        period=scope.period,
        timezone=schedule.timezone,
        resets_at=day_start(scope.period.end, zone).astimezone(zone),
        bill=bill,
        shares=_shares(scope, bill),
        tax_treatment=taxed,
        invoice_on=scope.invoice_on,
        due_on=scope.invoice_on + timedelta(days=merchant.payment_days),
        products=_products(scope),
        entitled=scope.state is State.ACTIVE and customer.verified_at is not None,
        meters=tuple(_meter(scope, service, counted) for service in metered),
    )


def _scope(schedule: BillingSchedule, today: date) -> _Scope:
    state, day = _state(schedule, today)
    spans, anchor = spans_of(schedule), schedule.anchor_date
    period = bill_period(spans, anchor, day)
    # Before the start the next invoice is the first one: on the start itself when a price is due in
    # advance, at the end of the first period otherwise.
    first = services_due(spans, anchor, day) if state is State.UPCOMING else ()
    invoice_on = day if first else period.end
    return _Scope(
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


def _metered(scope: _Scope) -> Iterator[Service]:
    """Each usage price in force on the day shown, over its own period that contains that day."""
    anchor = scope.schedule.anchor_date
    for span in scope.spans:
        in_force = span.start <= scope.day and (span.end is None or scope.day < span.end)
        if in_force and is_usage(span.price.structure):
            own_period = bill_period((span,), anchor, scope.day)
            yield from services_due((span,), anchor, own_period.end)


def _count(
    session: Session, schedule: BillingSchedule, services: Iterable[Service]
) -> dict[Counted, Decimal]:
    """The quantity of each metric over each period that the services charge for."""
    wanted: dict[Period, dict[str, UsageMetric]] = {}
    metrics = _metrics(schedule)
    for service in services:
        if service.price.metric_id:
            metric_id = service.price.metric_id
            wanted.setdefault(service.period, {})[metric_id] = metrics[metric_id]
    counted: dict[Counted, Decimal] = {}
    for period, of_period in wanted.items():
        found = quantities(session, schedule.customer_id, tuple(of_period.values()), period)
        counted |= {(metric_id, period): found[metric_id] for metric_id in of_period}
    return counted


def _metrics(schedule: BillingSchedule) -> dict[str, UsageMetric]:
    prices = (price for phase in schedule.phases for price in phase.prices)
    return {price.metric.id: price.metric for price in prices if price.metric}


def _quantity(service: Service, counted: Mapping[Counted, Decimal]) -> Decimal | None:
    metric_id = service.price.metric_id
    return counted[metric_id, service.period] if metric_id else None


def _bill(scope: _Scope, counted: Mapping[Counted, Decimal], tax_rate: Decimal) -> Bill:
    return make_bill(
        [(service, _quantity(service, counted)) for service in scope.due],
        period=scope.period,
        currency=scope.schedule.currency,
        tax_rate=tax_rate,
    )


def _tax_rate(session: Session, taxed: TaxTreatment, day: date) -> Decimal:
    return vat_rate_on(session, day) if taxed is TaxTreatment.STANDARD else Decimal(0)


def _shares(scope: _Scope, bill: Bill) -> tuple[Share, ...]:
    """The bill's lines summed by price, in the bill's order."""
    names = {service.price.id: service.price.name for service in scope.due}
    nets: dict[str, Money] = {}
    for line in bill.lines:
        nets[line.price_id] = nets.get(line.price_id, Money.zero(bill.currency)) + line.net
    return tuple(Share(names[price_id], net) for price_id, net in nets.items())


def _counted_to(session: Session, customer: Customer, now: datetime) -> datetime | None:
    # A sender's clock may run a few minutes ahead; nothing is counted to later than now.
    fresh = freshness(session, customer.id)
    return min(fresh.last_event_at.astimezone(now.tzinfo), now) if fresh else None


def _products(scope: _Scope) -> tuple[str, ...]:
    phase = phase_on(scope.schedule, scope.day)
    return tuple(dict.fromkeys(price.product.name for price in phase.prices)) if phase else ()


def _meter(scope: _Scope, service: Service, counted: Mapping[Counted, Decimal]) -> Meter:
    quantity = _quantity(service, counted)
    assert quantity is not None  # noqa: S101 - a meter's price has a metric
    return make_meter(service, quantity, on_this_bill=service in scope.due)
