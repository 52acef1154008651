"""Public pages that are kept: the same answers as without, never stale, never of two catalogs."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from conftest import Clock, make_app
from flask import Flask
from flask.testing import FlaskClient
from support.factories import AMARA, amara_announcing, amara_with, apply_amara
from support.pages import Browser
from werkzeug.test import TestResponse

from pricingsite.database import db
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.web.http import page_cache

PUBLIC = [
    "/",
    "/pricing",
    "/pricing/history",
    "/plans/start",
    "/plans/none",
    "/pricing.json",
    "/pricing.md",
    "/calculator",
    "/calculator?api_calls=3200",
    "/calculator?api_calls=lots",
    "/terms",
    "/privacy",
    "/sitemap.xml",
    "/robots.txt",
    "/llms.txt",
    "/brand.css",
    "/api/v1",
    "/api/v1/openapi.json",
    "/no-such-page",
]
RENAMED = [('name = "AI add-on"', 'name = "AI extra"')] * 2


def put_on_sale(app: Flask, toml: bytes | None = None) -> None:
    with app.app_context():
        if toml is None:
            apply_amara(db.session())
        else:
            apply(db.session(), read_catalog(toml), archive=True, now=app.config["NOW"])
        db.session.commit()


@pytest.fixture(autouse=True)
def on_sale(app: Flask) -> None:
    put_on_sale(app)


@pytest.fixture
def without(
    app: Flask, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> FlaskClient:
    """A visitor of the same site without the layer."""
    monkeypatch.setattr(page_cache, "init_app", lambda _: None)
    now = app.config["NOW"].isoformat()
    return make_app(database_url, tmp_path / "instance", NOW=now).test_client()


def whole(answer: TestResponse) -> tuple[int, list[tuple[str, str]], bytes]:
    # Servers say themselves when they answer.
    headers = sorted((name, value) for name, value in answer.headers if name != "Date")
    return answer.status_code, headers, answer.data


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("path", PUBLIC)
def test_kept_answers_are_those_of_today_to_the_byte(
    client: FlaskClient, without: FlaskClient, path: str, accept: str
) -> None:
    asked = {"Accept": accept}
    today = without.get(path, headers=asked)
    for _ in range(2):
        assert whole(client.get(path, headers=asked)) == whole(today)
    assert whole(client.head(path, headers=asked)) == whole(without.head(path, headers=asked))
    etag = today.headers.get("ETag", '"none"')
    for known in (etag, f'"other", W/{etag}', "*", '"other"', "nonsense"):
        asked["If-None-Match"] = known
        for method in ("GET", "HEAD"):
            kept, made = (one.open(path, method=method, headers=asked) for one in (client, without))
            assert whole(kept) == whole(made), (method, known)


def test_a_page_that_has_not_changed_is_not_made_again(
    app: Flask, client: FlaskClient, queries: Callable[..., object]
) -> None:
    made: list[str] = []
    app.before_request(lambda: made.append("once more"))
    for _ in range(3):
        assert client.get("/plans/scale").status_code == 200
    assert len(made) == 1
    # The version alone is asked for, in a transaction.
    with queries(at_most=2):  # type: ignore[attr-defined]
        client.get("/plans/scale")


@pytest.mark.parametrize("path", ["/", "/plans/scale", "/pricing.json", "/calculator"])
def test_a_new_catalog_shows_at_once(app: Flask, client: FlaskClient, path: str) -> None:
    before = client.get(path)
    assert "AI add-on" in before.text
    put_on_sale(app, amara_with(*RENAMED))
    after = client.get(path, headers={"If-None-Match": before.headers["ETag"]})
    assert (after.status_code, "AI extra" in after.text) == (200, True)


def test_a_page_that_a_new_catalog_overtakes_is_made_again(app: Flask, client: FlaskClient) -> None:
    """The catalog comes in between two of the statements that a page is made by."""
    waiting = [amara_with(*RENAMED), AMARA.read_bytes()]

    @app.before_request
    def _apply() -> None:
        if waiting:
            put_on_sale(app, waiting.pop(0))

    assert "AI add-on" in client.get("/").text
    assert waiting == []
    assert "AI add-on" in client.get("/").text


def test_an_announced_price_shows_from_its_first_moment(
    app: Flask, client: FlaskClient, clock: Clock
) -> None:
    put_on_sale(app, amara_announcing())
    # London's New Year is Greenwich's.
    clock.set(midnight := datetime.fromisoformat("2027-01-01T00:00:00Z"))
    for moment, price in ((midnight - timedelta(microseconds=1), "£500"), (midnight, "£550")) * 2:
        clock.set(moment)
        assert price in client.get("/plans/start").text


@pytest.mark.parametrize("path", ["/checkout/scale", "/login", "/reset", "/account", "/readyz"])
def test_what_is_one_visitors_own_is_never_kept(app: Flask, client: FlaskClient, path: str) -> None:
    made: list[str] = []
    app.before_request(lambda: made.append("once more"))
    for _ in range(2):
        client.get(path)
    assert len(made) == 2


def test_what_is_kept_has_bounds(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    app.before_request(lambda: made.append("once more"))
    monkeypatch.setattr(page_cache, "_MOST_PAGES", 3)
    for calls in (1, 2, 3, 1, 4, 1, 2):
        browser.get(f"/calculator?api_calls={calls}")
    # 4 put out 2, which was asked for longest ago; 1 was kept throughout.
    assert len(made) == 5
    monkeypatch.setattr(page_cache, "_MOST_BYTES", 1)
    for _ in range(2):
        browser.get("/calculator?api_calls=5")
    assert len(made) == 7
