"""Reading a billing schedule: as spans, by its phase on a day, and which one a customer is on.

Days are the schedule's own zone's; an end date is the first day no longer covered.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload, lazyload
from sqlalchemy.orm.attributes import set_committed_value

from pricingsite.models.catalog import Price, Product, UsageMetric
from pricingsite.models.customers import Customer
from pricingsite.models.orders import Order
from pricingsite.models.schedules import BillingSchedule, Phase, PhasePrice
from pricingsite.pricing import (
    AgreedDiscount,
    BillingFrequency,
    BillTerms,
    Discount,
    PriceTerms,
    Span,
    fixed_amount,
    main_price,
)
from pricingsite.services.schedules.minimums import Minimums

# Made once: to put it together takes longer than to execute it.
_SCHEDULES = (
    select(BillingSchedule, Order.reference.is_not(None) & Customer.verified_at.is_(None))
    .join(Customer, Customer.id == BillingSchedule.customer_id)
    .outerjoin(Order, Order.schedule_id == BillingSchedule.id)
    .where(
        BillingSchedule.customer_id == bindparam("customer_id"),
        BillingSchedule.withdrawn_at.is_(None),
        Order.ended_at.is_(None),
    )
    .order_by(BillingSchedule.start_date, BillingSchedule.created_at)
    .options(
        joinedload(BillingSchedule.phases)
        .joinedload(Phase.phase_prices)
        .joinedload(PhasePrice.price)
        .joinedload(Price.product)
        .options(lazyload(Product.prices))
    )
)


def spans_of(schedule: BillingSchedule, *, confirmed: bool = False) -> tuple[Span, ...]:
    """The days each price is billed for, adjoining phases merged, in the phases' order.

    Those of a trial are not. With `confirmed`, what follows one is as if it were confirmed.
    """
    spans: dict[str, list[Span]] = {}
    for phase, end, final in _billed_phases(schedule, confirmed=confirmed):
        for one in phase.phase_prices:
            stretches = spans.setdefault(one.price_id, [])
            # An anchor of its own that is the schedule's is none.
            anchor = one.anchor_date if one.anchor_date != schedule.anchor_date else None
            span = Span(one.terms, phase.start_date, end, final, anchor, one.charged_until)
            if one.charged_quantity is not None:
                span = _above(span, one.charged_quantity)
            stretches[-1:] = _joined(stretches[-1], span) if stretches else [span]
    return tuple(span for stretches in spans.values() for span in stretches)


def _above(span: Span, quantity: Decimal) -> Span:
    """What is charged once, of which so many are charged already: the rest, or nothing."""
    base = replace(span.price, quantity=quantity)
    return replace(span, base=min(base, span.price, key=fixed_amount))


def _joined(span: Span, following: Span) -> list[Span]:
    """A price over its days in two phases: one stretch if these adjoin, else two.

    Buying more goes on with what is bought; buying less begins again. What is charged once stays
    charged: more of it is charged above that, and less of it is nothing. So is what is charged for
    longer than to an end that is agreed.
    """
    if not _goes_on(span, following):
        return [span, following]
    before, price = span.price_on(following.start), following.price
    if span.charged_until:
        until = following.charged_until or following.end
        if until is not None and following.start < until < span.charged_until:
            following = replace(following, base=min(before, price, key=fixed_amount))
        return [span, following]
    increases = span.increases
    if price.billing_frequency is BillingFrequency.ONE_TIME:
        if fixed_amount(price) > fixed_amount(before):
            charged = before if following.base is None else following.base
            return [span, replace(following, base=max(before, charged, key=fixed_amount))]
    elif price != before:
        if fixed_amount(price) < fixed_amount(before):
            return [span, following]
        increases = (*increases, (following.start, price))
    joined = replace(
        span,
        end=following.end,
        final=following.final,
        charged_until=following.charged_until,
        increases=increases,
    )
    return [joined]


def _goes_on(span: Span, following: Span) -> bool:
    """Whether two stretches adjoin; what is charged already is so for its own days alone."""
    is_once = span.price.billing_frequency is BillingFrequency.ONE_TIME
    adjoins = (span.end, span.anchor) == (following.start, following.anchor)
    return adjoins and (is_once or span.base is None)


def _billed_phases(
    schedule: BillingSchedule, *, confirmed: bool
) -> Iterator[tuple[Phase, date | None, bool]]:
    """Each phase that is billed, where it ends, and whether the schedule ends there."""
    last = None if confirmed and schedule.trial_ends else schedule.end_date
    for phase in schedule.phases:
        if not phase.trial and (last is None or phase.start_date < last):
            end = _earlier(phase.end_date, last)
            yield phase, end, end is not None and end == last


def terms_of(schedule: BillingSchedule, *, confirmed: bool = False) -> BillTerms:
    """The minimums and discounts of a schedule's phases, over their days."""
    minimums = Minimums(schedule.anchor_date)
    for phase, end, final in _billed_phases(schedule, confirmed=confirmed):
        if main := _main(phase):
            minimums.add(phase, main, end, final=final)
    return BillTerms(minimums.spans, tuple(_discounts(schedule)))


