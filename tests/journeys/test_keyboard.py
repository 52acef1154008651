"""The whole journey by keyboard alone: what is focused is always seen, and nothing is a trap."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from journeys.test_subscribe import DETAILS, PASSWORD, verification_link
from playwright.sync_api import Page, expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
MOST_STEPS = 80
_FOCUSED = """() => {
  const e = document.activeElement, style = getComputedStyle(e);
  const words = (e.labels?.[0]?.innerText || e.innerText || '').trim();
  const seen = e.matches(':focus-visible') && style.outlineStyle === 'solid'
    && parseFloat(style.outlineWidth) >= 3;
  return [e.tagName, words, seen];
}"""


def tab_to(page: Page, words: str) -> None:
    """Press Tab until what is focused has these words; each stop on the way must be seen."""
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        tag, found, seen = page.evaluate(_FOCUSED)
        assert seen or tag in {"BODY", "HTML"}, f"{tag} {found!r} is focused and not seen"
        if found.startswith(words):
            return
    pytest.fail(f"{words!r} cannot be reached by Tab on {page.url}")


def press(page: Page, words: str) -> None:
    tab_to(page, words)
    page.keyboard.press("Enter")


def type_into(page: Page, words: str, text: str) -> None:
    tab_to(page, words)
    page.keyboard.type(text)


@pytest.mark.parametrize("javascript", [True, False], ids=["with-js", "without-js"])
def test_from_the_prices_to_an_alert(
    app: Flask, open_page: Callable[..., Page], *, javascript: bool
) -> None:
    page = open_page(javascript=javascript)
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate(_FOCUSED)[1] == "Skip to main content"
    press(page, "Calculator")
    expect(page).to_have_url(re.compile("/calculator"))
    type_into(page, "API calls", "3,200")
    page.keyboard.press("Enter")
    expect(page.locator("[data-result]")).to_contain_text("£1,880.00")

    page.goto("/")
    press(page, "Choose Scale")
    expect(page.locator("h1")).to_have_text("Order Scale")
    press(page, "Order with obligation to pay")
    expect(page.locator(".error-summary h2")).to_have_text("There is a problem")
    for label, token in (
        ("Work e-mail", "email"),
        ("Full name", "name"),
        ("Company name", "organization"),
        ("Address line 1", "billing address-line1"),
        ("Town or city", "billing address-level2"),
        ("Postcode", "billing postal-code"),
    ):
        type_into(page, label, DETAILS[token])
    type_into(page, "Country", "United Kingdom")
    press(page, "Order with obligation to pay")
    expect(page).to_have_url(re.compile(r"/orders/[A-Z0-9-]+$"))

    page.goto(verification_link(app))
    type_into(page, "New password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/account$"))
    press(page, "Set alerts and a budget")
    expect(page.locator("h1")).to_have_text("Alerts and budget")
    tab_to(page, "90%")
    page.keyboard.press("Space")
    type_into(page, "Budget for a period", "2,000")
    press(page, "Save alerts")
    expect(page.locator(".notice")).to_contain_text("Your alerts are saved.")
    press(page, "Sign out")
    expect(page).to_have_url(re.compile("/(login)?$"))
