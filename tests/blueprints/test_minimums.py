"""A plan's minimum, and the least that is bought of it, on every page."""

import pytest
from flask import Flask
from support.orders import mails
from support.pages import Browser, squeeze
from support.plan_terms import SCALE, main, order, sell, verify

MINIMUM = f'{SCALE}\nminimum = "1000"'


def test_a_minimum_is_on_every_page_that_shows_a_price(app: Flask, browser: Browser) -> None:
    sell(app, (SCALE, MINIMUM))
    card = browser.get("/").text_of("section:has(> #plan-scale)")
    assert "from £1,000.00 a month excl. VAT" in card
    assert "Minimum £1,000.00 a month excl. VAT, at any usage" in card
    detail = main(browser.get("/plans/scale"))
    assert "Minimum £1,000.00 a month" in detail
    assert "What does the minimum mean?" in detail
    assert "While charges are below the minimum, more usage adds nothing to the bill." in detail
    document = browser.client.get("/pricing.json").get_json()["plans"][1]
    assert document["minimum"] == {"amount": "1000", "billing_frequency": "monthly"}
    assert document["at_zero_usage"][0]["net"] == "1000.00"
    text = browser.client.get("/pricing.md").get_data(as_text=True)
    assert "Minimum: £1,000.00 a month excl. VAT." in text
    assert "Minimum" not in browser.get("/plans/start").text_of("main")


def test_a_bill_below_the_minimum_says_what_makes_up_the_difference(
    app: Flask, browser: Browser
) -> None:
    sell(app, (SCALE, MINIMUM))
    page = browser.get("/calculator?api_calls=1500")
    quoted = page.text_of("section:has(> #quote-scale)")
    assert "Minimum commitment £1,000.00 at least, £975.00 charged £25.00" in quoted
    checkout = browser.get("/checkout/scale")
    assert "Minimum £1,000.00 a month excl. VAT , at any usage" in main(checkout)
    assert "Minimum commitment £250.00" in checkout.text_of("aside")
    order(browser, "scale")
    assert "Minimum: £1,000.00 a month, excl. VAT" in squeeze(mails(app)[0].text)
    account = verify(app, browser)
    assert "Minimum commitment £1,000.00 at least, £750.00 charged £250.00" in main(account)
    estimate = browser.client.get("/account", headers={"Accept": "application/json"}).get_json()
    assert estimate["net"] == "1000.00"
    assert estimate["lines"][-1] | {"period": None} == {
        "price_id": None,
        "kind": "minimum",
        "description": "Minimum commitment",
        "period": None,
        "quantity": "1",
        "unit_price": "250",
        "flat_fee": None,
        "proration": None,
        "tax_rate": "0.2",
        "net": "250.00",
    }
    usage = main(browser.get("/account/usage"))
    assert "Minimum commitment £250.00" in usage
    assert "Fixed charges £750.00" in usage


CREW = """
[[products]]
id = "crew"
name = "Crew"

[[products.prices]]
id = "crew-seat"
list_price = true
currency = "GBP"
billing_frequency = "monthly"
billing_type = "in_advance"
per = "seat"
minimum_quantity = "LEAST"
model = "volume"
tiers = [{ upper_bound = "10", unit_price = "9" }, { unit_price = "7.50" }]

[[plans]]
id = "crew"
name = "Crew"
prices = ["crew-seat"]
"""


@pytest.mark.parametrize(
    ("least", "headline"),
    [("3", "from £27.00 a month excl. VAT"), ("10", "£90.00 a month excl. VAT")],
)
def test_from_is_said_of_what_is_bought_only_where_no_more_of_it_costs_less(
    app: Flask, browser: Browser, least: str, headline: str
) -> None:
    sell(app, more=CREW.replace("LEAST", least))
    # Eleven seats cost £82.50: less than ten.
    assert browser.get("/").texts("section:has(> #plan-crew) .price") == [headline]
    assert f"Crew {headline.removesuffix(' excl. VAT')}" in str(
        browser.get("/").one("meta[name=description]")["content"]
    )
