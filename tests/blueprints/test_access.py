"""The e-mailed link, choosing a customer, and a customer's details."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
from conftest import Clock
from flask import Flask
from sqlalchemy import select
from support.accounts import Account
from support.billing import at, invoices, run_billing
from support.factories import have_amara
from support.members import ADA, NOW, PASSWORD, Members, sign_in
from support.orders import mails, order
from support.pages import Browser, Page, squeeze

from pricingsite.database import db
from pricingsite.models.access import User
from pricingsite.services.access.users import add_membership
from pricingsite.services.customers.copies import copies_of
from pricingsite.services.customers.details import CustomerDetails, create_customer

NEW_ADDRESS = "bills@ashdown.example"


@pytest.fixture
def members(app: Flask) -> Members:
    with app.app_context():
        have_amara(db.session())
        db.session.commit()
    return Members(app)


# The link


def test_a_fresh_link_sets_a_password_and_signs_in(members: Members, browser: Browser) -> None:
    page = browser.get(members.link(members.customer()))
    assert page.one("main input[type=password]")["autocomplete"] == "new-password"
    answer = browser.submit(page, password=PASSWORD)
    assert answer.location == "/account"
    users, customers, invitations = members.stored()
    assert [user.email for user in users] == [ADA]
    assert customers[0].verified_at is not None
    assert invitations[0].accepted_at is not None


def test_opening_a_link_uses_nothing_up(members: Members, browser: Browser) -> None:
    path = members.link(members.customer())
    browser.get(path)
    browser.get(path)
    assert members.stored()[0] == []


def test_who_has_a_password_signs_in_and_joins_by_one_button(
    members: Members, browser: Browser
) -> None:
    members.user(members.customer())
    path = members.link(members.customer("Second Ltd"))
    asked = browser.get(path, status=303)
    form = browser.follow(asked)
    assert "Sign in to confirm this order" in form.text_of(".notice")
    page = browser.follow(browser.submit(form, email=ADA, password=PASSWORD))
    assert page.text_of("h1") == "Join Second Ltd"
    assert not page.select("main input[type=password]")
    assert browser.submit(page).location == "/account"
    assert "Second Ltd" in browser.get("/account").text_of("main")


def test_a_link_alone_opens_nothing_of_an_existing_user(
    members: Members, app: Flask, browser: Browser
) -> None:
    members.user(members.customer())
    path = members.link(members.customer("Second Ltd"))
    token = browser.get("/login").one("[name=csrf_token]")["value"]
    for data in ({}, {"password": "slow-amber-canoe-7730"}):
        answer = browser.post(path, {"csrf_token": token, **data})
        assert answer.location == f"/login?next={path}"
    browser.get("/account", status=303)
    assert members.stored()[1][1].verified_at is None
    # Nor does it for somebody else who is signed in.
    members.user(
        members.customer("Eve Ltd", "eve@elsewhere.example"), email="eve@elsewhere.example"
    )
    eve = Browser(app)
    sign_in(eve, "eve@elsewhere.example")
    page = eve.get(path, status=403)
    assert "signed in as eve@elsewhere.example" in page.text_of("main")
    assert eve.submit(page).location == "/login"
    assert members.stored()[1][1].verified_at is None


def test_a_weak_password_is_refused_and_the_link_still_works(
    members: Members, browser: Browser
) -> None:
    page = browser.get(members.link(members.customer()))
    again = browser.submit(page, password="short", status=422)
    assert "12 characters" in again.one("main .error").get_text()
    assert browser.submit(again, password=PASSWORD).location == "/account"


def test_a_used_link_says_so(members: Members, browser: Browser) -> None:
    path = members.link(members.customer())
    browser.submit(browser.get(path), password=PASSWORD)
    page = browser.get(path, status=410)
    assert "used" in page.one("h1").get_text()


def test_an_expired_link_offers_a_new_one(members: Members, browser: Browser, clock: Clock) -> None:
    path = members.link(members.customer())
    clock.set(clock.now + timedelta(days=7, seconds=1))
    page = browser.get(path, status=410)
    browser.submit(page)
    assert [mail.recipient for mail in members.mails()] == [ADA]
    browser.get(members.mailed_path())


@pytest.mark.parametrize("change", [lambda path: path[:-3], lambda path: path + "x", str.upper])
def test_a_link_that_is_not_ours_is_not_found(
    members: Members, browser: Browser, change: object
) -> None:
    path = members.link(members.customer())
    token = path.rpartition("/")[2]
    assert callable(change)
    browser.get(f"/verify/{change(token)}", status=404)


# Several customers


def test_a_member_of_several_chooses(members: Members, browser: Browser) -> None:
    members.user(members.customer(), members.customer("Second Ltd"))
    sign_in(browser)
    page = browser.follow(browser.get("/account", status=303))
    buttons = page.select("main button")
    assert {button.get_text() for button in buttons} == {"Ashdown Ltd", "Second Ltd"}
    second = next(button for button in buttons if button.get_text() == "Second Ltd")
    answer = browser.submit(page, customer=second["value"])
    assert "Second Ltd" in browser.follow(answer).one("main").get_text()


def test_nobody_chooses_a_customer_of_others(members: Members, browser: Browser) -> None:
    members.user(members.customer(), members.customer("Second Ltd"))
    other = members.customer("Other Ltd")
    sign_in(browser)
    page = browser.get("/account/customers")
    browser.submit(page, customer=other, status=404)


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example", "/pricing", "", "/account\r\nX: y", "/account\n"],
)
def test_choosing_leads_only_within_the_account(
    members: Members, browser: Browser, wanted: str
) -> None:
    own = members.customer()
    members.user(own, members.customer("Second Ltd"))
    sign_in(browser)
    page = browser.get("/account/customers")
    assert browser.submit(page, customer=own, next=wanted).location == "/account"


@pytest.fixture
def of_many(members: Members, app: Flask, browser: Browser) -> Browser:
    """A user of 45 companies, signed in."""
    first = members.customer("Company 00")
    members.user(first)
    with app.app_context():
        user = db.session.scalars(select(User)).one()
        for number in range(1, 45):
            name = "50% O'Neill & Söhne_" if number == 44 else f"Company {number:02}"
            details = CustomerDetails(legal_name=name, billing_email=ADA, country="GB")
            customer = create_customer(db.session(), details, now=NOW)
            add_membership(db.session(), user, customer, now=NOW)
        db.session.commit()
    sign_in(browser)
    return browser


def companies(page: Page) -> list[str]:
    return page.texts("#companies button")


def test_many_companies_are_shown_twenty_at_a_time(of_many: Browser) -> None:
    first = of_many.follow(of_many.get("/account/usage", status=303))
    assert companies(first) == ["50% O'Neill & Söhne_"] + [f"Company {n:02}" for n in range(19)]
    assert not first.select("a[rel=prev]")
    second = of_many.get(first.one("a[rel=next]")["href"])
    last = of_many.get(second.one("a[rel=next]")["href"])
    assert companies(last) == [f"Company {n:02}" for n in range(39, 44)]
    assert not last.select("a[rel=next]")
    # Whichever page it was found on, it leads to where the user wanted to go.
    answer = of_many.submit(last, "#companies")
    assert answer.location == "/account/usage"
    assert "Company 39" in of_many.follow(answer).text_of("main")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("company 4", ["Company 40", "Company 41", "Company 42", "Company 43"]),
        (" o'NEILL ", ["50% O'Neill & Söhne_"]),
        ("%", ["50% O'Neill & Söhne_"]),
        ("_", ["50% O'Neill & Söhne_"]),
        ("nobody", []),
        ("\0", []),
    ],
)
def test_companies_are_found_by_part_of_their_name(
    of_many: Browser, words: str, found: list[str]
) -> None:
    page = of_many.get("/account/customers?next=/account/usage")
    answer = of_many.submit(page, "form[role=search]", status=200, q=words)
    assert companies(answer) == found
    assert answer.one("[name=q]")["value"] == words.strip().replace("\0", "\ufffd")
    assert answer.one("main .actions a")["href"].endswith("?next=/account/usage")


@pytest.mark.parametrize("page", ["0", "4", "-1", "x", "1.5", "", "9999999"])
def test_a_page_of_companies_that_is_not_there_is_not_found(of_many: Browser, page: str) -> None:
    of_many.get(f"/account/customers?page={page}", status=404)


def test_a_thousand_companies_cost_what_two_do(
    of_many: Browser, queries: Callable[..., AbstractContextManager[list[str]]]
) -> None:
    of_many.submit(of_many.get("/account/customers"), "#companies")
    with queries(at_most=12) as seen:
        page = of_many.get("/account/customers")
    assert len([one for one in seen if "FROM memberships" in one or "JOIN memberships" in one]) == 2
    assert len(str(page)) < 8_000


def test_companies_of_one_name_are_told_apart(
    members: Members, app: Flask, browser: Browser
) -> None:
    ids = [members.customer() for _ in range(4)]
    with app.app_context():
        starts = [(["A", "X"], {}), (["A"], {"end": date(2026, 11, 16)}), (["B", "Y"], {})]
        for customer_id, (prices, terms) in zip(ids, starts, strict=False):
            Account.of(db.session(), customer_id).subscribe(*prices, **terms)
        db.session.commit()
    members.user(*ids)
    sign_in(browser)
    page = browser.get("/account/customers")
    notes = {one["id"]: squeeze(one.get_text()) for one in page.select("#companies .working")}
    assert notes == {
        ids[0]: f"Scale since 1 November 2026, {ids[0]}",
        ids[1]: f"Start ended on 15 November 2026, {ids[1]}",
        ids[2]: f"Own agreement since 1 November 2026, {ids[2]}",
        ids[3]: f"No plan, {ids[3]}",
    }
    for button in page.select("#companies button"):
        assert button["aria-describedby"] == button["value"]
    browser.submit(page, "#companies", customer=ids[2])
    assert ids[2] in browser.get("/account").text_of("nav")
    found = browser.get(f"/account/customers?q={ids[2]}")
    assert found.text_of("#companies .working").startswith("You are here. Own agreement")


def test_an_ordered_plan_is_told_by_its_order(app: Flask, browser: Browser) -> None:
    members = Members(app)
    with app.app_context():
        have_amara(db.session())
        db.session.commit()
    reference = str(order(Browser(app)).location).rpartition("/")[2]
    link = re.search(r"/verify/\S+", mails(app)[0].text)
    assert link
    browser.submit(browser.get(link.group()), password=PASSWORD)
    browser.submit(browser.get(members.link(members.customer("Second Ltd"))))
    assert f"order {reference}" in browser.get("/account/customers").text_of("#companies")


# Details


@pytest.fixture
def ada(members: Members, browser: Browser) -> Members:
    """Ada, signed in for one customer."""
    members.user(members.customer())
    sign_in(browser)
    return members


def test_details_are_shown_and_saved(ada: Members, browser: Browser) -> None:
    page = browser.get("/account/details")
    assert page.one("[name=organization]")["value"] == "Ashdown Ltd"
    answer = browser.submit(page, organization="Ashdown Holdings Ltd", town="Leeds")
    assert "saved" in browser.follow(answer).one("main").get_text()
    customer = ada.stored()[1][0]
    assert (customer.legal_name, customer.town) == ("Ashdown Holdings Ltd", "Leeds")


def test_a_mistake_keeps_what_was_typed(ada: Members, browser: Browser) -> None:
    page = browser.get("/account/details")
    again = browser.submit(page, organization="", town="Leeds", status=422)
    assert again.one("[name=town]")["value"] == "Leeds"
    assert again.one("[name=organization]")["aria-invalid"] == "true"
    assert ada.stored()[1][0].town == "London"


def test_a_vat_number_that_fails_its_check_is_kept_as_unverified(
    ada: Members, browser: Browser
) -> None:
    answer = browser.submit(browser.get("/account/details"), tax_id="GB123456789")
    assert "did not pass its check" in browser.follow(answer).one("main").get_text()
    assert ada.stored()[1][0].tax_id_valid is False


def test_both_addresses_hear_of_a_change(ada: Members, browser: Browser) -> None:
    browser.submit(browser.get("/account/details"), email=NEW_ADDRESS)
    assert {mail.recipient for mail in ada.mails()} == {ADA, NEW_ADDRESS}


def test_saving_nothing_new_tells_nobody(ada: Members, browser: Browser) -> None:
    browser.submit(browser.get("/account/details"))
    assert ada.mails() == []


def test_a_page_that_was_open_too_long_keeps_what_was_typed(ada: Members, browser: Browser) -> None:
    page = browser.get("/account/details")
    again = browser.submit(page, csrf_token="old", town="Leeds", status=400)
    assert again.one("[name=town]")["value"] == "Leeds"
    assert ada.stored()[1][0].town == "London"


def test_details_are_for_who_is_signed_in(members: Members, browser: Browser) -> None:
    members.customer()
    assert browser.get("/account/details", status=303).location.startswith("/login?next=")


COPIES = ["bob@ashdown.example", "cy@books.example"]


def test_copies_are_kept_each_once(ada: Members, app: Flask, browser: Browser) -> None:
    page = browser.get("/account/details")
    # Without a plan there is no invoice that could name one.
    assert not page.select("[name=purchase_order]")
    typed = f"Bob@ashdown.example, {COPIES[1]}\n{ADA};bob@ashdown.example"
    browser.submit(page, copies=typed)
    with app.app_context():
        assert copies_of(db.session(), ada.stored()[1][0].id) == COPIES
    assert browser.get("/account/details").one("[name=copies]").get_text().split() == COPIES
    letter = ada.mails()[-1]
    assert letter.recipient == ADA
    for email in COPIES:
        assert email in letter.text
        assert email in (letter.html or "")
    browser.submit(browser.get("/account/details"), copies="")
    assert browser.get("/account/details").one("[name=copies]").get_text().split() == []
    # Who gets bills was told of both changes, and of nothing else.
    browser.submit(browser.get("/account/details"))
    assert [mail.recipient for mail in ada.mails()] == [ADA, ADA]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("bob@ashdown.example, nobody", "nobody is not an e-mail address"),
        (" ".join(f"c{n}@b.example" for n in range(6)), "Enter 5 addresses for copies or fewer"),
        ("bob@ashdown.example\nBcc: eve@evil.example", "Bcc: is not an e-mail address"),
    ],
)
def test_wrong_copies_are_refused_by_name(
    ada: Members, app: Flask, browser: Browser, typed: str, words: str
) -> None:
    page = browser.submit(browser.get("/account/details"), copies=typed, status=422)
    assert words in page.text_of(".error-summary")
    assert page.one("[name=copies]").get_text().split() == typed.split()
    with app.app_context():
        assert copies_of(db.session(), ada.stored()[1][0].id) == []


def test_a_purchase_order_is_named_from_the_next_invoice_on(
    ada: Members, app: Flask, browser: Browser
) -> None:
    with app.app_context():
        customer_id = ada.stored()[1][0].id
        account = Account.of(db.session(), customer_id)
        account.subscribe("A", start=date(2026, 9, 1), purchase_order="PO-1")
        run_billing(db.session(), at(2026, 10, 1))
        run_billing(db.session(), at(2026, 11, 1, 0))
        db.session.commit()
        drafts = [one.number for one in invoices(db.session())]
        assert drafts == ["INV-000001", None]
    page = browser.get("/account/details")
    assert page.one("[name=purchase_order]")["value"] == "PO-1"
    browser.submit(page, purchase_order="PO-2", town="Leeds")
    with app.app_context():
        issued, draft = invoices(db.session())
        assert (issued.purchase_order, issued.buyer["town"]) == ("PO-1", "London")
        assert draft.purchase_order == "PO-2"
        run_billing(db.session(), at(2026, 11, 1))
        run_billing(db.session(), at(2026, 12, 1))
        db.session.commit()
        told = [(one.purchase_order, one.buyer["town"]) for one in invoices(db.session())]
        assert told == [("PO-1", "London"), ("PO-2", "Leeds"), ("PO-2", "Leeds")]
    browser.submit(browser.get("/account/details"), purchase_order="")
    assert browser.get("/account/details").one("[name=purchase_order]")["value"] == ""
