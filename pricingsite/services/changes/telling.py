"""The events of changes for the merchant's programs, written in the change's own transaction.

Each change is one event of its schedule. What a later midnight changes is told of then.
"""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.changes.drafts import ScheduleDraft
from pricingsite.services.changes.quoting import ChangeQuote
from pricingsite.services.messages.webhooks import EventType, record_each
from pricingsite.services.schedules.midnights import is_to_be_swept


def tell_of_change(
    session: Session, quote: ChangeQuote, before: ScheduleDraft, *, now: datetime
) -> None:
    """Tell of a change of a schedule, which was as `before`, and of what it changes today."""
    schedule, today = quote.situation.schedule, quote.situation.today
    if quote.on > today and not is_to_be_swept(session, today=quote.on):
        # Its day has begun, and been looked at, while the change was made: nobody else tells of it.
        today = quote.on
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
    if _in_force(before, told) != _in_force(quote.after, today):
        happened[EventType.ENTITLEMENTS_CHANGED] = schedule.customer_id
    record_each(session, happened, customer_id=schedule.customer_id, now=now)


def _in_force(draft: ScheduleDraft, day: date) -> tuple[str | None, frozenset[str]]:
    """The plan and the prices of a day, by id: products and limits follow from them."""
    phase = draft.phase_on(day)
    if not phase.covers(day) or (draft.end is not None and draft.end <= day):
        return None, frozenset()
    return phase.plan_id, frozenset(place.price.id for place in phase.places)


def tell_of_move(session: Session, schedule: BillingSchedule, *, now: datetime) -> None:
    """Tell of a new price that a schedule has from a later day on."""
    happened = {EventType.SCHEDULE_CHANGE_SCHEDULED: schedule.id}
    record_each(session, happened, customer_id=schedule.customer_id, now=now)


def tell_of_undo(session: Session, schedule: BillingSchedule, *, now: datetime) -> None:
    """Tell that the change of a schedule that was pending is undone."""
    happened = {EventType.SCHEDULE_CHANGE_UNDONE: schedule.id}
    record_each(session, happened, customer_id=schedule.customer_id, now=now)
