"""Whether e-mails and webhooks go out.

E-mails that are parked, or have failed for a day, are stuck. Webhooks are tried for three days.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from pricingsite.models.outbox import OutboxMessage
from pricingsite.models.webhooks import WebhookDelivery, WebhookEndpoint
from pricingsite.services.checks.findings import Broken, Finding, Promise, Remark

_LONG = timedelta(days=1)


def check_messages(session: Session, *, now: datetime) -> Iterator[Finding]:
    """What is wrong with the outbox; e-mails that nobody has tried yet only wait."""
    waiting = OutboxMessage.delivered_at.is_(None)
    failed = (OutboxMessage.last_error.is_not(None), OutboxMessage.created_at < now - _LONG)
    stuck = or_(OutboxMessage.parked_at.is_not(None), *[failed[0] & failed[1]])
    rows = session.scalars(select(OutboxMessage).where(waiting, stuck).order_by(OutboxMessage.id))
    for message in rows:
        why = message.last_error or "it cannot be built"
        yield Broken(Promise.OUTBOX, (str(message.id), message.recipient, why))
    untried = select(func.count()).where(waiting, OutboxMessage.attempts == 0)
    if count := session.scalars(untried).one():
        yield Remark(f"{count} e-mails have not been tried yet: run `flask outbox deliver`.")


def check_webhooks(session: Session) -> Iterator[Finding]:
    """Which webhooks were given up; those that nobody has tried yet only wait."""
    there = select(WebhookEndpoint).where(WebhookEndpoint.removed_at.is_(None))
    endpoints = {one.id: one for one in session.scalars(there.order_by(WebhookEndpoint.id))}
    of_these = WebhookDelivery.endpoint_id.in_(endpoints)
    parked = select(WebhookDelivery).where(of_these, WebhookDelivery.parked_at.is_not(None))
    for delivery in session.scalars(parked.order_by(WebhookDelivery.id)):
        url, why = delivery.endpoint.url, delivery.last_error or "it cannot be written"
        yield Broken(Promise.WEBHOOKS, (delivery.event_id, url, why))
    for endpoint in endpoints.values():
        if endpoint.disabled_at is not None:
            yield Remark(
                f"{endpoint.url} answered on {endpoint.disabled_at.date()} that it is gone, and is "
                "disabled: remove it, then add it again if it is back."
            )
    untried = select(func.count()).where(
        of_these,
        WebhookDelivery.attempts == 0,
        WebhookDelivery.delivered_at.is_(None),
        WebhookDelivery.parked_at.is_(None),
    )
    if count := session.scalars(untried).one():
        yield Remark(f"{count} webhooks have not been tried yet: run `flask outbox deliver`.")
