"""Signing in and out and setting a new password; whether an address is known stays unsaid."""

import re
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from conftest import make_app
from flask import Flask
from support.factories import apply_amara
from support.members import ADA, PASSWORD, Members, sign_in
from support.pages import Browser, Page

from pricingsite.database import db
from pricingsite.web.links import absolute

NEW_PASSWORD = "slow-amber-canoe-7730"
NOT_RIGHT = "The e-mail address or the password is not right. Check both and try again."


@pytest.fixture
def members(app: Flask) -> Members:
    """Ada, a member of Held Out Ltd, on a site with a catalog."""
    with app.app_context():
        apply_amara(db.session())
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


@pytest.mark.parametrize("typed", [ADA, "ADA@Held-Out.example ", " ada@held-out.example"])
@pytest.mark.usefixtures("members")
def test_signing_in_leads_to_the_account(browser: Browser, typed: str) -> None:
    assert sign_in(browser, typed).location == "/account"
    assert "Held Out" not in browser.get("/").get_text()
    assert browser.get("/account/details").text_of("h1") == "Your details"


@pytest.mark.usefixtures("members")
def test_a_wrong_password_and_an_unknown_address_read_the_same(browser: Browser) -> None:
    def attempt(email: str) -> Page:
        form = browser.get("/login")
        return browser.submit(form, email=email, password="wrong-wrong-wrong", status=422)

    wrong, unknown = attempt(ADA), attempt("bob@held-out.example")
    assert errors(wrong) == [NOT_RIGHT]
    assert wrong.text_of("title").startswith("Error: ")
    assert wrong.one("[name=email]")["value"] == ADA
    assert not wrong.one("[name=password]").get("value")
    assert set(wrong.headers.keys()) == set(unknown.headers.keys())
    same = without_token(unknown).replace("bob@held-out.example", ADA)
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


def ask(browser: Browser, email: str) -> Page:
    """Ask for a new password, and read the page that one is led to."""
    return browser.follow(browser.submit(browser.get("/reset"), email=email))


def test_a_new_password_from_the_mail_to_signing_in(
    members: Members, app: Flask, browser: Browser
) -> None:
    elsewhere = Browser(app)
    sign_in(elsewhere)
    said = ask(browser, ADA).text_of(".notice")
    assert said == f"If {ADA} can sign in here, a link to set a new password is on its way to it."
    (mail,) = members.mails()
    assert (mail.recipient, mail.subject) == (ADA, "Set a new password for Amara")
    assert mail.html is not None
    path = members.mailed_path()
    assert f'href="{app.config["BASE_URL"]}{path}"' in mail.html

    assert browser.submit(browser.get(path), password=NEW_PASSWORD).location == "/login"
    assert "Your password is changed" in browser.get("/login").text_of(".notice")
    assert [message.subject for message in members.mails()] == [
        "Set a new password for Amara",
        "Your Amara password was changed",
    ]
    elsewhere.get("/account/details", status=303)
    browser.submit(browser.get("/login"), email=ADA, password=PASSWORD, status=422)
    assert sign_in(browser, password=NEW_PASSWORD).location == "/account"

    used = Browser(app)
    assert used.get(path, status=303).location == "/reset"
    assert "expired or was used" in used.get("/reset").text_of(".notice.alert")


def test_asking_for_an_unknown_address_reads_the_same_and_sends_nothing(
    members: Members, app: Flask
) -> None:
    known, unknown = (ask(Browser(app), email) for email in (ADA, "bob@held-out.example"))
    same = without_token(unknown).replace("bob@held-out.example", ADA)
    assert without_token(known) == same
    assert [mail.recipient for mail in members.mails()] == [ADA]


