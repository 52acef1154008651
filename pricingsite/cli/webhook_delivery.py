"""Delivering webhooks: each claimed, sent and marked by itself, with no transaction open meanwhile.

An endpoint that kept a worker waiting is left alone for the rest of the round, so that it holds up
no other.
"""

import time
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy.exc import OperationalError

from pricingsite.database import db, is_away
from pricingsite.integrations.webhooks import Webhook, WebhookClient, WebhookError
from pricingsite.models.webhooks import WebhookDelivery
from pricingsite.services.messages.webhook_deliveries import (
    claim_delivery,
    find_delivery,
    keep_body,
    mark_delivered,
    mark_failed,
    mark_parked,
    withdraw_event,
)
from pricingsite.services.messages.webhook_endpoints import disable_endpoint, signing_secrets
from pricingsite.web.clock import now
from pricingsite.web.transaction import committing
from pricingsite.web.webhook_documents import webhook_body

_MARK_TRIES = 10

# Counts a delivery to somebody, and tells what went wrong with it.
Count = Callable[[str, str | None], None]


def webhook_client() -> WebhookClient:
    """What delivers; a site that is itself at an http address may send anywhere."""
    return WebhookClient(anywhere=urlsplit(current_app.config["BASE_URL"]).scheme == "http")


def deliver_webhooks(count: Count) -> None:
    """Deliver the events that wait."""
    client, slow = webhook_client(), set[str]()
    while (delivery := _claim(slow)) is not None:
        delivery_id = delivery.id
        name = f"{delivery.endpoint.url}: {delivery.event.type} {delivery.event_id}"
        try:
            body = _body_of(delivery)
        except Exception as error:
            if is_away(error):
                raise
            why = str(error) or type(error).__name__
            if _park(delivery_id, why):
                count(name, f"{why} It is parked and not tried again.")
            continue
        if body is not None:
            count(name, _deliver(client, delivery, body, slow))


def _claim(without: Collection[str]) -> WebhookDelivery | None:
    with committing(db.session):
        return claim_delivery(db.session(), without=without, now=now())


def _park(delivery_id: int, why: str) -> bool:
    """Park a delivery; whether it is there still."""
    with committing(db.session):
        delivery = find_delivery(db.session(), delivery_id)
        if delivery is not None:
            mark_parked(delivery, why, now=now())
        return delivery is not None


def _body_of(delivery: WebhookDelivery) -> str | None:
    """What the event says, written if it was not before; None where it has nothing to say."""
    session, event = db.session(), delivery.event
    if event.body is not None:
        return event.body
    body = webhook_body(session, event, now=now())
    with committing(db.session):
        if body is None:
            withdraw_event(session, event)
            return None
        return keep_body(session, event, body)


def _deliver(
    client: WebhookClient, delivery: WebhookDelivery, body: str, slow: set[str]
) -> str | None:
    """Send a claimed delivery and mark it; why it failed, if it did."""
    at, endpoint = now(), delivery.endpoint
    secrets = signing_secrets(endpoint, now=at)
    url, webhook = endpoint.url, Webhook(id=delivery.event_id, body=body, secrets=secrets)
    of = delivery.id, endpoint.id
    db.session.rollback()  # Nothing is held while it is waited for, nor read again.
    try:
        client.deliver(url, webhook, at=at)
    except WebhookError as error:
        if error.is_slow:
            slow.add(of[1])
        return _mark(*of, error)
    return _mark(*of, None)


def _mark(delivery_id: int, endpoint_id: str, error: WebhookError | None) -> str | None:
    """Mark a delivery, even if the database is busy: unmarked, it would be sent once more."""
    for tries_left in reversed(range(_MARK_TRIES)):
        try:
            with committing(db.session):
                return _write(delivery_id, endpoint_id, error)
        except OperationalError:
            if not tries_left:
                raise
            time.sleep(1)
    raise AssertionError


def _write(delivery_id: int, endpoint_id: str, error: WebhookError | None) -> str | None:
    """What is told of a delivery, once it is written."""
    if error is not None and error.is_gone:
        disable_endpoint(db.session(), endpoint_id, now=now())
        return f"{error}: the endpoint is disabled, and sent no more."
    delivery = find_delivery(db.session(), delivery_id)
    if delivery is None:  # It was forgotten on its way.
        return None if error is None else str(error)
    if error is None:
        mark_delivered(delivery, now=now())
        return None
    if mark_failed(delivery, str(error), now=now()):
        return f"{error}. It is given up; `flask webhooks replay` sends it again."
    return str(error)