def _discounts(schedule: BillingSchedule) -> list[Discount]:
    """The discounts of phases, also of one that never came: it is of what was charged for it."""
    found: list[Discount] = []
    for phase in schedule.phases:
        agreed, main = agreed_discount_of(phase), _main(phase)
        if phase.trial or agreed is None or main is None:
            continue
        anchor = main.anchor_date or schedule.anchor_date
        discount = agreed.over(
            main.terms, start=phase.start_date, anchor=anchor, end=phase.end_date
        )
        if found and found[-1].goes_on_as(discount):
            discount = discount.following(found.pop())
        found.append(discount)
    return found


def _main(phase: Phase) -> PhasePrice | None:
    """The main price of a phase; None in a pause."""
    if not phase.phase_prices:
        return None
    main = main_price([one.terms for one in phase.phase_prices])
    return next(one for one in phase.phase_prices if one.price_id == main.id)


def agreed_discount_of(phase: Phase) -> AgreedDiscount | None:
    """The discount of a phase, if it has one."""
    if phase.discount_code is None:
        return None
    return AgreedDiscount(
        code=phase.discount_code,
        rate=phase.discount_rate,
        amount=phase.discount_amount,
        periods=phase.discount_periods,
    )


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

    Without `now`, the latest to start. Prices come with it, in one statement. An order that ended
    has none; one that is to be verified is read as if it were verified at `now`.
    """
    found = session.execute(_SCHEDULES, {"customer_id": customer_id})
    rows = found.unique().all()
    schedules = [schedule for schedule, _ in rows]
    for schedule, is_unverified in rows:
        schedule.is_unverified = is_unverified
    if now is not None:
        for schedule, is_unverified in rows:
            today = schedule.today(now)
            if is_unverified and schedule.start_date < today:
                as_if_verified(schedule, today)
            if schedule.end_date is None or today < schedule.end_date:
                return schedule
    return schedules[-1] if schedules else None


def schedules_of(session: Session, customer_id: str) -> Sequence[BillingSchedule]:
    """All of a customer's schedules with their prices, the first to start first."""
    found = session.execute(_SCHEDULES, {"customer_id": customer_id})
    return [schedule for schedule, _ in found.unique()]


def schedule_of(session: Session, customer_id: str, schedule_id: str) -> BillingSchedule:
    """One of a customer's schedules, which may have ended long ago, with its prices."""
    found = session.execute(_SCHEDULES, {"customer_id": customer_id})
    return next(one for one, _ in found.unique() if one.id == schedule_id)


def as_if_verified(schedule: BillingSchedule, today: date) -> None:
    """Let a schedule start today, as it does when its order is verified; nothing is stored."""
    for row, column, value in starting_on(schedule, today):
        set_committed_value(row, column, value)


def as_if_without(schedule: BillingSchedule, *, trial: bool, discount: bool) -> None:
    """Let a schedule be without its trial or its discount; nothing is stored."""
    paid = schedule.phases[-1]
    if trial:
        set_committed_value(schedule, "phases", [paid])
        set_committed_value(schedule, "end_date", None)
        set_committed_value(schedule, "anchor_date", schedule.start_date)
        set_committed_value(paid, "start_date", schedule.start_date)
    if discount:
        set_committed_value(paid, "discount_code", None)


def starting_on(
    schedule: BillingSchedule, day: date
) -> Iterator[tuple[BillingSchedule | Phase, str, date]]:
    """The columns of a schedule of an order that is to start on a later day, and their values.

    All of its days move with the start, so that its trial keeps its length.
    """
    later = day - schedule.start_date
    rows: list[tuple[BillingSchedule | Phase, tuple[str, ...]]] = [
        (schedule, ("start_date", "anchor_date", "end_date", "next_invoice_on")),
        *((phase, ("start_date", "end_date")) for phase in schedule.phases),
    ]
    for row, columns in rows:
        for column in columns:
            if (value := getattr(row, column)) is not None:
                yield row, column, value + later
