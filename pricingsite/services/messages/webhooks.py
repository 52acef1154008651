"""Events for the merchant's programs, written with the business that they are about.

`record_event` costs one small statement where no endpoint wants the event, and `record_events` no
more for a hundred thousand. What an event says is rendered at its first delivery, so that it is
true by then, and is the same in every attempt from then on.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice

from sqlalchemy import delete, exists, insert, or_, select
from sqlalchemy.orm import Session

from pricingsite.models.types import new_id
from pricingsite.models.webhooks import WebhookDelivery, WebhookEndpoint, WebhookEvent

# How long an event is kept after its last delivery: until then it can be replayed.
KEPT_FOR = timedelta(days=30)
_AT_ONCE = 500


class EventType(StrEnum):
    """What may have happened. Of each, `about` is an id, as text.

    Of the customer's types and `entitlements.changed` it is the customer's, of the schedule's the
    schedule's, of the invoice's and `credit_note.issued` the document's `id`, not its number, and
    of `alert.reached` the alert's.
    """

    CUSTOMER_CREATED = "customer.created"
    CUSTOMER_UPDATED = "customer.updated"
    CUSTOMER_VERIFIED = "customer.verified"
    SCHEDULE_CREATED = "schedule.created"
    SCHEDULE_CHANGED = "schedule.changed"
    SCHEDULE_CHANGE_SCHEDULED = "schedule.change_scheduled"
    SCHEDULE_CHANGE_UNDONE = "schedule.change_undone"
    SCHEDULE_ENDED = "schedule.ended"
    ENTITLEMENTS_CHANGED = "entitlements.changed"
    INVOICE_ISSUED = "invoice.issued"
    INVOICE_PAID = "invoice.paid"
    INVOICE_OVERDUE = "invoice.overdue"
    INVOICE_VOIDED = "invoice.voided"
    CREDIT_NOTE_ISSUED = "credit_note.issued"
    ALERT_REACHED = "alert.reached"


def record_event(
    session: Session, event_type: EventType, *, customer_id: str, about: str, now: datetime
) -> None:
    """Write an event for each endpoint that wants its type, in the caller's transaction."""
    record_events(session, event_type, [(customer_id, about)], now=now)


def record_each(
    session: Session, happened: Mapping[EventType, str], *, customer_id: str, now: datetime
) -> None:
    """Write several events of a customer in their order, each with what it is about."""
    _record(session, ((one, customer_id, about) for one, about in happened.items()), now=now)


def record_events(
    session: Session, event_type: EventType, happened: Iterable[tuple[str, str]], *, now: datetime
) -> None:
    """Write many events of a type, each a customer's id and what it is about, in their order."""
    _record(session, ((event_type, *one) for one in happened), now=now)


def _record(
    session: Session, happened: Iterable[tuple[EventType, str, str]], *, now: datetime
) -> None:
    wanted = _enabled(session)
    if not wanted:
        return
    rest = (one for one in happened if any(_wants(types, one[0]) for types in wanted.values()))
    while some := list(islice(rest, _AT_ONCE)):
        events = [
            {
                "id": new_id("evt"),
                "type": event_type.value,
                "customer_id": customer_id,
                "about": about,
                "created_at": now,
            }
            for event_type, customer_id, about in some
        ]
        session.execute(insert(WebhookEvent), events)
        deliveries = [
            {
                "event_id": event["id"],
                "endpoint_id": endpoint_id,
                "customer_id": event["customer_id"],
                "created_at": now,
                "due_at": now,
                "attempts": 0,
            }
            for event in events
            for endpoint_id, types in wanted.items()
            if _wants(types, str(event["type"]))
        ]
        session.execute(insert(WebhookDelivery), deliveries)


def wanted_by(session: Session, event_type: EventType) -> list[str]:
    """The ids of the endpoints that are sent events of a type."""
    found = _enabled(session)
    return [endpoint_id for endpoint_id, types in found.items() if _wants(types, event_type)]


def _enabled(session: Session) -> Mapping[str, Sequence[str]]:
    """The types that each endpoint wants, by its id."""
    enabled = select(WebhookEndpoint.id, WebhookEndpoint.types).where(
        WebhookEndpoint.disabled_at.is_(None), WebhookEndpoint.removed_at.is_(None)
    )
    rows = session.execute(enabled.order_by(WebhookEndpoint.id))
    return {row.id: row.types for row in rows}


def _wants(types: Sequence[str], event_type: str) -> bool:
    return not types or event_type in types


def forget_events(session: Session, customer_id: str) -> None:
    """Delete a customer's events that were written or given up: they may say who it was.

    What nobody has tried to send yet stays: it will say what is true by then.
    """
    waits = exists().where(
        WebhookDelivery.event_id == WebhookEvent.id,
        WebhookDelivery.delivered_at.is_(None),
        WebhookDelivery.parked_at.is_(None),
    )
    said = WebhookEvent.customer_id == customer_id, or_(WebhookEvent.body.is_not(None), ~waits)
    events = select(WebhookEvent.id).where(*said)
    session.execute(delete(WebhookDelivery).where(WebhookDelivery.event_id.in_(events)))
    session.execute(
        delete(WebhookEvent).where(*said), execution_options={"synchronize_session": False}
    )


def forget_old_events(session: Session, *, now: datetime) -> None:
    """Erase what was delivered long enough ago; what waits or was given up stays.

    An event that is being replayed at this moment is left to the next time.
    """
    before = now - KEPT_FOR
    session.execute(delete(WebhookDelivery).where(WebhookDelivery.delivered_at <= before))
    is_done = ~exists().where(WebhookDelivery.event_id == WebhookEvent.id)
    old = select(WebhookEvent.id).where(WebhookEvent.created_at <= before, is_done)
    old = old.limit(_AT_ONCE).with_for_update(skip_locked=True)
    while ids := session.scalars(old).all():
        # Asked again: a replay may have ended just before they were locked.
        session.execute(delete(WebhookEvent).where(WebhookEvent.id.in_(ids), is_done))
        if len(ids) < _AT_ONCE:
            break
