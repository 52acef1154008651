"""Signing in and out; whether an address is known stays unsaid."""

from base64 import b64encode
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from conftest import make_app
from flask import Flask
from flask_login import encode_cookie
from sqlalchemy import select
from support.factories import have_amara
from support.members import ADA, PASSWORD, Members, sign_in
from support.orders import order
from support.pages import Browser, Page

from pricingsite.database import db
from pricingsite.web.links import absolute
from pricingsite.web.sign_in.flask_security import SignIn

NOT_RIGHT = "The e-mail address or the password is not right. Check both and try again."


@pytest.fixture
def members(app: Flask) -> Members:
    """Ada, a member of Ashdown Ltd, on a site with a catalog."""
    with app.app_context():
        have_amara(db.session())
        db.session.commit()
    members = Members(app)
    members.user(members.customer())
    return members


def without_token(page: Page) -> str:
    for token in page.select("[name=csrf_token]"):
        token["value"] = ""
    return page.decode()


def errors(page: Page) -> list[str]:
    return page.texts(".error-summary li")


@pytest.mark.parametrize("typed", [ADA, "ADA@Ashdown.example ", " ada@ashdown.example"])
@pytest.mark.usefixtures("members")
def test_signing_in_leads_to_the_account(browser: Browser, typed: str) -> None:
    assert sign_in(browser, typed).location == "/account"
    assert "Ashdown" not in browser.get("/").get_text()
    assert browser.get("/account/details").text_of("h1") == "Your details"


@pytest.mark.usefixtures("members")
def test_a_wrong_password_and_an_unknown_address_read_the_same(browser: Browser) -> None:
    def attempt(email: str) -> Page:
        form = browser.get("/login")
        return browser.submit(form, email=email, password="wrong-wrong-wrong", status=422)

    wrong, unknown = attempt(ADA), attempt("bob@ashdown.example")
    assert errors(wrong) == [NOT_RIGHT]
    assert wrong.text_of("title").startswith("Error: ")
    assert wrong.one("[name=email]")["value"] == ADA
    assert not wrong.one("[name=password]").get("value")
    assert set(wrong.headers.keys()) == set(unknown.headers.keys())
    same = without_token(unknown).replace("bob@ashdown.example", ADA)
    assert without_token(wrong) == same


@pytest.mark.parametrize(
    ("email", "password", "told"),
    [
        ("", "", ["Enter your e-mail address", "Enter your password"]),
        (ADA, "", ["Enter your password"]),
        ("", PASSWORD, ["Enter your e-mail address"]),
        ("ada", "x", ["Enter an e-mail address in the right format, like name@example.com"]),
        (
            "a\0@b.example",
            "x",
            ["Enter an e-mail address in the right format, like name@example.com"],
        ),
    ],
)
@pytest.mark.usefixtures("members")
def test_what_is_left_out_or_mistyped_is_told_at_its_field(
    browser: Browser, email: str, password: str, told: list[str]
) -> None:
    page = browser.submit(browser.get("/login"), email=email, password=password, status=422)
    assert errors(page) == told
    assert len(page.select(".field.failed")) == len(told)


@pytest.mark.parametrize("password", ["x" * 100_000, "\0", "\N{PILE OF POO}" * 80])
@pytest.mark.usefixtures("members")
def test_any_password_may_be_tried(browser: Browser, password: str) -> None:
    page = browser.submit(browser.get("/login"), email=ADA, password=password, status=422)
    assert errors(page) == [NOT_RIGHT]


@pytest.mark.parametrize(
    ("wanted", "location"),
    [
        ("/account/details", "/account/details"),
        ("/account?a=b", "/account?a=b"),
        ("https://evil.example/", "/account"),
        ("//evil.example", "/account"),
        ("///evil.example", "/evil.example"),
        ("/\\evil.example", "/%5Cevil.example"),
        ("\\\\evil.example", "%5C%5Cevil.example"),
        ("/\t/evil.example", "/account"),
        ("\t//evil.example", "/account"),
        (" https://evil.example", "/account"),
        ("javascript:alert(1)", "/account"),
        ("http:evil.example", "/account"),
        ("http:///evil.example", "/account"),
    ],
)
@pytest.mark.usefixtures("members")
def test_signing_in_leads_to_no_other_site(browser: Browser, wanted: str, location: str) -> None:
    page = browser.get("/login", query_string={"next": wanted})
    assert browser.submit(page, email=ADA, password=PASSWORD).location == location


