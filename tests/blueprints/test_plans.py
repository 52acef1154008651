"""The public pages: list prices from the database, right to the penny, the same for everyone."""

import json
import re
import struct
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import Clock
from flask import Flask
from flask.testing import FlaskClient
from support.orders import set_list_price
from support.pages import Browser, Page, squeeze

from pricingsite.database import db
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog

CATALOG = Path(__file__).parents[2] / "pricingsite" / "demo" / "amara.toml"
PAGES = ["/", "/pricing", "/plans/start", "/plans/scale", "/calculator", "/calculator?api_calls=1"]
FOR_PROGRAMS = ["/pricing.json", "/pricing.md"]


pytestmark = pytest.mark.usefixtures("on_sale")


def apply_changed(app: Flask, changes: dict[str, str], *, later: Clock | None = None) -> None:
    """Apply Amara's catalog with pieces of its text replaced."""
    text = CATALOG.read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    now = app.config["NOW"] + timedelta(hours=1)
    if later:
        later.set(now)
    with app.app_context():
        apply(db.session(), read_catalog(text.encode()), archive=True, now=now)
        db.session.commit()


NEW_LIST_PRICE = {
    '[[products.prices]]\nid = "A"\nname = "Platform access"\nlist_price = true':
    '[[products.prices]]\nid = "A2"\nname = "Platform access"\nlist_price = true',
    'amount = "500"': 'amount = "512"',
    '["A"]': '["A2"]', '["A", "X"]': '["A2", "X"]',
}  # fmt: skip
NOTHING_ON_SALE = {CATALOG.read_text()[CATALOG.read_text().index("[[plans]]") :]: ""}
SCALE_ARCHIVED = {CATALOG.read_text()[CATALOG.read_text().rindex("[[plans]]") :]: ""}


def card(page: Page, plan: str) -> str:
    return page.text_of(f"section.plan:has(#plan-{plan})")


def test_the_index_shows_each_plan_with_its_price_and_vat(browser: Browser) -> None:
    for path in ("/", "/pricing"):
        page = browser.get(path)
        assert page.text_of("title") == "Pricing – Amara"
        assert "£500.00 a month excl. VAT £600.00 incl. 20% VAT" in card(page, "start")
        assert "from £750.00 a month excl. VAT £900.00 incl. 20% VAT" in card(page, "scale")
        assert "first 1,000 API calls included" in card(page, "scale")
        assert page.texts("section.plan a.button") == ["Choose Start", "Choose Scale"]
        assert [link["href"] for link in page.select("section.plan a.button")] == [
            "/checkout/start", "/checkout/scale",
        ]  # fmt: skip


def test_the_index_works_out_three_examples_and_links_to_the_calculator(browser: Browser) -> None:
    page = browser.get("/")
    rows = page.texts("#examples-scale-X")
    assert rows == ["Scale: what a month costs"]
    table = page.one("table:has(#examples-scale-X)")
    assert [squeeze(row.get_text(" ")) for row in table.select("tbody tr")] == [
        "0 £500.00 £250.00 £750.00 £900.00",
        "1,000 £500.00 £250.00 £750.00 £900.00",
        "3,200 £500.00 £1,380.00 £1,880.00 £2,256.00",
    ]
    assert page.select("a[href='/calculator?api_calls=3200']")
    assert page.texts(".ladder .range") == [
        "First 1,000 API calls", "Next 1,500 (1,001 to 2,500)", "Every API call after 2,500",
    ]  # fmt: skip
    assert page.texts(".ladder .step") == ["£250.00 in total", "£0.45 each", "£0.65 each"]


def test_the_comparison_says_included_in_words(browser: Browser) -> None:
    table = browser.get("/").one("table:has(#comparison)")
    rows = {
        squeeze(row.th.get_text()): [squeeze(cell.get_text(" ")) for cell in row.select("td")]
        for row in table.select("tbody tr")
    }
    assert rows["Price excl. VAT"] == ["£500.00 a month", "from £750.00 a month"]
    assert rows["Price incl. VAT"] == ["£600.00 a month", "from £900.00 a month"]
    assert rows["Platform access"] == ["Included", "Included"]
    assert rows["AI add-on"] == ["Not included", "Included"]
    assert rows["Usage"] == [
        "No usage charges",
        "First 1,000 API calls included, then charged by use",
    ]
    assert rows["Billed"] == ["Monthly, in arrears", "Monthly, in arrears"]


