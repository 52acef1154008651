"""Billing schedules: making one, and reading one as the spans that pricing works on.

Days are the schedule's own zone's; an end date is the first day no longer covered. What bills
depend on, the currency and the zone, is written into the schedule when it is made.
"""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import combinations

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload, selectinload

from pricingsite.models.catalog import Price, Product, UsageMetric
from pricingsite.models.customers import Customer
from pricingsite.models.merchant import Merchant
from pricingsite.models.schedules import BillingSchedule, Phase, PhasePrice
from pricingsite.pricing import Period, PriceTerms, Span, bill_period, services_due


class ScheduleError(ValueError):
    """A schedule that cannot stand; the message says why and names the prices."""


def create_schedule(
    session: Session,
    *,
    customer: Customer,
    prices: Sequence[Price],
    start: date,
    anchor: date | None = None,
    end: date | None = None,
    purchase_order: str | None = None,
    merchant: Merchant,
    now: datetime,
) -> BillingSchedule:
    """A schedule of one phase from `start` on, whose periods count from `anchor`, else its start.

    Raises `ScheduleError` for prices that cannot be billed together, or an end before the start.
    """
    currency = _check_prices(prices)
    if end is not None and end <= start:
        raise ScheduleError("A schedule ends after the day it starts on.")
    phase = Phase(start_date=start, end_date=end)
    phase.phase_prices = [PhasePrice(price=price, position=n) for n, price in enumerate(prices)]
    schedule = BillingSchedule(
        customer=customer,
        currency=currency,
        timezone=merchant.timezone,
        start_date=start,
        end_date=end,
        anchor_date=anchor or start,
        purchase_order=purchase_order,
        created_at=now,
        phases=[phase],
    )
    session.add(schedule)
    session.flush()
    return schedule


def _check_prices(prices: Sequence[Price]) -> str:
    """The one currency of prices that can be billed together."""
    if not prices:
        raise ScheduleError("A schedule needs at least one price.")
    for price in prices:
        if price.archived_at is not None:
            raise ScheduleError(f"Price {price.id} is archived: it is closed to new schedules.")
    for one, other in combinations(prices, 2):
        if clash := _clash(one, other):
            raise ScheduleError(clash)
    return prices[0].currency


def _clash(one: Price, other: Price) -> str | None:
    """Why two prices cannot stand in one phase."""
    pair = f"{one.id} and {other.id}"
    if one.currency != other.currency:
        return f"Prices {pair} are in {one.currency} and {other.currency}: choose one currency."
    if one.id == other.id:
        return f"Price {one.id} is named twice."
    # A list price and its variants are the same thing at different prices: both would charge twice.
    if _kind_of(one) & _kind_of(other):
        return f"Prices {pair} are two prices of the same thing: keep one."
    if one.metric_id and other.metric_id and one.product_id == other.product_id:
        return f"Prices {pair} both charge for the usage of {one.product.name}: keep one."
    return None


def _kind_of(price: Price) -> set[str]:
    """The list price that a price is or stands for, and the one that it replaces."""
    return {price.variant_of or price.id, *([price.replaces] if price.replaces else [])}


def spans_of(schedule: BillingSchedule) -> tuple[Span, ...]:
    """The days each price stands in a schedule, adjoining phases merged, in the phases' order."""
    spans: dict[str, list[Span]] = {}
    for phase in schedule.phases:
        end = _earlier(phase.end_date, schedule.end_date)
        final = end is not None and end == schedule.end_date
        for price in phase.prices:
            stretches = spans.setdefault(price.id, [])
            start = phase.start_date
            if stretches and stretches[-1].end == start:
                start = stretches.pop().start
            stretches.append(Span(price=price.terms, start=start, end=end, final=final))
    return tuple(span for stretches in spans.values() for span in stretches)


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((day for day in (one, other) if day is not None), default=None)


def metric_of(schedule: BillingSchedule, terms: PriceTerms) -> UsageMetric | None:
    """The metric that a price of the schedule counts; None for a fixed one."""
    prices = (price for phase in schedule.phases for price in phase.prices)
    return next((p.metric for p in prices if p.metric and p.metric_id == terms.metric_id), None)


def phase_on(schedule: BillingSchedule, day: date) -> Phase | None:
    """The phase in force on a day: the one that covers it."""
    for phase in schedule.phases:
        end = _earlier(phase.end_date, schedule.end_date)
        if phase.start_date <= day and (end is None or day < end):
            return phase
    return None


def current_schedule(
    session: Session, customer_id: str, *, now: datetime | None = None
) -> BillingSchedule | None:
    """The schedule a customer is on at `now`, else the next to start, else the last that ended.

    Without `now`, the latest to start. Prices come with it, in three queries.
    """
    schedules = session.scalars(
        select(BillingSchedule)
        .where(BillingSchedule.customer_id == customer_id)
        .order_by(BillingSchedule.start_date, BillingSchedule.created_at)
        .options(
            selectinload(BillingSchedule.phases)
            .selectinload(Phase.phase_prices)
            .joinedload(PhasePrice.price)
            .joinedload(Price.product)
            .options(lazyload(Product.prices))
        )
    ).all()
    if now is not None:
        for schedule in schedules:
            today = schedule.today(now)
            if schedule.end_date is None or today < schedule.end_date:
                return schedule
    return schedules[-1] if schedules else None


def first_invoice(prices: Sequence[Price], start: date) -> tuple[date, Period]:
    """The day the first invoice of a schedule anchored on its start is made, and its first period.

    Prices in advance fall due on the start itself, those in arrears after the first period.
    """
    spans = tuple(Span(price=price.terms, start=start, end=None) for price in prices)
    period = bill_period(spans, start, start)
    return (start if services_due(spans, start, start) else period.end), period