@pytest.mark.usefixtures("members")
def test_a_guarded_page_is_shown_after_signing_in(browser: Browser) -> None:
    asked = browser.get("/account/details", status=303)
    form = browser.follow(asked)
    assert browser.submit(form, email=ADA, password=PASSWORD).location == "/account/details"


@pytest.mark.usefixtures("members")
def test_who_is_signed_in_already_goes_to_the_account(browser: Browser) -> None:
    sign_in(browser)
    assert browser.get("/login", status=303).location == "/account"


@pytest.mark.usefixtures("members")
def test_signing_out_leaves_nothing_behind(browser: Browser) -> None:
    sign_in(browser)
    with browser.client.session_transaction() as session:
        session["orders"], session["order_keys"] = ["7K3M9-QX2P0"], {"scale": "key"}
    page = browser.get("/account/details")
    assert browser.submit(page, "header form").location == "/login"
    with browser.client.session_transaction() as session:
        assert dict(session) == {}
    browser.get("/account/details", status=303)


def copy_of(browser: Browser, app: Flask) -> Browser:
    """Somebody else with the same cookie."""
    cookie = browser.client.get_cookie("session")
    assert cookie
    thief = Browser(app)
    thief.client.set_cookie("session", cookie.value)
    return thief


@pytest.mark.usefixtures("members")
def test_a_copied_cookie_is_worth_nothing_after_signing_out(app: Flask, browser: Browser) -> None:
    browser.get("/login")
    before = copy_of(browser, app)
    sign_in(browser)
    elsewhere = Browser(app)
    sign_in(elsewhere)
    thief = copy_of(browser, app)
    assert thief.get("/account/details").text_of("h1") == "Your details"
    browser.submit(browser.get("/account/details"), "header form")
    for visitor in (thief, before):
        visitor.get("/account/details", status=303)
    # Pages that ask nobody who they are renew a cookie; that brings none back.
    thief.get("/checkout/scale")
    thief.get("/account/details", status=303)
    # Only this browser is signed out, and it can sign in again, with the old cookie too.
    elsewhere.get("/account/details")
    assert sign_in(thief).location == "/account"
    thief.get("/account/details")


def test_a_copied_cookie_sees_no_order_after_signing_out(
    members: Members, app: Flask, browser: Browser
) -> None:
    del members
    path = str(order(browser).location)
    page = browser.get(path)
    thief = copy_of(browser, app)
    thief.get(path)
    browser.submit(page, "header form")
    for asked in (path, "/account"):
        assert str(thief.get(asked, status=303).location).startswith("/login")


@pytest.mark.usefixtures("members")
def test_signing_in_changes_the_csrf_token(browser: Browser) -> None:
    page = browser.get("/login")
    with browser.client.session_transaction() as session:
        before = session["csrf_token"]
    sign_in(browser)
    browser.get("/account/details")
    with browser.client.session_transaction() as session:
        assert session["csrf_token"] != before
    token = page.one("main form [name=csrf_token]")["value"]
    browser.post("/logout", {"csrf_token": token}, status=400)
    browser.get("/account/details")


@pytest.mark.parametrize("path", ["/login", "/login?include_auth_token"])
@pytest.mark.usefixtures("members")
def test_signing_in_answers_with_no_token(browser: Browser, path: str) -> None:
    form = browser.get("/login")
    typed = {"csrf_token": form.one("[name=csrf_token]")["value"], "email": ADA}
    answers = (("wrong-wrong-wrong", 422, "application/problem+json"), (PASSWORD, 303, "text/html"))
    for password, status, mimetype in answers:
        answer = browser.client.post(
            path, data=typed | {"password": password}, headers={"Accept": "application/json"}
        )
        assert (answer.status_code, answer.mimetype) == (status, mimetype)
        assert "authentication_token" not in answer.get_data(as_text=True)


