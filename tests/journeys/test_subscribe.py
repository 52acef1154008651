"""The main job: browse, work out a price, subscribe, send usage, read a bill right to the penny."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select
from support.factories import ROSTER

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.models.outbox import OutboxMessage

pytestmark = pytest.mark.browser

PASSWORD = "tall-green-kettle-4821"
DETAILS = {
    "email": "ada@ashdown.example",
    "name": "Ada Byron",
    "organization": "Ashdown Ltd",
    "billing address-line1": "1 Analytical Row",
    "billing address-level2": "London",
    "billing postal-code": "E1 6AN",
}


def subscribe(page: Page) -> None:
    """From the pricing page to the order, as a visitor clicks."""
    page.goto("/")
    page.get_by_role("link", name="Choose Scale").first.click()
    for token, value in DETAILS.items():
        page.locator(f"[autocomplete='{token}']").fill(value)
    page.locator("[autocomplete='billing country']").select_option("GB")
    page.get_by_role("button", name="Order with obligation to pay").click()
    expect(page).to_have_url(re.compile(r"/orders/[A-Z0-9-]+$"))


def verification_link(app: Flask) -> str:
    """The link in the order e-mail, as the outbox holds it."""
    with app.app_context():
        statement = select(OutboxMessage).where(OutboxMessage.recipient == DETAILS["email"])
        message = db.session.scalars(statement).one()
        link = re.search(r"http://\S+/verify/\S+", message.text)
    assert link, message.text
    return link.group()


def send_calls(app: Flask, tmp_path: Path, calls: list[int]) -> None:
    """Import events of several calls each, as the merchant's operator does."""
    with app.app_context():
        customer = db.session.scalars(select(Customer)).one().id
    lines = [
        json.dumps(
            {
                "specversion": "1.0",
                "id": f"e{index}",
                "source": "/gateway",
                "type": "api_call",
                "subject": customer,
                "time": "2026-11-23T12:00:00Z",
                "data": {"calls": count},
            }
        )
        for index, count in enumerate(calls)
    ]
    file = tmp_path / "usage.jsonl"
    file.write_text("\n".join(lines))
    result = app.test_cli_runner().invoke(args=["usage", "import", str(file)])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("javascript", [True, False], ids=["with-js", "without-js"])
def test_subscribe_and_read_the_bill(
    app: Flask, open_page: Callable[..., Page], tmp_path: Path, *, javascript: bool
) -> None:
    page = open_page(javascript=javascript, width=360 if javascript else 1280)
    subscribe(page)
    expect(page.locator("main")).to_contain_text("£750.00")

    page.goto("/account")
    expect(page.locator("h1")).to_have_text("Your bill for 23 November to 22 December 2026")
    expect(page.locator("main")).to_contain_text("£750.00 excl. VAT")

    page.goto(verification_link(app))
    page.locator("[autocomplete='new-password']").fill(PASSWORD)
    page.locator("main form button").click()
    expect(page).to_have_url(re.compile("/account$"))

    send_calls(app, tmp_path, [1000, 1000, 500, 1])
    page.goto("/account")
    expect(page.locator("main")).to_contain_text("£1,425.65 excl. VAT")
    expect(page.locator("main")).to_contain_text("£1,710.78")
    expect(page.locator("main")).to_contain_text("£0.65")


def test_a_verified_order_ends_the_session_that_made_it(
    app: Flask, open_page: Callable[..., Page]
) -> None:
    buyer, colleague = open_page(), open_page()
    subscribe(buyer)
    colleague.goto(verification_link(app))
    colleague.locator("[autocomplete='new-password']").fill(PASSWORD)
    colleague.locator("main form button").click()
    expect(colleague).to_have_url(re.compile("/account$"))
    buyer.goto("/account")
    expect(buyer).to_have_url(re.compile("/login"))


def test_sign_in_out_and_in_again(app: Flask, open_page: Callable[..., Page]) -> None:
    page = open_page()
    subscribe(page)
    page.goto(verification_link(app))
    page.locator("[autocomplete='new-password']").fill(PASSWORD)
    page.locator("main form button").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/account")
    expect(page).to_have_url(re.compile("/login"))
    page.locator("[autocomplete~='email'], [autocomplete~='username']").first.fill(DETAILS["email"])
    page.locator("[autocomplete='current-password']").fill(PASSWORD)
    page.locator("main form button").click()
    expect(page).to_have_url(re.compile("/account$"))


def test_the_calculator_answers_while_one_types(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto("/calculator")
    page.locator("[name=api_calls]").fill("3,200")
    expect(page.locator("[data-result]")).to_contain_text("£1,880.00")
    expect(page).to_have_url(re.compile("api_calls=3"))


@pytest.mark.parametrize("catalog", [ROSTER], indirect=True)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_trial_is_started_and_kept_without_javascript(
    app: Flask, open_page: Callable[..., Page]
) -> None:
    page = open_page(javascript=False, width=360)
    page.goto("/?interval=yearly")
    page.get_by_role("link", name="Choose Team").click()
    page.get_by_label("Seats", exact=True).fill("7")
    page.get_by_label("More sites").fill("1")
    for token, value in DETAILS.items():
        page.locator(f"[autocomplete='{token}']").fill(value)
    page.locator("[autocomplete='billing country']").select_option("US")
    # What was not shown yet is shown before it is ordered.
    page.get_by_role("button", name="Update the total").first.click()
    page.get_by_role("button", name="Start the trial").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Order complete")
    page.goto(verification_link(app))
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set the password and sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Your trial, 23 November")
    expect(page.locator("main")).not_to_contain_text("usage")
    page.get_by_role("button", name="Keep Team with obligation to pay").click()
    expect(page.locator("main")).to_contain_text("Your plan goes on from 7 December 2026.")
    expect(page.locator("main")).to_contain_text("US$710.00 plus sales tax where it applies")
