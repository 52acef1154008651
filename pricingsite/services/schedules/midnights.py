"""What a midnight changes: schedules begin, end, and go on with their next phase.

Each is told of once, at the first look on its day or later, however long ago the last look was.
Whatever is agreed on the very day from which it counts is told of by who agrees it.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pricingsite.models.changes import ScheduleChange
from pricingsite.models.customers import Customer
from pricingsite.models.orders import Order
from pricingsite.models.schedules import BillingSchedule, Phase
from pricingsite.models.webhooks import MidnightSweep
from pricingsite.pricing import Period, day_start
from pricingsite.services.messages.webhooks import EventType, record_events
from pricingsite.services.schedules.entitlements import changes_of

_SWEEP = "midnights"
_COUNTS = BillingSchedule.withdrawn_at.is_(None)


def is_to_be_swept(session: Session, *, today: date) -> bool:
    """Whether there are midnights that nobody has looked at, or there was no look at all."""
    sweep = session.get(MidnightSweep, _SWEEP, populate_existing=True)
    return sweep is None or sweep.swept_until < today


def hold_midnights(session: Session) -> None:
    """Let nobody look at midnights until the transaction ends, which changes a schedule.

    A look waits for it, and sees what it has done; or it waits for the look, and tells of the rest
    itself. Held before any customer is locked, as a look has it. SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name != "sqlite":
        held = select(MidnightSweep.swept_until).where(MidnightSweep.name == _SWEEP)
        session.execute(held.with_for_update(read=True))


def told_until(session: Session, *, today: date) -> date:
    """The day of which a change tells by itself: today, or a later one that was looked at."""
    sweep = session.get(MidnightSweep, _SWEEP, populate_existing=True)
    return today if sweep is None else max(today, sweep.swept_until)


def claim_midnights(session: Session, *, today: date) -> Period | None:
    """The days up to today whose midnights nobody has looked at; None where there are none.

    They are the caller's from here on, if its transaction is committed. At the very first look
    there are none.
    """
    sweep = session.get(MidnightSweep, _SWEEP, populate_existing=True, with_for_update=True)
    if sweep is None:
        # Another worker may be a moment earlier.
        with suppress(IntegrityError), session.begin_nested():
            session.add(MidnightSweep(name=_SWEEP, swept_until=today))
        return None
    if sweep.swept_until >= today:
        return None
    days = Period(sweep.swept_until + timedelta(days=1), today + timedelta(days=1))
    sweep.swept_until = today
    session.flush()
    return days


def tell_of_midnights(session: Session, days: Period, *, now: datetime) -> None:
    """Write the events of the midnights that some days began with."""
    begun, ended, withdrawn = (
        sorted((one for one in _rows(session, found) if not one.was_told), key=lambda one: one.on)
        for found in (_begun(days), _ended(days), _never_begun(days))
    )
    later = [one for one in begun if not one.is_first]
    for event_type, midnights in (
        (EventType.SCHEDULE_CHANGED, later),
        (EventType.SCHEDULE_ENDED, [*ended, *withdrawn]),
    ):
        told = [(one.customer_id, one.schedule_id) for one in midnights]
        record_events(session, event_type, told, now=now)
    moments = {(one.customer_id, one.begins_at) for one in (*begun, *ended)}
    changed = sorted(changes_of(session, moments), key=lambda one: one[::-1])
    told = [(customer_id, customer_id) for customer_id in dict.fromkeys(one[0] for one in changed)]
    record_events(session, EventType.ENTITLEMENTS_CHANGED, told, now=now)


@dataclass(frozen=True, slots=True)
class _Midnight:
    """A day on which something of a schedule begins or ends, and its first instant.

    `was_told`: it was agreed later than that midnight, and told of then.
    """

    customer_id: str
    schedule_id: str
    on: date
    begins_at: datetime
    is_first: bool
    was_told: bool


def _rows(session: Session, found: Select[Any]) -> Iterator[_Midnight]:
    for row in session.execute(found):
        agreed = [row.created_at, row.verified_at if row.reference else None, row.made_at]
        midnight = day_start(row.on, ZoneInfo(row.timezone))
        yield _Midnight(
            customer_id=row.customer_id,
            schedule_id=row.schedule_id,
            on=row.on,
            begins_at=midnight,
            is_first=row.on == row.start_date,
            was_told=any(moment is not None and moment >= midnight for moment in agreed),
        )


def _begun(days: Period) -> Select[Any]:
    within = or_(BillingSchedule.end_date.is_(None), Phase.start_date < BillingSchedule.end_date)
    found = _changes(Phase.start_date)
    return found.join(Phase, Phase.schedule_id == BillingSchedule.id).where(
        _COUNTS, Phase.start_date >= days.start, Phase.start_date < days.end, within
    )


def _ended(days: Period) -> Select[Any]:
    end = BillingSchedule.end_date
    return _changes(end).where(_COUNTS, end >= days.start, end < days.end)


def _never_begun(days: Period) -> Select[Any]:
    """Schedules that were cancelled before their start: until then that could be undone.

    Not those that were to follow another one: what takes these back tells of it at once.
    """
    start = BillingSchedule.start_date
    to_follow = exists().where(ScheduleChange.following_id == BillingSchedule.id)
    return _changes(start).where(~_COUNTS, start >= days.start, start < days.end, ~to_follow)


def _changes(on: Any) -> Select[Any]:
    """Days of schedules, but of no order that is unverified, or has ended."""
    latest_change = (
        select(func.max(ScheduleChange.made_at))
        .where(
            ScheduleChange.schedule_id == BillingSchedule.id,
            ScheduleChange.starts_on == on,
            ScheduleChange.undone_at.is_(None),
        )
        .correlate(BillingSchedule, Phase)
        .scalar_subquery()
    )
    return (
        select(
            BillingSchedule.customer_id,
            BillingSchedule.id.label("schedule_id"),
            BillingSchedule.start_date,
            BillingSchedule.timezone,
            BillingSchedule.created_at,
            Customer.verified_at,
            Order.reference,
            on.label("on"),
            latest_change.label("made_at"),
        )
        .join(Customer, Customer.id == BillingSchedule.customer_id)
        .outerjoin(Order, Order.schedule_id == BillingSchedule.id)
        .where(
            Order.ended_at.is_(None),
            or_(Order.reference.is_(None), Customer.verified_at.is_not(None)),
        )
    )
