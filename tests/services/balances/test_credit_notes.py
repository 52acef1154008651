"""Credit notes by hand: at the invoice's rates, line by line, never more than there was."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from support.accounts import NOW, Account
from support.billing import PREFIXES
from support.invoices import FEE, make_credit_note, make_invoice, tier

from pricingsite.database import db
from pricingsite.models.invoices import CreditCause, Invoice, InvoiceKind
from pricingsite.models.outbox import OutboxMessage
from pricingsite.pricing import LineKind, Money
from pricingsite.services.balances.credit_notes import CreditError, credit, creditable
from pricingsite.services.balances.payments import mark_paid
from pricingsite.services.balances.standing import standings
from pricingsite.services.invoices.reading import find_invoice
from pricingsite.services.invoices.storing import Issue
from pricingsite.web.transaction import committing

TODAY = date(2026, 11, 23)
ISSUE = Issue(prefixes=PREFIXES, clock=lambda: NOW)
SCALE = [
    FEE,
    tier("first 1,000 API calls", 1000, "0", "250"),
    tier("API calls 1,001 to 2,500", 1500, "0.45"),
]
DISCOUNT = {
    "kind": LineKind.DISCOUNT,
    "price_id": None,
    "description": "Discount LAUNCH, 20%",
    "quantity": Decimal(-1),
    "unit_price": Decimal(285),
}
AT_ONCE = 3


def gbp(amount: str) -> Money:
    return Money.rounded(Decimal(amount), "GBP")


def take(session: Session, invoice: Invoice, *amounts: tuple[int, str], **more: Any) -> Invoice:
    """Credit amounts by line; everything without any."""
    asked = {place: gbp(amount) for place, amount in amounts} or None
    return credit(session, invoice, asked, reason="Outage", issue=ISSUE, **more)


def totals(invoice: Invoice) -> tuple[str, str, str]:
    net, tax, gross = (invoice.money(one) for one in (invoice.net, invoice.tax, invoice.gross))
    return str(net), str(tax), str(gross)


def said(session: Session, *invoices: Invoice) -> list[tuple[str, str]]:
    found = standings(session, invoices, today=TODAY)
    return [(found[one.id].status.value, str(found[one.id].balance)) for one in invoices]


def test_an_amount_of_a_line_is_credited_at_its_rate(session: Session, account: Account) -> None:
    invoice = make_invoice(session, account, lines=SCALE)
    note = take(session, invoice, (3, "65"))
    assert (note.number, note.corrects) == ("CN-000001", invoice)
    assert (note.cause, note.reason) == (CreditCause.GOODWILL, "Outage")
    assert totals(note) == ("-65.00", "-13.00", "-78.00")
    (line,) = note.lines
    assert (line.kind, line.quantity, line.unit_price) == ("adjustment", -1, Decimal(65))
    assert line.description == "AI add-on: API calls 1,001 to 2,500"
    assert line.billed_on == invoice.billed_on
    assert (note.issued_on, note.due_on) == (TODAY, TODAY)
    assert said(session, invoice, note) == [("partly_paid", "1632.00"), ("paid", "0.00")]
    message = session.scalars(select(OutboxMessage)).one()
    assert (message.template, message.invoice_id) == ("credit_note", note.id)


def test_the_whole_invoice_is_credited_and_void(session: Session, account: Account) -> None:
    invoice = make_invoice(session, account, lines=[*SCALE, DISCOUNT])
    note = take(session, invoice)
    assert totals(invoice) == ("1140.00", "228.00", "1368.00")
    assert totals(note) == ("-1140.00", "-228.00", "-1368.00")
    assert [(line.quantity, str(line.unit_price)) for line in note.lines] == [
        (-1, "500.00"),
        (-1, "250.00"),
        (-1, "675.00"),
        (1, "285.00"),
    ]
    assert said(session, invoice, note) == [("void", "0.00"), ("paid", "0.00")]


def test_what_was_paid_already_is_the_customers(session: Session, account: Account) -> None:
    invoice = make_invoice(session, account, lines=SCALE)
    mark_paid(session, invoice, now=NOW)
    note = take(session, invoice, (1, "100"), (3, "50"))
    assert said(session, invoice, note) == [("paid", "0.00"), ("issued", "-180.00")]


def test_a_credit_note_is_to_whom_the_invoice_was_and_mailed_to_where_it_is_read(
    session: Session, account: Account
) -> None:
    invoice = make_invoice(session, account)
    account.customer.legal_name, account.customer.billing_email = "New Ltd", "new@b.example"
    note = take(session, invoice)
    assert note.buyer["legal_name"] == "Ashdown Ltd"
    assert session.scalars(select(OutboxMessage.recipient)).one() == "new@b.example"


@pytest.mark.parametrize("parts", [["0.01"] * 4, ["0.02", "0.02"], ["0.03", "0.01"], ["0.04"]])
def test_the_last_part_takes_the_rest_of_the_vat(
    session: Session, account: Account, parts: list[str]
) -> None:
    # Of 0.01, 20% is nothing; of 0.04 it is a penny.
    invoice = make_invoice(session, account, lines=[FEE | {"unit_price": Decimal("0.04")}])
    notes = [take(session, invoice, (1, part)) for part in parts]
    assert sum(note.gross for note in notes) == -invoice.gross == -5
    assert said(session, invoice) == [("void", "0.00")]
    with pytest.raises(CreditError, match="Nothing of line 1 is left"):
        take(session, invoice, (1, "0.01"))


def test_the_rest_is_what_earlier_credit_notes_have_left(
    session: Session, account: Account
) -> None:
    invoice = make_invoice(session, account, lines=SCALE)
    take(session, invoice, (1, "100"), (3, "75.50"))
    assert creditable(session, invoice).lines == (40000, 25000, 59950)
    with pytest.raises(CreditError, match=r"At most 400\.00 of line 1"):
        take(session, invoice, (1, "400.01"))
    note = take(session, invoice)
    assert [str(line.unit_price) for line in note.lines] == ["400.00", "250.00", "599.50"]
    assert said(session, invoice) == [("void", "0.00")]
    with pytest.raises(CreditError, match="Nothing of INV-000001 is left to credit"):
        take(session, invoice)


def test_usage_that_is_less_comes_off_the_last_line_of_its_price(
    session: Session, account: Account
) -> None:
    """Such a credit note says what a price's lines came to, and not which of them are less."""
    invoice = make_invoice(session, account, lines=SCALE)
    words = {"description": "AI add-on, October, fewer API calls", "sequence": 0}
    less = tier("", 0, "0") | words | {"quantity": Decimal(-1), "unit_price": Decimal(700)}
    make_invoice(
        session,
        account,
        lines=[less | {"kind": LineKind.ADJUSTMENT}],
        billed_on=invoice.billed_on,
        kind=InvoiceKind.CREDIT_NOTE,
        corrects_id=invoice.id,
        cause=CreditCause.USAGE,
    )
    assert creditable(session, invoice).lines == (50000, 22500, 0)
    assert totals(take(session, invoice)) == ("-725.00", "-145.00", "-870.00")


