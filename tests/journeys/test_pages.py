"""Every page meets the figures the site promises, in Chromium: axe, reflow, weight, console."""

from collections.abc import Callable

import pytest
from journeys.test_subscribe import subscribe
from playwright.sync_api import Page, Response

pytestmark = pytest.mark.browser

PUBLIC = [
    "/",
    "/plans/start",
    "/plans/scale",
    "/pricing/history",
    "/calculator",
    "/calculator?api_calls=3200",
    "/calculator?api_calls=lots",
    "/checkout/scale",
    "/checkout/start",
    "/terms",
    "/privacy",
    "/api/v1",
    "/login",
    "/reset",
    "/no-such-page",
    "/plans/no-such-plan",
]
LOOKS = [(1280, "light"), (320, "dark")]
MOST_BYTES, MOST_REQUESTS = 40_000, 4


def check(page: Page, no_violations: Callable[[Page], None]) -> None:
    no_violations(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], f"{page.url} scrolls sideways: {width}px"


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_public_pages_are_accessible_and_reflow(
    open_page: Callable[..., Page], no_violations: Callable[[Page], None], width: int, scheme: str
) -> None:
    page = open_page(width=width, color_scheme=scheme)
    for path in PUBLIC:
        page.goto(path)
        check(page, no_violations)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_customers_pages_are_accessible_and_reflow(
    open_page: Callable[..., Page], no_violations: Callable[[Page], None], width: int, scheme: str
) -> None:
    page = open_page(width=width, color_scheme=scheme)
    page.goto("/checkout/scale")
    page.get_by_role("button", name="Order with obligation to pay").click()
    assert page.title().startswith("Error: ")
    check(page, no_violations)
    subscribe(page)
    check(page, no_violations)
    for path in ("/account", "/account/usage", "/account/details"):
        page.goto(path)
        check(page, no_violations)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_cold_page_is_light(open_page: Callable[..., Page]) -> None:
    # The API's reference is a document, and longer than a page.
    for path in set(PUBLIC) - {"/api/v1"}:
        page = open_page()
        answers: list[Response] = []
        page.on("response", lambda answer, into=answers: into.append(answer))
        page.goto(path, wait_until="networkidle")
        sizes = [answer.request.sizes() for answer in answers]
        weight = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
        assert len(answers) <= MOST_REQUESTS, [answer.url for answer in answers]
        assert weight <= MOST_BYTES, f"{path} weighs {weight} bytes"
