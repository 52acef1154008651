"""Ordering on one page: one order whatever is clicked, at the prices that were read."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import Clock
from flask import Flask
from pages import Browser, Page
from sqlalchemy import select

from pricingsite.database import Base, db
from pricingsite.models.customers import Customer
from pricingsite.models.outbox import OutboxMessage
from pricingsite.models.schedules import BillingSchedule, Order
from pricingsite.services.access import accept_invitation, create_user, pending_invitation
from pricingsite.services.catalog import apply
from pricingsite.services.catalog_file import read_catalog

pytestmark = pytest.mark.usefixtures("on_sale")

CATALOG = Path(__file__).parents[2] / "pricingsite" / "demo" / "amara.toml"
TYPED = {
    "email": "ada@held-out.example",
    "name": "Ada Byron",
    "organization": "Held Out Ltd",
    "line1": "1 Analytical Row",
    "town": "London",
    "postcode": "E1 6AN",
    "country": "GB",
}
REQUIRED = [
    "email",
    "name",
    "organization",
    "billing address-line1",
    "billing address-level2",
    "billing postal-code",
    "billing country",
]
FORM = "/checkout/scale"


def order(browser: Browser, **changes: str) -> Page:
    """Open the page of Scale and order it; the answer is the redirect."""
    return browser.submit(browser.get(FORM), **(TYPED | changes))


def rows(app: Flask, model: type[Base]) -> list[Any]:
    with app.app_context():
        return list(db.session.scalars(select(model)))


def mails(app: Flask, recipient: str = TYPED["email"]) -> list[OutboxMessage]:
    return [m for m in rows(app, OutboxMessage) if m.recipient == recipient]


def new_list_price(amount: str) -> str:
    text = CATALOG.read_text()
    changes = {
        '[[products.prices]]\nid = "A"\nname = "Platform access"\nlist_price = true':
        '[[products.prices]]\nid = "A2"\nname = "Platform access"\nlist_price = true',
        'amount = "500"': f'amount = "{amount}"',
        '["A"]': '["A2"]', '["A", "X"]': '["A2", "X"]',
    }  # fmt: skip
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


def set_list_price(app: Flask, amount: str) -> None:
    """As a merchant does: a new list price in both plans, the old one archived."""
    with app.app_context():
        document = read_catalog(new_list_price(amount).encode())
        apply(db.session(), document, archive=True, now=app.config["NOW"])
        db.session.commit()


def withdraw(app: Flask) -> None:
    text = CATALOG.read_text()
    text = text[: text.rindex("[[plans]]")]
    with app.app_context():
        apply(db.session(), read_catalog(text.encode()), archive=True, now=app.config["NOW"])
        db.session.commit()


# The page


def test_the_page_asks_for_what_is_needed_and_no_more(browser: Browser) -> None:
    page = browser.get(FORM)
    assert page.text_of("title") == "Order Scale – Amara"
    needed = page.select("main form [required]")
    assert [field["autocomplete"] for field in needed] == REQUIRED
    tokens = {field["autocomplete"] for field in page.select("main form [autocomplete]")}
    assert tokens == {*REQUIRED, "billing address-line2"}
    for field in page.select("main form input:not([type=hidden]):not([required])"):
        label = page.text_of(f"label[for={field['id']}]")
        # The start is filled in; all else that may be left out says so.
        assert field["value"] if field["name"] == "start" else "(optional)" in label
    assert not page.select("[type=checkbox], [type=password], [type=date], [placeholder]")
    assert page.one("main form").has_attr("novalidate")
    assert page.texts("main form button") == ["Order with obligation to pay"]
    assert page.select("meta[name=robots][content=noindex]")


def test_the_page_says_what_is_ordered_before_it_is(browser: Browser) -> None:
    page = browser.get(FORM)
    main = page.text_of("main")
    for said in (
        "First 1,000 API calls",
        "at least £750.00 + VAT £150.00 = £900.00 incl. VAT",
        "Due today: £0.00",
        "23 December 2026",
        "until you cancel",
        "You are buying for a business",
        "Terms, version",
    ):
        assert said in main
    assert page.one("[name=start]")["value"] == "2026-11-23"
    assert "23 November 2026" in page.text_of("#start-hint")
    assert not re.search(r"\d{4}-\d\d-\d\d", main)
    assert page.select("main [href='/terms']")


def test_the_bill_of_start_has_no_usage(browser: Browser) -> None:
    main = browser.get("/checkout/start").text_of("main")
    assert "£500.00 + VAT £100.00 = £600.00 incl. VAT" in main
    assert "API call" not in main


@pytest.mark.parametrize("path", ["/checkout/gold", "/checkout/Scale", "/orders/NO-SUCH"])
def test_an_unknown_plan_is_a_page_with_a_way_on(browser: Browser, path: str) -> None:
    page = browser.get(path, status=303 if "orders" in path else 404)
    assert page.location == "/login?next=/orders/NO-SUCH" or page.select("a[href='/']")


def test_what_opening_and_ordering_ask_the_database(browser: Browser, queries: Any) -> None:
    browser.get(FORM)
    with queries(at_most=6):
        page = browser.get(FORM)
    with queries(at_most=26):
        answer = browser.submit(page, **TYPED)
    with queries(at_most=10):
        browser.follow(answer)


# One order


def test_ordering_leads_to_the_order(app: Flask, browser: Browser) -> None:
    answer = order(browser)
    (placed,) = rows(app, Order)
    assert answer.location == f"/orders/{placed.reference}"
    page = browser.follow(answer)
    assert page.text_of("h1") == "Order complete"
    assert page.text_of("title") == f"Order {placed.reference} – Amara"
    main = page.text_of("main")
    for said in (
        placed.reference,
        "Held Out Ltd",
        "at least £750.00 + VAT £150.00 = £900.00 incl. VAT",
        "23 December 2026",
        "We have e-mailed ada@held-out.example",
        "Send the e-mail again",
        "23 November 2026, 18:40 GMT",
    ):
        assert said in main
    with app.app_context():
        schedule = db.session.scalars(select(BillingSchedule)).one()
        assert [price.id for price in schedule.phases[0].prices] == ["A", "X"]


def test_a_double_click_a_refresh_and_a_late_retry_are_one_order(
    app: Flask, browser: Browser
) -> None:
    page = browser.get(FORM)
    answers = {browser.submit(page, **TYPED).location for _ in range(3)}
    browser.follow(browser.submit(page, **TYPED))
    assert len(answers) == len(rows(app, Order)) == len(rows(app, Customer)) == 1
    assert len(rows(app, OutboxMessage)) == 2


def test_two_tabs_are_one_order(app: Flask, browser: Browser) -> None:
    one, other = browser.get(FORM), browser.get(FORM)
    first, second = browser.submit(one, **TYPED), browser.submit(other, **TYPED)
    assert first.location == second.location
    assert len(rows(app, Order)) == 1


def test_a_lost_answer_is_found_by_ordering_again_from_the_page(
    app: Flask, browser: Browser
) -> None:
    page = browser.get(FORM)
    cookies = browser.client.get_cookie("session")
    first = browser.submit(page, **TYPED)
    assert cookies
    # The answer was lost, its cookie too.
    browser.client.set_cookie("session", cookies.value)
    assert browser.submit(page, **TYPED).location == first.location
    assert len(rows(app, Order)) == 1
    assert browser.get(str(first.location)).text_of("h1") == "Order complete"


def test_a_retry_finds_its_order_whatever_has_ended_since(
    app: Flask, browser: Browser, clock: Clock
) -> None:
    page = browser.get(FORM)
    first = browser.submit(page, **TYPED)
    withdraw(app)
    # The form's token has expired and the day it starts on is past.
    clock.set(clock.now + timedelta(days=1))
    page.one("main form [name=csrf_token]")["value"] = ""
    assert browser.submit(page, **TYPED).location == first.location
    assert len(rows(app, Order)) == 1


def test_two_plans_are_two_orders(app: Flask, browser: Browser) -> None:
    order(browser)
    browser.submit(browser.get("/checkout/start"), **TYPED)
    assert sorted(found.plan_id for found in rows(app, Order)) == ["scale", "start"]


def test_other_content_names_the_first_order_and_offers_another(
    app: Flask, browser: Browser
) -> None:
    first = order(browser)
    page = browser.submit(browser.get(FORM), status=409, **(TYPED | {"organization": "Other Ltd"}))
    assert page.text_of("h1") == "You have ordered Scale already"
    assert page.select(f"main a[href='{first.location}']")
    assert "Nothing more was ordered" in page.text_of("main")
    assert len(rows(app, Order)) == 1

    cookies = browser.client.get_cookie("session")
    second = browser.submit(page)
    assert second.location != first.location
    # A double click on it, with the cookie of before and with that of the answer.
    assert cookies
    assert browser.submit(page).location == second.location
    browser.client.set_cookie("session", cookies.value)
    assert browser.submit(page).location == second.location
    assert {customer.legal_name for customer in rows(app, Customer)} == {
        "Held Out Ltd", "Other Ltd",
    }  # fmt: skip
    assert len(rows(app, Order)) == 2
    assert browser.get(str(second.location)).text_of("h1") == "Order complete"


def test_a_third_order_is_asked_about_again(app: Flask, browser: Browser) -> None:
    order(browser)
    for number, company in enumerate(("Second Ltd", "Third Ltd"), start=2):
        changed = TYPED | {"organization": company}
        browser.submit(browser.submit(browser.get(FORM), status=409, **changed))
        assert len(rows(app, Order)) == number


def test_signing_out_forgets_the_key_and_the_order(app: Flask, browser: Browser) -> None:
    page = browser.follow(order(browser))
    browser.submit(page, "header form")
    first = f"/orders/{rows(app, Order)[0].reference}"
    assert browser.get(first, status=303).location == f"/login?next={first}"
    order(browser, organization="Next Ltd")
    assert len(rows(app, Order)) == 2


def test_known_and_unknown_addresses_get_the_same_answer(app: Flask, browser: Browser) -> None:
    with app.app_context():
        create_user(db.session(), "ada@held-out.example", "hash", now=app.config["NOW"])
        db.session.commit()
    known = browser.follow(order(browser))
    other = Browser(app)
    unknown = other.follow(order(other, email="new@held-out.example"))
    reference = {found.email: found.reference for found in rows(app, Order)}
    texts = [
        page.text_of("body").replace(email, "EMAIL").replace(reference[email], "REF")
        for page, email in ((known, "ada@held-out.example"), (unknown, "new@held-out.example"))
    ]
    assert texts[0] == texts[1]
    assert len(rows(app, Customer)) == 2


# What changes meanwhile


def test_a_price_that_changed_is_shown_before_and_after_and_can_be_ordered(
    app: Flask, browser: Browser
) -> None:
    page = browser.get(FORM)
    set_list_price(app, "512")
    asked = browser.submit(page, status=409, **TYPED)
    assert asked.text_of("h1") == "The prices have changed"
    main = asked.text_of("main")
    assert "Nothing was ordered" in main
    assert "Before Platform access: £500.00 monthly" in main
    assert "Now Platform access: £512.00 monthly" in main
    assert "at least £762.00 + VAT £152.40 = £914.40 incl. VAT" in main
    assert rows(app, Order) == []
    page = browser.follow(browser.submit(asked))
    assert "£762.00" in page.text_of("main")
    assert "Held Out Ltd" in page.text_of("main")
    with app.app_context():
        schedule = db.session.scalars(select(BillingSchedule)).one()
        assert [price.id for price in schedule.phases[0].prices] == ["A2", "X"]


def test_a_price_that_changed_after_the_order_changes_nothing_of_it(
    app: Flask, browser: Browser
) -> None:
    page = browser.get(FORM)
    first = browser.submit(page, **TYPED)
    set_list_price(app, "512")
    assert browser.submit(page, **TYPED).location == first.location
    assert "£750.00" in browser.follow(first).text_of("main")


@pytest.mark.parametrize("prices", ["", "x", "WyJhIl0.forged"])
def test_prices_that_were_not_shown_are_shown_now(
    app: Flask, browser: Browser, prices: str
) -> None:
    page = browser.submit(browser.get(FORM), status=409, **TYPED, prices=prices)
    assert "Now Platform access: £500.00 monthly" in page.text_of("main")
    assert rows(app, Order) == []
    browser.submit(page)
    assert len(rows(app, Order)) == 1


def test_a_price_is_never_taken_from_the_form(app: Flask, browser: Browser) -> None:
    page = browser.get(FORM)
    hidden = {field["name"]: field["value"] for field in page.select("main form [type=hidden]")}
    named = {"price_id": "D", "price_ids": ["D", "Y"], "price": "Y", "plan_id": "start"}
    browser.post(FORM, hidden | TYPED | named | {"amount": "1"})
    with app.app_context():
        schedule = db.session.scalars(select(BillingSchedule)).one()
        assert [price.id for price in schedule.phases[0].prices] == ["A", "X"]


def test_a_plan_that_was_withdrawn_offers_the_others(app: Flask, browser: Browser) -> None:
    page = browser.get(FORM)
    withdraw(app)
    for answer in (browser.submit(page, status=410, **TYPED), browser.get(FORM, status=410)):
        assert answer.text_of("h1") == "Scale is no longer sold"
        assert "Nothing was ordered" in answer.text_of("main")
        assert answer.texts("main li a") == ["Start"]
    assert rows(app, Order) == []


def kept(page: Page, typed: dict[str, str]) -> dict[str, str]:
    """What the form still holds of what was typed."""
    options = {field["name"]: field.select_one("[selected]") for field in page.select("select")}
    values = {field["name"]: field.get("value", "") for field in page.select("main form input")}
    values |= {name: option["value"] for name, option in options.items() if option}
    return {name: values[name] for name in typed}


@pytest.mark.parametrize("broken", ["expired", "missing", "forged", "no-cookie"])
def test_an_expired_page_keeps_what_was_typed_and_can_be_sent(
    app: Flask, browser: Browser, broken: str
) -> None:
    page = browser.get(FORM)
    token = page.one("main form [name=csrf_token]")
    if broken == "no-cookie":
        browser.client.delete_cookie("session")
    elif broken == "expired":
        app.config["WTF_CSRF_TIME_LIMIT"] = -1
    else:
        token["value"] = "" if broken == "missing" else "forged"
    typed = TYPED | {"purchase_order": "PO 7", "start": "1 December 2026"}
    asked = browser.submit(page, status=400, **typed)
    app.config["WTF_CSRF_TIME_LIMIT"] = 3600
    assert asked.text_of("title") == "Error: Order Scale – Amara"
    assert "Nothing was ordered" in asked.text_of(".error-summary")
    assert kept(asked, typed) == typed
    assert rows(app, Order) == []
    assert browser.submit(asked).location
    assert len(rows(app, Order)) == 1


def test_a_session_that_opened_another_plan_only_is_asked_once_more(
    app: Flask, browser: Browser
) -> None:
    page = browser.get("/checkout/start")
    page.one("main form")["action"] = FORM
    asked = browser.submit(page, status=400, **TYPED)
    assert "Nothing was ordered" in asked.text_of(".error-summary")
    browser.submit(asked, status=303)
    assert [found.plan_id for found in rows(app, Order)] == ["scale"]


# What is typed

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
    {"data": {"name": (CATALOG.open("rb"), "name.txt"), "email": (CATALOG.open("rb"), "e.txt")}},
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
    assert "<b>O'Neill & Sons</b>" in mail.text
    assert "<b>O" not in str(mail.html)
    assert "&lt;b&gt;O" in str(mail.html)


def test_an_order_may_start_later(browser: Browser) -> None:
    page = browser.follow(order(browser, start="31/12/2026"))
    main = page.text_of("main")
    assert "Starts 31 December 2026" in main
    assert "31 January 2027" in main
    assert "Your usage counts from 31 December 2026" in main


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
        ("GB123456789", "GB123456789 (unverified: VAT is charged as usual)"),
        ("not a number", "NOTANUMBER (unverified: VAT is charged as usual)"),
    ],
)
def test_a_vat_number_never_stops_an_order(browser: Browser, typed: str, shown: str) -> None:
    page = browser.follow(order(browser, tax_id=typed))
    assert page.texts("dl.summary div:has(dt:-soup-contains('VAT number')) dd") == [shown]


# The order's page


def test_a_stranger_is_sent_to_sign_in(app: Flask, browser: Browser) -> None:
    path = str(order(browser).location)
    assert Browser(app).get(path, status=303).location == f"/login?next={path}"


def sign_in(app: Flask, visitor: Browser, email: str) -> None:
    """Follow the link of an order of one's own."""
    visitor.follow(order(visitor, email=email))
    link = re.search(r"http://[^/]+(/verify/\S+)", mails(app, email)[-1].text)
    assert link
    visitor.submit(visitor.get(link.group(1)), password="tall-green-kettle-4821")