def test_nothing_but_the_sessions_cookie_signs_anybody_in(members: Members, app: Flask) -> None:
    del members
    with app.app_context():
        user = db.session.scalars(select(SignIn)).one()
        token, remembered = user.get_auth_token(), encode_cookie(user.fs_uniquifier)
    strangers = [
        {"headers": {"Authentication-Token": token}},
        {"headers": {"Authorization": f"Bearer {token}"}},
        {"headers": {"Authorization": "Basic " + b64encode(f"{ADA}:{PASSWORD}".encode()).decode()}},
        {"query_string": {"auth_token": token}},
        {"json": {"auth_token": token}},
        {"headers": {"Cookie": f"remember={remembered}"}},
        {"headers": {"Cookie": f"remember_token={remembered}"}},
    ]
    for sent in strangers:
        answer = app.test_client().get("/account/details", **sent)
        assert answer.status_code == 303, sent
        assert answer.location.startswith("/login"), sent


@pytest.mark.usefixtures("members")
def test_signing_out_takes_a_post_with_its_token(browser: Browser) -> None:
    sign_in(browser)
    browser.get("/logout", status=405)
    browser.post("/logout", {}, status=400)
    browser.get("/account/details")


@pytest.mark.usefixtures("members")
def test_a_page_open_for_too_long_is_shown_again(app: Flask, browser: Browser) -> None:
    page = browser.get("/login")
    app.config["WTF_CSRF_TIME_LIMIT"] = -1
    again = browser.submit(page, email=ADA, password=PASSWORD, status=400)
    assert "open for too long" in errors(again)[0]
    assert again.one("[name=email]")["value"] == ADA
    app.config["WTF_CSRF_TIME_LIMIT"] = 3600
    assert browser.submit(again, password=PASSWORD).location == "/account"


@pytest.mark.parametrize("body", [[1], {"email": ["a"], "password": {}}, "text", 1])
@pytest.mark.parametrize("path", ["/login", "/reset", "/reset/token"])
@pytest.mark.usefixtures("members")
def test_sign_in_takes_forms_alone(browser: Browser, path: str, body: object) -> None:
    token = browser.get("/login").one("[name=csrf_token]")["value"]
    answer = browser.client.post(path, json=body, headers={"X-CSRFToken": token})
    assert answer.status_code == 415


@pytest.mark.parametrize("path", ["/", "/calculator", "/plans/scale", "/terms", "/pricing.json"])
def test_public_pages_set_no_cookie_and_are_the_same_for_everyone(
    members: Members, app: Flask, browser: Browser, path: str
) -> None:
    del members
    stranger = app.test_client().get(path)
    sign_in(browser)
    member = browser.client.get(path)
    for answer in (stranger, member):
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert answer.headers["Cache-Control"] == "no-cache"
    assert stranger.data == member.data


def session_cookie(app: Flask, base_url: str) -> SimpleCookie:
    answer = app.test_client().get("/login", base_url=base_url)
    assert answer.status_code == 200
    return SimpleCookie(answer.headers["Set-Cookie"])


def test_cookies_over_http_are_plain(members: Members, app: Flask) -> None:
    del members
    (cookie,) = session_cookie(app, app.config["BASE_URL"]).values()
    assert (cookie.key, cookie["secure"], cookie["httponly"]) == ("session", "", True)
    assert (cookie["samesite"], cookie["domain"]) == ("Lax", "")


def test_over_https_cookies_are_secure_and_links_too(
    members: Members, database_url: str, tmp_path: Path
) -> None:
    del members
    app = make_app(database_url, tmp_path / "https", BASE_URL="https://shop.example")
    (cookie,) = session_cookie(app, "https://shop.example").values()
    assert (cookie.key, cookie["secure"], cookie["path"]) == ("__Host-session", True, "/")
    assert (cookie["samesite"], cookie["domain"]) == ("Lax", "")
    with app.app_context():
        assert absolute("access.verify", token="t") == "https://shop.example/verify/t"
    with app.test_request_context("/", base_url="https://shop.example"):
        assert absolute("security.login") == "https://shop.example/login"


def test_a_new_secret_ends_no_password(members: Members, database_url: str, tmp_path: Path) -> None:
    del members
    app = make_app(
        database_url, tmp_path / "rotated", SECRET_KEY="another-secret-0123456789-of-a-shop"
    )
    assert sign_in(Browser(app)).location == "/account"
