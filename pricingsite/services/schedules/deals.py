"""Custom deals: schedules of several phases, agreed one by one.

Days are the merchant's zone's, which becomes the schedule's; an end date is the first day no longer
covered. A phase ends where the next begins.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pricingsite.models.catalog import Price
from pricingsite.models.customers import Customer
from pricingsite.models.merchant import Merchant
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import period_of
from pricingsite.pricing.periods import LAST_DAY
from pricingsite.services.customers.locks import lock_customers
from pricingsite.services.schedules.creating import (
    AgreedTerms,
    ScheduleError,
    check_start,
    check_terms,
    checked_prices,
    phase_of,
)
from pricingsite.services.schedules.midnights import hold_midnights

# What a bill calls a discount that has no promotion code: "Discount as agreed, 20%".
AS_AGREED = "as agreed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseTerms:
    """What is agreed from a day on: prices, how many of each are bought, terms; no trial.

    `end` is where the next phase begins, whether it is said or not; of the last, none is open.
    """

    start: date
    end: date | None = None
    prices: Mapping[Price, Decimal | None]
    terms: AgreedTerms = field(default_factory=AgreedTerms)


class OtherScheduleError(ValueError):
    """A customer that has a schedule on days of a new one already: `schedule_id` is its id."""

    def __init__(self, schedule_id: str) -> None:
        super().__init__(
            f"The customer has billing schedule {schedule_id} on these days already. "
            "A second contract is a second customer."
        )
        self.schedule_id = schedule_id


def find_prices(session: Session, price_ids: Collection[str]) -> dict[str, Price]:
    """The prices of the catalog that have these ids, by id."""
    # PostgreSQL cannot even be asked for a NUL.
    wanted = {price_id for price_id in price_ids if "\0" not in price_id}
    rows = session.scalars(select(Price).where(Price.id.in_(wanted)))
    return {price.id: price for price in rows}


def new_deal(
    *,
    customer: Customer,
    phases: Sequence[PhaseTerms],
    by_calendar: bool = False,
    purchase_order: str | None = None,
    merchant: Merchant,
    now: datetime,
) -> BillingSchedule:
    """A schedule of these phases, not stored yet. Its periods count from its first day.

    `by_calendar`: from the first of that month. Raises `ScheduleError`, with the path of what
    cannot be agreed.
    """
    if not phases:
        raise ScheduleError("A schedule needs at least one phase.", "phases")
    for number, phase in enumerate(phases):
        with _at(f"phases[{number}].start_date"):
            check_start(phase.start)
    start, ends = phases[0].start, _ends(phases)
    anchor = start.replace(day=1) if by_calendar else start
    bought = [_checked(phase, f"phases[{n}]") for n, phase in enumerate(phases)]
    currency = _currency(bought)
    _check_usage_prices(phases, anchor)
    return BillingSchedule(
        customer=customer,
        currency=currency,
        timezone=merchant.timezone,
        start_date=start,
        end_date=ends[-1],
        anchor_date=anchor,
        purchase_order=purchase_order,
        created_at=now,
        next_invoice_on=start,
        phases=[
            phase_of(prices.items(), start_date=one.start, end_date=end, **one.terms.columns)
            for one, end, prices in zip(phases, ends, bought, strict=True)
        ],
    )


def check_alone(session: Session, schedule: BillingSchedule, customer: Customer) -> None:
    """Lock a customer and the midnights, and refuse a schedule on days on which it has another.

    Raises `OtherScheduleError`.
    """
    hold_midnights(session)
    lock_customers(session, [customer.id], exclusive=True)
    other = (
        select(BillingSchedule.id)
        .where(
            BillingSchedule.customer_id == customer.id,
            BillingSchedule.withdrawn_at.is_(None),
            or_(
                BillingSchedule.end_date.is_(None),
                BillingSchedule.end_date > schedule.start_date,
            ),
        )
        .order_by(BillingSchedule.start_date)
    )
    if schedule.end_date is not None:
        other = other.where(BillingSchedule.start_date < schedule.end_date)
    if (schedule_id := session.scalar(other.limit(1))) is not None:
        raise OtherScheduleError(schedule_id)


def _ends(phases: Sequence[PhaseTerms]) -> list[date | None]:
    """Where each phase ends: they follow one another without a gap."""
    for number, (one, following) in enumerate(pairwise(phases)):
        if following.start <= one.start:
            raise ScheduleError(
                f"A phase starts after the one before it, which starts on {one.start.isoformat()}.",
                f"phases[{number + 1}].start_date",
            )
        if one.end not in {None, following.start}:
            raise ScheduleError(
                f"A phase ends where the next one starts, on {following.start.isoformat()}: "
                "leave it out, or say that day.",
                f"phases[{number}].end_date",
            )
    last = phases[-1]
    if last.end is not None and not last.start < last.end <= LAST_DAY:
        raise ScheduleError(
            f"A phase ends after the day it starts on, and not after {LAST_DAY.isoformat()}.",
            f"phases[{len(phases) - 1}].end_date",
        )
    return [*(following.start for following in phases[1:]), last.end]


def _checked(phase: PhaseTerms, path: str) -> Mapping[Price, Decimal | None]:
    with _at(f"{path}.prices"):
        bought = checked_prices(phase.prices)
    with _at(path):
        check_terms(phase.terms, list(bought))
    return bought


def _currency(bought: Sequence[Mapping[Price, Decimal | None]]) -> str:
    first = next(iter(bought[0]))
    for number, prices in enumerate(bought):
        other = next(iter(prices))
        if other.currency != first.currency:
            raise ScheduleError(
                f"Prices {first.id} and {other.id} are in {first.currency} and {other.currency}: "
                "choose one currency.",
                f"phases[{number}].prices",
            )
    return first.currency


def _check_usage_prices(phases: Sequence[PhaseTerms], anchor: date) -> None:
    """Refuse another usage price of a product within a period of the one that it replaces."""
    for number, (one, following) in enumerate(pairwise(phases), 1):
        before = {price.product_id: price for price in one.prices if price.metric_id}
        for price in following.prices:
            old = before.get(price.product_id) if price.metric_id else None
            if old is None or old.id == price.id:
                continue
            period = period_of(anchor, old.frequency, following.start)
            if period.start != following.start:
                days = [day for day in (period.start, period.end) if day > one.start]
                raise ScheduleError(
                    f"Price {price.id} replaces {old.id} only where a period of that begins: "
                    f"choose {' or '.join(day.isoformat() for day in days)}, not "
                    f"{following.start.isoformat()}.",
                    f"phases[{number}].start_date",
                )


@contextmanager
def _at(path: str) -> Iterator[None]:
    """Let what is refused be about a place."""
    try:
        yield
    except ScheduleError as error:
        raise ScheduleError(str(error), error.path or path) from None
