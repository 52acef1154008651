"""The account page in each of its states, in Chromium: axe, reflow, and four answers at a glance.

With SCREENSHOTS=folder every state is also kept as a picture, to be looked at.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Clock
from flask import Flask
from flask_security import hash_password
from journeys.looks import in_each_look
from playwright.sync_api import Page
from support.account_states import STATES
from support.accounts import Account
from support.members import ADA, PASSWORD

from pricingsite.database import db
from pricingsite.services.access.users import add_membership, create_user

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
LOOKS = [(360, "light"), (1280, "dark")]
# Whose period runs: they answer how much, how much at the end, when, and what the next one costs.
NOT_RUNNING = {"no plan", "to begin", "ended", "ended and billed"}


@pytest.fixture(params=STATES)
def state(request: pytest.FixtureRequest, app: Flask, clock: Clock, site: str) -> str:  # noqa: ARG001
    """A state's name, once it is stored and the clock stands at its moment."""
    with app.app_context():
        account = Account(db.session())
        user = create_user(db.session(), ADA, hash_password(PASSWORD), now=clock.now)
        add_membership(db.session(), user, account.customer, now=clock.now)
        account.customer.verified_at = clock.now
        clock.set(STATES[request.param](account))
        db.session.commit()
    return str(request.param)


def sign_in(page: Page) -> Page:
    page.goto("/login?next=/account")
    page.locator("[name=email]").fill(ADA)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button").click()
    page.wait_for_url("**/account")
    return page


def check(page: Page, name: str, no_violations: Callable[[Page], None] | None) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name.replace(' ', '-')}.png", full_page=True)
    if no_violations:
        no_violations(page)
    viewport = page.viewport_size
    assert viewport
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= viewport["width"], f"{name} scrolls sideways: {width}px"


def test_a_state_is_accessible_and_answers_at_a_glance(
    state: str, open_page: Callable[..., Page], no_violations: Callable[[Page], None]
) -> None:
    page = sign_in(open_page())
    # States share their parts: axe sees each in one look, and by name in every one.
    examined = LOOKS[list(STATES).index(state) % len(LOOKS)]
    for look in in_each_look(page, LOOKS):
        width, scheme = look
        check(page, f"{state} {width} {scheme}", no_violations if look == examined else None)
        if state not in NOT_RUNNING:
            box = page.locator(".figures").bounding_box()
            assert box
            assert box["y"] + box["height"] <= 800, f"{state}: below the fold at {width}"


@pytest.mark.parametrize("state", ["in the second band", "no usage price"], indirect=True)
def test_a_members_other_pages_are_accessible(
    state: str, open_page: Callable[..., Page], no_violations: Callable[[Page], None]
) -> None:
    page = sign_in(open_page())
    for width, scheme in in_each_look(page, LOOKS):
        for path in ("/account/usage", "/account/alerts", "/account/details"):
            page.goto(path)
            check(page, f"{state} {path.rpartition('/')[2]} {width} {scheme}", no_violations)
        if page.goto("/account/alerts") and page.locator("[name=budget]").count():
            page.locator("[name=budget]").fill("lots")
            page.get_by_role("button", name="Save alerts").click()
            check(page, f"{state} alerts refused {width} {scheme}", no_violations)


@pytest.mark.every_look
def test_a_state_in_every_look(
    state: str, open_page: Callable[..., Page], no_violations: Callable[[Page], None]
) -> None:
    page = sign_in(open_page())
    for width in (320, 360, 1280):
        for scheme in ("light", "dark"):
            for forced in ("none", "active"):
                page.set_viewport_size({"width": width, "height": 800})
                page.emulate_media(color_scheme=scheme, forced_colors=forced)
                check(page, f"{state} {width} {scheme} forced {forced}", no_violations)
