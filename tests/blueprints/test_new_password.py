"""Setting a new password by an e-mailed link, from asking for it to signing in."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from conftest import Clock, make_app
from flask import Flask
from sqlalchemy import select
from support.factories import have_amara
from support.members import ADA, PASSWORD, Members, sign_in
from support.pages import Browser, Page

from pricingsite.database import db
from pricingsite.models.access import PasswordReset, User

NEW_PASSWORD = "slow-amber-canoe-7730"
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


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


def ask(browser: Browser, email: str = ADA) -> Page:
    """Ask for a new password, and read the page that one is led to."""
    return browser.follow(browser.submit(browser.get("/reset"), email=email))


def ask_and_read_mail(members: Members, browser: Browser) -> str:
    """Ask, let the deliverer work, and follow the link in the e-mail."""
    ask(browser)
    members.app.test_cli_runner().invoke(args=["outbox", "deliver"])
    return members.mailed_path()


def test_a_new_password_from_the_mail_to_signing_in(
    members: Members, app: Flask, browser: Browser
) -> None:
    elsewhere = Browser(app)
    sign_in(elsewhere)
    said = ask(browser).text_of(".notice")
    assert said == f"If {ADA} can sign in here, a link to set a new password is on its way to it."
    assert members.mails() == []
    app.test_cli_runner().invoke(args=["outbox", "deliver"])
    (mail,) = members.mails()
    assert (mail.recipient, mail.subject) == (ADA, "Set a new password for Amara")
    assert mail.delivered_at is not None
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
    known, unknown = (ask(Browser(app), email) for email in (ADA, "bob@ashdown.example"))
    same = without_token(unknown).replace("bob@ashdown.example", ADA)
    assert without_token(known) == same
    app.test_cli_runner().invoke(args=["outbox", "deliver"])
    assert [mail.recipient for mail in members.mails()] == [ADA]
    with app.app_context():
        assert db.session.scalars(select(PasswordReset)).all() == []


def test_asking_is_the_same_work_for_every_address(
    members: Members, app: Flask, queries: Any
) -> None:
    del members
    statements = []
    for email in (ADA, "bob@ashdown.example"):
        browser = Browser(app)
        page = browser.get("/reset")
        with queries(at_most=6) as seen:
            browser.submit(page, email=email)
        statements.append(list(seen))
    assert statements[0] == statements[1]
    assert not any("users" in statement for statement in statements[0])


@pytest.mark.parametrize("email", [ADA, "bob@ashdown.example"])
def test_a_busy_database_is_told_the_same_for_every_address(
    members: Members, database_url: str, tmp_path: Path, email: str
) -> None:
    del members
    hasty = make_app(database_url, tmp_path / "instance", DATABASE_BUSY_SECONDS=0)
    browser = Browser(hasty)
    page = browser.get("/reset")
    writer = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    busy = browser.submit(page, email=email, status=503)
    writer.close()
    assert busy.headers["Retry-After"] == "30"


def test_a_mailbox_is_sent_a_few_links_however_often_they_are_asked_for(
    members: Members, app: Flask, browser: Browser
) -> None:
    for _ in range(8):
        ask(browser)
        with app.app_context():
            # Links of one second are one e-mail.
            app.config["NOW"] += timedelta(seconds=1)
        app.test_cli_runner().invoke(args=["outbox", "deliver"])
    assert len(members.mails()) == 5


def test_who_may_not_sign_in_is_sent_no_link(
    members: Members, app: Flask, browser: Browser
) -> None:
    with app.app_context():
        db.session.scalars(select(User)).one().active = False
        db.session.commit()
    ask(browser)
    app.test_cli_runner().invoke(args=["outbox", "deliver"])
    assert members.mails() == []


@pytest.mark.parametrize(
    ("email", "told"),
    [
        ("", "Enter your e-mail address"),
        ("ada", "Enter an e-mail address in the right format, like name@example.com"),
    ],
)
def test_asking_for_no_address_says_what_to_do(
    members: Members, app: Flask, browser: Browser, email: str, told: str
) -> None:
    page = browser.submit(browser.get("/reset"), email=email, status=422)
    assert errors(page) == [told]
    assert not page.select(".notice")
    app.test_cli_runner().invoke(args=["outbox", "deliver"])
    assert members.mails() == []


def test_a_page_open_for_too_long_keeps_the_address(
    members: Members, app: Flask, browser: Browser
) -> None:
    del members
    page = browser.get("/reset")
    app.config["WTF_CSRF_TIME_LIMIT"] = -1
    again = browser.submit(page, email=ADA, status=400)
    assert "open for too long" in errors(again)[0]
    assert again.one("[name=email]")["value"] == ADA


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
        (ADA, EASY),
        ("ashdown ltd!", EASY),
        ("amarasoftware1", EASY),
    ],
)
def test_a_weak_password_is_refused_with_what_to_do(
    members: Members, browser: Browser, password: str, told: str
) -> None:
    page = browser.get(ask_and_read_mail(members, browser))
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
    browser.submit(browser.get(ask_and_read_mail(members, browser)), password=password)
    assert sign_in(browser, password=password).location == "/account"


@pytest.mark.parametrize("token", ["forged", "x.y.z", "WyJh"])
def test_a_forged_link_sets_no_password(members: Members, browser: Browser, token: str) -> None:
    path = ask_and_read_mail(members, browser)
    assert browser.get(path[:-2] + "xx", status=303).location == "/reset"
    csrf = browser.get("/login").one("[name=csrf_token]")["value"]
    forged = {"csrf_token": csrf, "password": NEW_PASSWORD}
    assert browser.post(f"/reset/{token}", forged).location == "/reset"
    assert sign_in(browser).location == "/account"


def test_an_invitations_token_sets_no_password(members: Members, browser: Browser) -> None:
    token = members.link(members.customer("Second Ltd")).rpartition("/")[2]
    assert browser.get(f"/reset/{token}", status=303).location == "/reset"


def test_links_are_built_on_the_base_url_whoever_asks(members: Members, browser: Browser) -> None:
    page = browser.get("/reset", headers={"Host": "evil.example"})
    data = {"csrf_token": page.one("[name=csrf_token]")["value"], "email": ADA}
    browser.post("/reset", data, headers={"Host": "evil.example"})
    members.app.test_cli_runner().invoke(args=["outbox", "deliver"])
    assert "evil" not in members.mails()[0].text
    assert "\nhttp://127.0.0.1:5000/reset/" in members.mails()[0].text


def test_a_link_lasts_an_hour(members: Members, browser: Browser, clock: Clock) -> None:
    path = ask_and_read_mail(members, browser)
    clock.set(clock.now + timedelta(minutes=60))
    browser.get(path)
    clock.set(clock.now + timedelta(seconds=1))
    assert browser.get(path, status=303).location == "/reset"


@pytest.mark.parametrize("database_url", BOTH, indirect=True)
def test_a_link_used_several_times_at_once_works_once(
    members: Members, app: Flask, browser: Browser
) -> None:
    path = ask_and_read_mail(members, browser)
    browsers = [Browser(app) for _ in range(6)]
    pages = [one.get(path) for one in browsers]
    together = Barrier(6)

    def use(number: int) -> str | None:
        together.wait(timeout=60)
        password = f"{NEW_PASSWORD}-{number}"
        return browsers[number].submit(pages[number], password=password).location

    with ThreadPoolExecutor(6) as threads:
        led_to = sorted(str(location) for location in threads.map(use, range(6)))
    assert led_to == ["/login"] + ["/reset"] * 5
    notices = [mail for mail in members.mails() if "was changed" in mail.subject]
    assert len(notices) == 1