def test_the_index_says_how_it_bills_and_when_prices_changed(browser: Browser) -> None:
    text = browser.get("/").text_of("main")
    assert "Billed monthly, in arrears." in text
    assert "Due today Nothing." in text
    assert "Prices last changed on 1 January 2026" in text
    assert "Going over 2,500 does not change the price of your earlier API calls." in text


def test_a_plan_in_detail_has_its_tiers_and_worked_examples(browser: Browser) -> None:
    page = browser.get("/plans/scale")
    assert page.text_of("title") == "Scale: from £750.00 a month excl. VAT – Amara"
    assert page.text_of("h1") == "Scale"
    bands = page.one("table:has(#usage-X-bands)")
    rows = [[squeeze(cell.get_text()) for cell in row.select("td")] for row in bands.select("tr")]
    assert rows[1:] == [
        ["£250.00 in total", "£250.00"],
        ["£0.45", "£675.00"],
        ["£0.65", "No limit"],
    ]
    assert [squeeze(row.th.contents[0]) for row in bands.select("tbody tr")] == [
        "First 1,000 API calls",
        "Next 1,500 (1,001 to 2,500)",
        "Every API call after 2,500",
    ]
    table = page.one("table:has(#examples-scale-X)")
    rows = [[squeeze(cell.get_text()) for cell in row.select("td")] for row in table.select("tr")]
    assert rows[1:] == [
        ["£500.00", "£250.00", "£750.00", "£900.00", "£0.00", "–"],
        ["£500.00", "£250.00", "£750.00", "£900.00", "£0.45", "£0.25"],
        ["£500.00", "£475.00", "£975.00", "£1,170.00", "£0.45", "£0.3167"],
        ["£500.00", "£925.00", "£1,425.00", "£1,710.00", "£0.65", "£0.37"],
        ["£500.00", "£2,550.00", "£3,050.00", "£3,660.00", "£0.65", "£0.51"],
        ["£500.00", "£5,800.00", "£6,300.00", "£7,560.00", "£0.65", "£0.58"],
    ]
    text = page.text_of("main")
    assert "Going over 2,500 does not change the price of your earlier API calls." in text
    assert "£649,800.00 excl. VAT on Scale, £779,760.00 incl. 20% VAT" in text
    assert "£750.00 excl. VAT a month, £900.00 incl. 20% VAT" in text


def test_a_plan_without_usage_shows_no_tiers(browser: Browser) -> None:
    page = browser.get("/plans/start")
    assert page.text_of("title") == "Start: £500.00 a month excl. VAT – Amara"
    assert "£500.00 a month excl. VAT" in page.text_of("main")
    assert not page.select("table, .ladder")
    assert "API call" not in page.text_of("main")
    assert "costs the same in every period" in page.text_of("main")


def test_an_unknown_plan_is_not_found_with_a_way_on(browser: Browser) -> None:
    page = browser.get("/plans/gigantic", status=404)
    assert page.text_of("h1") == "Plan not found"
    links = {link["href"] for link in page.select("main a")}
    assert {"/plans/start", "/plans/scale", "/checkout/scale", "/account"} <= links


def test_a_retired_plan_is_gone_and_points_to_what_is_sold(app: Flask, browser: Browser) -> None:
    apply_changed(app, SCALE_ARCHIVED)
    page = browser.get("/plans/scale", status=410)
    assert page.text_of("h1") == "Scale is no longer sold"
    assert page.select("main a[href='/plans/start']")
    assert "Choose Scale" not in browser.get("/").text_of("main")
    assert "API calls" not in browser.get("/calculator").text_of("main")


def test_nothing_on_sale_is_said_honestly(app: Flask, browser: Browser) -> None:
    apply_changed(app, NOTHING_ON_SALE)
    page = browser.get("/")
    assert page.text_of("title") == "Pricing – Amara"
    assert page.text_of("h1") == "No plan is on sale at the moment"
    assert page.select("main a[href='mailto:billing@amara.example']")
    assert "No plan is on sale" in browser.get("/calculator").text_of("main")
    assert "No plan is on sale" in browser.get("/plans/start", status=410).text_of("main")
    assert browser.client.get("/pricing.json").json["plans"] == []
    assert "No plan is on sale" in browser.client.get("/pricing.md").text


