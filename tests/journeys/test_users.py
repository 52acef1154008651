"""Users of a customer in Chromium: inviting, joining, and what a viewer sees.

With SCREENSHOTS=folder every page is also kept as a picture, to be looked at.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from journeys.looks import in_each_look
from playwright.sync_api import Page, expect
from support.accounts import NOW, Account
from support.members import ADA, PASSWORD, Members

from pricingsite.database import db

pytestmark = pytest.mark.browser

BOB = "bob@ashdown.example"
LOOKS = [(320, "dark"), (1280, "light")]
PAGES = [
    "/account",
    "/account/usage",
    "/account/invoices",
    "/account/statement",
    "/account/alerts",
    "/account/details",
    "/account/users",
]


@pytest.fixture
def members(app: Flask, site: str) -> Members:  # noqa: ARG001
    """Ada is the billing admin of a customer with a running bill."""
    with app.app_context():
        account = Account(db.session())
        customer = account.customer
        customer.line1, customer.town, customer.postcode = "1 Analytical Row", "London", "E1 6AN"
        account.subscribe("A", "X")
        account.use(640, at=NOW)
        db.session.commit()
    members = Members(app)
    members.user(customer.id)
    return members


def sign_in(page: Page) -> None:
    page.goto("/login?next=/account/users")
    page.locator("[name=email]").fill(ADA)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button").click()
    page.wait_for_url("**/account/users")


def invite(page: Page, email: str, role: str) -> None:
    page.goto("/account/users")
    page.get_by_label("E-mail address of your colleague").fill(email)
    page.get_by_label(role).check()
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_role("status")).to_contain_text(f"We have sent {email} a link")


def look_at(page: Page, name: str, no_violations: Callable[[Page], None]) -> None:
    for width, scheme in in_each_look(page, LOOKS):
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"{name} {width} {scheme}.png", full_page=True)
        no_violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} {width}"


def test_a_colleague_is_invited_joins_and_only_reads(
    members: Members, open_page: Callable[..., Page]
) -> None:
    ada, bob = open_page(), open_page(width=360, javascript=False)
    sign_in(ada)
    invite(ada, BOB, "Viewer")
    bob.goto(members.mailed_path())
    expect(bob.locator("main")).to_contain_text(f"{ADA} invites you as a viewer")
    bob.get_by_label("New password").fill("slow-amber-canoe-7730")
    bob.get_by_role("button", name="Set the password and sign in").click()
    bob.wait_for_url("**/account")
    for path in PAGES:
        bob.goto(path)
        assert bob.locator("main form[method=post]").count() == 0, path
    bob.goto("/account/users/1")
    expect(bob.get_by_role("heading", level=1)).to_have_text("Only billing admins can do this")
    expect(bob.get_by_role("link", name=ADA)).to_be_visible()
    # Made an admin, he takes over.
    ada.goto("/account/users")
    ada.get_by_role("link", name=f"Change {BOB}").click()
    ada.get_by_label("Billing admin").check()
    ada.get_by_role("button", name="Save the role").click()
    bob.goto("/account/users")
    bob.get_by_role("link", name=f"Change {ADA}").click()
    bob.get_by_role("button", name="Remove their access").click()
    expect(bob.get_by_role("status")).to_contain_text(f"{ADA} can no longer sign in")
    answer = ada.goto("/account")
    assert answer is not None
    assert answer.status == 403


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_pages_of_users_are_accessible(
    members: Members, open_page: Callable[..., Page], no_violations: Callable[[Page], None]
) -> None:
    ada, bob = open_page(), open_page()
    sign_in(ada)
    invite(ada, BOB, "Viewer")
    bob.goto(members.mailed_path())
    look_at(bob, "join", no_violations)
    bob.get_by_label("New password").fill("slow-amber-canoe-7730")
    bob.get_by_role("button", name="Set the password and sign in").click()
    bob.wait_for_url("**/account")
    invite(ada, "a.rather.long.name.of.a.colleague@ashdown-holdings.example", "Billing admin")
    look_at(ada, "users", no_violations)
    ada.get_by_role("button", name="Send the invitation").click()
    look_at(ada, "users refused", no_violations)
    for path in ("/account/alerts", "/account/details", "/account/users", "/account/users/1"):
        bob.goto(path)
        look_at(bob, f"viewer {path.replace('/', '-')}", no_violations)
    for path in ("/account/users/1", "/account/data", "/account/details", "/account/close"):
        ada.goto(path)
        look_at(ada, f"admin {path.replace('/', '-')}", no_violations)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_companies_of_one_name_are_told_apart(
    members: Members, open_page: Callable[..., Page], no_violations: Callable[[Page], None]
) -> None:
    own = members.stored()[1][0].id
    members.user(own, *(members.customer() for _ in range(3)), email=BOB)
    page = open_page()
    page.goto("/login?next=/account")
    page.locator("[name=email]").fill(BOB)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose a company")
    look_at(page, "companies", no_violations)
    page.locator(f"button[value={own}]").click()
    look_at(page, "one of several", no_violations)
