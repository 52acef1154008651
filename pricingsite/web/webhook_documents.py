"""What an event says: `{"type", "timestamp", "data"}`, the data as the API shows them.

It is made at the first delivery, so that it says what is true by then.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from pricingsite.models.alerts import Alert
from pricingsite.models.customers import Customer
from pricingsite.models.invoices import Invoice
from pricingsite.models.schedules import BillingSchedule
from pricingsite.models.webhooks import WebhookEvent
from pricingsite.services.balances.standing import Standing, standings
from pricingsite.services.invoices.reading import find_by_id
from pricingsite.services.merchant import get_merchant
from pricingsite.services.messages.webhooks import EventType
from pricingsite.services.schedules.entitlements import entitlements
from pricingsite.web.customer_documents import (
    customer_documents,
    entitlements_document,
    schedule_document,
)
from pricingsite.web.documents import Json, number
from pricingsite.web.invoice_documents import invoice

# The data of what an id is about; None where it is gone.
_Document = Callable[[Session, str, datetime], Json | None]


def webhook_body(session: Session, event: WebhookEvent, *, now: datetime) -> str | None:
    """The body of an event as JSON; None where what it is about is gone."""
    data = _DOCUMENTS[EventType(event.type)](session, event.about, now)
    return None if data is None else body_of(event.type, event.created_at, data)


def body_of(event_type: str, happened_at: datetime, data: Json) -> str:
    """What is sent of an event."""
    return json.dumps(event_document(event_type, happened_at, data))


def event_document(event_type: str, happened_at: datetime, data: Json | None) -> Json:
    """An event: its type, when it happened, and what it is about."""
    return {"type": event_type, "timestamp": happened_at.isoformat(), "data": data}


def _customer(session: Session, about: str, _now: datetime) -> Json | None:
    found = session.get(Customer, about)
    # One whose order was never verified is erased after a while.
    if found is None or not found.legal_name:
        return None
    return customer_documents(session, [found])[0]


def _schedule(session: Session, about: str, now: datetime) -> Json | None:
    found = session.get(BillingSchedule, about)
    return None if found is None else schedule_document(found, now=now)


def _entitlements(session: Session, about: str, now: datetime) -> Json | None:
    found = entitlements(session, about, now=now)
    return None if found is None else entitlements_document(found)


def _invoice(session: Session, about: str, now: datetime) -> Json | None:
    found = find_by_id(session, int(about))
    if found is None:
        return None
    today = get_merchant(session).today(now)
    standing = standings(session, [found], today=today)[found.id]
    return invoice_document(found, standing)


def invoice_document(of: Invoice, standing: Standing) -> Json:
    """An invoice or a credit note with its lines, and whose it is."""
    return {"customer": of.customer_id} | invoice(of, standing)


def _alert(session: Session, about: str, _now: datetime) -> Json | None:
    found = session.get(Alert, int(about))
    return None if found is None else alert_document(found)


def alert_document(of: Alert) -> Json | None:
    """An alert that was reached; None where it has not been."""
    if of.reached_in is None or of.reached_at is None:
        return None
    return {
        "customer": of.customer_id,
        "kind": of.kind,
        "metric": of.metric_id or None,
        "value": number(of.value),
        "period_start": of.reached_in.isoformat(),
        "reached_at": of.reached_at.isoformat(),
    }


_DOCUMENTS: Mapping[EventType, _Document] = {
    EventType.CUSTOMER_CREATED: _customer,
    EventType.CUSTOMER_UPDATED: _customer,
    EventType.CUSTOMER_VERIFIED: _customer,
    EventType.SCHEDULE_CREATED: _schedule,
    EventType.SCHEDULE_CHANGED: _schedule,
    EventType.SCHEDULE_CHANGE_SCHEDULED: _schedule,
    EventType.SCHEDULE_CHANGE_UNDONE: _schedule,
    EventType.SCHEDULE_ENDED: _schedule,
    EventType.ENTITLEMENTS_CHANGED: _entitlements,
    EventType.INVOICE_ISSUED: _invoice,
    EventType.INVOICE_PAID: _invoice,
    EventType.INVOICE_OVERDUE: _invoice,
    EventType.INVOICE_VOIDED: _invoice,
    EventType.CREDIT_NOTE_ISSUED: _invoice,
    EventType.ALERT_REACHED: _alert,
}
