"""Changing and leaving by keyboard alone, with JavaScript off, and every figure on the invoices."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from journeys.test_keyboard import press, tab_to, type_into
from playwright.sync_api import Page, expect
from support.members import ADA, PASSWORD
from support.pages import Browser
from support.plan_pages import PlanSite

pytestmark = pytest.mark.browser
JUNE, JULY, AUGUST, SEPTEMBER = (date(2027, month, 1) for month in (6, 7, 8, 9))


def told(page: Page, text: str) -> None:
    expect(page.locator(".notice[role=status]")).to_contain_text(text)


def sign_in(page: Page) -> None:
    page.goto("/account/plan")
    type_into(page, "E-mail", ADA)
    type_into(page, "Password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Your plan")


def test_upgraded_undone_redone_cancelled_and_back_again(
    app: Flask, open_page: Callable[..., Page]
) -> None:
    site = PlanSite(app, Browser(app))
    site.subscribe("A", start=JUNE)
    site.on(date(2027, 6, 16))
    page = open_page(width=360, javascript=False)
    sign_in(page)
    expect(page.locator("h1")).to_have_text("Your plan: Start")

    press(page, "Change to Scale")
    expect(page.locator("#bill-now-1")).to_contain_text("Bill of 1 July 2027, at your usage so far")
    tab_to(page, "Now, 16 June 2027")
    page.keyboard.press("ArrowDown")
    press(page, "Change to Scale with obligation to pay")
    told(page, "Your plan changes on 1 July 2027.")
    press(page, "Undo the change")
    told(page, "The change is undone.")
    press(page, "Change to Scale")
    expect(page.locator("h1")).to_have_text("Change to Scale")
    press(page, "Change to Scale with obligation to pay")
    told(page, "You are on Scale from today.")
    site.use(2600)
    site.bill(JULY)
    assert site.invoices == [(JULY, "1490.00", "298.00", "1788.00")]

    page.goto("/account/plan")
    press(page, "Cancel subscription")
    expect(page.locator("h1")).to_have_text("Cancel your subscription")
    press(page, "Continue")
    expect(page.locator("h1")).to_have_text("Confirm the cancellation")
    press(page, "Cancel subscription on 31 July 2027")
    told(page, "31 July 2027 is its last day")
    press(page, "Undo the cancellation")
    told(page, "The change is undone.")
    press(page, "Cancel subscription")
    expect(page.locator("h1")).to_have_text("Cancel your subscription")
    press(page, "Continue")
    expect(page.locator("h1")).to_have_text("Confirm the cancellation")
    press(page, "Cancel subscription on 31 July 2027")
    told(page, "31 July 2027 is its last day")
    site.bill(AUGUST)
    assert site.invoices[1:] == [(AUGUST, "750.00", "150.00", "900.00")]

    page.goto("/account/plan")
    expect(page.locator("h1")).to_have_text("Scale has ended")
    press(page, "Choose Scale")
    expect(page.locator("h1")).to_have_text("Subscribe to Scale")
    press(page, "Subscribe with obligation to pay")
    told(page, "You are subscribed to Scale from today.")
    site.bill(SEPTEMBER)
    assert site.invoices[2:] == [(SEPTEMBER, "750.00", "150.00", "900.00")]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_every_page_of_it_is_accessible(
    app: Flask,
    open_page: Callable[..., Page],
    no_violations: Callable[[Page], None],
    width: int,
    scheme: str,
) -> None:
    site = PlanSite(app, Browser(app))
    site.subscribe("A", start=JUNE)
    site.on(date(2027, 7, 16))
    page = open_page(width=width, color_scheme=scheme)
    sign_in(page)
    for path in ("", "/change?plan=scale", "/cancel", "/cancel?confirm=1"):
        page.goto(f"/account/plan{path}")
        no_violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_button_of_a_lone_plan_is_no_wider_than_it_says(
    app: Flask, open_page: Callable[..., Page]
) -> None:
    site = PlanSite(app, Browser(app))
    site.subscribe("A", start=JUNE)
    site.on(date(2027, 6, 16))
    page = open_page(width=1280)
    sign_in(page)
    box = page.locator(".plan .button").bounding_box()
    assert box is not None
    assert box["width"] < 250