@pytest.mark.parametrize(
    ("email", "told"),
    [
        ("", "Enter your e-mail address"),
        ("ada", "Enter an e-mail address in the right format, like name@example.com"),
    ],
)
def test_asking_for_no_address_says_what_to_do(
    members: Members, browser: Browser, email: str, told: str
) -> None:
    page = browser.submit(browser.get("/reset"), email=email, status=422)
    assert errors(page) == [told]
    assert not page.select(".notice")
    assert members.mails() == []


EASY = (
    "That password is easy to guess. Use a longer one, such as four words that do not belong "
    "together"
)


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("", "Enter your password"),
        ("k4-blue-jar", "Use a password of 12 characters or more"),
        ("password1234", EASY),
        ("aaaaaaaaaaaaaaaaaaaa", EASY),
        ("a" * 200, EASY),
        (ADA, EASY),
    ],
)
def test_a_weak_password_is_refused_with_what_to_do(
    members: Members, browser: Browser, password: str, told: str
) -> None:
    ask(browser, ADA)
    page = browser.get(members.mailed_path())
    refused = browser.submit(page, password=password, status=422)
    assert errors(refused) == [told]
    assert not refused.one("[name=password]").get("value")
    assert browser.submit(refused, password=NEW_PASSWORD).location == "/login"


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "\N{PILE OF POO}rather-odd-\N{SNOWMAN}-words", NEW_PASSWORD * 20],
)
def test_length_is_all_that_a_password_needs(
    members: Members, browser: Browser, password: str
) -> None:
    ask(browser, ADA)
    browser.submit(browser.get(members.mailed_path()), password=password)
    assert sign_in(browser, password=password).location == "/account"


def test_a_forged_link_sets_no_password(members: Members, browser: Browser) -> None:
    ask(browser, ADA)
    path = members.mailed_path()
    assert browser.get(path[:-2] + "xx", status=303).location == "/reset"
    token = browser.get("/login").one("[name=csrf_token]")["value"]
    forged = {"csrf_token": token, "password": NEW_PASSWORD}
    assert browser.post("/reset/forged", forged).location == "/reset"
    assert sign_in(browser).location == "/account"


def test_links_are_built_on_the_base_url_whoever_asks(members: Members, browser: Browser) -> None:
    page = browser.get("/reset", headers={"Host": "evil.example"})
    data = {"csrf_token": page.one("[name=csrf_token]")["value"], "email": ADA}
    browser.post("/reset", data, headers={"Host": "evil.example"})
    assert "evil" not in members.mails()[0].text
    assert "\nhttp://127.0.0.1:5000/reset/" in members.mails()[0].text


@pytest.mark.parametrize(
    ("path", "most", "wait"),
    [("/login", 10, timedelta(minutes=5)), ("/reset", 5, timedelta(hours=1))],
)
def test_attempts_are_limited(
    members: Members, database_url: str, tmp_path: Path, path: str, most: int, wait: timedelta
) -> None:
    del members
    app = make_app(database_url, tmp_path / "limited", RATELIMIT_ENABLED=True)
    browser = Browser(app)
    page = browser.get(path)
    typed = {"email": "bob@held-out.example"}
    if path == "/login":
        typed["password"] = "wrong-wrong-wrong"
    for _ in range(most):
        browser.submit(page, status=422 if path == "/login" else 303, **typed)
    refused = browser.submit(page, status=429, **typed)
    assert refused.text_of("h1") == "Too many attempts"
    assert re.search(r"Try again in \d+ minutes", refused.text_of("main"))
    assert 0 < int(refused.headers["Retry-After"]) <= wait.total_seconds()
    browser.get(path)


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
    app = make_app(database_url, tmp_path / "rotated", SECRET_KEY="another-secret-" * 4)
    assert sign_in(Browser(app)).location == "/account"


def test_a_password_link_lasts_an_hour(
    members: Members, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(browser, ADA)
    path = members.mailed_path()
    later = datetime.now(UTC) + timedelta(minutes=61)
    monkeypatch.setattr("itsdangerous.timed.time.time", later.timestamp)
    assert browser.get(path, status=303).location == "/reset"
