"""The headers of real answers: what pages may load, and who may keep them."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from support.factories import have_amara
from support.members import Members, sign_in
from support.pages import Browser

from pricingsite.database import db

PUBLIC = ("/", "/pricing", "/plans/scale", "/calculator?api_calls=2501", "/pricing.json", "/terms")


@pytest.fixture(autouse=True)
def on_sale(app: Flask) -> None:
    with app.app_context():
        have_amara(db.session())
        db.session.commit()


@pytest.mark.parametrize("path", [*PUBLIC, "/login", "/no-such-page", "/healthz"])
def test_every_answer_is_guarded(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_is_the_same_bytes_for_everyone(
    app: Flask, browser: Browser, client: FlaskClient, path: str
) -> None:
    members = Members(app)
    members.user(members.customer())
    sign_in(browser)
    stranger, member = client.get(path), browser.client.get(path)
    assert member.data == stranger.data
    for answer in (stranger, member):
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert answer.headers["Cache-Control"] == "no-cache"
    unchanged = client.get(path, headers={"If-None-Match": stranger.headers["ETag"]})
    assert (unchanged.status_code, unchanged.data) == (304, b"")


@pytest.mark.parametrize("path", ["/login", "/checkout/scale", "/account"])
def test_other_pages_are_nobodys_to_keep(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_a_versioned_file_is_kept_a_year(browser: Browser) -> None:
    sheet = browser.get("/").one("link[rel=stylesheet]")["href"]
    assert "?v=" in str(sheet)
    with browser.client.get(str(sheet)) as answer:
        assert "max-age=31536000" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("text/html", "text/html"), ("application/json", "application/problem+json")],
)
def test_errors_are_pages_or_problem_documents(client: FlaskClient, accept: str, kind: str) -> None:
    answer = client.get("/no-such-page", headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (404, kind)


def test_a_method_that_is_not_taken_names_those_that_are(client: FlaskClient) -> None:
    answer = client.post("/pricing")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/", "/plans/scale", "/login"])
def test_no_page_believes_the_host_header(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Host": "evil.example"})
    assert b"evil.example" not in answer.data


@pytest.mark.parametrize("path", [*PUBLIC, "/login", "/reset", "/checkout/scale", "/no-such-page"])
def test_asking_for_the_headers_alone_gives_those_of_the_page(
    client: FlaskClient, path: str
) -> None:
    page, headers = client.get(path), client.head(path)
    assert (headers.status_code, headers.data) == (page.status_code, b"")
    assert headers.mimetype == page.mimetype
