"""What customers abroad are told of their tax: before they order, and on every page after it."""

import pytest
from flask import Flask
from support.factories import APPLIED_AT, amara_with
from support.members import Members, sign_in
from support.orders import TYPED, mails, rows
from support.pages import Browser, Page

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.customers.verification import verify_tax_id

NUMBER = "DE136695976"
UNVERIFIED = "VAT is charged until we have verified your VAT number; then no VAT is added"
ABROAD = "If your company is in another country, VAT is charged until we have verified your VAT"
EMPTY_HANDED = "VAT is charged, because we have no VAT number of your company. Add it to your"


@pytest.fixture
def sold_abroad(app: Flask) -> None:
    with app.app_context():
        sells_to = ('sells_to = ["GB", "IE"]', 'sells_to = ["GB", "DE", "US"]')
        apply(db.session(), read_catalog(amara_with(sells_to)), archive=False, now=APPLIED_AT)
        db.session.commit()


def text_of(page: Page) -> str:
    return page.text_of("main")


def verify(app: Flask) -> None:
    with app.app_context():
        (customer,) = db.session.query(Customer)
        verify_tax_id(db.session(), customer, consultation="WAPIAAAAX7", now=app.config["NOW"])
        db.session.commit()


@pytest.mark.usefixtures("on_sale")
def test_who_sells_at_home_alone_says_nothing_of_other_countries(
    app: Flask, browser: Browser
) -> None:
    with app.app_context():
        at_home = ('sells_to = ["GB", "IE"]', 'sells_to = ["GB"]')
        apply(db.session(), read_catalog(amara_with(at_home)), archive=False, now=APPLIED_AT)
        db.session.commit()
    assert "another country" not in text_of(browser.get("/checkout/scale"))


@pytest.mark.usefixtures("sold_abroad")
def test_every_page_and_e_mail_says_why_vat_is_charged_and_how_to_change_that(
    app: Flask, browser: Browser
) -> None:
    form = browser.get("/checkout/scale")
    assert ABROAD in text_of(form)
    answer = browser.submit(form, **TYPED | {"country": "DE", "tax_id": NUMBER})
    order = browser.follow(answer)
    (mail,) = mails(app)
    (notice,) = [one for one in rows(app, OutboxMessage) if one.recipient != TYPED["email"]]
    account = browser.get("/account")
    for said in (text_of(order), text_of(account), mail.text, str(mail.html)):
        assert UNVERIFIED in said
        assert "write to billing@amara.example" in said
        assert "£900.00" in said
    assert NUMBER not in mail.text + str(mail.html)
    (customer,) = rows(app, Customer)
    command = f"flask customers verify-tax-id {customer.id} --consultation NUMBER"
    assert command in notice.text
    assert command in str(notice.html)
    verify(app)
    for page in (browser.get(str(answer.location)), browser.get("/account")):
        said = text_of(page)
        assert f"You account for it in your own country under {NUMBER}." in said
        assert UNVERIFIED not in said
        assert "£900.00" not in said


@pytest.mark.usefixtures("sold_abroad")
@pytest.mark.parametrize(
    ("country", "said", "command"),
    [
        ("DE", EMPTY_HANDED, ""),
        ("US", "VAT is charged until we have evidence that your company is a", "approve-business"),
    ],
)
def test_who_gave_no_number_is_told_what_to_do(
    app: Flask, browser: Browser, country: str, said: str, command: str
) -> None:
    order = browser.submit(browser.get("/checkout/scale"), **TYPED | {"country": country})
    assert said in text_of(browser.follow(order))
    (notice,) = [one for one in rows(app, OutboxMessage) if one.recipient != TYPED["email"]]
    assert ("flask customers" in notice.text) == bool(command)
    assert command in notice.text


@pytest.mark.usefixtures("sold_abroad")
def test_where_numbers_are_checked_online_it_says_so(app: Flask, browser: Browser) -> None:
    app.config["TAX_ID_CHECK_URL"] = "https://register.example/check"
    typed = TYPED | {"country": "DE", "tax_id": NUMBER}
    order = browser.follow(browser.submit(browser.get("/checkout/scale"), **typed))
    assert "We check it online, usually within a day." in text_of(order)
    assert "We check VAT numbers with a public register" in text_of(browser.get("/privacy"))


@pytest.mark.usefixtures("sold_abroad")
def test_at_home_nothing_is_said(browser: Browser) -> None:
    order = browser.submit(browser.get("/checkout/scale"), **TYPED)
    assert "is charged" not in text_of(browser.follow(order))


@pytest.mark.usefixtures("sold_abroad")
def test_a_change_that_takes_the_verification_back_is_told(app: Flask, browser: Browser) -> None:
    members = Members(app)
    members.user(members.customer())
    sign_in(browser)
    page = browser.get("/account/details")
    browser.submit(page, country="DE", tax_id=NUMBER)
    assert UNVERIFIED in text_of(browser.get("/account/details"))
    verify(app)
    page = browser.get("/account/details")
    assert "consultation number WAPIAAAAX7" in text_of(page)
    assert "If you change your company name, country or VAT number, VAT is charged" in text_of(page)
    told = len(members.mails())
    kept = browser.follow(browser.submit(page, town="Bonn"))
    assert "no longer applies" not in text_of(kept)
    lost = browser.follow(browser.submit(kept, organization="Ashdown GmbH"))
    said = "What we had verified no longer applies, so VAT is charged from now on."
    assert said in text_of(lost)
    assert UNVERIFIED in text_of(lost)
    before, *_, last = members.mails()[told:]
    assert said not in before.text
    assert said in " ".join(last.text.split())
    assert said in str(last.html)
