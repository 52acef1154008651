"""Payments, refunds and write-offs: what they settle, what they refuse, and who is first."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from support.accounts import NOW, Account
from support.invoices import make_credit_note, make_invoice

from pricingsite.database import db
from pricingsite.models.invoices import Invoice, Settlement
from pricingsite.models.outbox import OutboxMessage
from pricingsite.pricing import Money
from pricingsite.services.balances.customer_credit import apply_credits
from pricingsite.services.balances.payments import PaymentError, mark_paid, refund, write_off
from pricingsite.services.balances.standing import standings
from pricingsite.services.invoices.reading import find_invoice
from pricingsite.web.transaction import committing

TODAY = date(2026, 11, 23)
DECEMBER, JANUARY = date(2026, 12, 1), date(2027, 1, 1)
AT_ONCE = 4


def gbp(amount: str) -> Money:
    return Money(int(amount.replace(".", "")), "GBP")


def said(session: Session, *invoices: Invoice) -> list[tuple[str, str]]:
    found = standings(session, invoices, today=TODAY)
    return [(found[one.id].status.value, str(found[one.id].balance)) for one in invoices]


def rows(session: Session) -> list[tuple[str, int, int | None]]:
    every = session.scalars(select(Settlement).order_by(Settlement.id))
    return [(one.kind.value, one.amount, one.source_id) for one in every]


def test_a_payment_is_of_all_that_is_unpaid_and_of_today(
    session: Session, account: Account
) -> None:
    invoice = make_invoice(session, account)
    assert mark_paid(session, invoice, now=NOW)
    assert said(session, invoice) == [("paid", "0.00")]
    payment = session.scalars(select(Settlement)).one()
    assert (payment.amount, payment.settled_on, payment.recorded_at) == (60000, TODAY, NOW)
    message = session.scalars(select(OutboxMessage)).one()
    assert (message.template, message.invoice_id) == ("invoice_paid", invoice.id)


def test_it_may_be_paid_in_parts_and_is_announced_once(session: Session, account: Account) -> None:
    invoice = make_invoice(session, account)
    mark_paid(session, invoice, amount=gbp("250.00"), on=date(2026, 11, 20), now=NOW)
    assert said(session, invoice) == [("partly_paid", "350.00")]
    assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 0
    mark_paid(session, invoice, amount=gbp("350.00"), now=NOW)
    mark_paid(session, invoice, amount=gbp("1.00"), now=NOW)
    assert said(session, invoice) == [("paid", "-1.00")]
    assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 1


def test_the_same_reference_is_the_same_payment(session: Session, account: Account) -> None:
    invoice = make_invoice(session, account)
    part = {"amount": gbp("200.00"), "reference": "BACS 7"}
    assert mark_paid(session, invoice, **part, now=NOW)
    assert not mark_paid(session, invoice, **part, now=NOW)
    # Another amount is another payment, and so is one without a reference.
    assert mark_paid(session, invoice, amount=gbp("100.00"), reference="BACS 7", now=NOW)
    assert mark_paid(session, invoice, amount=gbp("200.00"), now=NOW)
    assert mark_paid(session, invoice, reference="BACS 8", now=NOW)
    assert not mark_paid(session, invoice, reference="BACS 8", now=NOW)
    assert said(session, invoice) == [("paid", "0.00")]


def test_what_is_paid_too_much_pays_the_next_invoices(session: Session, account: Account) -> None:
    first = make_invoice(session, account)
    second = make_invoice(session, account, billed_on=DECEMBER)
    mark_paid(session, first, amount=gbp("1300.00"), now=NOW)
    assert said(session, first, second) == [("paid", "-100.00"), ("paid", "0.00")]
    third = make_invoice(session, account, billed_on=JANUARY)
    assert apply_credits(session, [account.customer.id], now=NOW) == 1
    assert apply_credits(session, [account.customer.id], now=NOW) == 0
    assert said(session, first, third) == [("paid", "0.00"), ("partly_paid", "500.00")]


def test_a_credit_note_lowers_its_own_invoice_then_its_replacement_then_the_earliest(
    session: Session, account: Account
) -> None:
    paid = make_invoice(session, account)
    mark_paid(session, paid, amount=gbp("500.00"), now=NOW)
    oldest = make_invoice(session, account, billed_on=date(2026, 10, 1))
    replacement = make_invoice(session, account, revision=1, replaces_id=paid.id)
    note = make_credit_note(session, account, paid, "500.00")
    apply_credits(session, [account.customer.id], now=NOW)
    assert said(session, paid, note, replacement, oldest) == [
        ("void", "0.00"),
        ("paid", "0.00"),
        ("partly_paid", "100.00"),
        ("issued", "600.00"),
    ]


def test_credit_stays_in_its_currency_and_with_its_customer(
    session: Session, account: Account
) -> None:
    invoice = make_invoice(session, account)
    dollars = make_invoice(session, account, billed_on=DECEMBER, currency="USD")
    mine = account.customer.id
    account.another()
    other = make_invoice(session, account)
    mark_paid(session, invoice, amount=gbp("700.00"), now=NOW)
    assert apply_credits(session, [mine, account.customer.id], now=NOW) == 0
    assert said(session, dollars, other) == [("issued", "600.00"), ("issued", "600.00")]


def test_nothing_is_credited_to_drafts(session: Session, account: Account) -> None:
    invoice = make_invoice(session, account)
    draft = make_invoice(session, account, billed_on=DECEMBER, draft=True)
    mark_paid(session, invoice, amount=gbp("700.00"), now=NOW)
    assert said(session, invoice, draft) == [("paid", "-100.00"), ("draft", "600.00")]


def test_a_refund_gives_back_what_was_paid_too_much_or_credited(
    session: Session, account: Account
) -> None:
    invoice = make_invoice(session, account)
    mark_paid(session, invoice, amount=gbp("610.00"), now=NOW)
    note = make_credit_note(session, account, invoice, "65.00")
    assert said(session, invoice, note) == [("paid", "-10.00"), ("issued", "-78.00")]
    with pytest.raises(PaymentError, match=r"At most 88\.00 GBP can be refunded for INV-000001"):
        refund(session, invoice, gbp("88.01"), now=NOW)
    with pytest.raises(PaymentError, match=r"At most 78\.00 GBP can be refunded for CN-000001"):
        refund(session, note, gbp("78.01"), now=NOW)
    assert refund(session, invoice, gbp("20.00"), reference="R1", now=NOW)
    assert not refund(session, invoice, gbp("20.00"), reference="R1", now=NOW)
    assert said(session, invoice, note) == [("paid", "0.00"), ("partly_paid", "-68.00")]
    assert refund(session, note, gbp("68.00"), now=NOW)
    assert said(session, note) == [("paid", "0.00")]
    assert [amount for _, amount, _ in rows(session)] == [61000, 1000, 1000, 6800]


def test_an_open_invoice_is_paid_before_anything_is_refunded(
    session: Session, account: Account
) -> None:
    invoice = make_invoice(session, account)
    make_invoice(session, account, billed_on=DECEMBER)
    mark_paid(session, invoice, amount=gbp("700.00"), now=NOW)
    with pytest.raises(PaymentError, match=r"At most 0\.00 GBP"):
        refund(session, invoice, gbp("100.00"), now=NOW)


def test_the_rest_is_written_off_and_makes_way_for_late_money(
    session: Session, account: Account
) -> None:
    invoice = make_invoice(session, account)
    mark_paid(session, invoice, amount=gbp("100.00"), now=NOW)
    assert write_off(session, invoice, " Insolvent ", now=NOW) == gbp("500.00")
    assert said(session, invoice) == [("written_off", "0.00")]
    with pytest.raises(PaymentError, match="Nothing of INV-000001 is open"):
        write_off(session, invoice, "Insolvent", now=NOW)
    mark_paid(session, invoice, now=NOW)
    assert said(session, invoice) == [("paid", "0.00")]
    with pytest.raises(PaymentError, match=r"At most 0\.00"):
        refund(session, invoice, gbp("1.00"), now=NOW)


def test_nobody_is_given_money_for_what_was_written_off(session: Session, account: Account) -> None:
    invoice = make_invoice(session, account)
    write_off(session, invoice, "Insolvent", now=NOW)
    other = make_invoice(session, account, billed_on=DECEMBER)
    # Other money of the customer's does not go into it.
    mark_paid(session, other, amount=gbp("650.00"), now=NOW)
    assert said(session, invoice, other) == [("written_off", "0.00"), ("paid", "-50.00")]
    note = make_credit_note(session, account, invoice, "500.00")
    apply_credits(session, [account.customer.id], now=NOW)
    assert said(session, invoice, note) == [("void", "0.00"), ("paid", "0.00")]


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda s, i: mark_paid(s, i["paid"], now=NOW), "Nothing of INV-000001 is unpaid"),
        (lambda s, i: mark_paid(s, i["draft"], now=NOW), "3 is a draft"),
        (lambda s, i: mark_paid(s, i["void"], now=NOW), "The draft 4 is void"),
        (lambda s, i: mark_paid(s, i["note"], now=NOW), "CN-000001 is a credit note"),
        (
            lambda s, i: mark_paid(s, i["open"], amount=gbp("0.00"), now=NOW),
            "An amount is above zero",
        ),
        (
            lambda s, i: mark_paid(s, i["open"], amount=Money(10**16, "GBP"), now=NOW),
            "and below 100000000000000.00",
        ),
        (
            lambda s, i: mark_paid(s, i["open"], amount=Money(1, "USD"), now=NOW),
            "INV-000002 is in GBP, not USD",
        ),
        (
            lambda s, i: mark_paid(s, i["open"], on=date(2026, 11, 24), now=NOW),
            "2026-11-24 is still to come",
        ),
        (lambda s, i: refund(s, i["draft"], gbp("1.00"), now=NOW), "3 is a draft"),
        (lambda s, i: refund(s, i["open"], gbp("1.00"), now=NOW), "At most 0.00 GBP"),
        (
            lambda s, i: refund(s, i["note"], gbp("1.00"), on=DECEMBER, now=NOW),
            "2026-12-01 is still to come",
        ),
        (lambda s, i: write_off(s, i["note"], "No", now=NOW), "CN-000001 is a credit note"),
        (lambda s, i: write_off(s, i["open"], " ", now=NOW), "Say why"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    session: Session, account: Account, act: Callable[..., Any], words: str
) -> None:
    made = {
        "paid": make_invoice(session, account),
        "open": make_invoice(session, account, billed_on=DECEMBER),
        "draft": make_invoice(session, account, billed_on=JANUARY, draft=True),
        "void": make_invoice(
            session, account, billed_on=date(2027, 2, 1), draft=True, voided_at=NOW
        ),
    }
    mark_paid(session, made["paid"], now=NOW)
    made["note"] = make_credit_note(session, account, made["paid"], "65.00")
    before = rows(session)
    with pytest.raises(PaymentError) as caught:
        act(session, made)
    assert words in str(caught.value)
    assert rows(session) == before


@pytest.mark.parametrize("what", ["payment", "refund"])
def test_of_several_at_once_one_is_recorded(app: Flask, account: Account, what: str) -> None:
    """Each would be right alone; together they would be too much."""
    invoice = make_invoice(db.session(), account)
    if what == "refund":
        mark_paid(db.session(), invoice, amount=gbp("700.00"), now=NOW)
    db.session.commit()
    barrier = Barrier(AT_ONCE)

    def try_it(_: int) -> bool:
        with app.app_context():
            own = find_invoice(db.session(), "INV-000001")
            assert own is not None
            db.session.rollback()
            barrier.wait()
            try:
                with committing(db.session):
                    if what == "payment":
                        mark_paid(db.session(), own, now=NOW)
                    else:
                        refund(db.session(), own, gbp("100.00"), now=NOW)
            except PaymentError:
                return False
            return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sorted(pool.map(try_it, range(AT_ONCE))) == [False, False, False, True]
    assert said(db.session(), invoice) == [("paid", "0.00")]


def test_applying_credits_of_many_who_have_none_takes_one_statement(
    session: Session, account: Account, queries: Callable[..., Any]
) -> None:
    make_invoice(session, account)
    ids = [account.customer.id, *(f"cus_{number}" for number in range(500))]
    with queries(at_most=1):
        assert apply_credits(session, ids, now=NOW) == 0
