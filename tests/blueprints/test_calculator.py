"""The calculator: every plan at a quantity, right to the penny, or a word on what to type."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from support.orders import set_list_price
from support.pages import Browser, squeeze

pytestmark = pytest.mark.usefixtures("on_sale")

CALLS = [0, 999, 1000, 1001, 2500, 2501, 1_000_000]
SCALE = ["£750.00", "£750.00", "£750.00", "£750.45", "£1,425.00", "£1,425.65", "£649,800.00"]
GROSS = ["£900.00", "£900.00", "£900.00", "£900.54", "£1,710.00", "£1,710.78", "£779,760.00"]
NEXT = ["£0.00", "£0.00", "£0.45", "£0.45", "£0.65", "£0.65", "£0.65"]


@pytest.mark.parametrize(
    ("calls", "scale", "gross", "next_call"), list(zip(CALLS, SCALE, GROSS, NEXT, strict=True))
)
def test_the_calculator_is_right_to_the_penny(
    browser: Browser, calls: int, scale: str, gross: str, next_call: str
) -> None:
    page = browser.get(f"/calculator?api_calls={calls}")
    quoted = page.one("section:has(> #quote-scale)")
    assert squeeze(quoted.select_one(".price").get_text(" ")) == f"{scale} a month excl. VAT"
    assert squeeze(quoted.select_one(".price-note").get_text(" ")) == f"{gross} incl. 20% VAT"
    assert quoted.select("tfoot .num")[0].get_text() == scale
    assert quoted.select("tfoot .num")[-1].get_text() == gross
    assert quoted.select("dl dd")[0].get_text(" ").startswith(next_call)
    started = page.text_of("section:has(> #quote-start)")
    assert "£500.00 a month excl. VAT £600.00 incl. 20% VAT" in started
    expected = f"Start costs £500.00 a month excl. VAT, Scale costs {scale} a month excl. VAT."
    assert page.text_of("[data-result] output") == expected


def test_the_calculator_says_when_the_next_call_costs_more(browser: Browser) -> None:
    page = browser.get("/calculator?api_calls=3.2k")
    assert page.text_of("[data-result] h2") == "3,200 API calls"
    text = page.text_of("section:has(> #quote-scale)")
    assert "Next API call £0.65 excl. VAT" in text
    assert "After that Every further API call costs £0.65" in text
    assert "Average per API call £0.4313 excl. VAT" in text
    text = browser.get("/calculator?api_calls=1200").text_of("section:has(> #quote-scale)")
    assert "Next API call £0.45 excl. VAT" in text
    assert "After that 1,300 more API calls at this price, then £0.65 excl. VAT" in text


def test_a_blank_calculator_shows_its_form_and_examples(browser: Browser) -> None:
    for path in ("/calculator", "/calculator?api_calls=", "/calculator?api_calls=+"):
        page = browser.get(path)
        assert page.text_of("label") == "API calls"
        assert page.one("input[name=api_calls]")["inputmode"] == "decimal"
        assert page.one("form")["method"] == "get"
        assert len(page.select("[data-result] tbody tr")) == 6
        assert not page.select("[data-result] output")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("lots", "API calls must be a number, such as 3,200"),
        ("-1", "API calls must be 0 or more"),
        ("1.0000001", "API calls must have no more than 6 decimals"),
        ("1000000000001", "API calls must be 1,000,000,000,000 or fewer"),
        ("<script>", "API calls must be a number, such as 3,200"),
    ],
)
def test_what_cannot_be_calculated_is_explained_and_kept(
    browser: Browser, typed: str, message: str
) -> None:
    page = browser.get("/calculator", query_string={"api_calls": typed})
    assert page.text_of("title") == "Error: Calculator – Amara"
    assert page.texts(".error-summary a") == [message]
    field = page.one(page.one(".error-summary a")["href"])
    assert field["value"] == typed
    assert message in page.text_of("[data-result]")
    answer = browser.client.get(
        "/calculator", query_string={"api_calls": typed}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.json["errors"] == {"api_calls": [message]}


def test_a_billion_calls_are_worked_out_and_are_a_matter_for_a_talk(browser: Browser) -> None:
    text = browser.get("/calculator?api_calls=1,000,000,000").text_of("[data-result]")
    assert "£649,999,800.00" in text
    assert "talk to us" in text
    assert "talk to us" not in browser.get("/calculator?api_calls=999999999").text_of("main")
    most = browser.get("/calculator?api_calls=1000000000000").text_of("[data-result]")
    assert "£649,999,999,800.00" in most


def test_the_calculator_answers_programs_with_bills(client: FlaskClient) -> None:
    answer = client.get("/calculator?api_calls=2,501", headers={"Accept": "application/json"})
    assert answer.mimetype == "application/json"
    assert answer.json["quantities"] == {"api_calls": "2501"}
    start, scale = answer.json["plans"]
    assert (start["id"], start["usage"]) == ("start", [])
    (bill,) = scale["bills"]
    totals = {"net": "1425.65", "tax": "285.13", "gross": "1710.78", "currency": "GBP"}
    assert totals.items() <= bill.items()
    assert bill["period"] == {"start": "2026-11-23", "end": "2026-12-23"}
    assert [line["net"] for line in bill["lines"]] == ["500.00", "250.00", "675.00", "0.65"]
    assert scale["usage"][0]["next_unit_cost"] == "0.65"
    assert scale["usage"][0]["units_until_change"] is None


def test_a_link_made_before_a_price_change_says_so(app: Flask, browser: Browser) -> None:
    page = browser.submit(browser.get("/calculator"), status=200, api_calls="3200")
    version = page.one("input[name=v]")["value"]
    link = f"/calculator?api_calls=3200&v={version}"
    assert "Prices have changed" not in browser.get(link).text_of("main")
    set_list_price(app, "510")
    page = browser.get(link)
    assert "Prices have changed since this link was made." in page.text_of("[data-result] .notice")
    assert "£1,890.00" in page.text_of("[data-result]")
    # What is sent from here on is a link of today's prices.
    assert page.one("input[name=v]")["value"] != version
    assert "Prices have changed" not in browser.get("/calculator?api_calls=3200").text_of("main")