def test_somebody_else_who_is_signed_in_finds_nothing(app: Flask, browser: Browser) -> None:
    path = str(order(browser).location)
    stranger = Browser(app)
    sign_in(app, stranger, "eve@elsewhere.example")
    stranger.get(path, status=404)
    with app.app_context():
        own = db.session.scalars(select(Order).where(Order.email == "eve@elsewhere.example")).one()
    page = stranger.get(f"/orders/{own.reference}")
    assert "The address is confirmed" in page.text_of("main")
    assert not page.select("main form")


def test_the_session_that_ordered_is_out_once_the_link_was_followed(
    app: Flask, browser: Browser
) -> None:
    path = str(order(browser).location)
    with app.app_context():
        invitation = pending_invitation(db.session(), rows(app, Order)[0].customer_id)
        assert invitation
        accept_invitation(db.session(), invitation, password_hash="hash", now=app.config["NOW"])
        db.session.commit()
    assert browser.get(path, status=303).location == f"/login?next={path}"


def test_programs_read_the_order_as_json(app: Flask, browser: Browser) -> None:
    path = str(order(browser, start="2026-12-01").location)
    answer = browser.client.get(path, headers={"Accept": "application/json"}).get_json()
    bill = answer.pop("first_bill_at_least")
    assert answer == {
        "reference": path.rpartition("/")[2],
        "plan": "scale",
        "prices": ["A", "X"],
        "start": "2026-12-01",
        "ordered_at": "2026-11-23T18:40:00+00:00",
        "terms_version": rows(app, Order)[0].terms_version,
        "first_invoice_on": "2027-01-01",
    }
    assert (bill["net"], bill["tax"], bill["gross"]) == ("750.00", "150.00", "900.00")
    assert bill["period"] == {"start": "2026-12-01", "end": "2027-01-01"}


