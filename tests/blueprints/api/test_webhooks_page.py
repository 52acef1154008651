"""The page about webhooks: every type with an example, and a receiver that works as it is shown."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from conftest import Clock
from flask import Flask
from support.accounts import Account
from support.pages import Browser
from support.receivers import Received
from support.webhooks import Endpoint, command, endpoint

from pricingsite.blueprints.api.description.document import document
from pricingsite.blueprints.api.description.webhooks import TYPES
from pricingsite.database import db
from pricingsite.services.messages.webhooks import EventType, record_event

PATH = "/api/v1/webhooks"


@pytest.fixture
def hook(app: Flask, clock: Clock) -> Iterator[Endpoint]:
    """An endpoint of a site whose clock is right: the receiver has a clock of its own."""
    clock.set(datetime.now(UTC))
    with app.app_context():
        Account(db.session())
        db.session.commit()
    with endpoint(app) as found:
        yield found


def delivered(app: Flask, hook: Endpoint) -> Received:
    """An event, as it is delivered."""
    with app.app_context():
        customer_id = Account(db.session()).customer.id
        about = {"customer_id": customer_id, "about": customer_id}
        record_event(db.session(), EventType.CUSTOMER_UPDATED, **about, now=app.config["NOW"])
        db.session.commit()
    return hook.deliver()[-1]


@contextmanager
def running(program: str, secret: str, folder: Path) -> Iterator[str]:
    """The program of the page, as a reader would run it; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    file = folder / "receiver.py"
    file.write_text(program)
    env = os.environ | {"WEBHOOK_SECRET": secret, "PORT": str(port)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([sys.executable, str(file)], env=env, **quiet)
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError("the receiver did not start")


def answer(url: str, sent: Received) -> int:
    signed = {name: text for name, text in sent.headers.items() if name.startswith("webhook-")}
    try:
        with urlopen(Request(url, sent.body, signed), timeout=20) as got:  # noqa: S310
            status: int = got.status
            return status
    except HTTPError as error:
        return error.code


def test_the_receiver_works_as_it_is_shown(
    app: Flask, hook: Endpoint, browser: Browser, tmp_path: Path
) -> None:
    program = browser.get(PATH).one("[aria-label='A receiver in Python']").get_text()
    got = delivered(app, hook)
    with running(program, hook.secret, tmp_path) as url:
        assert answer(url, got) == 204
        assert answer(url, replace(got, body=got.body + b" ")) == 401
        for header, wrong in (
            ("webhook-id", "evt_other"),
            ("webhook-timestamp", str(int(got.headers["webhook-timestamp"]) - 1)),
            ("webhook-signature", "v1,AAAA"),
            ("webhook-signature", ""),
        ):
            forged = replace(got, headers=got.headers | {header: wrong})
            assert answer(url, forged) == 401, header
        # Between two secrets, the old one verifies as well.
        command(app, "webhooks", "rotate", hook.receiver.url)
        assert answer(url, delivered(app, hook)) == 204


def test_the_receiver_refuses_what_is_old(
    app: Flask, hook: Endpoint, browser: Browser, clock: Clock, tmp_path: Path
) -> None:
    program = browser.get(PATH).one("[aria-label='A receiver in Python']").get_text()
    clock.set(datetime.fromtimestamp(clock.now.timestamp() - 600, UTC))
    old = delivered(app, hook)
    with running(program, hook.secret, tmp_path) as url:
        assert answer(url, old) == 401


@pytest.mark.usefixtures("customer")
def test_every_type_has_an_example_as_the_api_describes_it(browser: Browser) -> None:
    page = browser.get(PATH)
    assert set(TYPES) == set(EventType)
    schemas = document("http://127.0.0.1:5000")["components"]["schemas"]
    for event_type, (_, schema) in TYPES.items():
        shown = json.loads(page.one(f"pre[aria-label='Example of {event_type}']").get_text())
        assert list(shown) == ["type", "timestamp", "data"]
        assert shown["type"] == event_type
        assert datetime.fromisoformat(shown["timestamp"]).tzinfo
        if schema:
            described = set(schemas[schema]["properties"])
            assert described == set(shown["data"]) - ({"customer"} - described), event_type


@pytest.mark.usefixtures("customer")
def test_the_reference_leads_to_it(app: Flask, browser: Browser) -> None:
    assert browser.get("/api/v1").one(f"main a[href='{PATH}']")
    answered = app.test_client().get(PATH)
    assert "Set-Cookie" not in answered.headers
    assert answered.headers["ETag"]
