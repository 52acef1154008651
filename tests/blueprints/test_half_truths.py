"""What a plan's pages say is what is billed: free plans, plans paid a year ahead, plans by name."""

import pytest
from flask import Flask
from support.factories import AMARA
from support.orders import TYPED, mails
from support.pages import Browser, Page

from pricingsite.database import db
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog

PLANS = """
[[products]]
id = "hobby"
name = "Hobby platform"
[[products.prices]]
id = "H"
list_price = true
currency = "GBP"
billing_frequency = "monthly"
billing_type = "in_arrears"
model = "fixed"
amount = "0"
[[products]]
id = "year"
name = "Platform, yearly"
[[products.prices]]
id = "YA"
list_price = true
currency = "GBP"
billing_frequency = "yearly"
billing_type = "in_advance"
model = "fixed"
amount = "5000"
[[products]]
id = "trial"
name = "Trial"
[[products.prices]]
id = "T"
list_price = true
currency = "GBP"
billing_frequency = "monthly"
billing_type = "in_arrears"
metric = "api_calls"
model = "graduated"
tiers = [{ upper_bound = "1000" }, { unit_price = "0.45" }]
[[plans]]
id = "hobby"
name = "Hobby"
prices = ["H"]
[[plans]]
id = "yearly"
name = "Yearly"
prices = ["YA"]
[[plans]]
id = "trial"
name = "Try"
prices = ["T"]
[[plans]]
id = "mixed"
name = "Yearly and usage"
prices = ["YA", "X"]
"""


@pytest.fixture(autouse=True)
def _sold(app: Flask) -> None:
    with app.app_context():
        document = read_catalog(AMARA.read_bytes() + PLANS.encode())
        apply(db.session(), document, archive=False, now=app.config["NOW"])
        db.session.commit()


def ordered(browser: Browser, plan: str) -> tuple[Page, Page, Page]:
    """The form of a plan, the page of its order, and the account then."""
    form = browser.get(f"/checkout/{plan}")
    order = browser.follow(browser.submit(form, **TYPED))
    return form, order, browser.get("/account")


def test_a_free_plan_has_no_bill_and_no_duty_to_pay(app: Flask, browser: Browser) -> None:
    form, order, account = ordered(browser, "hobby")
    assert form.texts("main form button") == ["Start for free"]
    assert "The order brings no obligation to pay." in form.text_of("main")
    assert "Nothing is billed: the plan is free." in order.text_of("main")
    assert "There is no invoice, since nothing is charged." in account.text_of("main")
    (mail,) = mails(app)
    assert "Payment: nothing; the plan is free, and there is no invoice." in mail.text
    faq = browser.get("/plans/hobby").text_of("#faq-billed")
    assert faq == "When am I billed? Never: Hobby is free."
    for said in (form.text_of("main"), order.text_of("main"), account.text_of("main"), mail.text):
        for untrue in ("First bill", "Billed on", "first invoice", "Payment due", "usage until"):
            assert untrue not in said


def test_a_free_start_with_usage_keeps_the_duty_to_pay(browser: Browser) -> None:
    form, order, _ = ordered(browser, "trial")
    assert form.texts("main form button") == ["Order with obligation to pay"]
    assert "at least £0.00 + VAT £0.00 = £0.00 incl. VAT" in order.text_of("main")


def test_a_year_in_advance_names_its_years(app: Flask, browser: Browser) -> None:
    form, order, account = ordered(browser, "yearly")
    assert form.text_of("aside h2") == "Your first bill"
    said = "The first invoice is made on 23 November 2026 and is payable by 23 December 2026."
    assert said in order.text_of("main")
    assert "Nothing is due before then" not in order.text_of("main")
    assert account.text_of("h1") == "Your next bill, for 23 November 2027 to 22 November 2028"
    assert account.texts(".figures dd.figure")[-1] == "23 November 2027"
    assert account.texts(".figures dd.note")[-1] == "due 23 December 2027"
    assert "Your first bill, made on 23 November 2026 , is £5,000.00" in account.text_of("main")
    (mail,) = mails(app)
    for words in (order.text_of("main"), mail.text):
        assert "£5,000.00 + VAT £1,000.00 = £6,000.00 incl. VAT for a full year" in words
        assert "at least" not in words


@pytest.mark.parametrize(
    ("plan", "named"),
    [
        ("start", "Start: Platform access"),
        ("mixed", "Yearly and usage: Platform, yearly, AI add-on"),
    ],
)
def test_the_account_names_the_plan(browser: Browser, plan: str, named: str) -> None:
    _, _, account = ordered(browser, plan)
    assert account.text_of(".eyebrow") == f"Ashdown Ltd · {named}"


def test_a_bill_is_compared_only_with_plans_billed_alike(browser: Browser) -> None:
    _, _, account = ordered(browser, "mixed")
    assert not account.select("#others")
    _, _, account = ordered(browser, "start")
    others = account.text_of("section:has(#others)")
    assert "On Hobby this period would cost £0.00" in others
    assert "Yearly" not in others


def test_no_bill_is_shown_for_a_day_that_cannot_be_read(browser: Browser) -> None:
    form = browser.get("/checkout/scale")
    page = browser.submit(form, status=422, **TYPED | {"start": "01/02/2027"})
    message = (
        "Start date could be 1 February 2027 or 2 January 2027: type the one you mean in words"
    )
    assert page.texts(".error-summary li") == [message]
    assert "£750.00" not in page.text_of("main")
    assert not page.select("time")
