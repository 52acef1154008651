"""The order's own page and its e-mails: who may see them, and what they say."""

import re
from datetime import timedelta

import pytest
from conftest import Clock
from flask import Flask
from sqlalchemy import select
from support.orders import (
    FORM,
    TYPED,
    mails,
    order,
    rows,
)
from support.pages import Browser

from pricingsite.database import db
from pricingsite.models.orders import Order
from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.access.invitations import accept_invitation, pending_invitation

pytestmark = pytest.mark.usefixtures("on_sale")


def test_a_stranger_is_sent_to_sign_in(app: Flask, browser: Browser) -> None:
    path = str(order(browser).location)
    assert Browser(app).get(path, status=303).location == f"/login?next={path}"


def sign_in(app: Flask, visitor: Browser, email: str) -> None:
    """Follow the link of an order of one's own."""
    visitor.follow(order(visitor, email=email))
    link = re.search(r"http://[^/]+(/verify/\S+)", mails(app, email)[-1].text)
    assert link
    visitor.submit(visitor.get(link.group(1)), password="tall-green-kettle-4821")


def test_somebody_else_who_is_signed_in_finds_nothing(app: Flask, browser: Browser) -> None:
    path = str(order(browser).location)
    stranger = Browser(app)
    sign_in(app, stranger, "eve@elsewhere.example")
    stranger.get(path, status=404)
    with app.app_context():
        own = db.session.scalars(select(Order).where(Order.email == "eve@elsewhere.example")).one()
    page = stranger.get(f"/orders/{own.reference}")
    assert "The address is confirmed" in page.text_of("main")
    assert not page.select("main form")


def test_the_session_that_ordered_is_out_once_the_link_was_followed(
    app: Flask, browser: Browser
) -> None:
    path = str(order(browser).location)
    with app.app_context():
        invitation = pending_invitation(db.session(), rows(app, Order)[0].customer_id)
        assert invitation
        accept_invitation(db.session(), invitation, password_hash="hash", now=app.config["NOW"])
        db.session.commit()
    assert browser.get(path, status=303).location == f"/login?next={path}"


def test_programs_read_the_order_as_json(app: Flask, browser: Browser) -> None:
    path = str(order(browser, start="2026-12-01").location)
    answer = browser.client.get(path, headers={"Accept": "application/json"}).get_json()
    bill = answer.pop("first_bill_at_least")
    assert answer == {
        "reference": path.rpartition("/")[2],
        "plan": "scale",
        "prices": ["A", "X"],
        "start": "2026-12-01",
        "ordered_at": "2026-11-23T18:40:00+00:00",
        "terms_version": rows(app, Order)[0].terms_version,
        "first_invoice_on": "2027-01-01",
    }
    assert (bill["net"], bill["tax"], bill["gross"]) == ("750.00", "150.00", "900.00")
    assert bill["period"] == {"start": "2026-12-01", "end": "2027-01-01"}


def test_both_e_mails_say_what_was_ordered(app: Flask, browser: Browser) -> None:
    order(browser, purchase_order="PO 7")
    (placed,) = rows(app, Order)
    (acknowledgement,) = mails(app)
    (notice,) = [m for m in rows(app, OutboxMessage) if m.recipient != TYPED["email"]]
    for mail in (acknowledgement, notice):
        assert len(mail.subject) <= 60
        assert placed.reference in mail.subject
        for part in (mail.text, str(mail.html)):
            for said in ("£750.00", "£150.00", "£900.00", "23 December 2026"):
                assert said in part
        assert len(str(mail.html)) < 20_000
    link = re.search(r"http://127\.0\.0\.1:5000/verify/\S+", acknowledgement.text)
    assert link
    assert f'href="{link.group()}"' in str(acknowledgement.html)
    for part in (acknowledgement.text, str(acknowledgement.html)):
        for said in ("First 1,000 API calls", "until you cancel", placed.terms_version):
            assert said in part
        assert f"http://127.0.0.1:5000/orders/{placed.reference}" in part
    assert "/verify/" not in notice.text
    assert TYPED["email"] in notice.text
    assert "Ashdown Ltd" in notice.text


LURE = "visit evil.example now"


@pytest.mark.parametrize(
    "field",
    ["name", "organization", "line1", "line2", "town", "postcode", "tax_id", "purchase_order"],
)
def test_an_unverified_address_is_sent_nothing_that_a_stranger_typed(
    app: Flask, browser: Browser, clock: Clock, field: str
) -> None:
    lure = LURE[:20] if field == "postcode" else LURE
    browser.submit(browser.follow(order(browser, **{field: lure})))
    link = re.search(r"http://[^/]+(/verify/\S+)", mails(app)[-1].text)
    assert link
    clock.set(clock.now + timedelta(days=8))
    browser.submit(browser.get(link.group(1), status=410))
    kinds = [mail.subject.split(" ")[0] for mail in mails(app)]
    assert kinds == ["Order", "Order", "Your"]
    for mail in mails(app):
        assert lure[:12] not in mail.subject + mail.text + str(mail.html)


