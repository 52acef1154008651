"""Yearly renewals: the day on which yearly prices begin again, and who is to be told of it.

Days are the schedule's own zone's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import extract, func, or_, select
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite
from sqlalchemy.orm import Session

from pricingsite.models.catalog import Price
from pricingsite.models.customers import Customer
from pricingsite.models.orders import Order
from pricingsite.models.schedules import BillingSchedule, Phase, PhasePrice, RenewalReminder
from pricingsite.pricing import (
    BillingFrequency,
    BillingType,
    Discount,
    Money,
    Period,
    PriceTerms,
    Service,
    Span,
    make_bill,
    period_of,
)
from pricingsite.services.schedules.reading import spans_of, terms_of

# How long before a renewal its customer is told.
REMINDED_BEFORE = timedelta(days=30)
# No zone is further from the merchant's day than one.
_ANYWHERE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Renewal:
    """The next year of a schedule's yearly prices, and what its fees come to, before discounts."""

    period: Period
    prices: tuple[PriceTerms, ...]
    fees: Money
    discounts: tuple[Discount, ...]

    @property
    def is_in_advance(self) -> bool:
        """Whether anything of it is billed on its first day."""
        return any(price.billing_type is BillingType.IN_ADVANCE for price in self.prices)


def schedules_to_look_at(session: Session, *, today: date) -> Sequence[str]:
    """The ids of schedules with a yearly price whose anniversary comes within days."""
    anchor = func.coalesce(PhasePrice.anchor_date, BillingSchedule.anchor_date)
    last = today + REMINDED_BEFORE + _ANYWHERE
    months = {(today + timedelta(days=days)).month for days in range((last - today).days + 1)}
    return session.scalars(
        select(BillingSchedule.id)
        .join(Phase, Phase.schedule_id == BillingSchedule.id)
        .join(PhasePrice, PhasePrice.phase_id == Phase.id)
        .join(Price, Price.id == PhasePrice.price_id)
        .join(Customer, Customer.id == BillingSchedule.customer_id)
        .outerjoin(Order, Order.schedule_id == BillingSchedule.id)
        .where(
            Price.billing_frequency == BillingFrequency.YEARLY,
            extract("month", anchor).in_(months),
            BillingSchedule.withdrawn_at.is_(None),
            or_(BillingSchedule.end_date.is_(None), BillingSchedule.end_date > today),
            # What was ordered and never verified is not going on.
            or_(Order.reference.is_(None), Customer.verified_at.is_not(None)),
        )
        .distinct()
        .order_by(BillingSchedule.id)
    ).all()


def renewal_to_remind_of(
    session: Session, schedule: BillingSchedule, *, now: datetime
) -> Renewal | None:
    """The renewal that the customer of a schedule is to be told of now, if there is one."""
    today = schedule.today(now)
    by_day: dict[Period, list[PriceTerms]] = {}
    for span in spans_of(schedule):
        if period := _next_year(span, schedule.anchor_date, today):
            by_day.setdefault(period, []).append(span.price_on(period.start))
    if not by_day:
        return None
    period = min(by_day, key=lambda one: one.start)
    is_told = session.get(RenewalReminder, (schedule.id, period.start)) is not None
    return None if is_told else _renewal(schedule, period, by_day[period])


def _next_year(span: Span, anchor: date, today: date) -> Period | None:
    """The year of a yearly price that begins within days, if it is not the first."""
    frequency = span.price.billing_frequency
    if frequency is not BillingFrequency.YEARLY or not span.covers(today):
        return None
    day = period_of(span.anchor or anchor, frequency, today).end
    soon = day - REMINDED_BEFORE <= today and span.covers(day)
    return period_of(span.anchor or anchor, frequency, day) if soon else None


def _renewal(schedule: BillingSchedule, period: Period, prices: list[PriceTerms]) -> Renewal:
    fees = make_bill(
        [(Service(price, period, period), None) for price in prices if not price.is_usage],
        period=period,
        currency=schedule.currency,
        tax_rate=None,
    )
    return Renewal(period, tuple(prices), fees.net, tuple(_discounts(schedule, period.start)))


def _discounts(schedule: BillingSchedule, day: date) -> Iterator[Discount]:
    for discount in terms_of(schedule).discounts:
        if discount.start <= day and (discount.end is None or day < discount.end):
            yield discount


def claim_renewal(
    session: Session, schedule: BillingSchedule, renewal: Renewal, *, now: datetime
) -> bool:
    """Whether the caller is the one to tell of a renewal."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = insert_on_sqlite if is_sqlite else insert_on_postgresql
    row = {"schedule_id": schedule.id, "renews_on": renewal.period.start, "written_at": now}
    claimed = insert(RenewalReminder).values(**row).on_conflict_do_nothing()
    return session.scalar(claimed.returning(RenewalReminder.schedule_id)) is not None
