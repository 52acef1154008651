"""E-mails about invoices: written at delivery, to the buyer, with the same amounts in both parts."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from conftest import Clock
from flask import Flask
from sqlalchemy import select
from support.accounts import NOW, Account
from support.invoices import make_credit_note, make_invoice, tier

from pricingsite.database import db
from pricingsite.models.invoices import Invoice, Settlement, SettlementKind
from pricingsite.models.outbox import OutboxMessage
from pricingsite.pricing import TaxTreatment
from pricingsite.services.invoices.announcing import InvoiceMail, announce

pytestmark = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)
AMOUNT = re.compile(r"(?:£|US\$|€)[\d,]+(?:\.\d\d)?")
HOW_TO_PAY = "How to pay: By bank transfer to Amara Software Ltd, sort code 00-00-00"


def delivered(app: Flask) -> list[EmailMessage]:
    """Every e-mail that is out by now, after all that wait have been delivered."""
    result = app.test_cli_runner().invoke(args=["outbox", "deliver"])
    assert result.exit_code == 0, result.output
    files = Path(app.instance_path, "outbox").glob("*.eml")
    return [BytesParser(policy=policy.default).parsebytes(f.read_bytes()) for f in files]  # type: ignore[arg-type]


def text_of(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    found: str = part.get_content()
    return found


def html_of(letter: EmailMessage) -> str:
    part = letter.get_body(("html",))
    assert part is not None
    found: str = part.get_content()
    return BeautifulSoup(found, "html.parser").body.get_text(" ")


def settle(invoice: Invoice, kind: SettlementKind, amount: int, **columns: object) -> None:
    row = {
        "invoice_id": invoice.id,
        "kind": kind,
        "amount": amount,
        "settled_on": date(2026, 11, 9),
    }
    db.session.add(Settlement(**row, recorded_at=NOW, **columns))


Mail = Callable[..., EmailMessage]


@pytest.fixture
def mailed(app: Flask) -> Mail:
    """`mailed(kind, make)`: the one e-mail of a kind about what `make(account)` makes."""

    def mail(kind: InvoiceMail, make: Callable[[Account], Invoice]) -> EmailMessage:
        with app.app_context():
            account = Account(db.session())
            announce(db.session(), make(account), kind, now=NOW)
            db.session.commit()
        (letter,) = delivered(app)
        assert len(str(letter["Subject"])) <= 60
        assert set(AMOUNT.findall(text_of(letter))) == set(AMOUNT.findall(html_of(letter)))
        return letter

    return mail


def invoice_of(account: Account, **columns: object) -> Invoice:
    return make_invoice(db.session(), account, **columns)  # type: ignore[arg-type]


def test_an_invoice_says_what_is_to_pay_until_when_and_how(mailed: Mail, app: Flask) -> None:
    letter = mailed(InvoiceMail.ISSUED, lambda account: invoice_of(account))
    assert letter["Subject"] == "Invoice INV-000001: £600.00 due 1 December"
    assert letter["To"] == "ada@ashdown.example"
    assert letter["Auto-Submitted"] == "auto-generated"
    text = text_of(letter)
    for said in (
        "Ashdown Ltd, this is your invoice for 1 to 31 October 2026.",
        "Net: £500.00\nVAT at 20%: £100.00\nTotal: £600.00 incl. VAT\n",
        "To pay: £600.00 by 1 December 2026",
        HOW_TO_PAY,
        "Payment reference: INV-000001",
        "VAT number GB999999973",
    ):
        assert said in text
    with app.app_context():
        stored = db.session.scalars(select(OutboxMessage)).one()
        assert (stored.subject, stored.text) == (letter["Subject"], text)
