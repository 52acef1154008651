"""E-mails about invoices: written at delivery, with the same amounts in both parts."""

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
from sqlalchemy.orm import Session
from support.accounts import NOW, Account, noon
from support.billing import at, run_billing
from support.invoices import make_credit_note, make_invoice, tier

from pricingsite.database import db
from pricingsite.models.invoices import Invoice, Settlement, SettlementKind
from pricingsite.models.outbox import OutboxMessage
from pricingsite.pricing import TaxTreatment
from pricingsite.services.balances.payments import mark_paid
from pricingsite.services.customers.copies import put_copies
from pricingsite.services.invoices.announcing import InvoiceMail, announce
from pricingsite.services.invoices.reading import find_invoice
from pricingsite.services.merchant import get_merchant

pytestmark = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)
AMOUNT = re.compile(r"(?:£|US\$|€)[\d,]+(?:\.\d\d)?")
HOW_TO_PAY = (
    "How to pay: By bank transfer to Amara Software Ltd, with the invoice number as the reference. "
    "Sort code 20-20-15, account number 55555555. IBAN GB33 BUKB 2020 1555 5555 55, BIC BUKBGB22."
)


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
    letter = mailed(InvoiceMail.ISSUED, invoice_of)
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
        "See the invoice on your account: http://127.0.0.1:5000/account/invoices/INV-000001\n",
    ):
        assert said in text
    with app.app_context():
        stored = db.session.scalars(select(OutboxMessage)).one()
        assert (stored.subject, stored.text) == (letter["Subject"], text)


def test_an_invoice_that_credit_covers_has_nothing_to_pay(mailed: Mail) -> None:
    def covered(account: Account) -> Invoice:
        invoice = invoice_of(account)
        note = make_credit_note(db.session(), account, invoice, "500")
        other = invoice_of(account, billed_on=date(2026, 12, 1))
        settle(other, SettlementKind.CREDIT, 60000, source_id=note.id)
        return other

    letter = mailed(InvoiceMail.ISSUED, covered)
    assert letter["Subject"] == "Invoice INV-000002: nothing to pay"
    assert "Credited: £600.00\n" in text_of(letter)
    assert "Nothing to pay: credit covers it." in text_of(letter)
    assert "How to pay" not in text_of(letter)


def test_an_invoice_of_nothing_says_so(mailed: Mail) -> None:
    fee = {"kind": "fixed", "price_id": "A", "description": "Fee", "unit_price": Decimal(0)}
    letter = mailed(InvoiceMail.ISSUED, lambda account: invoice_of(account, lines=[fee]))
    assert letter["Subject"] == "Invoice INV-000001: nothing to pay"
    assert "Nothing to pay: this invoice comes to £0.00." in text_of(letter)


def test_an_invoice_in_the_customer_s_favour_says_what_happens(mailed: Mail) -> None:
    less = [
        tier("usage of September, less than billed", -1, "75"),
        {"kind": "fixed", "price_id": "A", "description": "Fee", "unit_price": Decimal(50)},
    ]
    letter = mailed(InvoiceMail.ISSUED, lambda account: invoice_of(account, lines=less))
    assert "£30.00 is in your favour: it pays part of your next invoice." in text_of(letter)


def test_reverse_charge_and_another_currency(mailed: Mail) -> None:
    def abroad(account: Account) -> Invoice:
        account.customer.legal_name, account.customer.country = "Ashdown GmbH", "DE"
        account.customer.tax_id = "DE136695976"
        reverse = {"tax_treatment": TaxTreatment.REVERSE_CHARGE, "rate": Decimal(0)}
        return invoice_of(account, currency="EUR", **reverse)

    text = text_of(mailed(InvoiceMail.ISSUED, abroad))
    assert "Total: €500.00\n" in text
    assert "incl." not in text
    assert "we do not add VAT. You account for it in your own country under DE136695976." in text


def test_an_invoice_in_another_currency_states_the_tax_in_the_merchant_s(mailed: Mail) -> None:
    own = {"merchant_currency": "GBP", "merchant_tax": 7900, "exchange_rate": Decimal("0.79")}
    letter = mailed(InvoiceMail.ISSUED, lambda account: invoice_of(account, currency="USD", **own))
    assert letter["Subject"] == "Invoice INV-000001: US$600.00 due 1 December"
    assert "VAT in GBP: £79.00 (at 1 USD = 0.79 GBP)\n" in text_of(letter)


