"""Metrics of one unit, each by its name, and prices shown for as many units as the metric says."""

import json
from decimal import Decimal

import pytest
from flask import Flask
from support.host import sell
from support.pages import Browser

NAMES = ["Egress", "Egress in Europe", "Input tokens"]


@pytest.fixture(autouse=True)
def _sold(app: Flask) -> None:
    sell(app, all=["base", "egress", "egress-eu", "tokens"], seats=["seats"], pages=["pages"])


def test_calculator_fields_are_named(browser: Browser) -> None:
    page = browser.get("/calculator")
    assert page.texts("form label") == [
        "Egress (GB)",
        "Egress in Europe (GB)",
        "Input tokens",
        "Users",
        "Pages",
    ]
    typed = {"egress": "1500", "egress_eu": "3,200 GB", "tokens": "2m"}
    page = browser.submit(page, status=200, **typed)
    assert page.text_of("[data-result] h2") == (
        "1,500 GB (Egress), 3,200 GB (Egress in Europe), 2,000,000 tokens (Input tokens)"
    )
    assert browser.get("/calculator?egress=many").texts(".error-summary li") == [
        "Egress (GB) must be a number, such as 3,200"
    ]


def test_what_comes_next_is_named_and_shown_per_so_many(browser: Browser) -> None:
    page = browser.get("/calculator?egress=1500&egress_eu=3200&tokens=2000000")
    terms = page.texts("section:has(> #quote-all) dl.summary dt")
    told = dict(zip(terms, page.texts("section:has(> #quote-all) dl.summary dd"), strict=True))
    assert told["Egress: next GB"] == "US$0.09 per 1,000 GB excl. VAT"
    assert told["Egress: average per 1,000 GB"] == "US$0.06 excl. VAT , for Egress alone"
    assert told["Egress in Europe: next GB"] == "US$0.000016666 excl. VAT"
    assert told["Input tokens: next token"] == "US$2.50 per 1,000,000 tokens excl. VAT"
    after = page.texts("section:has(> #quote-all) dl.summary dd")[-2]
    assert after == (
        "3,000,000 more tokens at this price, then US$2.00 per 1,000,000 tokens excl. VAT"
    )


def test_a_bill_is_by_each_unit_and_shown_per_so_many(browser: Browser) -> None:
    address = "/calculator?egress=1500&egress_eu=3200&tokens=2000000"
    found = browser.client.get(address, headers={"Accept": "application/json"}).json
    (bill,) = found["plans"][0]["bills"]
    lines = [(line["description"], line["unit_price"], line["net"]) for line in bill["lines"]]
    assert lines == [
        ("Base", "20", "20.00"),
        ("Egress: first 500 GB, included", "0", "0.00"),
        ("Egress: GB after the first 500", "0.00009", "0.09"),
        ("Egress-eu, Egress in Europe: GB", "0.000016666", "0.05"),
        ("Tokens, Input tokens: first 1,000,000 tokens", "0", "0.00"),
        ("Tokens, Input tokens: tokens 1,000,001 to 5,000,000", "0.0000025", "2.50"),
    ]
    rows = browser.get(address).texts("#bill-all-1 ~ tbody tr td:nth-of-type(2)")
    assert rows == [
        "US$20.00",
        "US$0.00",
        "US$0.09 per 1,000 GB",
        "US$0.000016666",
        "US$0.00",
        "US$2.50 per 1,000,000 tokens",
    ]
    assert [one.get("metric_name") for one in found["plans"][0]["usage"]] == NAMES


def test_every_heading_and_caption_is_of_one_metric(browser: Browser) -> None:
    for path in ("/", "/plans/all", "/calculator"):
        page = browser.get(path)
        for selector in ("h2", "h3", "caption", "summary", "figcaption strong"):
            headings = page.texts(selector)
            assert len(headings) == len(set(headings)), (path, selector)
    assert browser.get("/plans/all").texts("h2")[1:4] == [
        "Egress: what GB cost",
        "Egress: what the next GB costs",
        "Egress in Europe: what GB cost",
    ]


