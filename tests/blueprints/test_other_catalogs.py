"""The public pages of quite another business: a yearly fee, seats, gigabytes, packages, euros."""

import pytest
from flask import Flask
from pages import Browser

from pricingsite.database import db
from pricingsite.services.catalog import apply
from pricingsite.services.catalog_file import read_catalog

CATALOG = b"""
[merchant]
name = "Odd"
legal_name = "Odd Ltd"
email = "hello@odd.example"
timezone = "Europe/Dublin"
country = "IE"
sells_to = ["IE"]
vat_rates = [{ valid_from = "2012-01-01", rate = "0.23" }]
[[metrics]]
id = "seats"
event_type = "seats"
aggregation = "max"
property = "seats"
unit = "seat"
[[metrics]]
id = "gigabytes"
event_type = "stored"
aggregation = "sum"
property = "gigabytes"
unit = "gigabyte"
[[metrics]]
id = "data"
event_type = "letter"
aggregation = "count"
unit = "letter"
[[products]]
id = "base"
name = "Base"
[[products.prices]]
id = "YEAR"
name = "Base"
list_price = true
currency = "EUR"
billing_frequency = "yearly"
billing_type = "in_advance"
model = "fixed"
amount = "1200"
[[products]]
id = "people"
name = "People"
[[products.prices]]
id = "SEATS"
name = "People"
list_price = true
currency = "EUR"
billing_frequency = "monthly"
billing_type = "in_arrears"
metric = "seats"
model = "volume"
tiers = [{ upper_bound = "10", unit_price = "9" }, { unit_price = "7.5" }]
[[products]]
id = "storage"
name = "Storage"
[[products.prices]]
id = "GB"
name = "Storage"
list_price = true
currency = "EUR"
billing_frequency = "monthly"
billing_type = "in_arrears"
metric = "gigabytes"
model = "linear"
unit_price = "0.00025"
[[products]]
id = "post"
name = "Post"
[[products.prices]]
id = "LETTERS"
name = "Post"
list_price = true
currency = "EUR"
billing_frequency = "monthly"
billing_type = "in_arrears"
metric = "data"
model = "package"
package_size = "100"
package_price = "40"
[[plans]]
id = "one"
name = "One"
prices = ["YEAR"]
[[plans]]
id = "two"
name = "Two"
prices = ["YEAR", "SEATS"]
[[plans]]
id = "three"
name = "Three"
prices = ["YEAR", "SEATS", "GB", "LETTERS"]
"""


@pytest.fixture(autouse=True)
def _odd(app: Flask) -> None:
    with app.app_context():
        apply(db.session(), read_catalog(CATALOG), archive=False, now=app.config["NOW"])
        db.session.commit()


def test_charges_of_different_frequencies_stand_side_by_side(browser: Browser) -> None:
    page = browser.get("/")
    assert page.text_of("h1").startswith("Three plans.")
    assert page.texts("section:has(> #plan-one) .price") == ["€1,200.00 a year excl. VAT"]
    assert page.texts("section:has(> #plan-three) .price") == [
        "€1,200.00 a year excl. VAT",
        "from €0.00 a month excl. VAT",
    ]
    assert page.texts("section:has(> #plan-three) .price-note")[0] == "€1,476.00 incl. 23% VAT"
    text = page.text_of("main")
    assert "Due today What is billed in advance" in text
    assert "Yearly, in advance; monthly, in arrears" in text
    assert "€0.00025 for each gigabyte" in text


def test_each_structure_is_explained_in_its_own_words(browser: Browser) -> None:
    page = browser.get("/plans/three")
    text = page.text_of("main")
    assert page.texts(".ladder .range") == ["Up to 10 seats", "More than 10 seats"]
    assert "One rate holds for all seats of a month" in text
    assert "€40.00 for each 100 letters begun" in text
    assert "A package is charged whole once its first letter is used." in text
    assert "Every gigabyte costs the same." in text
    assert "The highest number at any one time in the period is what counts." in text
    assert "does not change the price of your earlier" not in text


def test_the_calculator_has_a_field_for_each_metric(browser: Browser) -> None:
    blank = browser.get("/calculator")
    assert blank.texts("form label") == ["Seats", "Gigabytes", "Letters"]
    page = browser.submit(blank, status=200, seats="11", gigabytes="1m", data="101")
    assert page.text_of("[data-result] h2") == "11 seats, 1,000,000 gigabytes, 101 letters"
    assert page.texts("section:has(> #quote-three) .price") == [
        "€1,200.00 a year excl. VAT",
        "€412.50 a month excl. VAT",
    ]
    assert page.texts("section:has(> #quote-two) .price")[1] == "€82.50 a month excl. VAT"
    assert "99 more letters, then €40.00 excl. VAT" in page.text_of("[data-result]")
    failed = browser.get("/calculator?data=1.5&seats=many")
    assert failed.texts(".error-summary a") == [
        "Seats must be a number, such as 3,200",
        "Letters must be a whole number",
    ]


def test_markdown_and_json_tell_the_same(browser: Browser) -> None:
    markdown = browser.client.get("/pricing.md").text
    assert "€1,200.00 a year excl. VAT (€1,476.00 incl. 23% VAT)." in markdown
    assert "- Post (monthly, in arrears): €40.00 for each 100 letters begun" in markdown
    three = browser.client.get("/pricing.json").json["plans"][2]
    assert [charges["net"] for charges in three["at_zero_usage"]] == ["1200.00", "0.00"]
