"""Events are written in the business transaction, for each endpoint that wants them."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from support.accounts import Account

from pricingsite.models.webhooks import WebhookDelivery, WebhookEndpoint, WebhookEvent
from pricingsite.services.messages.webhooks import EventType, record_event, record_events

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)


def add(session: Session, name: str, *types: str, **columns: object) -> WebhookEndpoint:
    endpoint = WebhookEndpoint(
        url=f"https://{name}.example/hook",
        types=list(types),
        secret="whsec_",
        created_at=NOW,
        **columns,
    )
    session.add(endpoint)
    session.flush()
    return endpoint


def deliveries(session: Session) -> list[tuple[str, str]]:
    found = session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id))
    return [(one.endpoint.url.split("/")[2].split(".")[0], one.event.type) for one in found]


def test_an_event_is_written_for_each_endpoint_that_wants_it(account: Account) -> None:
    session, customer_id = account.session, account.customer.id
    add(session, "all")
    add(session, "invoices", "invoice.issued", "invoice.paid")
    add(session, "gone", disabled_at=NOW)
    add(session, "removed", removed_at=NOW)
    for event_type in (EventType.CUSTOMER_UPDATED, EventType.INVOICE_PAID):
        record_event(session, event_type, customer_id=customer_id, about="1", now=NOW)
    assert sorted(deliveries(session)) == [
        ("all", "customer.updated"),
        ("all", "invoice.paid"),
        ("invoices", "invoice.paid"),
    ]
    assert len(session.scalars(select(WebhookEvent)).all()) == 2


def test_what_no_endpoint_wants_is_not_written(account: Account, queries: object) -> None:
    session, customer_id = account.session, account.customer.id
    add(session, "alerts", "alert.reached")
    session.commit()
    many = [(customer_id, str(n)) for n in range(10_000)]
    # One, and the beginning of its transaction.
    with queries(at_most=2):  # type: ignore[operator]
        record_events(session, EventType.INVOICE_ISSUED, many, now=NOW)
    assert deliveries(session) == []


def test_many_events_keep_their_order(account: Account) -> None:
    session, customer_id = account.session, account.customer.id
    add(session, "all")
    many = [(customer_id, str(n)) for n in range(1200)]
    record_events(session, EventType.INVOICE_ISSUED, many, now=NOW)
    found = session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id))
    assert [one.event.about for one in found] == [about for _, about in many]
