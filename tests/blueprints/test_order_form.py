"""What is typed into an order: mistakes are told, kept and never a failure of ours."""

from typing import Any

import pytest
from flask import Flask
from support.factories import AMARA
from support.orders import FORM, REQUIRED, TYPED, kept, mails, order, rows
from support.pages import Browser

from pricingsite.models.orders import Order

pytestmark = pytest.mark.usefixtures("on_sale")


WRONG = [
    ("email", "", "Enter your e-mail address"),
    ("email", "ada@", "Enter an e-mail address in the right format, like name@example.com"),
    ("name", "", "Enter your full name"),
    ("organization", " ", "Enter your company name"),
    ("organization", "x" * 201, "Company name must be 200 characters or fewer"),
    ("organization", "a\x00b", "Company name must not contain line breaks or control characters"),
    ("line1", "", "Enter address line 1"),
    ("line2", "x" * 201, "Address line 2 must be 200 characters or fewer"),
    ("town", "", "Enter your town or city"),
    ("postcode", "", "Enter your postcode"),
    ("postcode", "x" * 21, "Postcode must be 20 characters or fewer"),
    ("country", "", "Choose a country"),
    ("country", "FR", "Choose a country from the list"),
    ("tax_id", "1" * 31, "VAT number must be 30 characters or fewer"),
    ("purchase_order", "x" * 61, "Purchase order reference must be 60 characters or fewer"),
    ("start", "soon", "Enter a start date such as 23 November 2026"),
    ("start", "2026-11-22", "Start date must be today, 23 November 2026, or later"),
    ("start", "0001-01-01", "Start date must be today, 23 November 2026, or later"),
    ("start", "9999-12-31", "Start date must be 21 February 2027 or earlier"),
]


@pytest.mark.parametrize(("name", "text", "said"), WRONG, ids=lambda value: repr(value)[:30])
def test_a_mistake_is_told_beside_its_field_and_at_the_top(
    app: Flask, browser: Browser, name: str, text: str, said: str
) -> None:
    page = browser.submit(browser.get(FORM), status=422, **(TYPED | {name: text}))
    assert page.text_of("title") == "Error: Order Scale – Amara"
    assert page.text_of("[role=alert] h2") == "There is a problem"
    assert page.texts(".error-summary li") == [said]
    field = page.one(f"main form [name={name}]")
    assert page.one(".error-summary a")["href"] == f"#{field['id']}"
    assert page.text_of(f"#{field['id']}-error") == f"Error: {said}"
    assert field["aria-invalid"] == "true"
    assert f"{field['id']}-error" in str(field["aria-describedby"]).split()
    assert rows(app, Order) == []
    others = {key: value for key, value in TYPED.items() if key != name}
    assert kept(page, others) == others
    if field.name == "input" and "\x00" not in text:
        assert field["value"] == text.strip()
    browser.submit(page, **(TYPED | {name: TYPED.get(name, "")}))
    assert len(rows(app, Order)) == 1


def test_an_empty_form_is_told_all_at_once(app: Flask, browser: Browser) -> None:
    page = browser.submit(browser.get(FORM), status=422, **dict.fromkeys(TYPED, ""))
    links = [str(link["href"]) for link in page.select(".error-summary a")]
    # In the order of the form, which is that of `TYPED`.
    assert links == [f"#{page.one(f'main form [name={name}]')['id']}" for name in TYPED]
    assert len(page.select("[aria-invalid=true]")) == len(REQUIRED)
    assert rows(app, Order) == []


NOT_A_FORM: list[dict[str, Any]] = [
    {"data": b""},
    {"data": b"\xff\xfe%%%&=&name"},
    {"json": {"email": 1, "name": ["x"], "start": None}},
    {"json": [1, 2]},
    {"data": {"name": (AMARA.open("rb"), "name.txt"), "email": (AMARA.open("rb"), "e.txt")}},
    {"data": {"email": ["a@b.example", "c@d.example"], "country": ["GB", "GB"]}},
]


@pytest.mark.parametrize("sent", NOT_A_FORM, ids=range(len(NOT_A_FORM)))
def test_what_no_form_sends_is_never_a_500(
    app: Flask, browser: Browser, sent: dict[str, Any]
) -> None:
    browser.get(FORM)
    response = browser.client.post(FORM, **sent)
    assert response.status_code == 400
    assert "Nothing was ordered" in response.text or "Nothing was\nordered" in response.text
    assert rows(app, Order) == []


def test_text_is_escaped_wherever_it_is_shown(app: Flask, browser: Browser) -> None:
    page = browser.follow(order(browser, organization="<b>O'Neill & Sons</b>"))
    assert "<b>O'Neill & Sons</b>" in page.text_of("main")
    (mail,) = mails(app)
    # What a stranger types is not mailed to whoever's address they name.
    assert "Neill" not in mail.text + str(mail.html)


def test_an_order_may_start_later(browser: Browser) -> None:
    page = browser.follow(order(browser, start="31/12/2026"))
    main = page.text_of("main")
    assert "Starts 31 December 2026" in main
    assert "31 January 2027" in main
    assert "Usage counts from 31 December 2026" in main


def test_a_failed_form_shows_the_bill_of_the_start_that_was_typed(browser: Browser) -> None:
    page = browser.submit(
        browser.get(FORM), status=422, **(TYPED | {"name": "", "start": "1/1/2027"})
    )
    assert page.one("[name=start]")["value"] == "1/1/2027"
    assert "1 February 2027" in page.text_of("aside")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("GB 123 4567 82", "GB123456782"),
        ("GB123456789", "GB123456789 (not verified: VAT is charged as usual)"),
        ("not a number", "not a number (not verified: VAT is charged as usual)"),
    ],
)
def test_a_vat_number_never_stops_an_order(browser: Browser, typed: str, shown: str) -> None:
    page = browser.follow(order(browser, tax_id=typed))
    assert page.texts("dl.summary div:has(dt:-soup-contains('VAT number')) dd") == [shown]
