"""What changes while somebody orders: prices, plans, sessions. Nothing is ordered unseen."""

import pytest
from flask import Flask
from sqlalchemy import select
from support.orders import FORM, TYPED, kept, rows, set_list_price, withdraw
from support.pages import Browser

from pricingsite.database import db
from pricingsite.models.orders import Order
from pricingsite.models.schedules import BillingSchedule

pytestmark = pytest.mark.usefixtures("on_sale")


def test_a_price_that_changed_is_shown_before_and_after_and_can_be_ordered(
    app: Flask, browser: Browser
) -> None:
    page = browser.get(FORM)
    set_list_price(app, "512")
    asked = browser.submit(page, status=409, **TYPED)
    assert asked.text_of("h1") == "The prices have changed"
    main = asked.text_of("main")
    assert "Nothing was ordered" in main
    assert "Before Platform access: £500.00 monthly" in main
    assert "Now Platform access: £512.00 monthly" in main
    assert "at least £762.00 + VAT £152.40 = £914.40 incl. VAT" in main
    assert rows(app, Order) == []
    page = browser.follow(browser.submit(asked))
    assert "£762.00" in page.text_of("main")
    assert "Ashdown Ltd" in page.text_of("main")
    with app.app_context():
        schedule = db.session.scalars(select(BillingSchedule)).one()
        assert [price.id for price in schedule.phases[0].prices] == ["A2", "X"]


def test_a_price_that_changed_after_the_order_changes_nothing_of_it(
    app: Flask, browser: Browser
) -> None:
    page = browser.get(FORM)
    first = browser.submit(page, **TYPED)
    set_list_price(app, "512")
    assert browser.submit(page, **TYPED).location == first.location
    assert "£750.00" in browser.follow(first).text_of("main")


@pytest.mark.parametrize("prices", ["", "x", "WyJhIl0.forged"])
def test_prices_that_were_not_shown_are_shown_now(
    app: Flask, browser: Browser, prices: str
) -> None:
    page = browser.submit(browser.get(FORM), status=409, **TYPED, shown_prices=prices)
    assert "Now Platform access: £500.00 monthly" in page.text_of("main")
    assert rows(app, Order) == []
    browser.submit(page)
    assert len(rows(app, Order)) == 1


def test_a_price_is_never_taken_from_the_form(app: Flask, browser: Browser) -> None:
    page = browser.get(FORM)
    hidden = {field["name"]: field["value"] for field in page.select("main form [type=hidden]")}
    named = {"price_id": "D", "price_ids": ["D", "Y"], "price": "Y", "plan_id": "start"}
    browser.post(FORM, hidden | TYPED | named | {"amount": "1"})
    with app.app_context():
        schedule = db.session.scalars(select(BillingSchedule)).one()
        assert [price.id for price in schedule.phases[0].prices] == ["A", "X"]


def test_a_plan_that_was_withdrawn_offers_the_others(app: Flask, browser: Browser) -> None:
    page = browser.get(FORM)
    withdraw(app)
    for answer in (browser.submit(page, status=410, **TYPED), browser.get(FORM, status=410)):
        assert answer.text_of("h1") == "Scale is no longer sold"
        assert "Nothing was ordered" in answer.text_of("main")
        assert answer.texts("main li a") == ["Start"]
    assert rows(app, Order) == []


@pytest.mark.parametrize("broken", ["expired", "missing", "forged", "no-cookie"])
def test_an_expired_page_keeps_what_was_typed_and_can_be_sent(
    app: Flask, browser: Browser, broken: str
) -> None:
    page = browser.get(FORM)
    token = page.one("main form [name=csrf_token]")
    if broken == "no-cookie":
        browser.client.delete_cookie("session")
    elif broken == "expired":
        app.config["WTF_CSRF_TIME_LIMIT"] = -1
    else:
        token["value"] = "" if broken == "missing" else "forged"
    typed = TYPED | {"purchase_order": "PO 7", "start": "1 December 2026"}
    asked = browser.submit(page, status=400, **typed)
    app.config["WTF_CSRF_TIME_LIMIT"] = 3600
    assert asked.text_of("title") == "Error: Order Scale – Amara"
    assert "Nothing was ordered" in asked.text_of(".error-summary")
    assert kept(asked, typed) == typed
    assert rows(app, Order) == []
    assert browser.submit(asked).location
    assert len(rows(app, Order)) == 1


def test_a_session_that_opened_another_plan_only_is_asked_once_more(
    app: Flask, browser: Browser
) -> None:
    page = browser.get("/checkout/start")
    page.one("main form")["action"] = FORM
    asked = browser.submit(page, status=400, **TYPED)
    assert "Nothing was ordered" in asked.text_of(".error-summary")
    browser.submit(asked, status=303)
    assert [found.plan_id for found in rows(app, Order)] == ["scale"]