def test_lines_together_are_credited_less_their_discount(
    session: Session, account: Account
) -> None:
    invoice = make_invoice(session, account, lines=[*SCALE, DISCOUNT])
    everything = [(1, "500"), (2, "250"), (3, "675")]
    with pytest.raises(CreditError, match=r"At most 1140\.00 of INV-000001"):
        take(session, invoice, *everything)
    with pytest.raises(CreditError, match="Nothing of line 4"):
        take(session, invoice, (4, "1"))
    take(session, invoice, (1, "500"), (3, "640"))
    with pytest.raises(CreditError, match=r"At most 0\.00 of INV-000001"):
        take(session, invoice, (2, "0.01"))


def test_vat_in_the_merchants_currency_is_credited_at_the_invoices_rate(
    session: Session, account: Account
) -> None:
    abroad = {"merchant_currency": "GBP", "exchange_rate": Decimal("0.79"), "merchant_tax": 7900}
    invoice = make_invoice(session, account, currency="USD", **abroad)
    part = credit(session, invoice, {1: Money(6666, "USD")}, reason="Outage", issue=ISSUE)
    assert (part.tax, part.merchant_tax, part.exchange_rate) == (-1333, -1053, Decimal("0.79"))
    rest = credit(session, invoice, None, reason="Outage", issue=ISSUE)
    assert (part.tax + rest.tax, part.merchant_tax + rest.merchant_tax) == (-10000, -7900)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda s, i: take(s, i["note"]), "CN-000001 is a credit note"),
        (lambda s, i: take(s, i["draft"]), "is a draft. It need not be credited"),
        (lambda s, i: take(s, i["void"]), "is void"),
        (lambda s, i: take(s, i["invoice"], (0, "1")), "INV-000001 has no line 0: it has 1"),
        (lambda s, i: take(s, i["invoice"], (2, "1")), "has no line 2"),
        (lambda s, i: take(s, i["invoice"], (1, "435.01")), "At most 435.00 of line 1"),
        (lambda s, i: take(s, i["invoice"], (1, "0")), "At most 435.00 of line 1"),
        (
            lambda s, i: credit(s, i["invoice"], {1: Money(1, "USD")}, reason="No", issue=ISSUE),
            "INV-000001 is in GBP, not USD",
        ),
        (lambda s, i: credit(s, i["invoice"], {}, reason="No", issue=ISSUE), "--all, or --line"),
        (lambda s, i: credit(s, i["invoice"], None, reason=" ", issue=ISSUE), "Say why"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    session: Session, account: Account, act: Callable[..., Any], words: str
) -> None:
    invoice = make_invoice(session, account)
    made = {
        "invoice": invoice,
        "note": make_credit_note(session, account, invoice, "65"),
        "draft": make_invoice(session, account, billed_on=date(2026, 12, 1), draft=True),
        "void": make_invoice(
            session, account, billed_on=date(2027, 1, 1), draft=True, voided_at=NOW
        ),
    }
    with pytest.raises(CreditError) as caught:
        act(session, made)
    assert words in str(caught.value)
    assert session.scalar(select(func.count()).select_from(Invoice)) == 4


def test_of_several_at_once_one_takes_it_all(app: Flask, account: Account) -> None:
    make_invoice(db.session(), account)
    db.session.commit()
    barrier = Barrier(AT_ONCE)

    def try_it(_: int) -> str | None:
        with app.app_context():
            own = find_invoice(db.session(), "INV-000001")
            assert own is not None
            db.session.rollback()
            barrier.wait()
            try:
                with committing(db.session):
                    return take(db.session(), own).number
            except CreditError:
                return None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        made = list(pool.map(try_it, range(AT_ONCE)))
    assert sorted(made, key=str) == ["CN-000001", None, None]
