"""The page that closes an account."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select
from support.accounts import NOW, Account
from support.billing import at, run_billing
from support.members import ADA, PASSWORD, Members, sign_in
from support.pages import Browser

from pricingsite.database import db
from pricingsite.models.invoices import Invoice
from pricingsite.services.balances.payments import mark_paid


@pytest.fixture
def members(app: Flask, browser: Browser) -> Members:
    """Ada, the billing admin of a customer whose plan has ended, is signed in."""
    with app.app_context():
        account = Account(db.session())
        account.subscribe("A", start=date(2026, 10, 1), end=date(2026, 11, 1))
        run_billing(db.session(), at(2026, 11, 1))
        customer_id = account.customer.id
        db.session.commit()
    members = Members(app)
    members.user(customer_id)
    sign_in(browser)
    return members


def test_an_account_that_owes_nothing_is_closed(
    app: Flask, members: Members, browser: Browser
) -> None:
    page = browser.get("/account/close")
    assert "An invoice is not paid yet" in page.text_of("main")
    assert not page.select("main form")
    token = page.one("[name=csrf_token]")["value"]
    refused = browser.post("/account/close", {"csrf_token": token}, status=409)
    assert "An invoice is not paid yet" in refused.text_of("main")
    with app.app_context():
        invoice = db.session.scalars(select(Invoice)).one()
        mark_paid(db.session(), invoice, now=NOW)
        db.session.commit()
    answer = browser.submit(browser.get("/account/close"))
    assert "The account of Ashdown Ltd is closed" in browser.follow(answer).text_of(".notice")
    assert browser.get("/account", status=303).location.startswith("/login")
    token = (fresh := Browser(app)).get("/login").one("main [name=csrf_token]")["value"]
    typed = {"email": ADA, "password": PASSWORD, "csrf_token": token}
    fresh.post("/login", typed, status=422)
    letter = members.mails()[-1]
    assert letter.subject == "Your account with Amara is closed"
    assert "nobody can sign in to it" in letter.text
