"""Promotion codes, from the checkout to the bills that they take something off."""

from datetime import UTC, datetime

import pytest
from blueprints.conftest import At
from flask import Flask
from sqlalchemy import select
from support.members import PASSWORD
from support.orders import TYPED, mails, rows
from support.pages import Browser, squeeze
from support.plan_terms import (
    BOTH,
    LAUNCH,
    SCALE,
    START,
    TRIAL,
    YEAR,
    link,
    main,
    order,
    sell,
    sell_roster,
    verify,
)

from pricingsite.database import db
from pricingsite.models.orders import Order
from pricingsite.models.promotions import Promotion
from pricingsite.models.schedules import BillingSchedule, Phase
from pricingsite.services.orders.unverified import end_order

TWENTY = '\n[[promotions]]\ncode = "TWENTY"\npercent = "20"\nperiods = 1\n'


def test_a_code_shows_its_discount_before_the_order(app: Flask, browser: Browser) -> None:
    sell(app, more=LAUNCH)
    blank = browser.get("/checkout/scale")
    assert not blank.select("[name=code][required]")
    typed = TYPED | {"code": "launch"}
    shown = browser.submit(blank, update="1", status=200, **typed)
    assert "Discount LAUNCH, 20% \N{MINUS SIGN}£150.00" in shown.text_of("aside")
    assert "20% off for 3 months, until" in main(shown)
    assert shown.one("[name=code]")["value"] == "launch"
    placed = browser.follow(browser.submit(shown))
    assert "£600.00 + VAT £120.00 = £720.00" in main(placed)
    assert "Discount: 20% off for 3 months, until" in squeeze(mails(app)[0].text)
    account = verify(app, browser)
    assert "Your discount: 20% off for 3 months, until" in main(account)
    assert "Discount LAUNCH, 20%" in main(account)
    (phase,) = rows(app, Phase)
    assert (phase.discount_code, phase.discount_periods) == ("LAUNCH", 3)


def test_an_order_with_a_code_that_was_not_shown_yet_shows_the_total(
    app: Flask, browser: Browser
) -> None:
    sell(app, more=LAUNCH)
    page = browser.submit(
        browser.get("/checkout/scale"), **(TYPED | {"code": "LAUNCH"}), status=422
    )
    assert "has changed since the total was shown. Nothing was ordered" in main(page)
    assert browser.submit(page).location.startswith("/orders/")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("NOPE", "There is no promotion code NOPE"),
        ("later", "Promotion code LATER is not valid yet"),
        ("GONE", "Promotion code GONE has expired"),
        ("LAUNCH", "Promotion code LAUNCH is not for this plan"),
    ],
)
def test_a_wrong_code_is_told_and_orders_nothing(
    app: Flask, browser: Browser, code: str, says: str
) -> None:
    sell(app, more=LAUNCH)
    page = browser.submit(browser.get("/checkout/start"), **(TYPED | {"code": code}), status=422)
    assert says in page.text_of(".error-summary")
    assert page.one("[name=code]")["value"] == code
    assert page.one("[name=organization]")["value"] == TYPED["organization"]
    assert rows(app, BillingSchedule) == []


@BOTH
def test_a_code_is_redeemed_as_often_as_it_may_be(
    app: Flask, browser: Browser, another_browser: Browser
) -> None:
    sell(app, more=LAUNCH)
    typed = TYPED | {"code": "LAUNCH"}
    first = browser.submit(browser.get("/checkout/scale"), update="1", status=200, **typed)
    second = another_browser.submit(
        another_browser.get("/checkout/scale"), update="1", status=200, **typed
    )
    browser.submit(first)
    late = another_browser.submit(second, status=422)
    assert "has been used as often as it can be" in late.text_of(".error-summary")
    with app.app_context():
        (reference,) = {one.reference for one in rows(app, Order)}
        end_order(db.session(), reference, now=app.config["NOW"])
        db.session.commit()
        assert db.session.get_one(Promotion, "LAUNCH").redeemed == 0


