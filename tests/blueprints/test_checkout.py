"""Ordering on one page: one order whatever is clicked."""

import re
from datetime import timedelta
from typing import Any

import pytest
from conftest import Clock
from flask import Flask
from sqlalchemy import select
from support.orders import (
    FORM,
    REQUIRED,
    TYPED,
    order,
    rows,
    withdraw,
)
from support.pages import Browser

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.models.orders import Order
from pricingsite.models.outbox import OutboxMessage
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.access.users import create_user

pytestmark = pytest.mark.usefixtures("on_sale")


def test_the_page_asks_for_what_is_needed_and_no_more(browser: Browser) -> None:
    page = browser.get(FORM)
    assert page.text_of("title") == "Order Scale – Amara"
    needed = page.select("main form [required]")
    assert [field["autocomplete"] for field in needed] == REQUIRED
    tokens = {field["autocomplete"] for field in page.select("main form [autocomplete]")}
    assert tokens == {*REQUIRED, "billing address-line2"}
    for field in page.select("main form input:not([type=hidden]):not([required])"):
        label = page.text_of(f"label[for={field['id']}]")
        # The start is filled in; all else that may be left out says so.
        assert field["value"] if field["name"] == "start" else "(optional)" in label
    assert not page.select("[type=checkbox], [type=password], [type=date], [placeholder]")
    assert page.one("main form").has_attr("novalidate")
    assert page.texts("main form button") == ["Order with obligation to pay"]
    assert page.select("meta[name=robots][content=noindex]")


def test_the_page_says_what_is_ordered_before_it_is(browser: Browser) -> None:
    page = browser.get(FORM)
    main = page.text_of("main")
    for said in (
        "First 1,000 API calls",
        "at least £750.00 + VAT £150.00 = £900.00 incl. VAT",
        "Due today: £0.00",
        "23 December 2026",
        "until you cancel",
        "You are buying for a business",
        "Terms, version",
    ):
        assert said in main
    assert page.one("[name=start]")["value"] == "2026-11-23"
    assert "23 November 2026" in page.text_of("#start-hint")
    assert not re.search(r"\d{4}-\d\d-\d\d", main)
    assert page.select("main [href='/terms']")


def test_the_bill_of_start_has_no_usage(browser: Browser) -> None:
    main = browser.get("/checkout/start").text_of("main")
    assert "£500.00 + VAT £100.00 = £600.00 incl. VAT" in main
    assert "API call" not in main


@pytest.mark.parametrize("path", ["/checkout/gold", "/checkout/Scale", "/orders/NO-SUCH"])
def test_an_unknown_plan_is_a_page_with_a_way_on(browser: Browser, path: str) -> None:
    page = browser.get(path, status=303 if "orders" in path else 404)
    assert page.location == "/login?next=/orders/NO-SUCH" or page.select("a[href='/']")


def test_what_opening_and_ordering_ask_the_database(browser: Browser, queries: Any) -> None:
    browser.get(FORM)
    with queries(at_most=4):  # The version of the catalog, and the merchant; each after a BEGIN.
        page = browser.get(FORM)
    with queries(at_most=29):  # One of them asks which endpoints are told of it.
        answer = browser.submit(page, **TYPED)
    with queries(at_most=10):
        browser.follow(answer)


def test_ordering_leads_to_the_order(app: Flask, browser: Browser) -> None:
    answer = order(browser)
    (placed,) = rows(app, Order)
    assert answer.location == f"/orders/{placed.reference}"
    page = browser.follow(answer)
    assert page.text_of("h1") == "Order complete"
    assert page.text_of("title") == f"Order {placed.reference} – Amara"
    main = page.text_of("main")
    for said in (
        placed.reference,
        "Ashdown Ltd",
        "at least £750.00 + VAT £150.00 = £900.00 incl. VAT",
        "23 December 2026",
        "We have e-mailed ada@ashdown.example",
        "Send the e-mail again",
        "23 November 2026, 18:40 GMT",
    ):
        assert said in main
    with app.app_context():
        schedule = db.session.scalars(select(BillingSchedule)).one()
        assert [price.id for price in schedule.phases[0].prices] == ["A", "X"]


def test_a_double_click_a_refresh_and_a_late_retry_are_one_order(
    app: Flask, browser: Browser
) -> None:
    page = browser.get(FORM)
    answers = {browser.submit(page, **TYPED).location for _ in range(3)}
    browser.follow(browser.submit(page, **TYPED))
    assert len(answers) == len(rows(app, Order)) == len(rows(app, Customer)) == 1
    assert len(rows(app, OutboxMessage)) == 2


