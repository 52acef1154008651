from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session
from support.accounts import NOW, Account
from support.invoices import make_credit_note, make_invoice

from pricingsite.models.invoices import Invoice, Settlement, SettlementKind
from pricingsite.services.balances.standing import InvoiceStatus, Standing, standings

TODAY = date(2026, 11, 23)
PAYMENT, CREDIT = SettlementKind.PAYMENT, SettlementKind.CREDIT
REFUND, WRITE_OFF = SettlementKind.REFUND, SettlementKind.WRITE_OFF


def settle(
    session: Session, invoice: Invoice, kind: SettlementKind, amount: int, **more: Any
) -> None:
    session.add(
        Settlement(
            invoice_id=invoice.id,
            kind=kind,
            amount=amount,
            settled_on=TODAY,
            recorded_at=NOW,
            **more,
        )
    )
    session.flush()


def standing(session: Session, invoice: Invoice, today: date = TODAY) -> Standing:
    return standings(session, [invoice], today=today)[invoice.id]


def said(found: Standing) -> list[str]:
    return [found.status.value, str(found.paid), str(found.credited), str(found.balance)]


# An invoice of 600.00 in all, and what settles it.
@pytest.mark.parametrize(
    ("settled", "words"),
    [
        ([], ["issued", "0.00", "0.00", "600.00"]),
        ([(PAYMENT, 20000)], ["partly_paid", "200.00", "0.00", "400.00"]),
        ([(PAYMENT, 20000), (PAYMENT, 40000)], ["paid", "600.00", "0.00", "0.00"]),
        ([(PAYMENT, 70000)], ["paid", "700.00", "0.00", "-100.00"]),
        ([(PAYMENT, 70000), (REFUND, 10000)], ["paid", "600.00", "0.00", "0.00"]),
        ([(WRITE_OFF, 60000)], ["written_off", "0.00", "0.00", "0.00"]),
        ([(PAYMENT, 20000), (WRITE_OFF, 40000)], ["written_off", "200.00", "0.00", "0.00"]),
        # What was written off makes way for money that still comes.
        ([(WRITE_OFF, 60000), (PAYMENT, 20000)], ["written_off", "200.00", "0.00", "0.00"]),
        ([(WRITE_OFF, 60000), (PAYMENT, 60000)], ["paid", "600.00", "0.00", "0.00"]),
        ([(WRITE_OFF, 60000), (PAYMENT, 60001)], ["paid", "600.01", "0.00", "-0.01"]),
    ],
)
def test_the_status_follows_from_what_settles_an_invoice(
    session: Session, account: Account, settled: list[tuple[SettlementKind, int]], words: list[str]
) -> None:
    invoice = make_invoice(session, account)
    for kind, amount in settled:
        settle(session, invoice, kind, amount)
    found = standing(session, invoice)
    assert said(found) == words
    parts = found.paid + found.credited + found.written_off + found.balance
    assert parts.minor == invoice.gross


def test_drafts_and_voided_drafts_owe_nothing_yet(session: Session, account: Account) -> None:
    draft = make_invoice(session, account, draft=True)
    voided = make_invoice(session, account, draft=True, billed_on=date(2026, 12, 1), voided_at=NOW)
    assert standing(session, draft).status is InvoiceStatus.DRAFT
    assert standing(session, voided).status is InvoiceStatus.VOID
    assert not standing(session, draft, date(2030, 1, 1)).overdue


@pytest.mark.parametrize(
    ("today", "owed"), [(date(2026, 12, 1), "in time"), (date(2026, 12, 2), "overdue")]
)
def test_an_invoice_is_overdue_from_the_day_after_it_was_due(
    session: Session, account: Account, today: date, owed: str
) -> None:
    invoice = make_invoice(session, account)
    assert standing(session, invoice, today).overdue is (owed == "overdue")
    settle(session, invoice, PAYMENT, 60000)
    assert not standing(session, invoice, today).overdue


def test_a_credit_note_lowers_its_invoice_and_is_used_up(
    session: Session, account: Account
) -> None:
    invoice = make_invoice(session, account)
    note = make_credit_note(session, account, invoice, "65")
    assert said(standing(session, note)) == ["issued", "0.00", "0.00", "-78.00"]
    settle(session, invoice, CREDIT, 5000, source_id=note.id)
    assert said(standing(session, note)) == ["partly_paid", "0.00", "-50.00", "-28.00"]
    assert said(standing(session, invoice)) == ["partly_paid", "0.00", "50.00", "550.00"]
    settle(session, note, REFUND, 2800)
    assert said(standing(session, note)) == ["paid", "-28.00", "-50.00", "0.00"]
    assert not standing(session, note, date(2030, 1, 1)).overdue


def test_an_invoice_that_is_wholly_credited_is_void(session: Session, account: Account) -> None:
    invoice = make_invoice(session, account)
    settle(session, invoice, PAYMENT, 60000)
    make_credit_note(session, account, invoice, "499.99")
    assert standing(session, invoice).status is InvoiceStatus.PAID
    make_credit_note(session, account, invoice, "0.01")
    assert standing(session, invoice).status is InvoiceStatus.VOID


def test_what_was_paid_too_much_counts_as_paid_where_it_goes(
    session: Session, account: Account
) -> None:
    first = make_invoice(session, account)
    second = make_invoice(session, account, billed_on=date(2026, 12, 1))
    settle(session, first, PAYMENT, 65000)
    settle(session, second, CREDIT, 5000, source_id=first.id)
    assert said(standing(session, first)) == ["paid", "600.00", "0.00", "0.00"]
    assert said(standing(session, second)) == ["partly_paid", "50.00", "0.00", "550.00"]


def test_many_invoices_take_two_statements(
    session: Session, account: Account, queries: Callable[..., Any]
) -> None:
    invoices = [
        make_invoice(session, account, billed_on=date(2026, month, 1)) for month in range(2, 12)
    ]
    settle(session, invoices[0], PAYMENT, 60000)
    session.flush()
    with queries(at_most=2):
        found = standings(session, invoices, today=TODAY)
    assert [found[one.id].status.value for one in invoices] == ["paid"] + ["issued"] * 9