def test_a_partly_paid_invoice_is_reminded_of_the_rest(mailed: Mail, clock: Clock) -> None:
    def partly(account: Account) -> Invoice:
        invoice = invoice_of(account)
        settle(invoice, SettlementKind.PAYMENT, 10000)
        return invoice

    clock.set(clock.now + timedelta(days=5))
    letter = mailed(InvoiceMail.DUE_SOON, partly)
    assert letter["Subject"] == "INV-000001: £500.00 due 1 December, a reminder"
    assert "Total: £600.00\nPaid: £100.00\nTo pay: £500.00 by 1 December 2026" in text_of(letter)
    assert "If you have just paid, there is nothing more to do." in text_of(letter)


@pytest.mark.parametrize(
    ("kind", "days", "subject", "said"),
    [
        (
            InvoiceMail.OVERDUE,
            1,
            "INV-000001 overdue: £600.00, due 1 December",
            "It may have been overlooked.",
        ),
        (
            InvoiceMail.OVERDUE_A_WEEK,
            7,
            "INV-000001 is 7 days overdue: £600.00",
            "this invoice is 7 days overdue. Please pay it now.",
        ),
        (
            InvoiceMail.OVERDUE_TWO_WEEKS,
            14,
            "Last reminder: INV-000001 overdue: £600.00",
            "this invoice is 14 days overdue. This is our last reminder.",
        ),
    ],
)
def test_overdue_reminders_are_plainer_each_time(
    mailed: Mail, clock: Clock, kind: InvoiceMail, days: int, subject: str, said: str
) -> None:
    clock.set(NOW.replace(month=12, day=1) + timedelta(days=days))
    letter = mailed(kind, invoice_of)
    assert letter["Subject"] == subject
    assert said in text_of(letter)
    assert "To pay: £600.00 due since 1 December 2026" in text_of(letter)
    assert HOW_TO_PAY in text_of(letter)
    assert "suspended" not in text_of(letter)


def test_a_reminder_of_what_is_paid_meanwhile_is_not_sent(app: Flask) -> None:
    with app.app_context():
        invoice = invoice_of(Account(db.session()))
        announce(db.session(), invoice, InvoiceMail.DUE_SOON, now=NOW)
        settle(invoice, SettlementKind.PAYMENT, 60000)
        db.session.commit()
    assert delivered(app) == []
    with app.app_context():
        assert db.session.scalars(select(OutboxMessage)).all() == []


def test_a_payment_is_acknowledged(mailed: Mail) -> None:
    def overpaid(account: Account) -> Invoice:
        invoice = invoice_of(account)
        settle(invoice, SettlementKind.PAYMENT, 65000)
        return invoice

    letter = mailed(InvoiceMail.PAID, overpaid)
    assert letter["Subject"] == "Paid: £650.00 for invoice INV-000001"
    text = text_of(letter)
    assert "thank you. Invoice INV-000001 is paid in full." in text
    assert "£50.00 is in your favour: it pays part of your next invoice." in text


def test_a_credit_note_says_why_and_what_happens_with_the_money(mailed: Mail) -> None:
    def note(account: Account) -> Invoice:
        invoice = invoice_of(account)
        note = make_credit_note(
            db.session(), account, invoice, "65", reason="100 calls\r\nBcc: x@evil.example"
        )
        settle(invoice, SettlementKind.CREDIT, 5000, source_id=note.id)
        return note

    letter = mailed(InvoiceMail.CREDIT_NOTE, note)
    assert letter["Subject"] == "Credit note CN-000001: £78.00 for INV-000001"
    assert letter["Bcc"] is None
    text = text_of(letter)
    for said in (
        "corrects invoice INV-000001 of 1 November 2026, for 1 to 31 October 2026.",
        "Why: 100 calls Bcc: x@evil.example\n",
        "Net: £65.00\nVAT at 20%: £13.00\nTotal: £78.00 incl. VAT\n",
        "£50.00 of it pays invoice INV-000001.",
        "£28.00 is in your favour: it pays part of your next invoice. If you would rather",
    ):
        assert said in text