def test_two_tabs_are_one_order(app: Flask, browser: Browser) -> None:
    one, other = browser.get(FORM), browser.get(FORM)
    first, second = browser.submit(one, **TYPED), browser.submit(other, **TYPED)
    assert first.location == second.location
    assert len(rows(app, Order)) == 1


def test_a_lost_answer_is_found_by_ordering_again_from_the_page(
    app: Flask, browser: Browser
) -> None:
    page = browser.get(FORM)
    cookies = browser.client.get_cookie("session")
    first = browser.submit(page, **TYPED)
    assert cookies
    # The answer was lost, its cookie too.
    browser.client.set_cookie("session", cookies.value)
    assert browser.submit(page, **TYPED).location == first.location
    assert len(rows(app, Order)) == 1
    assert browser.get(str(first.location)).text_of("h1") == "Order complete"


def test_a_retry_finds_its_order_whatever_has_ended_since(
    app: Flask, browser: Browser, clock: Clock
) -> None:
    page = browser.get(FORM)
    first = browser.submit(page, **TYPED)
    withdraw(app)
    # The form's token has expired and the day it starts on is past.
    clock.set(clock.now + timedelta(days=1))
    page.one("main form [name=csrf_token]")["value"] = ""
    assert browser.submit(page, **TYPED).location == first.location
    assert len(rows(app, Order)) == 1


def test_two_plans_are_two_orders(app: Flask, browser: Browser) -> None:
    order(browser)
    browser.submit(browser.get("/checkout/start"), **TYPED)
    assert sorted(found.plan_id for found in rows(app, Order)) == ["scale", "start"]


def test_other_content_names_the_first_order_and_offers_another(
    app: Flask, browser: Browser
) -> None:
    first = order(browser)
    page = browser.submit(browser.get(FORM), status=409, **(TYPED | {"organization": "Other Ltd"}))
    assert page.text_of("h1") == "You have already ordered Scale"
    assert page.select(f"main a[href='{first.location}']")
    assert "Nothing new was ordered" in page.text_of("main")
    assert len(rows(app, Order)) == 1

    cookies = browser.client.get_cookie("session")
    second = browser.submit(page)
    assert second.location != first.location
    # A double click on it, with the cookie of before and with that of the answer.
    assert cookies
    assert browser.submit(page).location == second.location
    browser.client.set_cookie("session", cookies.value)
    assert browser.submit(page).location == second.location
    assert {customer.legal_name for customer in rows(app, Customer)} == {
        "Ashdown Ltd", "Other Ltd",
    }  # fmt: skip
    assert len(rows(app, Order)) == 2
    assert browser.get(str(second.location)).text_of("h1") == "Order complete"


def test_a_third_order_is_asked_about_again(app: Flask, browser: Browser) -> None:
    order(browser)
    for number, company in enumerate(("Second Ltd", "Third Ltd"), start=2):
        changed = TYPED | {"organization": company}
        browser.submit(browser.submit(browser.get(FORM), status=409, **changed))
        assert len(rows(app, Order)) == number


def test_signing_out_forgets_the_key_and_the_order(app: Flask, browser: Browser) -> None:
    page = browser.follow(order(browser))
    browser.submit(page, "header form")
    first = f"/orders/{rows(app, Order)[0].reference}"
    assert browser.get(first, status=303).location == f"/login?next={first}"
    order(browser, organization="Next Ltd")
    assert len(rows(app, Order)) == 2


def test_known_and_unknown_addresses_get_the_same_answer(app: Flask, browser: Browser) -> None:
    with app.app_context():
        create_user(db.session(), "ada@ashdown.example", "hash", now=app.config["NOW"])
        db.session.commit()
    known = browser.follow(order(browser))
    other = Browser(app)
    unknown = other.follow(order(other, email="new@ashdown.example"))
    reference = {found.email: found.reference for found in rows(app, Order)}
    texts = [
        page.text_of("body").replace(email, "EMAIL").replace(reference[email], "REF")
        for page, email in ((known, "ada@ashdown.example"), (unknown, "new@ashdown.example"))
    ]
    assert texts[0] == texts[1]
    assert len(rows(app, Customer)) == 2