@BOTH
def test_a_code_for_new_customers_is_decided_when_the_address_is_confirmed(
    app: Flask, browser: Browser, another_browser: Browser
) -> None:
    sell(app, more=LAUNCH)
    order(browser, "start")
    verify(app, browser)
    other = "bob@ashdown.example"
    typed = TYPED | {"code": "WELCOME", "email": other}
    shown = another_browser.submit(
        another_browser.get("/checkout/start"), update="1", status=200, **typed
    )
    another_browser.submit(shown)
    asked = another_browser.get(link(app, other))
    assert "The promotion code does not apply." in main(asked)
    account = another_browser.follow(another_browser.submit(asked, password=PASSWORD))
    assert "WELCOME" not in main(account)
    with app.app_context():
        assert db.session.get_one(Promotion, "WELCOME").redeemed == 0
        assert db.session.scalar(select(Phase.discount_code).limit(1)) is None


def test_the_terms_speak_of_trials_and_codes_where_there_are_any(
    app: Flask, browser: Browser
) -> None:
    sell(app, (START, TRIAL), more=LAUNCH)
    page = browser.get("/terms")
    assert page.texts("[aria-labelledby=trials] li") == [
        "Start : The first 14 days are free. Then the plan ends, unless you choose to keep it."
    ]
    assert "A company can use each code once." in page.text_of("[aria-labelledby=codes]")


def test_the_code_field_is_there_where_there_are_codes(app: Flask, browser: Browser) -> None:
    sell(app)
    assert not browser.get("/checkout/start").select("[name=code]")


def test_an_amount_never_takes_more_than_is_charged(app: Flask, browser: Browser, at: At) -> None:
    with at(datetime(2027, 1, 10, 9, tzinfo=UTC)):
        sell(app, ('amount = "500"', 'amount = "250"'), more=LAUNCH)
        typed = TYPED | {"code": "WELCOME"}
        page = browser.submit(browser.get("/checkout/start"), update="1", status=200, **typed)
        assert "Discount WELCOME \N{MINUS SIGN}£250.00" in page.text_of("aside")
        assert "Total incl. VAT £0.00" in page.text_of("aside")


def test_a_code_ends_after_its_periods(app: Flask, browser: Browser, at: At) -> None:
    with at(datetime(2027, 1, 10, 9, tzinfo=UTC)):
        sell(app, more=LAUNCH)
        typed = TYPED | {"code": "LAUNCH"}
        shown = browser.submit(browser.get("/checkout/scale"), update="1", status=200, **typed)
        assert "20% off for 3 months, until 9 April 2027 (LAUNCH)" in main(shown)
        browser.submit(shown)
        verify(app, browser)
    for day, net in ((9, "600.00"), (10, "750.00")):
        with at(datetime(2027, 4, day, 12, tzinfo=UTC)):
            page = browser.client.get("/account", headers={"Accept": "application/json"})
            assert page.get_json()["net"] == net
            account = main(browser.get("/account"))
            assert ("LAUNCH" in account) == (net == "600.00")
            assert ("Discount or minimum £150.00" in account) == (net == "750.00")


def test_seven_seats_by_the_year_with_sites_and_a_code(app: Flask, browser: Browser) -> None:
    sell_roster(app, more=TWENTY)
    page = browser.get("/checkout/team?option=yearly")
    typed = TYPED | YEAR | {"code": "TWENTY"}
    shown = browser.submit(page, update="1", status=200, **typed)
    aside = shown.text_of("aside")
    assert "Discount TWENTY, 20% \N{MINUS SIGN}US$172.00" in aside
    assert "Total excl. sales tax US$688.00" in aside
    assert "20% off for one year" in main(shown)
    placed = browser.follow(browser.submit(shown))
    assert "US$688.00" in main(placed)


def test_what_the_merchant_sees_of_codes_and_terms(app: Flask) -> None:
    sell(app, (SCALE, f'{SCALE}\nminimum = "1000"\ntrial_days = 14'), more=LAUNCH)
    shown = app.test_cli_runner().invoke(args=["catalog", "show"]).output
    assert "plan scale (Scale) = A + X, minimum 1000, trial 14 days then ends" in shown
    assert "promotion code LAUNCH: 20% off, redeemed 0 of 1" in shown
    assert "promotion code WELCOME: 300 GBP off, redeemed 0" in shown