def test_list_prices_are_shown_per_so_many(browser: Browser) -> None:
    page = browser.get("/plans/all")
    assert page.texts(".ladder .step") == [
        "Free",
        "US$0.09 per 1,000 GB",
        "Free",
        "US$2.50 per 1,000,000 tokens",
        "US$2.00 per 1,000,000 tokens",
    ]
    assert "US$0.0000025" not in page.get_text(" ")
    history = browser.get("/pricing/history").text_of("main")
    assert "First 500 GB included, then US$0.09 per 1,000 GB" in history
    order = browser.get("/checkout/all").text_of("main")
    assert "Every GB after 500: US$0.09 per 1,000 GB" in order
    assert "Egress-eu, Egress in Europe US$0.000016666 for each GB" in order
    markdown = browser.client.get("/pricing.md").text
    assert "| Egress (GB) | All a month" in markdown
    assert "| Egress in Europe (GB) | All a month" in markdown
    assert "- Egress (monthly, in arrears): First 500 GB included, then US$0.09 per 1,000 GB" in (
        markdown
    )


def test_an_average_is_of_as_many_units_as_it_says(app: Flask, browser: Browser) -> None:
    sell(app, share=["share"], packed=["packed"])
    page = browser.get("/calculator?egress=1500")
    for plan, average in (("share", "US$29.00"), ("packed", "US$26.66")):
        terms = page.texts(f"section:has(> #quote-{plan}) dl.summary dt")
        told = page.texts(f"section:has(> #quote-{plan}) dl.summary dd")
        assert terms[-1] == "Egress: average per 1,000 GB"
        assert told[-1].startswith(f"{average} excl. VAT")


def test_programs_are_told_names_and_exact_prices(browser: Browser) -> None:
    plan = browser.client.get("/pricing.json").json["plans"][0]
    base, egress, europe, tokens = plan["prices"]
    assert "metric_name" not in base
    assert (egress["metric_name"], egress["display_per"]) == ("Egress", "1000")
    assert "display_per" not in europe
    assert egress["structure"] == {"model": "linear", "unit_price": "0.00009", "included": "500"}
    assert tokens["structure"]["tiers"][1]["unit_price"] == "0.0000025"


def test_structured_data_name_the_units_that_a_price_is_for(browser: Browser) -> None:
    script = browser.get("/").one("script[type='application/ld+json']").string or ""
    parts = json.loads(script)["@graph"][0]["offers"]["priceSpecification"]
    found = [(part["price"], part.get("referenceQuantity", {}).get("value")) for part in parts]
    assert found == [
        ("20", None),
        ("0.09", "1000"),
        ("0.000016666", "1"),
        ("2.5", "1000000"),
        ("2", "1000000"),
    ]
    assert parts[1]["eligibleQuantity"]["minValue"] == "501"


def test_long_amounts_never_break(browser: Browser) -> None:
    for path in ("/", "/plans/all", "/checkout/all", "/pricing/history"):
        page = browser.get(path)
        found = [
            text
            for text in page.find_all(string=lambda text: "US$0.000016666" in text)
            if text.parent and text.parent.name not in {"script", "title"}
        ]
        assert found, path
        for text in found:
            nowrap = [*text.parent.get("class", []), *text.parent.parent.get("class", [])]
            assert {"amount", "num"} & set(nowrap), (path, text)


def test_a_price_that_falls_has_its_sentence(browser: Browser) -> None:
    falls = "with it, all users get cheaper, and the total falls"
    at_ten = browser.get("/calculator?users=10").text_of("section:has(> #quote-seats)")
    assert f"Next user \N{MINUS SIGN}US$7.50 excl. VAT : {falls}" in at_ten
    before = browser.get("/calculator?users=7").text_of("section:has(> #quote-seats)")
    assert f"3 more users at this price, then \N{MINUS SIGN}US$7.50 excl. VAT : {falls}" in before
    detail = browser.get("/plans/seats").text_of("main")
    assert f"At 10 users the next user costs less than nothing: {falls}." in detail
    assert falls not in browser.get("/plans/pages").text_of("main")


def test_packages_after_an_allowance(browser: Browser) -> None:
    page = browser.get("/calculator?pages=301")
    quoted = page.text_of("section:has(> #quote-pages)")
    assert "Pages: first 250 pages, included" in quoted
    assert "Pages: packages of 100 pages after the first 250" in quoted
    assert "US$40.00 a month" in quoted
    assert "49 more pages at this price, then US$40.00" in quoted
    detail = browser.get("/plans/pages").text_of("main")
    assert "First 250 pages included, then US$40.00 for each 100 pages or part of 100" in detail
    said = "After the first 250 pages, a package is charged in full from its first page."
    assert said in detail
    plans = browser.client.get("/pricing.json").json["plans"]
    (examples,) = plans[2]["examples"].values()
    assert [Decimal(one["quantity"]) for one in examples] == [0, 250, 251, 350, 1250]