def test_what_people_typed_makes_no_header_and_no_mark_up(mailed: Mail) -> None:
    def typed(account: Account) -> Invoice:
        account.customer.legal_name = "<b>Ashdown</b>\r\nBcc: victim@v.example"
        return invoice_of(account, number="INV-\r\nBcc: victim@v.example")

    letter = mailed(InvoiceMail.ISSUED, typed)
    assert letter["Bcc"] is None
    assert letter["Subject"].startswith("Invoice INV-")
    html = letter.get_body(("html",))
    assert html is not None
    assert "&lt;b&gt;Ashdown&lt;/b&gt;" in html.get_content()


def test_a_subject_that_would_be_long_is_cut_at_its_end(mailed: Mail) -> None:
    def large(account: Account) -> Invoice:
        fee = {"kind": "fixed", "price_id": "A", "description": "F", "unit_price": Decimal(10**9)}
        return invoice_of(account, lines=[fee], number="ASHDOWN-AND-SONS-2026-000001")

    letter = mailed(InvoiceMail.ISSUED, large)
    assert letter["Subject"] == "Invoice ASHDOWN-AND-SONS-2026-000001: £1,200,000,000.00 due…"


def test_words_that_cannot_be_written_are_parked_and_hold_up_no_other(app: Flask) -> None:
    with app.app_context():
        account = Account(db.session())
        first = invoice_of(account)
        second = invoice_of(account, billed_on=date(2026, 12, 1))
        for invoice in (first, second):
            announce(db.session(), invoice, InvoiceMail.ISSUED, now=NOW)
        db.session.flush()
        broken = db.session.scalars(select(OutboxMessage).filter_by(invoice_id=first.id)).one()
        broken.template = "unheard of"
        db.session.commit()
    result = app.test_cli_runner().invoke(args=["outbox", "deliver"])
    assert (result.exit_code, result.stdout) == (1, "delivered 1, failed 1\n")
    assert "parked" in result.stderr
    assert "unheard of" in result.stderr


def test_an_invoice_is_announced_once_and_only_then_read(app: Flask) -> None:
    with app.app_context():
        invoice = invoice_of(Account(db.session()))
        for _ in range(2):
            announce(db.session(), invoice, InvoiceMail.ISSUED, now=NOW)
        db.session.commit()
        waiting = db.session.scalars(select(OutboxMessage)).one()
        assert (waiting.subject, waiting.text, waiting.html) == ("", "", None)
    assert len(delivered(app)) == 1


def test_the_tax_is_called_as_the_invoice_calls_it(mailed: Mail) -> None:
    def fern(account: Account) -> Invoice:
        get_merchant(db.session()).tax_name = "sales tax"
        invoice = invoice_of(account)
        get_merchant(db.session()).tax_name = "VAT"
        return invoice

    text = text_of(mailed(InvoiceMail.ISSUED, fern))
    assert "sales tax at 20%: £100.00\nTotal: £600.00 incl. sales tax\n" in text
    assert "Sales tax number GB999999973" in text


def test_a_bill_from_its_run_to_its_payment(app: Flask, clock: Clock) -> None:
    app.config["SUSPEND_AFTER_DAYS"] = 7
    with app.app_context():
        account = Account(db.session())
        account.subscribe("A", "X", start=date(2026, 10, 1))
        account.use(1001, at=noon(2026, 10, 20))
        run_billing(db.session(), at(2026, 11, 1))
        db.session.commit()
    subjects: list[str] = []
    for day in range(1, 60):
        clock.set(at(2026, 11, 1) + timedelta(days=day - 1))
        subjects += [
            f"{clock.now:%d.%m.} {letter['Subject']}"
            for letter in delivered(app)
            if letter["Subject"] not in {one[7:] for one in subjects}
        ]
    assert subjects == [
        "01.11. Invoice INV-000001: £900.54 due 1 December",
        "28.11. INV-000001: £900.54 due 1 December, a reminder",
        "02.12. INV-000001 overdue: £900.54, due 1 December",
        "08.12. INV-000001 is 7 days overdue: £900.54",
        "15.12. Last reminder: INV-000001 overdue: £900.54",
        "22.12. Access suspended: invoice INV-000001 is not paid",
    ]
    with app.app_context():
        invoice = find_invoice(db.session(), "INV-000001")
        assert invoice
        mark_paid(db.session(), invoice, now=clock.now)
        db.session.commit()
    last = {letter["Subject"]: letter for letter in delivered(app)}
    assert len(last) == 7
    assert "Paid: £900.54 for invoice INV-000001" in last
    said = text_of(last["Last reminder: INV-000001 overdue: £900.54"])
    assert "If it is not paid by 22 December 2026, your access is suspended on that day." in said


