"""Deliveries of events to endpoints: claimed by any number of workers, each at least once.

Events of a customer go to an endpoint in their order: the next waits while one is on its way. One
that has failed is waited for no more; it is tried again for three days, then given up.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session, aliased

from pricingsite.models.webhooks import WebhookDelivery, WebhookEndpoint, WebhookEvent
from pricingsite.services.messages.webhooks import KEPT_FOR, EventType, wanted_by

# Longer than any endpoint is waited for.
_CLAIMED_FOR = timedelta(minutes=2)
_FIRST_RETRY = timedelta(minutes=1)
_LONGEST_RETRY = timedelta(hours=6)
_TRIED_FOR = timedelta(days=3)

_Earlier = aliased(WebhookDelivery)
_IS_BEHIND = exists().where(
    _Earlier.endpoint_id == WebhookDelivery.endpoint_id,
    _Earlier.customer_id == WebhookDelivery.customer_id,
    _Earlier.id < WebhookDelivery.id,
    _Earlier.delivered_at.is_(None),
    _Earlier.parked_at.is_(None),
    _Earlier.last_error.is_(None),
)


# Its row alone: an endpoint's is everybody's.
_ALONE = {"of": WebhookDelivery}


class ReplayError(ValueError):
    """An event that cannot be sent again; the message says why."""


def claim_delivery(
    session: Session, *, without: Collection[str] = (), now: datetime
) -> WebhookDelivery | None:
    """The next delivery that is due; nobody else is given it before the claim runs out.

    None of those to endpoints `without`, by their ids.
    """
    delivery = session.scalar(
        select(WebhookDelivery)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .where(
            WebhookDelivery.delivered_at.is_(None),
            WebhookDelivery.parked_at.is_(None),
            WebhookDelivery.due_at <= now,
            WebhookDelivery.endpoint_id.not_in(without),
            WebhookEndpoint.disabled_at.is_(None),
            WebhookEndpoint.removed_at.is_(None),
            ~_IS_BEHIND,
        )
        .order_by(WebhookDelivery.due_at, WebhookDelivery.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=WebhookDelivery)
        .execution_options(populate_existing=True)
    )
    if delivery is not None:
        delivery.due_at = now + _CLAIMED_FOR
        delivery.attempts += 1
    return delivery


def find_delivery(session: Session, delivery_id: int) -> WebhookDelivery | None:
    """A delivery to mark, locked; None where it was forgotten since it was claimed."""
    return session.get(WebhookDelivery, delivery_id, with_for_update=_ALONE, populate_existing=True)


def keep_body(session: Session, event: WebhookEvent, body: str) -> str:
    """Keep what an event says; what is kept, which another worker may have written just before."""
    unwritten = WebhookEvent.id == event.id, WebhookEvent.body.is_(None)
    kept = update(WebhookEvent).where(*unwritten).values(body=body)
    session.execute(kept, execution_options={"synchronize_session": False})
    session.refresh(event)
    return event.body or body


def withdraw_event(session: Session, event: WebhookEvent) -> None:
    """Take an event out whose subject is gone, with its deliveries."""
    session.execute(delete(WebhookDelivery).where(WebhookDelivery.event_id == event.id))
    session.execute(delete(WebhookEvent).where(WebhookEvent.id == event.id))


def mark_delivered(delivery: WebhookDelivery, *, now: datetime) -> None:
    """The endpoint has the event."""
    delivery.delivered_at = now
    delivery.last_error = None


def mark_failed(delivery: WebhookDelivery, why: str, *, now: datetime) -> bool:
    """Try again after a minute, then two, up to six hours; after three days it is given up.

    Whether it is.
    """
    delivery.last_error = why
    if now - delivery.created_at >= _TRIED_FOR:
        delivery.parked_at = now
        return True
    wait = min(_FIRST_RETRY * 2 ** min(delivery.attempts - 1, 16), _LONGEST_RETRY)
    delivery.due_at = now + wait
    return False


def mark_parked(delivery: WebhookDelivery, why: str, *, now: datetime) -> None:
    """The delivery stays and is not tried again: another attempt would fail in the same way."""
    delivery.last_error = why
    delivery.parked_at = now


def replay(session: Session, event_id: str, *, now: datetime) -> int:
    """Send an event again, with the same bytes, to each endpoint that wants it; how many these are.

    Raises `ReplayError`.
    """
    event = session.get(WebhookEvent, event_id, with_for_update=True)
    if event is None:
        raise ReplayError(
            f"No event {event_id} is kept. An id is what the header webhook-id says; events are "
            f"erased {KEPT_FOR.days} days after they were delivered, and when the account that "
            "they are about is closed, or its order is erased."
        )
    endpoint_ids = wanted_by(session, EventType(event.type))
    if not endpoint_ids:
        raise ReplayError(f"No endpoint wants {event.type}: `flask webhooks list` has all.")
    again = {
        "created_at": now,
        "due_at": now,
        "attempts": 0,
        "last_error": None,
        "delivered_at": None,
        "parked_at": None,
    }
    found = session.scalars(
        select(WebhookDelivery).where(
            WebhookDelivery.event_id == event_id, WebhookDelivery.endpoint_id.in_(endpoint_ids)
        )
    )
    known = {one.endpoint_id: one for one in found}
    for endpoint_id in endpoint_ids:
        delivery = known.get(endpoint_id) or WebhookDelivery(
            event_id=event_id, endpoint_id=endpoint_id, customer_id=event.customer_id
        )
        for name, value in again.items():
            setattr(delivery, name, value)
        session.add(delivery)
    session.flush()
    return len(endpoint_ids)
