"""An order sent again is one order, whatever has ended, changed or failed in the meantime."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from conftest import NOW, Clock, make_app
from flask import Flask
from sqlalchemy import func, select
from support.factories import amara_with
from support.orders import FORM, TYPED
from support.pages import Browser, Page

from pricingsite.database import db
from pricingsite.models.catalog import Plan
from pricingsite.models.customers import Customer
from pricingsite.models.orders import Order
from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]

pytestmark = pytest.mark.usefixtures("on_sale")


# Valid since the first of the month, and applied late.
OLD = '{ valid_from = "2011-01-04", rate = "0.20" }'
NEW = ', { valid_from = "2026-11-01", rate = "0.25" }'


def count(app: Flask, model: Any) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def forge(page: Page) -> None:
    page.one("main form input[name=csrf_token]")["value"] = "of another day"


def withdraw(app: Flask) -> None:
    with app.app_context():
        db.session.get_one(Plan, "scale").archived_at = datetime(2026, 11, 23, tzinfo=UTC)
        db.session.commit()


@pytest.mark.parametrize("ended", ["plan", "token", "day"])
def test_a_retry_finds_its_order_after_something_ended(
    app: Flask, browser: Browser, clock: Clock, ended: str
) -> None:
    page = browser.get(FORM)
    first = browser.submit(page, **TYPED)
    if ended == "plan":
        withdraw(app)
    elif ended == "token":
        forge(page)
    else:
        clock.set(clock.now + timedelta(hours=6))
    assert browser.submit(page, **TYPED).location == first.location
    assert count(app, Order) == 1


def test_a_retry_of_other_content_after_the_token_ended_orders_nothing(
    app: Flask, browser: Browser
) -> None:
    page = browser.get(FORM)
    browser.submit(page, **TYPED)
    forge(page)
    again = browser.submit(page, status=400, **TYPED | {"organization": "Other Ltd"})
    assert "Nothing was ordered" in again.text_of(".error-summary")
    assert again.one("[name=organization]")["value"] == "Other Ltd"
    assert count(app, Order) == 1


def test_a_day_that_cannot_be_read_is_not_taken_for_the_first_orders(
    app: Flask, browser: Browser
) -> None:
    page = browser.get(FORM)
    browser.submit(page, **TYPED)
    again = browser.submit(page, status=422, **TYPED, start="soon")
    assert "start date" in again.text_of(".error-summary")
    assert count(app, Order) == 1


@pytest.mark.parametrize("database_url", BOTH, indirect=True)
def test_two_posts_at_the_same_moment_are_one_order(app: Flask, browser: Browser) -> None:
    page = browser.get(FORM)
    hidden = {field["name"]: field["value"] for field in page.select("main form [type=hidden]")}
    session_cookie = browser.client.get_cookie("session")
    assert session_cookie
    ready = Barrier(4)

    def click(_: int) -> tuple[int, str | None]:
        client = app.test_client()
        client.set_cookie("session", session_cookie.value)
        ready.wait(timeout=20)
        answer = client.post(FORM, data=hidden | TYPED | {"country": "GB"})
        return answer.status_code, answer.headers.get("Location")

    with ThreadPoolExecutor(4) as threads:
        answers = set(threads.map(click, range(4)))
    assert [status for status, _ in answers] == [303]
    assert count(app, Order) == count(app, Customer) == 1
    assert count(app, OutboxMessage) == 2


def test_a_busy_database_keeps_what_was_typed_and_can_be_tried_again(
    app: Flask, database_url: str, tmp_path: Path
) -> None:
    hasty = make_app(database_url, tmp_path / "instance", DATABASE_BUSY_SECONDS=0)
    browser = Browser(hasty)
    page = browser.get(FORM)
    writer = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    busy = browser.submit(page, status=503, **TYPED)
    writer.close()
    assert busy.headers["Retry-After"] == "30"
    assert "We could not store the order" in busy.text_of(".error-summary")
    assert busy.one("[name=organization]")["value"] == "Ashdown Ltd"
    assert count(app, Customer) == count(app, OutboxMessage) == 0
    assert browser.submit(busy).location
    assert count(app, Order) == 1
    with hasty.app_context():
        db.engine.dispose()


def test_a_new_vat_rate_is_shown_before_and_after(app: Flask, browser: Browser) -> None:
    page = browser.get(FORM)
    with app.app_context():
        apply(db.session(), read_catalog(amara_with((OLD, OLD + NEW))), archive=False, now=NOW)
        db.session.commit()
    asked = browser.submit(page, status=409, **TYPED)
    before, now, _first = asked.texts("dl.summary > div")
    assert "At least £750.00 + VAT £150.00 = £900.00 incl. VAT a month" in before
    assert "At least £750.00 + VAT £187.50 = £937.50 incl. VAT a month" in now
    browser.submit(asked)
    assert count(app, Order) == 1


def test_a_stranger_who_resends_comes_back_to_the_order(browser: Browser) -> None:
    page = browser.follow(browser.submit(browser.get(FORM), **TYPED))
    with browser.client.session_transaction() as session:
        session.pop("orders")
    path = page.one("main form")["action"].removesuffix("/resend")
    assert browser.submit(page).location == f"/login?next={path}"


@pytest.mark.parametrize("path", ["/checkout/%00", "/orders/%00", "/plans/a%00b"])
@pytest.mark.parametrize("database_url", BOTH, indirect=True)
def test_an_address_that_no_database_could_hold_is_not_found(browser: Browser, path: str) -> None:
    assert browser.get(path, status=404).select("a[href='/']")
