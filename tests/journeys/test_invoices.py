"""Invoices in Chromium: every kind of page in its looks, on paper, and without JavaScript.

With SCREENSHOTS=folder every page is also kept as a picture, to be looked at.
"""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from conftest import Clock
from flask import Flask
from flask_security import hash_password
from journeys.looks import in_each_look
from playwright.sync_api import Page
from support.accounts import Account, noon
from support.billing import run_billing
from support.invoices import make_credit_note
from support.members import ADA, PASSWORD

from pricingsite.database import db
from pricingsite.models.invoices import Settlement, SettlementKind
from pricingsite.services.access.users import add_membership, create_user
from pricingsite.services.invoices.reading import find_invoice

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
LOOKS = [(320, "light"), (360, "dark"), (1280, "light"), (1280, "dark")]
PAGES = [
    "/account/invoices",
    "/account/invoices/INV-000001",
    "/account/invoices/INV-000002",
    "/account/invoices/CN-000001",
    "/account/usage?invoice=INV-000001",
    "/account/statement",
    "/account/statement?from=2026-12-01&to=never",
    "/account/invoices.zip?from=2020-01-01&to=2020-01-02",
]


@pytest.fixture
def billed(app: Flask, clock: Clock, site: str) -> None:  # noqa: ARG001
    """Two months billed, the first paid and credited in part, the second overdue; and a draft."""
    with app.app_context():
        session = db.session()
        account = Account(session)
        user = create_user(session, ADA, hash_password(PASSWORD), now=clock.now)
        add_membership(session, user, account.customer, now=clock.now)
        account.customer.verified_at = clock.now
        account.customer.line1, account.customer.town = "1 Analytical Row", "London"
        account.customer.postcode = "E1 6AN"
        account.subscribe("A", "X", purchase_order="PO-7781")
        for day in range(1, 29):
            account.use(100, at=noon(2026, 11, day))
        for day, month, year in ((1, 12, 2026), (1, 1, 2027), (1, 2, 2027)):
            run_billing(session, datetime(year, month, day, 2 if month != 2 else 0, 10, tzinfo=UTC))
        first = find_invoice(session, "INV-000001")
        assert first
        note = make_credit_note(session, account, first, "65.00", issued_on=date(2026, 12, 3))
        for kind, amount, source in (("credit", 7_800, note.id), ("payment", 90_000, None)):
            row = {"amount": amount, "settled_on": date(2026, 12, 9), "recorded_at": clock.now}
            session.add(
                Settlement(invoice_id=first.id, kind=SettlementKind(kind), source_id=source, **row)
            )
        clock.set(datetime(2027, 2, 1, 0, 20, tzinfo=UTC))
        session.commit()


def sign_in(page: Page) -> Page:
    page.goto("/login?next=/account")
    page.locator("[name=email]").fill(ADA)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button").click()
    page.wait_for_url("**/account")
    return page


def keep(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def name_of(path: str) -> str:
    return path.removeprefix("/account/").translate(str.maketrans("/?=&", "----"))


@pytest.mark.usefixtures("billed")
def test_every_page_of_invoices_is_accessible_and_fits(
    open_page: Callable[..., Page], no_violations: Callable[[Page], None]
) -> None:
    page = sign_in(open_page())
    draft = page.goto("/account/invoices") and page.locator("tbody a").first.get_attribute("href")
    for path in [*PAGES, draft or ""]:
        page.goto(path)
        for number, (width, scheme) in enumerate(in_each_look(page, LOOKS)):
            keep(page, f"{name_of(path)}-{width}-{scheme}")
            if number % 2 == 0:
                no_violations(page)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{path} scrolls sideways: {wide}px"
            cut = page.evaluate(
                "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > "
                "e.clientWidth).length"
            )
            assert not cut, f"a table of {path} does not fit at {width}px"


@pytest.mark.usefixtures("billed")
def test_an_invoice_prints_on_paper(open_page: Callable[..., Page]) -> None:
    page = sign_in(open_page())
    page.goto("/account/invoices/INV-000001")
    page.emulate_media(media="print")
    for gone in ("nav", ".back", "section:has(#files)", "tbody .small a"):
        assert not any(one.is_visible() for one in page.locator(gone).all()), gone
    head = page.locator("table:has(#lines) thead")
    assert head.evaluate("e => getComputedStyle(e).display") == "table-header-group"
    assert page.locator(".parties").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.usefixtures("billed")
def test_from_the_bill_to_the_days_behind_a_line_without_javascript(
    open_page: Callable[..., Page],
) -> None:
    page = sign_in(open_page(width=360, javascript=False))
    page.get_by_role("link", name="Invoices", exact=True).click()
    page.get_by_role("link", name="INV-000001").first.click()
    assert "To pay £966.00" in page.locator(".figures").inner_text().replace("\n", " ")
    page.get_by_role("link", name="Usage by day").first.click()
    assert page.locator("tfoot .total").first.inner_text().split()[-2:] == ["2,800", "£1,120.00"]
    page.locator("a.back").click()
    page.locator("a.back").click()
    page.get_by_role("link", name="Statement of account").click()
    page.get_by_label("From").fill("2026-12-01")
    page.get_by_role("button", name="Show").click()
    assert page.locator("h1").inner_text() == (
        "Statement of account, 1 December 2026 to 1 February 2027"
    )
