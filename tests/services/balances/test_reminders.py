"""Reminders of open invoices: which on which day, each once, and what suspends a customer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.accounts import NOW, Account
from support.invoices import make_credit_note, make_invoice

from pricingsite.database import db
from pricingsite.models.customers import SuspensionCause
from pricingsite.models.invoices import Invoice, Settlement, SettlementKind
from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.balances.customer_credit import apply_credits
from pricingsite.services.balances.lifting import lift_suspension
from pricingsite.services.balances.payments import mark_paid, write_off
from pricingsite.services.balances.reminders import (
    due_reminders,
    due_suspensions,
    remind,
)
from pricingsite.services.customers.suspension import resume, suspend
from pricingsite.web.transaction import committing

DUE = date(2026, 12, 1)
WEEK = timedelta(days=7)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def after_due(days: int) -> date:
    return DUE + timedelta(days=days)


@pytest.fixture
def invoice(account: Account, session: Session) -> Invoice:
    """£600.00, issued on 1 November and due on 1 December."""
    return make_invoice(session, account)


def written(session: Session, today: date) -> list[str]:
    """The reminders that a deliverer writes on a day."""
    due = list(due_reminders(session, today=today))
    due += due_suspensions(session, after=WEEK, today=today, now=noon(today))
    sent = [one for one in due if remind(session, one, today=today, now=noon(today))]
    return [one.kind.removeprefix("invoice_") for one in sent]


def settle(session: Session, invoice: Invoice, kind: str, amount: int, source: int | None) -> None:
    row = {"invoice_id": invoice.id, "amount": amount, "settled_on": DUE, "recorded_at": NOW}
    session.add(Settlement(**row, kind=SettlementKind(kind), source_id=source))
    session.flush()


def test_each_reminder_has_its_day_and_comes_once(session: Session, invoice: Invoice) -> None:
    by_day = {days: sent for days in range(-30, 60) if (sent := written(session, after_due(days)))}
    assert by_day == {
        -3: ["reminder"],
        1: ["overdue"],
        7: ["overdue_a_week"],
        14: ["overdue_two_weeks"],
        21: ["suspended"],
    }
    messages = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert {message.invoice_id for message in messages} == {invoice.id}
    assert {message.recipient for message in messages} == {"ada@ashdown.example"}
    assert len({message.message_id for message in messages}) == 5


@pytest.mark.parametrize(
    ("days", "kind"),
    [(0, "reminder"), (6, "overdue"), (13, "overdue_a_week"), (43, "overdue_two_weeks")],
)
@pytest.mark.usefixtures("invoice")
def test_a_deliverer_that_was_down_writes_the_latest_alone(
    session: Session, days: int, kind: str
) -> None:
    assert written(session, after_due(days)) == [kind]


@pytest.mark.usefixtures("invoice")
def test_what_is_long_past_is_reminded_of_no_more(session: Session) -> None:
    assert written(session, after_due(44)) == []


@pytest.mark.parametrize(
    ("kind", "amount", "says"),
    [
        ("payment", 60000, []),
        ("payment", 59999, ["overdue"]),
        ("write_off", 60000, []),
        ("credit", 60000, []),
    ],
)
def test_nobody_is_reminded_of_what_is_settled(
    session: Session, account: Account, invoice: Invoice, kind: str, amount: int, says: list[str]
) -> None:
    note = make_credit_note(session, account, invoice, "500") if kind == "credit" else None
    settle(session, invoice, kind, amount, note.id if note else None)
    assert written(session, after_due(1)) == says


def test_credit_notes_and_drafts_are_not_reminded_of(session: Session, account: Account) -> None:
    first = make_invoice(session, account)
    make_credit_note(session, account, first, "100")
    make_invoice(session, account, billed_on=date(2026, 12, 1), draft=True)
    assert len(written(session, after_due(1))) == 1


def test_an_invoice_that_is_due_within_days_reminds_by_itself(
    session: Session, account: Account
) -> None:
    make_invoice(session, account, due_on=date(2026, 11, 4))
    assert written(session, date(2026, 11, 1)) == []
    assert written(session, date(2026, 11, 5)) == ["overdue"]


def test_two_deliverers_at_once_write_a_reminder_once(app: Flask, session: Session) -> None:
    make_invoice(session, Account(session))
    session.commit()
    due = list(due_reminders(session, today=after_due(1)))
    session.rollback()
    together = Barrier(2)

    def deliver(_: int) -> bool:
        with app.app_context():
            together.wait(timeout=20)
            with committing(db.session):
                return remind(db.session(), due[0], today=after_due(1), now=noon(after_due(1)))

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(deliver, range(2))) == [False, True]
    assert len(session.scalars(select(OutboxMessage)).all()) == 1


def test_nobody_is_suspended_who_was_not_reminded(session: Session, invoice: Invoice) -> None:
    assert written(session, after_due(40)) == ["overdue_two_weeks"]
    assert written(session, after_due(46)) == []
    assert written(session, after_due(47)) == ["suspended"]
    session.refresh(invoice)


@pytest.fixture
def suspended(session: Session, account: Account, invoice: Invoice) -> Iterator[Account]:
    """An account that is suspended for its invoice of October."""
    assert written(session, after_due(14)) == ["overdue_two_weeks"]
    assert written(session, after_due(21)) == ["suspended"]
    assert account.customer.suspended_for is SuspensionCause.OVERDUE
    yield account
    assert invoice.number


def test_paying_lifts_a_suspension(session: Session, suspended: Account, invoice: Invoice) -> None:
    customer = suspended.customer
    settle(session, invoice, "payment", 59999, None)
    assert not lift_suspension(session, customer.id, today=after_due(22), now=NOW)
    settle(session, invoice, "payment", 1, None)
    assert lift_suspension(session, customer.id, today=after_due(22), now=NOW)
    assert customer.suspended_at is None
    assert not lift_suspension(session, customer.id, today=after_due(22), now=NOW)


def test_it_is_lifted_with_the_payment_itself(
    session: Session, suspended: Account, invoice: Invoice
) -> None:
    mark_paid(session, invoice, now=noon(after_due(22)))
    assert suspended.customer.suspended_at is None


def test_a_write_off_lifts_it_too(session: Session, suspended: Account, invoice: Invoice) -> None:
    write_off(session, invoice, "a goodwill", now=noon(after_due(22)))
    assert suspended.customer.suspended_at is None


def test_credit_lifts_it_too(session: Session, suspended: Account, invoice: Invoice) -> None:
    make_credit_note(session, suspended, invoice, "500")
    apply_credits(session, [suspended.customer.id], now=noon(after_due(22)))
    assert suspended.customer.suspended_at is None


def test_every_invoice_that_would_suspend_is_to_be_paid(
    session: Session, suspended: Account, invoice: Invoice
) -> None:
    later = make_invoice(session, suspended, billed_on=DUE)
    due = {later.due_on: 0}
    assert due == {date(2026, 12, 31): 0}
    assert written(session, date(2027, 1, 14)) == ["overdue_two_weeks"]
    # It is suspended already: there is nothing to tell.
    assert written(session, date(2027, 1, 21)) == []
    settle(session, invoice, "payment", 60000, None)
    assert not lift_suspension(session, suspended.customer.id, today=date(2027, 1, 22), now=NOW)
    settle(session, later, "payment", 60000, None)
    assert lift_suspension(session, suspended.customer.id, today=date(2027, 1, 22), now=NOW)


def test_paying_does_not_lift_what_the_merchant_chose(
    session: Session, suspended: Account, invoice: Invoice
) -> None:
    assert not suspend(session, suspended.customer, SuspensionCause.MERCHANT, now=NOW)
    settle(session, invoice, "payment", 60000, None)
    assert not lift_suspension(session, suspended.customer.id, today=after_due(22), now=NOW)
    assert resume(session, suspended.customer, now=NOW)
    assert not resume(session, suspended.customer, now=NOW)


def test_what_the_merchant_lifted_is_not_suspended_for_the_same_invoice(
    session: Session, suspended: Account
) -> None:
    assert resume(session, suspended.customer, now=NOW)
    assert written(session, after_due(30)) == []


def test_a_suspended_customer_is_entitled_to_nothing_and_loses_nothing(
    session: Session, account: Account
) -> None:
    account.subscribe("A", "X")
    account.customer.verified_at = NOW
    account.use(900)
    assert account.read().entitled
    before = account.read().bill
    assert suspend(session, account.customer, SuspensionCause.MERCHANT, now=NOW)
    assert not account.read().entitled
    assert account.read().bill == before
    resume(session, account.customer, now=NOW)
    assert account.read().entitled
