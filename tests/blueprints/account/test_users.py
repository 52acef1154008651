"""The users of an account: inviting, roles, removing, and what a viewer may do."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from flask import Flask
from support.accounts import NOW, Account
from support.invoices import make_invoice
from support.members import ADA, PASSWORD, Members, sign_in
from support.pages import Browser, Page

from pricingsite.database import db
from pricingsite.services.access.members import MOST_USERS

BOB = "bob@ashdown.example"


@pytest.fixture
def customer(app: Flask) -> str:
    """A customer with a bill, alerts to choose and an invoice. No context stays open."""
    with app.app_context():
        account = Account(db.session())
        account.subscribe("A", "X", start=date(2026, 10, 1))
        account.use(640, at=NOW)
        make_invoice(db.session(), account)
        db.session.commit()
        return account.customer.id


@pytest.fixture
def ada(app: Flask, customer: str, browser: Browser) -> Members:
    """Ada, its billing admin, is signed in."""
    members = Members(app)
    members.user(customer)
    sign_in(browser)
    return members


def send(browser: Browser, email: str = BOB, role: str = "viewer", *, status: int = 303) -> Page:
    page = browser.get("/account/users")
    return browser.submit(page, "#invite-form", email=email, role=role, status=status)


def press(browser: Browser, words: str, *, status: int = 303) -> Page:
    """Press a button of the list of invitations."""
    page = browser.get("/account/users")
    button = next(one for one in page.select("#invitations button") if words in one.get_text())
    token = page.one("#invitations [name=csrf_token]")["value"]
    return browser.post(button["formaction"], {"csrf_token": token}, status=status)


def join(app: Flask, members: Members) -> Browser:
    """Follow the link in the latest e-mail, as a new user."""
    browser = Browser(app)
    browser.submit(browser.get(members.mailed_path()), password="slow-amber-canoe-7730")
    return browser


def edit_path(browser: Browser, email: str) -> str:
    page = browser.get("/account/users")
    found = [row for row in page.select("table tbody tr") if email in row.get_text()]
    return str(found[0].select_one("a")["href"])


def said(browser: Browser, answer: Page) -> str:
    return browser.follow(answer).text_of(".notice")


PAGES = [
    "/account",
    "/account/usage",
    "/account/usage.csv",
    "/account/invoices",
    "/account/invoices/INV-000001",
    "/account/invoices/INV-000001.csv",
    "/account/statement",
    "/account/alerts",
    "/account/details",
    "/account/users",
]


def test_a_colleague_joins_as_a_viewer_who_reads_everything_and_changes_nothing(
    ada: Members, browser: Browser, app: Flask
) -> None:
    assert "We have sent bob@ashdown.example a link" in said(browser, send(browser))
    letter = ada.mails()[-1]
    assert (letter.recipient, letter.subject) == (BOB, f"{ADA} invites you to Amara")
    assert "as a viewer: you can read" in letter.text
    assert "viewer: you can read its plan" in (letter.html or "")
    # Whoever typed the company's name may be anybody.
    assert "Ashdown Ltd" not in letter.text
    bob = Browser(app)
    page = bob.get(ada.mailed_path())
    assert f"{ADA} invites you as a viewer" in page.text_of("main")
    assert bob.submit(page, password="slow-amber-canoe-7730").location == "/account"
    for path in PAGES:
        page = bob.get(path)
        forms = page.select("main form[method=post]")
        assert forms == [], f"{path} has a form for a viewer"
    assert "Save details" not in bob.get("/account/details").text_of("main")
    assert "Ashdown Ltd" in bob.get("/account/details").text_of(".summary")


def test_a_viewer_is_refused_with_who_can_grant_it(
    ada: Members, browser: Browser, app: Flask
) -> None:
    send(browser)
    bob = join(app, ada)
    ada_path = edit_path(browser, ADA)
    send(browser, "cy@ashdown.example")
    token = bob.get("/account").one("[name=csrf_token]")["value"]
    changes = [
        "/account/details",
        "/account/alerts",
        "/account/trial/keep",
        "/account/users",
        ada_path,
        f"{ada_path}/remove",
        "/account/users/invitations/2/resend",
        "/account/users/invitations/2/withdraw",
    ]
    sent = len(ada.mails())
    for path in changes:
        page = bob.post(path, {"csrf_token": token}, status=403)
        assert page.text_of("h1") == "Only billing admins can do this"
        assert page.one("main li a")["href"] == f"mailto:{ADA}"
    assert bob.get(ada_path, status=403).one("main li a").get_text() == ADA
    answer = bob.client.post(
        "/account/details", data={"csrf_token": token}, headers={"Accept": "application/json"}
    )
    assert (answer.status_code, answer.json["type"].rpartition("#")[2]) == (
        403,
        "billing-admins-only",
    )
    assert len(ada.mails()) == sent
    assert len(ada.stored()[0]) == 2


def test_who_was_made_admin_removes_who_made_them(
    ada: Members, browser: Browser, app: Flask
) -> None:
    send(browser)
    bob = join(app, ada)
    page = browser.get(edit_path(browser, BOB))
    answer = browser.submit(page, "#role-form", role="billing_admin")
    assert "The role of bob@ashdown.example is saved" in said(browser, answer)
    page = bob.get(edit_path(bob, ADA))
    assert "can no longer sign in to this account" in said(bob, bob.submit(page, "#remove-form"))
    # At once, and within the session that is open.
    page = browser.get("/account", status=403)
    assert "manages this account" in page.text_of("main")
    assert ADA not in bob.get("/account/users").text_of("main")
    # Nor is an invitation's used link of use any more.
    assert sign_in(Browser(app), ADA, PASSWORD).location is not None
    own = bob.get(edit_path(bob, BOB))
    refusal = said(bob, bob.submit(own, "#remove-form"))
    assert "Nothing was changed. An account needs a billing admin" in refusal
    refusal = said(bob, bob.submit(own, "#role-form", role="viewer"))
    assert "this is the last one" in refusal


def test_what_else_a_removed_user_has_stays_open(
    ada: Members, browser: Browser, app: Flask
) -> None:
    members = Members(app)
    own = members.customer("Bob Ltd", BOB)
    members.user(own, email=BOB)
    bob = Browser(app)
    sign_in(bob, BOB)
    send(browser)
    bob.submit(bob.get(ada.mailed_path()))
    assert "Ashdown Ltd" in bob.get("/account").text_of("main")
    page = browser.get(edit_path(browser, BOB))
    browser.submit(page, "#remove-form")
    assert "Bob Ltd" in bob.get("/account").text_of("main")


def test_an_invitation_is_sent_again_and_withdrawn(
    ada: Members, browser: Browser, app: Flask
) -> None:
    send(browser)
    path = ada.mailed_path()
    assert "a new link" in said(browser, press(browser, "Send again"))
    assert [mail.recipient for mail in ada.mails()][-2:] == [BOB, BOB]
    answer = press(browser, "Withdraw")
    assert "The invitation of bob@ashdown.example is withdrawn" in said(browser, answer)
    Browser(app).get(path, status=410)
    page = browser.get("/account/users")
    assert not page.select("#invitations")
    token = page.one("#invite-form [name=csrf_token]")["value"]
    for verb in ("resend", "withdraw"):
        answer = browser.post(f"/account/users/invitations/1/{verb}", {"csrf_token": token})
        assert "not in the list any more" in said(browser, answer)


def test_the_answer_is_the_same_whether_an_address_is_known(ada: Members, browser: Browser) -> None:
    ada.user(ada.customer("Bob Ltd", BOB), email=BOB)
    answers = [
        said(browser, send(browser, email)).replace(email, "…")
        for email in (BOB, "nobody@elsewhere.example")
    ]
    assert answers[0] == answers[1]


def test_a_mailbox_is_not_flooded(ada: Members, browser: Browser) -> None:
    before = len(ada.mails())
    answers = {said(browser, send(browser)) for _ in range(7)}
    assert len(answers) == 1
    assert len(ada.mails()) - before == 5


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("", "Enter the e-mail address of your colleague"),
        ("bob", "in the right format"),
        (ADA, "ada@ashdown.example has access already"),
    ],
)
def test_a_mistake_keeps_what_was_typed(
    ada: Members, browser: Browser, email: str, words: str
) -> None:
    page = send(browser, email, "billing_admin", status=422)
    assert words in page.text_of(".error-summary")
    assert page.one("#invite-form [name=email]")["value"] == email
    assert page.one("#invite-form [checked]")["value"] == "billing_admin"
    assert ada.stored()[2] == []


def test_users_of_others_are_not_found(ada: Members, browser: Browser) -> None:
    ada.user(ada.customer("Bob Ltd", BOB), email=BOB)
    browser.get("/account/users/2", status=404)
    browser.get("/account/users/99", status=404)


def test_an_account_full_of_users_stays_light(
    ada: Members,
    customer: str,
    browser: Browser,
    queries: Callable[..., AbstractContextManager[list[str]]],
) -> None:
    for number in range(MOST_USERS - 1):
        ada.link(customer, f"colleague.number.{number}@ashdown-holdings.example")
    with queries(at_most=7):
        page = browser.get("/account/users")
    assert len(str(page).encode()) < 40_000
    assert "up to 50 users" in send(browser, status=422).text_of(".error-summary")