def test_json_and_markdown_agree_with_the_page(client: FlaskClient, browser: Browser) -> None:
    plans = {plan["id"]: plan for plan in client.get("/pricing.json").json["plans"]}
    markdown = client.get("/pricing.md")
    assert markdown.content_type == "text/markdown; charset=utf-8"
    page = browser.get("/plans/scale").text_of("main")
    for example in plans["scale"]["examples"]["X"]:
        net, gross = (f"£{float(example[key]):,.2f}" for key in ("net", "gross"))
        assert f"{net} {gross}" in page
        assert f"| {int(example['quantity']):,} | {net} | {gross} |" in markdown.text
    assert "From £750.00 a month excl. VAT (£900.00 incl. 20% VAT)." in markdown.text
    assert "£500.00 a month excl. VAT (£600.00 incl. 20% VAT)." in markdown.text
    assert "next 1,500 (1,001 to 2,500): £0.45 each" in markdown.text
    assert plans["start"]["at_zero_usage"][0]["net"] == "500.00"


def test_a_changed_list_price_shows_at_the_next_load(
    app: Flask, browser: Browser, clock: Clock
) -> None:
    before = {path: browser.client.get(path) for path in PAGES + FOR_PROGRAMS}
    apply_changed(app, NEW_LIST_PRICE, later=clock)
    for path, old in before.items():
        new = browser.client.get(path, headers={"If-None-Match": old.headers["ETag"]})
        assert new.status_code == 200, path
        assert new.headers["ETag"] != old.headers["ETag"]
        assert "512.00" in new.text
        assert "£500.00" not in new.text
    assert "£762.00" in browser.get("/").text_of("main")


@pytest.mark.parametrize("path", PAGES + FOR_PROGRAMS)
def test_public_answers_set_no_cookie_and_are_revalidated(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "X-Robots-Tag" not in answer.headers
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.text) == (304, "")
    assert client.get(path, headers={"Cookie": "session=abc"}).data == answer.data


@pytest.mark.parametrize(
    "path", [*PAGES, *FOR_PROGRAMS, "/calculator?api_calls=2000", "/terms", "/sitemap.xml"]
)
def test_no_variant_shows_anywhere(client: FlaskClient, path: str) -> None:
    for accept in ("text/html", "application/json"):
        text = client.get(path, headers={"Accept": accept}).text
        found = re.findall(
            r"825\.00|650\.00|400\.00|£0\.40|£700|150\.00 in total|\"[BCDYZ]\"", text
        )
        assert found == []


@pytest.mark.parametrize(
    ("path", "at_most"),
    # Two transactions ask for the version of what is kept, before and after; a process that has
    # just begun reads what is for sale too, and whether that was overtaken.
    [("/", 11), ("/plans/scale", 11), ("/calculator?api_calls=3200", 11), ("/pricing.json", 11)],
)
def test_pages_ask_the_database_little(
    client: FlaskClient, queries: Callable[..., object], path: str, at_most: int
) -> None:
    with queries(at_most=at_most):
        assert client.get(path).status_code == 200


def test_what_is_for_sale_is_read_once(client: FlaskClient, queries: Callable[..., object]) -> None:
    client.get("/")
    for path, accept in (
        ("/plans/scale", "text/html"),
        ("/calculator?api_calls=3200", "text/html"),
        ("/calculator?api_calls=3201", "application/json"),
    ):
        with queries(at_most=2):  # BEGIN, and the version.
            assert client.get(path, headers={"Accept": accept}).status_code == 200


@pytest.mark.parametrize(("path", "canonical"), [
    ("/", "/"), ("/pricing", "/"), ("/plans/scale", "/plans/scale"),
    ("/calculator?api_calls=5", "/calculator"),
])  # fmt: skip
def test_pages_name_their_address_and_their_price_to_search_engines(
    browser: Browser, path: str, canonical: str
) -> None:
    page = browser.get(path)
    assert page.one("link[rel=canonical]")["href"] == f"http://127.0.0.1:5000{canonical}"
    assert "from £750.00 a month" in page.one("meta[name=description]")["content"]
    assert "excl. VAT" in page.one("meta[name=description]")["content"]


@pytest.mark.parametrize("path", [*PAGES, "/calculator?api_calls=3200"])
def test_every_price_says_whether_vat_is_in_it(browser: Browser, path: str) -> None:
    for price in browser.get(path).texts("p.price"):
        assert price.endswith("excl. VAT")
    for note in browser.get(path).texts("p.price-note"):
        assert "incl. 20% VAT" in note


def test_the_bill_is_drawn_with_its_corners_at_the_bounds(browser: Browser) -> None:
    page = browser.get("/plans/scale")
    wide, narrow = page.select("#chart-scale-X svg")
    said = page.text_of(f"#{wide['aria-labelledby']}")
    assert said == "Scale by API calls excl. VAT From £750.00 at 0 to £3,050.00 at 5,000 API calls."
    for drawing in (wide, narrow):
        line = drawing.select_one("polyline.main")
        assert line is not None
        assert len(line["points"].split()) == 4
        assert [text.get_text() for text in drawing.select("text.other")] == ["Start"]
    table = page.one("#chart-scale-X a")["href"]
    assert page.text_of(table) == "Scale: what a month costs"


