"""The events of changes for the merchant's programs, written in the change's own transaction.

Each change is one event of its schedule. What a later midnight changes is told of then.
"""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.changes.drafts import ScheduleDraft, draft_of
from pricingsite.services.changes.quoting import ChangeQuote
from pricingsite.services.messages.webhooks import EventType, record_each
from pricingsite.services.schedules.midnights import is_to_be_swept, told_until

_NOTHING: tuple[str | None, frozenset[str]] = (None, frozenset())


def tell_of_change(
    session: Session, quote: ChangeQuote, before: ScheduleDraft, *, now: datetime
) -> None:
    """Tell of a change of a schedule, which was as `before`, and of what it changes today."""
    schedule = quote.situation.schedule
    # A day may have begun, and been looked at, while the change was made: nobody else tells of it.
    today = told_until(session, today=quote.situation.today)
    if quote.on > today:
        kind = EventType.SCHEDULE_CHANGE_SCHEDULED
    elif quote.after.end is not None and quote.after.end <= today:
        kind = EventType.SCHEDULE_ENDED
    else:
        kind = EventType.SCHEDULE_CHANGED
    happened = {kind: schedule.id}
    # What midnight has brought is told by now, or with this: the change stands in its place.
    is_told = not is_to_be_swept(session, today=today)
    told = today if is_told else today - timedelta(days=1)
    # A schedule that follows has told of itself.
    is_other = _in_force(before, told) != _in_force(quote.after, today)
    if is_other and quote.following is None:
        happened[EventType.ENTITLEMENTS_CHANGED] = schedule.customer_id
    record_each(session, happened, customer_id=schedule.customer_id, now=now)


def _in_force(draft: ScheduleDraft, day: date) -> tuple[str | None, frozenset[str]]:
    """What may be used on a day follows from these: the plan's limits, and products by id.

    A deal has the limits of a plan that sells just its prices: there these stand for both.
    """
    phase = draft.phase_on(day)
    if not phase.covers(day) or (draft.end is not None and draft.end <= day):
        return _NOTHING
    prices = [place.price for place in phase.places]
    is_deal = phase.plan_id is None
    return phase.plan_id, frozenset(one.id if is_deal else one.product_id for one in prices)


def tell_of_move(session: Session, schedule: BillingSchedule, *, now: datetime) -> None:
    """Tell of a new price that a schedule has from a later day on."""
    happened = {EventType.SCHEDULE_CHANGE_SCHEDULED: schedule.id}
    record_each(session, happened, customer_id=schedule.customer_id, now=now)


def tell_of_undo(
    session: Session, schedule: BillingSchedule, was: ScheduleDraft | None, *, now: datetime
) -> None:
    """Tell that the pending change of a schedule is undone, which `was` so; None if withdrawn.

    Where its day has begun meanwhile and been looked at, what may be used changes back.
    """
    happened = {EventType.SCHEDULE_CHANGE_UNDONE: schedule.id}
    today = schedule.today(now)
    told = told_until(session, today=today)
    before = _in_force(was, told) if was else _NOTHING
    if told > today and before != _in_force(draft_of(schedule), told):
        happened[EventType.ENTITLEMENTS_CHANGED] = schedule.customer_id
    record_each(session, happened, customer_id=schedule.customer_id, now=now)