def test_a_mailbox_is_sent_a_few_order_e_mails_however_many_are_asked_for(
    app: Flask, clock: Clock
) -> None:
    answers = []
    for number in range(8):
        visitor = Browser(app)
        # The same mailbox, written in other ways.
        address = ("ada@ashdown.example", "a.da+x@ashdown.example")[number % 2]
        answers.append(visitor.follow(order(visitor, email=address)).text_of("h1"))
    assert answers == ["Order complete"] * 8
    sent = [m for m in rows(app, OutboxMessage) if m.recipient.endswith("ashdown.example")]
    assert len(sent) == 5
    # The merchant hears of every order; another mailbox has a quota of its own.
    assert len(mails(app, "billing@amara.example")) == 8
    order(Browser(app), email="bob@ashdown.example")
    assert len(mails(app, "bob@ashdown.example")) == 1
    for hours in (1, 2, 3):
        clock.set(clock.now + timedelta(hours=hours))
        for _ in range(6):
            order(Browser(app))
    sent = [m for m in rows(app, OutboxMessage) if m.quota_key and "ada" in m.quota_key]
    assert len(sent) == 10


def test_the_e_mail_is_asked_for_again_as_often_as_one_likes_and_sent_a_few_times(
    app: Flask, browser: Browser
) -> None:
    page = browser.follow(order(browser))
    for _ in range(8):
        again = browser.follow(browser.submit(page))
        assert "at most a few times an hour" in again.text_of("[role=status]")
    assert len(mails(app)) == 5


def test_the_e_mail_can_be_sent_again(app: Flask, browser: Browser, clock: Clock) -> None:
    page = browser.follow(order(browser))
    clock.set(clock.now + timedelta(minutes=5))
    again = browser.follow(browser.submit(page))
    assert "The order e-mail is on its way to ada@ashdown.example again" in again.text_of(
        "[role=status]"
    )
    one, other = mails(app)
    assert one.message_id != other.message_id
    assert one.subject == other.subject
    # The merchant hears of an order once.
    assert len(rows(app, OutboxMessage)) == 3


def test_a_confirmed_order_sends_no_more_e_mail(app: Flask, browser: Browser) -> None:
    sign_in(app, browser, "ada@ashdown.example")
    (placed,) = rows(app, Order)
    before = len(rows(app, OutboxMessage))
    token = browser.get("/account").one("header [name=csrf_token]")["value"]
    path = f"/orders/{placed.reference}"
    answer = browser.post(f"{path}/resend", {"csrf_token": token})
    assert answer.location == path
    assert "no e-mail was sent" in browser.follow(answer).text_of("[role=status]")
    assert len(rows(app, OutboxMessage)) == before


def test_an_order_that_ended_says_so_and_its_links_are_gone(
    app: Flask, browser: Browser, clock: Clock
) -> None:
    app.config["UNVERIFIED_ORDER_DAYS"] = 5
    path = str(order(browser).location)
    page = browser.get(path)
    assert "an order that is not confirmed within 5 days ends" in page.text_of("main")
    link = re.search(r"http://[^/]+(/verify/\S+)", mails(app)[-1].text)
    assert link
    runner = app.test_cli_runner()
    for later, title in (
        (timedelta(days=5, seconds=-1), "Order complete"),
        (timedelta(seconds=1), "ended"),
    ):
        clock.set(clock.now + later)
        assert runner.invoke(args=["outbox", "deliver"]).exit_code == 0
        assert title in browser.get(path).text_of("h1")
    browser.get(link[1], status=410)
    browser.submit(page, status=410)
    assert browser.get("/account", status=303).location == "/login?next=/account"
    clock.set(clock.now + timedelta(days=30))
    assert runner.invoke(args=["outbox", "deliver"]).exit_code == 0
    assert [found.email for found in rows(app, Order)] == [""]
    assert mails(app) == []


def test_a_stranger_cannot_have_the_e_mail_sent(app: Flask, browser: Browser) -> None:
    path = str(order(browser).location)
    stranger = Browser(app)
    token = stranger.get(FORM).one("main form [name=csrf_token]")["value"]
    stranger.post(f"{path}/resend", {"csrf_token": token})
    assert len(mails(app)) == 1
