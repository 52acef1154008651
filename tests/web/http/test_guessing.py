"""Limits on guessing and asking: by account and by network, on failures, for longer each time."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import make_app
from flask import Flask
from support.factories import have_amara
from support.members import ADA, PASSWORD, Members, sign_in
from support.orders import TYPED
from support.pages import Browser, Page

from pricingsite.database import db
from pricingsite.web.http.networks import network

WRONG = "wrong-wrong-wrong"


@pytest.fixture
def limited(app: Flask, database_url: str, tmp_path: Path) -> Flask:
    """The site with limits, and Ada, a member of Ashdown Ltd."""
    with app.app_context():
        have_amara(db.session())
        db.session.commit()
    members = Members(app)
    members.user(members.customer())
    return make_app(database_url, tmp_path / "limited", RATELIMIT_ENABLED=True)


def visitor(app: Flask, address: str) -> Browser:
    """Somebody who comes from an address."""
    browser = Browser(app)
    browser.client.environ_base["REMOTE_ADDR"] = address
    return browser


def guess(browser: Browser, email: str, password: str = WRONG) -> int:
    """Try a password; the status of the answer."""
    token = browser.get("/login").one("main [name=csrf_token]")["value"]
    typed = {"csrf_token": token, "email": email, "password": password}
    return browser.client.post("/login", data=typed).status_code


def everyone(number: int) -> str:
    return f"somebody-{number}@ashdown.example"


@pytest.mark.parametrize(
    "addresses",
    [
        ["203.0.113.7"] * 11,
        [f"2001:db8:1:2::{number:x}" for number in range(1, 12)],
        [f"2001:db8:1:2:{number:x}:{number:x}:{number:x}:1" for number in range(1, 12)],
        ["203.0.113.7", "::ffff:203.0.113.7"] * 6,
    ],
)
def test_a_network_guesses_ten_times(limited: Flask, addresses: list[str]) -> None:
    answers = [
        guess(visitor(limited, address), everyone(number))
        for number, address in enumerate(addresses)
    ]
    assert answers[:10] == [422] * 10
    assert set(answers[10:]) == {429}


def test_other_networks_guess_on(limited: Flask) -> None:
    for number in range(11):
        guess(visitor(limited, "2001:db8:1:2::1"), everyone(number))
    assert guess(visitor(limited, "2001:db8:1:3::1"), everyone(99)) == 422
    assert guess(visitor(limited, "203.0.113.7"), everyone(99)) == 422


@pytest.mark.parametrize("email", [ADA, "nobody@ashdown.example"])
def test_an_account_is_guessed_at_ten_times_from_wherever(limited: Flask, email: str) -> None:
    written = [email, email.upper(), f" {email} "]
    answers = [
        guess(visitor(limited, f"198.51.100.{number}"), written[number % 3]) for number in range(12)
    ]
    assert answers == [422] * 10 + [429] * 2
    assert guess(visitor(limited, "198.51.100.99"), email, PASSWORD) == 429
    # Other accounts are not concerned.
    assert guess(visitor(limited, "198.51.100.99"), everyone(1)) == 422


def test_an_office_signs_in_as_often_as_it_likes(limited: Flask) -> None:
    for _ in range(12):
        assert sign_in(visitor(limited, "203.0.113.7")).location == "/account"
    assert guess(visitor(limited, "203.0.113.7"), ADA) == 422


def test_whoever_goes_on_guessing_waits_longer(
    limited: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, waits = time.time(), []
    for minutes in (0, 6, 12, 18):
        monkeypatch.setattr(
            "limits.storage.memory.time.time", lambda minutes=minutes: started + minutes * 60
        )
        for number in range(11):
            guess(visitor(limited, f"198.51.{minutes}.{number}"), ADA)
        page = refused(visitor(limited, "198.51.100.1"), ADA)
        waits.append(int(page.headers["Retry-After"]) // 60)
    assert waits[:2] == [5, 5]
    assert waits[2] >= 45
    assert waits[3] >= 40


def refused(browser: Browser, email: str) -> Page:
    return browser.submit(browser.get("/login"), status=429, email=email, password=WRONG)


@pytest.mark.parametrize(
    ("path", "most", "wait"),
    [("/login", 10, timedelta(minutes=5)), ("/reset", 5, timedelta(hours=1))],
)
def test_the_page_says_how_long_to_wait_and_keeps_what_was_typed(
    limited: Flask, path: str, most: int, wait: timedelta
) -> None:
    browser = Browser(limited)
    page = browser.get(path)
    typed = {"email": "bob@ashdown.example"}
    if path == "/login":
        typed["password"] = WRONG
    for _ in range(most):
        browser.submit(page, status=422 if path == "/login" else 303, **typed)
    refused = browser.submit(page, status=429, **typed)
    assert refused.text_of("h1") == "Too many attempts"
    assert re.search(r"Try again in \d+ minutes", refused.text_of("main"))
    assert 0 < int(refused.headers["Retry-After"]) <= wait.total_seconds()
    assert refused.one("main form")["action"] == path
    assert refused.one("[name=email]")["value"] == "bob@ashdown.example"
    assert WRONG not in str(refused)
    assert len(refused.select("main input[type=password]")) == (path == "/login")
    browser.get(path)


def test_an_order_that_comes_too_soon_keeps_all_that_was_typed(limited: Flask) -> None:
    browser = Browser(limited)
    page = browser.get("/checkout/scale")
    for _ in range(30):
        browser.submit(page, status=422, **(TYPED | {"email": ""}))
    again = browser.submit(page, status=429, **TYPED)
    kept = {field["name"]: field.get("value", "") for field in again.select("main form input")}
    assert TYPED.items() <= kept.items()


def test_reading_is_not_limited(limited: Flask) -> None:
    client = limited.test_client()
    for path in ("/calculator?api_calls=1500", "/login", "/plans/scale"):
        assert {client.get(path).status_code for _ in range(100)} == {200}


@pytest.mark.parametrize(
    ("address", "known_as"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]:4711", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("unknown", "unknown"),
        ("1.2.3", "unknown"),
    ],
)
def test_a_network_is_known_without_port_or_host(app: Flask, address: str, known_as: str) -> None:
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": address}):
        assert network() == known_as


def test_behind_a_proxy_the_visitors_port_makes_no_other_network(
    limited: Flask, database_url: str, tmp_path: Path, forwarded: Callable[[int], str]
) -> None:
    del limited
    app = make_app(database_url, tmp_path / "proxied", RATELIMIT_ENABLED=True, TRUSTED_PROXIES=1)
    answers = []
    for number in range(11):
        browser = Browser(app)
        browser.client.environ_base["HTTP_X_FORWARDED_FOR"] = forwarded(number)
        answers.append(guess(browser, everyone(number)))
    assert answers == [422] * 10 + [429]


@pytest.fixture(params=["203.0.113.7:{}", "[2001:db8::7]:{}", "[2001:db8::{}]:443"])
def forwarded(request: pytest.FixtureRequest) -> Callable[[int], str]:
    """What a proxy writes of its visitors."""
    return lambda number: request.param.format(4711 + number)
