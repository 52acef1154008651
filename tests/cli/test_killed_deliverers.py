"""Deliverers that are killed: every event is delivered, as it was, and in its customer's order."""

import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from support.accounts import START, Account
from support.deliverers import Statement, deliver_at_once
from support.receivers import receiver
from support.webhooks import command

from pricingsite.database import db
from pricingsite.models.webhooks import MidnightSweep, WebhookDelivery, WebhookEvent
from pricingsite.services.messages.webhooks import EventType, record_event

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
TYPES = [EventType.CUSTOMER_CREATED, EventType.CUSTOMER_VERIFIED, EventType.CUSTOMER_UPDATED]
# One after another, each with those that are killed in it beside those that are not.
ROUNDS: list[list[Statement | None]] = [
    # While it writes what a midnight has changed.
    [("INSERT INTO webhook_events", 1)],
    # Before the request, and after the answer.
    [("UPDATE webhook_events", 1)],
    [("UPDATE webhook_deliveries", 2)],
    [("UPDATE webhook_deliveries", 3), None],
    [None, None],
]


@pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)
def test_killed_deliverers_lose_nothing(app: Flask, database_url: str, tmp_path: Path) -> None:
    with receiver() as program, app.app_context():
        session = db.session()
        account = Account(session)
        session.commit()
        assert command(app, "webhooks", "add", program.url).exit_code == 0
        session.add(MidnightSweep(name="midnights", swept_until=NOW.date() - timedelta(days=1)))
        for _ in range(3):
            account.another()
            account.change(account.subscribe("A", start=START), NOW.date(), "A", "X")
            customer_id = account.customer.id
            for one in TYPES:
                record_event(session, one, customer_id=customer_id, about=customer_id, now=NOW)
        session.commit()
        for number, dying in enumerate(ROUNDS):
            # Whatever a dead one has claimed is anybody's after two minutes.
            moment = NOW + timedelta(minutes=2) * number
            ended = deliver_at_once(database_url, tmp_path, moment, *dying)
            assert ended == [-signal.SIGKILL if one else 0 for one in dying]
        deliveries = session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)).all()
        assert all(one.delivered_at for one in deliveries)
        assert session.scalars(select(WebhookEvent.type)).all().count("schedule.changed") == 3
        places = {one.event_id: (one.customer_id, one.id) for one in deliveries}
        bodies = {(one.id, one.body) for one in program.received}
        assert {event_id for event_id, _ in bodies} == places.keys()
        assert len(bodies) == len(places) < len(program.received)
        for customer_id in {one.customer_id for one in deliveries}:
            got = [places[one.id] for one in program.received]
            own = [place for owner, place in got if owner == customer_id]
            assert own == sorted(own)
