"""The other shipped example: a yearly fee, seats, gigabytes, packages, euros."""

import pytest
from flask import Flask
from support.factories import KELDER
from support.pages import Browser

from pricingsite.database import db
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog


@pytest.fixture(autouse=True)
def _kelder(app: Flask) -> None:
    with app.app_context():
        apply(db.session(), read_catalog(KELDER.read_bytes()), archive=False, now=app.config["NOW"])
        db.session.commit()


def test_charges_of_different_frequencies_stand_side_by_side(browser: Browser) -> None:
    page = browser.get("/")
    assert page.text_of("h1") == "Keep what you keep."
    assert page.texts("section:has(> #plan-reading-room) .price") == ["€1,200.00 a year excl. VAT"]
    assert page.texts("section:has(> #plan-institution) .price") == ["€1,200.00 a year excl. VAT"]
    assert page.texts("section:has(> #plan-institution) .price-note") == [
        "€1,452.00 incl. 21% VAT",
        "€100.00 a month",
        "Then €7.50 to €9.00 per seat a month, depending on how many",
        "Plus €0.00025 per gigabyte",
        "Plus €40.00 per 100 pages or part of 100",
    ]
    text = page.text_of("main")
    assert "Due today What is billed in advance" in text
    assert "Yearly, in advance; monthly, in arrears" in text
    assert "€0.00025 for each gigabyte" in text


def test_each_structure_is_explained_in_its_own_words(browser: Browser) -> None:
    page = browser.get("/plans/institution")
    text = page.text_of("main")
    assert page.texts(".ladder .range") == ["Up to 10 seats", "More than 10 seats"]
    assert "One rate applies to all seats of a month" in text
    assert "€40.00 for each 100 pages or part of 100" in text
    assert "A package is charged in full from its first page." in text
    assert "Every gigabyte costs the same." in text
    assert "The highest number at any one time in the period is what counts." in text
    assert "does not change the price of your earlier" not in text


def test_the_calculator_has_a_field_for_each_metric(browser: Browser) -> None:
    blank = browser.get("/calculator")
    assert blank.texts("form label") == ["Seats", "Gigabytes", "Pages"]
    page = browser.submit(blank, status=200, seats="11", gigabytes="1m", pages="101")
    assert page.text_of("[data-result] h2") == "11 seats, 1,000,000 gigabytes, 101 pages"
    assert page.texts("section:has(> #quote-institution) .price") == [
        "€1,200.00 a year excl. VAT",
        "€412.50 a month excl. VAT",
    ]
    assert page.texts("section:has(> #quote-curators) .price")[1] == "€82.50 a month excl. VAT"
    assert "99 more pages at this price, then €40.00 excl. VAT" in page.text_of("[data-result]")
    failed = browser.get("/calculator?pages=1.5&seats=many")
    assert failed.texts(".error-summary a") == [
        "Seats must be a number, such as 3,200",
        "Pages must be a whole number",
    ]


def test_markdown_and_json_tell_the_same(browser: Browser) -> None:
    markdown = browser.client.get("/pricing.md").text
    assert "€1,200.00 a year excl. VAT (€1,452.00 incl. 21% VAT)." in markdown
    assert "- Scanning (monthly, in arrears): €40.00 for each 100 pages or part of 100" in markdown
    three = browser.client.get("/pricing.json").json["plans"][2]
    assert [charges["net"] for charges in three["at_zero_usage"]] == ["1200.00", "0.00"]


def test_the_site_wears_the_merchants_brand(browser: Browser) -> None:
    page = browser.get("/")
    assert page.one(".brand img")["alt"] == "Kelder"
    assert page.one(".brand img")["src"].startswith("data:image/svg+xml;base64,")
    assert page.text_of(".lede").startswith("An archive that museums, parishes and families can")
    assert "May volunteers have a seat?" in page.texts("section:has(#faq) summary")
    sheet = browser.client.get(page.one("link[rel=stylesheet][href^='/brand.css']")["href"])
    assert "--accent: light-dark(#7a1f3d, #f09ab4);" in sheet.text
    assert "--on-accent: light-dark(#ffffff, #0c1512);" in sheet.text
    assert sheet.mimetype == "text/css"
    assert sheet.headers["Cache-Control"] == "public, max-age=31536000"
    assert browser.client.get("/brand.css").headers["Cache-Control"] == "no-cache"
    questions = browser.get("/plans/institution").texts(".faq summary")
    assert "Who brings our boxes to you?" in questions
    assert "Who brings our boxes to you?" not in browser.get("/plans/curators").texts(
        ".faq summary"
    )


def test_a_page_that_failed_wears_no_brand_that_it_would_have_to_ask_for(browser: Browser) -> None:
    page = browser.get("/no-such-page", status=404)
    assert not page.select("link[href^='/brand.css'], .brand img")


def test_a_usage_price_that_plans_share_is_shown_once(browser: Browser) -> None:
    page = browser.get("/")
    assert page.texts("section[aria-labelledby^=usage-] h2") == [
        "What seats cost on Curators",
        "What gigabytes cost on Institution",
        "What pages cost on Institution",
    ]
    assert "The price is the same on Institution." in page.text_of(
        "section:has(> #usage-curators-seats)"
    )
