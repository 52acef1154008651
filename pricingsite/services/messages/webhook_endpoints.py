"""The endpoints that events are sent to: added, listed, given a new secret, disabled, removed.

A secret is shown when it is made, and never again. Deliveries are signed with it, so that it is
stored as it is.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes

from sqlalchemy import delete, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pricingsite.models.webhooks import WebhookDelivery, WebhookEndpoint
from pricingsite.services.messages.webhooks import EventType

# How long deliveries are signed by the old secret, too, after it was rotated.
ROTATED_FOR = timedelta(days=1)
# Standard Webhooks asks for 24 to 64.
_SECRET_BYTES = 32


class EndpointError(ValueError):
    """What cannot be done to an endpoint; the message says why."""


@dataclass(frozen=True, slots=True)
class ListedEndpoint:
    """An endpoint, and how many deliveries to it wait, and were given up."""

    endpoint: WebhookEndpoint
    waiting: int
    given_up: int


def add_endpoint(
    session: Session, url: str, types: Sequence[EventType], *, now: datetime
) -> WebhookEndpoint:
    """Store a new endpoint for events of some types, or of all where none is named.

    Raises `EndpointError` where the URL has one already.
    """
    endpoint = WebhookEndpoint(
        url=url,
        types=[one.value for one in EventType if one in types],
        secret=_new_secret(),
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(endpoint)
    except IntegrityError:
        raise EndpointError(
            f"{url} is an endpoint already. To change its types, remove it and add it again."
        ) from None
    return endpoint


def list_endpoints(session: Session) -> list[ListedEndpoint]:
    """All endpoints that were not removed, the first first."""
    waiting = func.count().filter(WebhookDelivery.parked_at.is_(None))
    given_up = func.count().filter(WebhookDelivery.parked_at.is_not(None))
    counts = session.execute(
        select(WebhookDelivery.endpoint_id, waiting, given_up)
        .where(WebhookDelivery.delivered_at.is_(None))
        .group_by(WebhookDelivery.endpoint_id)
    )
    found = {endpoint_id: (waits, parked) for endpoint_id, waits, parked in counts}
    there = select(WebhookEndpoint).where(WebhookEndpoint.removed_at.is_(None))
    rows = session.scalars(there.order_by(WebhookEndpoint.created_at, WebhookEndpoint.id))
    return [ListedEndpoint(one, *found.get(one.id, (0, 0))) for one in rows]


def rotate_secret(session: Session, name: str, *, now: datetime) -> WebhookEndpoint:
    """Give the endpoint of an id or a URL a new secret; the old one signs for a day, too.

    Raises `EndpointError` where there is no such endpoint.
    """
    endpoint = _named(session, name)
    endpoint.old_secret, endpoint.old_secret_until = endpoint.secret, now + ROTATED_FOR
    endpoint.secret = _new_secret()
    session.flush()
    return endpoint


def remove_endpoint(session: Session, name: str, *, now: datetime) -> WebhookEndpoint:
    """Send no more to the endpoint of an id or a URL, and forget what waits for it.

    Raises `EndpointError` where there is no such endpoint.
    """
    endpoint = _named(session, name)
    endpoint.removed_at = now
    endpoint.secret, endpoint.old_secret, endpoint.old_secret_until = "", None, None
    _forget_undelivered(session, endpoint)
    return endpoint


def disable_endpoint(session: Session, endpoint_id: str, *, now: datetime) -> None:
    """Send no more to an endpoint that says it is gone, and forget what waits for it."""
    endpoint = session.get_one(WebhookEndpoint, endpoint_id, with_for_update=True)
    endpoint.disabled_at = endpoint.disabled_at or now
    _forget_undelivered(session, endpoint)


def signing_secrets(endpoint: WebhookEndpoint, *, now: datetime) -> list[str]:
    """The secrets that sign a delivery to an endpoint, the newest first."""
    old, until = endpoint.old_secret, endpoint.old_secret_until
    is_rotating = old is not None and until is not None and now < until
    return [endpoint.secret, *([old] if is_rotating and old else [])]


def _new_secret() -> str:
    return f"whsec_{b64encode(token_bytes(_SECRET_BYTES)).decode()}"


def _named(session: Session, name: str) -> WebhookEndpoint:
    found = session.scalar(
        select(WebhookEndpoint)
        .where(
            or_(WebhookEndpoint.id == name, WebhookEndpoint.url == name),
            WebhookEndpoint.removed_at.is_(None),
        )
        .with_for_update()
    )
    if found is None:
        raise EndpointError(f"There is no endpoint {name}: `flask webhooks list` has all.")
    return found


def _forget_undelivered(session: Session, endpoint: WebhookEndpoint) -> None:
    undelivered = WebhookDelivery.delivered_at.is_(None)
    session.execute(
        delete(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint.id, undelivered)
    )
    session.flush()
