"""Webhooks in tests: an endpoint that a receiver has, and what reaches it, verified."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from typing import Any

import pytest
import standardwebhooks
from click.testing import Result
from flask import Flask
from support.receivers import Received, Receiver, receiver


class Endpoint:
    """A receiver that events are sent to, and its secret."""

    def __init__(self, app: Flask, receiver: Receiver, *types: str) -> None:
        self.app, self.receiver = app, receiver
        named = [word for one in types for word in ("--type", one)]
        added = command(app, "webhooks", "add", receiver.url, *named)
        assert added.exit_code == 0, added.output
        self.secret = added.stdout.strip()
        self.read = 0

    def deliver(self, *, exit_code: int = 0) -> list[Received]:
        """Deliver what waits; what has come since the last look, unverified."""
        result = command(self.app, "outbox", "deliver")
        assert result.exit_code == exit_code, result.output
        return self.came()

    def came(self) -> list[Received]:
        found = self.receiver.received[self.read :]
        self.read += len(found)
        return found

    def events(self) -> list[dict[str, Any]]:
        """Deliver what waits; the events that have come, verified."""
        return [self.verified(one) for one in self.deliver()]

    def types(self) -> list[str]:
        return [event["type"] for event in self.events()]

    def verified(self, one: Received) -> dict[str, Any]:
        with verifying_at(self.app.config["NOW"]):
            found: dict[str, Any] = standardwebhooks.Webhook(self.secret).verify(
                one.body, one.headers
            )
        assert json.loads(one.body) == found
        assert list(found) == ["type", "timestamp", "data"]
        return found


def command(app: Flask, *args: str) -> Result:
    # `flask` itself opens the context that some commands expect.
    with app.app_context():
        return app.test_cli_runner().invoke(args=list(args))


@contextmanager
def verifying_at(moment: datetime) -> Iterator[None]:
    """Let the receiver's clock stand where the site's does: it refuses what is minutes old."""

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return moment.astimezone(tz)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("standardwebhooks.webhooks.datetime", Stopped)
        yield


@contextmanager
def endpoint(app: Flask, *types: str) -> Iterator[Endpoint]:
    """An endpoint for some types, or all."""
    with receiver() as found:
        yield Endpoint(app, found, *types)
