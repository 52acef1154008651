"""Limits on guessing, and what becomes of them while Redis is away: the site goes on."""

import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest
import redis
from conftest import make_app
from flask import Flask
from flask.testing import FlaskClient
from support.gates import Gate, gate_to
from support.pages import Browser

from pricingsite.web.http.limits import limiter

WRONG = {"email": "ada@ashdown.example", "password": "not-the-password-of-ada"}
REMARK = "Redis does not answer: each process counts its own limits."
pytestmark = pytest.mark.usefixtures("amara")


@pytest.fixture
def hanging() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.fixture
def gate() -> Iterator[Gate]:
    """The way to this machine's Redis."""
    try:
        redis.Redis(socket_timeout=1).ping()
    except redis.RedisError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no Redis answers on this machine: {error}")
    with gate_to("127.0.0.1", 6379) as gate:
        yield gate


def make_site(database_url: str, folder: Path, address: str) -> Flask:
    return make_app(database_url, folder, REDIS_URL=address, RATELIMIT_ENABLED=True)


def guess(app: Flask) -> int:
    """Send one wrong password; the status of the answer."""
    browser = Browser(app)
    token = browser.get("/login").one("input[name=csrf_token]")["value"]
    return browser.client.post("/login", data={**WRONG, "csrf_token": token}).status_code


@pytest.mark.parametrize("kind", ["refuses", "hangs"])
def test_a_redis_that_does_not_answer_stops_nobody(
    database_url: str,
    tmp_path: Path,
    hanging: str,
    kind: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    address = hanging if kind == "hangs" else "redis://127.0.0.1:9/0"
    app = make_site(database_url, tmp_path / "site", address)
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(guess, [app] * 8))
    assert set(statuses) == {422}
    assert [guess(app) for _ in range(4)] == [422, 422, 429, 429]
    told = [record for record in caplog.records if "Redis does not answer" in record.message]
    assert len(told) == 1
    client = app.test_client()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (200, f"ready\n{REMARK}\n")
    said = client.get("/readyz", headers={"Accept": "application/json"}).json
    assert said == {"ready": True, "problem": None, "remarks": [REMARK]}


def test_a_hanging_redis_is_asked_once_in_a_while(
    database_url: str, tmp_path: Path, hanging: str
) -> None:
    make_site(database_url, tmp_path / "site", hanging)
    start = monotonic()
    counted = [limiter.storage.incr("somebody", 60) for _ in range(1000)]
    assert counted == list(range(1, 1001))
    assert monotonic() - start < 5


def test_limits_are_shared_again_when_redis_is_back(
    database_url: str,
    tmp_path: Path,
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pricingsite.web.http.redis_limits._PAUSE_SECONDS", 0)
    app = make_site(database_url, tmp_path / "site", f"redis://127.0.0.1:{gate.port}/15")
    client: FlaskClient = app.test_client()
    limiter.storage.clear("somebody")
    assert limiter.storage.incr("somebody", 60) == 1
    gate.refuse()
    assert limiter.storage.incr("somebody", 60) == 1
    assert REMARK in client.get("/readyz").text
    gate.open()
    assert limiter.storage.incr("somebody", 60) == 2
    assert client.get("/readyz").text == "ready\n"
    limiter.storage.clear("somebody")