# The e-mails


def test_both_e_mails_say_what_was_ordered(app: Flask, browser: Browser) -> None:
    order(browser, purchase_order="PO 7")
    (placed,) = rows(app, Order)
    (acknowledgement,) = mails(app)
    (notice,) = [m for m in rows(app, OutboxMessage) if m.recipient != TYPED["email"]]
    for mail in (acknowledgement, notice):
        assert len(mail.subject) <= 60
        assert placed.reference in mail.subject
        for part in (mail.text, str(mail.html)):
            for said in ("£750.00", "£150.00", "£900.00", "Held Out Ltd", "23 December 2026"):
                assert said in part
        assert len(str(mail.html)) < 20_000
    link = re.search(r"http://127\.0\.0\.1:5000/verify/\S+", acknowledgement.text)
    assert link
    assert f'href="{link.group()}"' in str(acknowledgement.html)
    for part in (acknowledgement.text, str(acknowledgement.html)):
        for said in ("PO 7", "First 1,000 API calls", "until you cancel", placed.terms_version):
            assert said in part
    assert "/verify/" not in notice.text
    assert TYPED["email"] in notice.text


def test_the_e_mail_can_be_sent_again(app: Flask, browser: Browser, clock: Clock) -> None:
    page = browser.follow(order(browser))
    clock.set(clock.now + timedelta(minutes=5))
    again = browser.follow(browser.submit(page))
    assert "on its way to ada@held-out.example once more" in again.text_of("[role=status]")
    one, other = mails(app)
    assert one.message_id != other.message_id
    assert one.subject == other.subject
    # The merchant hears of an order once.
    assert len(rows(app, OutboxMessage)) == 3


def test_a_confirmed_order_sends_no_more_e_mail(app: Flask, browser: Browser) -> None:
    sign_in(app, browser, "ada@held-out.example")
    (placed,) = rows(app, Order)
    before = len(rows(app, OutboxMessage))
    token = browser.get("/account").one("header [name=csrf_token]")["value"]
    path = f"/orders/{placed.reference}"
    answer = browser.post(f"{path}/resend", {"csrf_token": token})
    assert answer.location == path
    assert "no e-mail was sent" in browser.follow(answer).text_of("[role=status]")
    assert len(rows(app, OutboxMessage)) == before


def test_a_stranger_cannot_have_the_e_mail_sent(app: Flask, browser: Browser) -> None:
    path = str(order(browser).location)
    stranger = Browser(app)
    token = stranger.get(FORM).one("main form [name=csrf_token]")["value"]
    stranger.post(f"{path}/resend", {"csrf_token": token})
    assert len(mails(app)) == 1
