"""The e-mail about a yearly renewal, and the merchant's about a billing run."""

from datetime import UTC, date, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from conftest import Clock
from flask import Flask
from support.accounts import Account

from pricingsite.database import db
from pricingsite.pricing import BillingFrequency, BillingType, Money
from pricingsite.services.billing_run.run_summary import RunSummary
from pricingsite.web.mails.billing import write_run_summary


def delivered(app: Flask) -> list[EmailMessage]:
    result = app.test_cli_runner().invoke(args=["outbox", "deliver"])
    assert result.exit_code == 0, result.output
    files = Path(app.instance_path, "outbox").glob("*.eml")
    return [BytesParser(policy=policy.default).parsebytes(f.read_bytes()) for f in files]  # type: ignore[arg-type]


def text_of(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    found: str = part.get_content()
    return found


def test_a_renewal_names_day_prices_and_how_to_cancel(app: Flask, clock: Clock) -> None:
    with app.app_context():
        account = Account(db.session())
        account.price(
            "Y1",
            billing_frequency=BillingFrequency.YEARLY,
            billing_type=BillingType.IN_ADVANCE,
            structure={"model": "fixed", "amount": "5000"},
        )
        account.subscribe("Y1", start=date(2026, 3, 1))
        db.session.commit()
    clock.set(datetime(2027, 1, 30, 12, tzinfo=UTC))
    (letter,) = delivered(app)
    assert letter["To"] == "ada@ashdown.example"
    assert letter["Subject"] == "Your yearly plan renews on 1 March 2027"
    for said in (
        "renews on 1 March 2027, for 1 March 2027 to 29 February 2028.",
        "Y1: £5,000.00, billed yearly, in advance, excl. VAT",
        "Yearly fees: £5,000.00 excl. VAT",
        "Invoice: on 1 March 2027, due by 31 March 2027",
        "You can change or cancel it on your account before 1 March 2027:",
    ):
        assert said in text_of(letter)
    clock.set(datetime(2027, 2, 1, 12, tzinfo=UTC))
    assert len(delivered(app)) == 1


def test_the_merchant_gets_one_e_mail_about_a_run(app: Flask) -> None:
    with app.app_context():
        Account(db.session())
        db.session.commit()
        summary = RunSummary(drafted=1200)
        summary.add_invoices(1200, Money(108000000, "GBP"))
        summary.add_invoices(1, Money(5000, "USD"))
        summary.add_credit_notes(1, Money(-7800, "GBP"))
        summary.add_waiting("in grace", 2)
        summary.add_waiting("held")
        summary.faults += [f"cus_{number}: no rate" for number in range(22)]
        write_run_summary(summary)
    (letter,) = delivered(app)
    assert letter["To"] == "billing@amara.example"
    assert letter["Subject"] == "Billing run: 1,201 invoices, 22 faults"
    text = text_of(letter)
    for said in (
        "Issued: 1,201 invoices for £1,080,000.00 and US$50.00, gross\n",
        "Credit notes: 1 for \N{MINUS SIGN}£78.00, gross\n",
        "Waiting: 3 (2 in grace, 1 held)\n",
        "- cus_19: no rate\nand 2 more",
    ):
        assert said in text


def test_the_total_of_one_currency_is_in_the_subject(app: Flask) -> None:
    with app.app_context():
        Account(db.session())
        summary = RunSummary()
        summary.add_invoices(1, Money(90000, "GBP"))
        db.session.commit()
        write_run_summary(summary)
    (letter,) = delivered(app)
    assert letter["Subject"] == "Billing run: 1 invoice, £900.00"


def test_a_run_without_news_sends_none_and_the_same_faults_one_a_day(
    app: Flask, clock: Clock
) -> None:
    with app.app_context():
        Account(db.session())
        db.session.commit()
        waiting = RunSummary(drafted=2)
        waiting.add_waiting("in grace", 2)
        write_run_summary(waiting)
        for _ in range(2):
            write_run_summary(RunSummary(faults=["cus_1: no rate"]))
    (letter,) = delivered(app)
    assert letter["Subject"] == "Billing run: nothing issued, 1 fault"
    with app.app_context():
        clock.set(clock.now.replace(day=24))
        write_run_summary(RunSummary(faults=["cus_1: no rate"]))
    assert len(delivered(app)) == 2
