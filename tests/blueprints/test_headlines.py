"""What a plan is known by: the same on its card, its page, for search engines and for programs."""

import json
from typing import Any

import pytest
from flask import Flask
from support.host import sell
from support.pages import Browser, Page

# A plan's prices; its headline; the lines under it.
KNOWN_BY = {
    "users": (
        ["users"],
        "US$4.99 per user a month",
        ["US$5.988 incl. 20% VAT"],
    ),
    "fixed": (
        ["base", "users"],
        "from US$20.00 a month",
        ["US$24.00 incl. 20% VAT , then US$4.99 per user a month"],
    ),
    "several": (
        ["base", "seats", "pages", "egress"],
        "from US$20.00 a month",
        [
            "US$24.00 incl. 20% VAT",
            "Then US$7.50 to US$9.00 per user a month, depending on how many",
            "First 250 pages included, then US$40.00 per 100 pages or part of 100",
            "Egress: first 500 GB included, then US$0.09 per 1,000 GB",
        ],
    ),
    "yearly": (
        ["egress", "year"],
        "US$1,200.00 a year plus usage",
        [
            "US$1,440.00 incl. 20% VAT",
            "US$100.00 a month",
            "Egress: first 500 GB a month included, then US$0.09 per 1,000 GB",
        ],
    ),
    "both": (
        ["base", "year", "users"],
        "from US$20.00 a month and US$1,200.00 a year",
        [
            "US$24.00 incl. 20% VAT , then US$4.99 per user a month",
            "US$1,440.00 incl. 20% VAT",
        ],
    ),
    "prompts": (
        ["tokens"],
        "US$2.50 per 1,000,000 tokens",
        [
            "US$3.00 incl. 20% VAT",
            (
                "Input tokens: first 1,000,000 tokens a month included, "
                "then US$2.00 to US$2.50 per 1,000,000 tokens"
            ),
        ],
    ),
    "europe": (["egress-eu"], "US$0.000016666 per GB", ["US$0.0000199992 incl. 20% VAT"]),
    "pages": (
        ["pages"],
        "US$40.00 per 100 pages or part of 100",
        [
            "US$48.00 incl. 20% VAT",
            "First 250 pages a month included, then US$40.00 per 100 pages or part of 100",
        ],
    ),
    "teams": (
        ["teams"],
        "US$50.00 a month (more than 10 users)",
        ["US$60.00 incl. 20% VAT", "US$0.00 to US$50.00 a month, by the band you reach"],
    ),
    "crowd": (
        ["crowd"],
        "US$50.00 a month at zero usage",
        ["US$60.00 incl. 20% VAT , then US$20.00 to US$50.00 a month, by the band you reach"],
    ),
    "share": (["share"], "2.9% of each GB", []),
    "gift": (
        ["gift"],
        "US$0.00 a month",
        ["US$0.00 incl. 20% VAT , then US$0.00 per user a month"],
    ),
}
PLANS = {name: prices for name, (prices, _, _) in KNOWN_BY.items()}
HEADLINES = {name: headline for name, (_, headline, _) in KNOWN_BY.items()}


@pytest.fixture(autouse=True)
def _sold(app: Flask) -> None:
    sell(app, **PLANS)


def headline_of(page: Page, within: str) -> str:
    """The amounts in the large type of a card."""
    found = [one.removesuffix(" excl. VAT") for one in page.texts(f"{within} .price")]
    return " and ".join(found)


@pytest.mark.parametrize("name", KNOWN_BY)
def test_a_card_and_a_page_say_what_a_plan_is_known_by(browser: Browser, name: str) -> None:
    _, headline, notes = KNOWN_BY[name]
    card = f"section:has(> #plan-{name})"
    for page, within in ((browser.get("/"), card), (browser.get(f"/plans/{name}"), ".hero")):
        assert headline_of(page, within) == headline.removesuffix(" plus usage")
        assert page.texts(f"{within} .price-note") == notes


@pytest.mark.parametrize("name", KNOWN_BY)
def test_search_engines_and_programs_are_told_the_same(browser: Browser, name: str) -> None:
    headline, page = HEADLINES[name], browser.get(f"/plans/{name}")
    description = page.one("meta[property='og:description']")["content"]
    assert description == f"Bucket {name.capitalize()}: {headline}, excl. VAT."
    assert page.one("meta[name=description]")["content"] == description
    title = f"{name.capitalize()}: {headline} excl. VAT – Bucket"
    assert page.text_of("title") == title
    assert page.one("meta[property='og:title']")["content"] == title
    listed = browser.client.get("/llms.txt").text
    assert f"/plans/{name}): {headline[0].upper()}{headline[1:]} excl. VAT." in listed
    index = browser.get("/")
    for place in ("name=description", "property='og:description'"):
        said = index.one(f"meta[{place}]")["content"]
        assert f"{name.capitalize()} {headline}" in said
    row = index.texts("[aria-labelledby=compare] tr > *")
    assert headline in row
    markdown = browser.client.get("/pricing.md").text.partition(f"## {name.capitalize()}\n")[2]
    for part in headline.removesuffix(" plus usage").split(" and "):
        amount = part.partition(" a ")[0].partition(" per ")[0].removeprefix("from ")
        assert amount in markdown.partition("Billed ")[0]


def offers(browser: Browser) -> dict[str, Any]:
    script = browser.get("/").one("script[type='application/ld+json']").string or ""
    graph = json.loads(script)["@graph"]
    return {product["name"].removeprefix("Bucket "): product["offers"] for product in graph}


def test_structured_data_have_the_same_amount(browser: Browser) -> None:
    found = {name: offer["price"] for name, offer in offers(browser).items()}
    assert found == {
        "Users": "4.99",
        "Fixed": "20.00",
        "Several": "20.00",
        "Yearly": "1200.00",
        "Both": "20.00",
        "Prompts": "2.50",
        "Europe": "0.000016666",
        "Pages": "40.00",
        "Teams": "50.00",
        "Crowd": "50.00",
        "Share": "0.00",
        "Gift": "0.00",
    }


def test_from_stands_only_before_what_is_due_at_zero_usage(browser: Browser) -> None:
    page = browser.get("/")
    for price in page.texts(".price"):
        assert price.startswith("from ") is ("US$20.00" in price and "from" in price), price
        assert not price.startswith("from US$0.00")
    assert "from US$0.00" not in page.get_text(" ")
    assert "From US$0.00" not in browser.client.get("/pricing.md").text


def test_no_yearly_fee_is_left_out_beside_a_monthly_price(browser: Browser) -> None:
    for path in ("/", "/plans/yearly"):
        assert "US$0.00 a month" not in browser.get(path).text_of("main").split("Gift")[0]
    text = browser.get("/").text_of("section:has(> #plan-both)")
    assert "US$1,200.00 a year" in text
    assert "US$20.00 a month" in text
