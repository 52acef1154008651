"""The list of invoices, what other pages tell of them, and who may read them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from support.account_pages import Site, prose
from support.accounts import Account
from support.invoice_pages import (
    bill,
    invoice_of,
    rows,
    settle,
    site_with_calls,
)
from support.invoices import make_invoice
from support.members import Members, sign_in
from support.pages import Browser

from pricingsite.database import db

Queries = Callable[..., AbstractContextManager[list[str]]]


@pytest.fixture
def site(app: Flask, browser: Browser) -> Iterator[Site]:
    """Scale since 1 November, with 2,501 calls on two days, and somebody who may read it."""
    with app.app_context():
        yield site_with_calls(app, browser)


def test_before_the_first_invoice_the_list_says_when_it_comes_and_about_how_much(
    site: Site,
) -> None:
    page = site.read("/account/invoices")
    assert "The first one comes on 1 December 2026" in prose(page)
    assert "To date it comes to £1,425.65 excl. VAT, £1,710.78 incl. VAT." in prose(page)
    assert page.one("nav [aria-current]").get_text() == "Invoices"


def test_the_list_has_what_an_accountant_looks_for(site: Site) -> None:
    bill(site)
    page = site.read("/account/invoices")
    assert rows(page)[1:] == [
        [
            "INV-000001 1 to 30 November 2026",
            "Issued 1 December 2026 Due 31 December 2026",
            "To pay",
            "£1,710.78 £1,425.65 excl. VAT VAT £285.13",
        ]
    ]
    assert page.one("tbody a")["href"] == "/account/invoices/INV-000001"


def test_the_account_page_shows_the_latest_invoice_and_where_it_stands(site: Site) -> None:
    bill(site)
    page = site.read()
    latest = page.one(".notice:has(a[href='/account/invoices/INV-000001'])")
    words = " ".join(latest.get_text().split())
    assert words == (
        "Latest invoice: INV-000001 for 1 to 30 November 2026, £1,710.78 in total. "
        "£1,710.78 to pay by 31 December 2026."
    )
    late = prose(site.read_at(datetime(2027, 1, 1, 12, tzinfo=UTC)))
    assert "£1,710.78 is overdue since 31 December 2026." in late
    settle(invoice_of("INV-000001"), "payment", "1710.78", date(2027, 1, 1))
    assert "£1,710.78 in total. Paid." in prose(site.read())


def test_an_older_invoice_that_is_overdue_is_told_too(site: Site) -> None:
    bill(site)
    bill(site, datetime(2027, 1, 1, 2, tzinfo=UTC))
    page = site.read()
    assert "Latest invoice: INV-000002" in prose(page)
    assert "1 earlier invoice is overdue." in prose(page)
    assert page.select(".notice.alert a[href='/account/invoices']")


def test_the_bill_of_a_plan_that_ended_says_which_invoice_it_became(site: Site) -> None:
    schedule = db.session.get_one(
        type(site.account.read().schedule), site.account.read().schedule.id
    )
    schedule.end_date = date(2026, 12, 1)
    db.session.commit()
    bill(site)
    page = site.read()
    assert "This bill became invoice INV-000001" in prose(page)
    assert "This is an estimate" not in prose(page)
    assert page.one("h1").get_text() == "Your last bill, for 1 to 30 November 2026"
    assert "These days are on invoice INV-000001." in prose(site.read("/account/usage"))
    assert rows(site.read("/account/invoices"))[1][2] == "To pay"


def test_earlier_periods_name_their_invoices(site: Site) -> None:
    bill(site)
    page = site.read("/account/usage")
    earlier = page.one("section:has(#earlier) table tbody tr")
    assert earlier.select("a[href='/account/invoices/INV-000001']")
    assert "These days are on" not in prose(page)
    assert "INV-000001" in prose(site.read("/account/usage?period=2026-11"))


def test_nobody_reads_the_invoices_of_another_customer(app: Flask, browser: Browser) -> None:
    with app.app_context():
        make_invoice(db.session(), Account(db.session()))
        db.session.commit()
    Members(app).user(Members(app).customer("Eve Ltd"))
    sign_in(browser)
    for number in ("INV-000001", "INV-000009", "1", "9" * 5000, "a%00b"):
        for ending in ("", ".json", ".csv"):
            browser.get(f"/account/invoices/{number}{ending}", status=404)
    browser.get("/account/usage?invoice=INV-000001", status=404)
    page = browser.get("/account/invoices")
    assert "No invoices yet. You have no plan, so nothing is billed." in prose(page)


def test_who_has_several_companies_is_asked_whose_invoice_a_link_is_about(
    app: Flask, browser: Browser
) -> None:
    with app.app_context():
        account = Account(db.session())
        make_invoice(db.session(), account)
        db.session.commit()
        billed = account.customer.id
    other = Members(app).customer("Eve Ltd")
    Members(app).user(billed, other)
    sign_in(browser)
    choices = browser.get("/account/customers?next=/account")
    browser.submit(choices, "#companies", customer=other)
    asked = browser.get("/account/invoices/INV-000001", status=303)
    assert asked.location == "/account/customers?next=/account/invoices/INV-000001"
    chosen = browser.submit(browser.follow(asked), "#companies", customer=billed)
    assert browser.follow(chosen).text_of("h1") == "Invoice INV-000001"


def test_who_merely_ordered_is_asked_to_verify(app: Flask, browser: Browser) -> None:
    with app.app_context():
        site = Site(app, browser)
        site.order(site.account.subscribe("A"))
        db.session.commit()
        for path in ("invoices", "invoices/INV-000001", "invoices.csv", "statement"):
            page = browser.get(f"/account/{path}", status=403)
            assert "Follow the link in your order e-mail" in prose(page)


def test_a_long_list_has_pages(site: Site) -> None:
    for n in range(51):
        make_invoice(db.session(), site.account, billed_on=date(2020 + n // 12, n % 12 + 1, 1))
    first = site.read("/account/invoices")
    assert len(rows(first)) == 1 + 50
    second = site.read(first.one(".pager a:not([aria-current])")["href"])
    assert len(rows(second)) == 1 + 1
    for page in ("0", "3", "x", "-1", "9" * 30):
        site.browser.get(f"/account/invoices?page={page}", status=404)
