"""A merchant's program in tests: a key, and the CloudEvents that it sends."""

import json
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from support.accounts import Account
from werkzeug.test import TestResponse

from pricingsite.database import db
from pricingsite.services.access.api_keys import create
from pricingsite.services.customers.aliases import add_alias

BATCH = "application/cloudevents-batch+json"
STRUCTURED = "application/cloudevents+json"
AT = datetime(2026, 11, 1, tzinfo=UTC)


def make_key(app: Flask, *scopes: str) -> str:
    with app.app_context():
        key = create(db.session(), scopes, now=AT)
        db.session.commit()
    return key


def make_customer(app: Flask, alias: str | None = None) -> str:
    """The id of a new customer of Scale, from the first of November on."""
    with app.app_context():
        account = Account(db.session())
        account.subscribe("A", "X")
        if alias:
            add_alias(db.session(), account.customer, alias)
        db.session.commit()
        return account.customer.id


def cloud_event(subject: str, event_id: str, calls: Any = 1, **changes: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "/gateway",
        "type": "api_call",
        "subject": subject,
        "time": "2026-11-20T12:00:00Z",
        "data": {"calls": calls},
    } | changes


class Program:
    """Calls the API with a key."""

    def __init__(self, app: Flask, key: str) -> None:
        self.client = app.test_client()
        self.headers = {"Authorization": f"Bearer {key}"}

    def post(self, path: str, body: Any, content_type: str, **headers: str) -> TestResponse:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(
            path, data=data, content_type=content_type, headers=self.headers | headers
        )

    def post_json(self, path: str, body: Any, **headers: str) -> TestResponse:
        return self.post(path, body, "application/json", **headers)

    def patch(self, path: str, body: Any) -> TestResponse:
        return self.client.patch(path, json=body, headers=self.headers)

    def send(self, *events: dict[str, Any], **headers: str) -> TestResponse:
        return self.post("/api/v1/events", list(events), BATCH, **headers)

    def void(self, *names: dict[str, str]) -> TestResponse:
        return self.post("/api/v1/events/void", list(names), "application/json")

    def get(self, path: str, **query: str) -> TestResponse:
        return self.client.get(path, query_string=query, headers=self.headers)
