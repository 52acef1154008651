"""Announced prices as shoppers meet them: beside the price in force, then in its place."""

from datetime import UTC, datetime

import pytest
from conftest import Clock
from flask import Flask
from support.factories import amara_announcing
from support.orders import FORM, TYPED
from support.pages import Browser, Page, squeeze

from pricingsite.database import db
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog

pytestmark = pytest.mark.usefixtures("on_sale", "announced")


@pytest.fixture
def announced(app: Flask) -> None:
    """Amara's catalog with a new platform price from New Year on."""
    with app.app_context():
        apply(db.session(), read_catalog(amara_announcing()), archive=False, now=app.config["NOW"])
        db.session.commit()


def test_an_announced_price_is_shown_beside_the_one_in_force(browser: Browser) -> None:
    page = browser.get("/")
    card = squeeze(page.one("[aria-labelledby=plan-scale]").get_text())
    assert "£750.00 a month excl. VAT" in card
    assert "From 1 January 2027: from £800.00 excl. VAT a month, £960.00 incl. 20% VAT" in card
    page = browser.get("/plans/start")
    table = page.one("table:has(#announced-prices)")
    assert [squeeze(cell.get_text()) for cell in table.select("tbody tr > *")] == [
        "Platform access",
        "£500.00",
        "£550.00",
    ]
    assert "Order before 1 January 2027 to keep today's prices." in page.text_of("main")
    history = page_rows(browser.get("/pricing/history"))
    assert history[:2] == [
        ["£550.00 monthly, in arrears", "1 January 2027, announced", "–"],
        ["£500.00 monthly, in arrears", "1 January 2026", "1 January 2027"],
    ]
    assert (
        "From 1 January 2027: from £800.00 a month excl. VAT."
        in browser.client.get("/pricing.md").text
    )
    start = browser.client.get("/pricing.json").json["plans"][0]
    assert start["announced"]["valid_from"] == "2027-01-01"
    assert start["announced"]["at_zero_usage"][0]["net"] == "550.00"


def test_at_midnight_the_announced_price_is_the_price(browser: Browser, clock: Clock) -> None:
    before = browser.client.get("/")
    clock.set(datetime(2027, 1, 1, tzinfo=UTC))
    page = browser.get("/", headers={"If-None-Match": before.headers["ETag"]})
    assert "£800.00 a month excl. VAT" in page.text_of("[aria-labelledby=plan-scale]")
    assert "From 1 January 2027" not in page.text_of("main")
    assert "Prices last changed on 1 January 2027" in page.text_of("main")
    assert "<lastmod>2027-01-01</lastmod>" in browser.client.get("/sitemap.xml").text


def page_rows(page: Page) -> list[list[str]]:
    rows = page.select("tbody tr")
    cells = [[cell.get_text(" ") for cell in row.select("th, td")] for row in rows]
    return [[squeeze(text).replace(" ,", ",") for text in row] for row in cells]


def test_an_order_from_before_midnight_is_asked_again_after_it(
    browser: Browser, clock: Clock
) -> None:
    page = browser.get(FORM)
    clock.set(datetime(2027, 1, 1, tzinfo=UTC))
    asked = browser.submit(page, status=409, **TYPED | {"start": "2027-01-01"})
    assert "Before Platform access: £500.00 monthly" in asked.text_of("main")
    assert "Now Platform access: £550.00 monthly" in asked.text_of("main")
    assert "£800.00" in browser.follow(browser.submit(asked)).text_of("main")