def test_what_was_taxed_before_is_shown_beside_the_reverse_charge(mailed: Mail) -> None:
    def late(account: Account) -> Invoice:
        account.customer.tax_id = "DE136695976"
        fee = {"kind": "fixed", "price_id": "A", "description": "Fee", "unit_price": Decimal(500)}
        usage = tier("usage of September", 100, "0.45") | {"tax_rate": Decimal("0.2")}
        reverse = {"tax_treatment": TaxTreatment.REVERSE_CHARGE, "rate": Decimal(0)}
        return invoice_of(account, lines=[fee, usage], **reverse)

    text = text_of(mailed(InvoiceMail.ISSUED, late))
    assert "Net: £545.00\nVAT at 20%: £9.00\nTotal: £554.00 incl. VAT\n" in text
    assert "Reverse charge" in text


def pdfs(letter: EmailMessage) -> list[tuple[str | None, bytes]]:
    return [
        (part.get_filename(), part.get_content()[:5])
        for part in letter.iter_attachments()
        if part.get_content_type() == "application/pdf"
    ]


@pytest.mark.parametrize("kind", [InvoiceMail.ISSUED, InvoiceMail.DUE_SOON])
def test_the_invoice_comes_as_pdf(mailed: Mail, kind: InvoiceMail) -> None:
    letter = mailed(kind, invoice_of)
    assert pdfs(letter) == [("INV-000001.pdf", b"%PDF-")]
    assert "The invoice is attached as a PDF.\n" in text_of(letter)


def test_without_the_library_an_e_mail_says_where_the_invoice_is(
    mailed: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pricingsite.integrations.pdf.can_make_pdf", lambda: False)
    letter = mailed(InvoiceMail.ISSUED, invoice_of)
    assert pdfs(letter) == []
    assert "attached" not in text_of(letter)
    assert "http://127.0.0.1:5000/account/invoices/INV-000001" in text_of(letter)


def test_a_name_that_no_font_has_holds_up_no_e_mail(mailed: Mail) -> None:
    def unwritten(account: Account) -> Invoice:
        account.customer.legal_name = "\U0001f9ff Ashdown"
        return invoice_of(account)

    letter = mailed(InvoiceMail.ISSUED, unwritten)
    assert "\U0001f9ff Ashdown, this is your invoice" in text_of(letter)
    assert pdfs(letter) == []


def test_copies_go_to_further_addresses_one_wrong_one_apart(app: Flask, session: Session) -> None:
    account = Account(session)
    account.subscribe("A", "X", start=date(2026, 10, 1))
    # The second is stored as no form would: it keeps neither of the others from theirs.
    put_copies(session, account.customer.id, ["bob@b.example", "no address", "cy@b.example"])
    run_billing(session, at(2026, 11, 1))
    session.commit()
    result = app.test_cli_runner().invoke(args=["outbox", "deliver"])
    assert result.exit_code == 1
    assert "no address" in result.output
    files = Path(app.instance_path, "outbox").glob("*.eml")
    letters = [BytesParser(policy=policy.default).parsebytes(f.read_bytes()) for f in files]
    assert sorted(str(one["To"]) for one in letters) == [
        "ada@ashdown.example",
        "bob@b.example",
        "cy@b.example",
    ]
    assert len({str(one["Subject"]) for one in letters}) == 1
    assert len({str(one["Message-ID"]) for one in letters}) == 3
    invoice = session.scalars(select(Invoice)).one()
    mark_paid(session, invoice, on=NOW.date(), amount=None, reference=None, now=NOW)
    session.commit()
    waiting = select(OutboxMessage).where(OutboxMessage.template == InvoiceMail.PAID)
    assert len(session.scalars(waiting).all()) == 4