def test_the_price_of_one_is_drawn_with_its_lowest_average(browser: Browser) -> None:
    figure = browser.get("/plans/scale").one("#chart-unit-X")
    assert (
        "The average price per API call is lowest at 1,000 API calls: £0.25." in figure.get_text()
    )
    for drawing in figure.select("svg"):
        assert [text.get_text() for text in drawing.select("text.here")] == ["lowest: 1,000"]
        prices = [text.get_text() for text in drawing.select(".down text")]
        assert prices == ["£0.00", "£0.45", "£0.65", "£1.00"]


@pytest.mark.parametrize(
    ("calls", "upto", "words"),
    [
        (0, "5,000", "£750.00"),
        (3200, "5,000", "£1,880.00"),
        (10_000, "20,000", "£6,300.00"),
        (1_000_000, "2,000,000", "£649,800.00"),
    ],
)
def test_the_calculator_marks_where_one_looks(
    browser: Browser, calls: int, upto: str, words: str
) -> None:
    page = browser.get(f"/calculator?api_calls={calls}")
    for drawing in page.select("#chart-scale-X svg"):
        assert [text.get_text() for text in drawing.select("text.here")] == [words]
    assert page.select("#chart-scale-X tbody tr th")[-1].get_text() == upto


def test_search_engines_read_each_part_of_a_price(browser: Browser) -> None:
    page = browser.get("/")
    graph = json.loads(page.one("script[type='application/ld+json']").string or "")["@graph"]
    assert [product["name"] for product in graph] == ["Amara Start", "Amara Scale"]
    offer = graph[1]["offers"]
    assert (offer["price"], offer["priceCurrency"]) == ("750.00", "GBP")
    assert offer["url"].endswith("/plans/scale")
    parts = [
        (
            part["name"],
            part["price"],
            part.get("billingDuration"),
            part.get("eligibleQuantity", {}).get("minValue"),
            part.get("eligibleQuantity", {}).get("maxValue"),
        )
        for part in offer["priceSpecification"]
    ]
    assert parts == [
        ("Platform access", "500", 1, None, None),
        ("AI add-on", "250", 1, "0", "1000"),
        ("AI add-on", "0.45", None, "1001", "2500"),
        ("AI add-on", "0.65", None, "2501", None),
    ]
    assert not any(part["valueAddedTaxIncluded"] for part in offer["priceSpecification"])
    assert all(part["priceCurrency"] == "GBP" for part in offer["priceSpecification"])


@pytest.mark.parametrize("path", ["/", "/plans/scale", "/calculator", "/terms", "/privacy"])
def test_a_link_s_preview_says_what_the_page_is(browser: Browser, path: str) -> None:
    page = browser.get(path)
    said = {tag["property"]: tag["content"] for tag in page.select("meta[property^='og:']")}
    assert said["og:url"] == page.one("link[rel=canonical]")["href"]
    assert said["og:title"] == page.text_of("title")
    assert said["og:description"] == page.one("meta[name=description]")["content"]
    image = said["og:image"].removeprefix("http://127.0.0.1:5000")
    with browser.client.get(image) as picture:
        assert picture.content_type == "image/png"
        assert struct.unpack(">II", picture.data[16:24]) == (1200, 630)


def test_the_history_keeps_every_list_price_with_its_days(app: Flask, browser: Browser) -> None:
    set_list_price(app, "510")
    page = browser.get("/pricing/history")
    assert page.texts("main h2") == ["Platform access", "AI add-on"]
    rows = [
        [squeeze(cell.get_text(" ")) for cell in row.select("th, td")]
        for row in page.select("section[aria-labelledby=product-1] tbody tr")
    ]
    assert rows == [
        ["£510.00 monthly, in arrears", "23 November 2026", "now"],
        ["£500.00 monthly, in arrears", "1 January 2026", "23 November 2026"],
    ]
    assert "825" not in page.text_of("main")
    assert browser.get("/").select("a[href='/pricing/history']")


def test_without_a_brand_there_is_no_sheet_of_one(browser: Browser) -> None:
    assert not browser.get("/").select("link[href^='/brand.css'], .brand img")
    assert browser.client.get("/brand.css").status_code == 404
