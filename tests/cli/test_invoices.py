"""`flask invoices …`, as it is typed."""

import csv
import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import delete, func, select
from support.accounts import Account, noon
from support.billing import at, run_billing
from support.invoices import FEE, make_credit_note, make_invoice, tier

from pricingsite.database import db
from pricingsite.models.invoices import Invoice, Settlement
from pricingsite.models.outbox import OutboxMessage

Run = Callable[..., Result]
DECEMBER = date(2026, 12, 1)


@pytest.fixture
def account(app: Flask) -> Iterator[Account]:
    with app.app_context():
        yield Account(db.session())


@pytest.fixture
def run(app: Flask) -> Run:
    def run(*arguments: str) -> Result:
        db.session.commit()
        result = app.test_cli_runner().invoke(args=["invoices", *arguments])
        db.session.expire_all()
        return result

    return run


def said(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def scale(account: Account) -> Invoice:
    """INV-000001: 975.00, 195.00 of VAT, 1,170.00."""
    lines = [FEE, tier("first 1,000 API calls", 1000, "0", "250")]
    lines.append(tier("API calls 1,001 to 2,500", 500, "0.45"))
    return make_invoice(db.session(), account, lines=lines)


def test_the_list_has_a_line_of_columns_for_each_document(account: Account, run: Run) -> None:
    assert said(run("list")) == ""
    invoice = scale(account)
    draft = make_invoice(db.session(), account, billed_on=DECEMBER, draft=True)
    make_credit_note(db.session(), account, invoice, "65")
    customer = account.customer.id
    said(run("mark-paid", "INV-000001", "--amount", "100"))
    assert [line.split("\t") for line in said(run("list")).splitlines()] == [
        [
            "INV-000001",
            customer,
            "partly_paid",
            "2026-11-01",
            "2026-12-01",
            "GBP",
            "975.00",
            "195.00",
            "1170.00",
            "100.00",
        ],
        [
            "CN-000001",
            customer,
            "paid",
            "2026-11-01",
            "2026-12-01",
            "GBP",
            "-65.00",
            "-13.00",
            "-78.00",
            "0.00",
        ],
        [str(draft.id), customer, "draft", "", "", "GBP", "500.00", "100.00", "600.00", "0.00"],
    ]
    assert said(run("list", "--status", "draft")).startswith(f"{draft.id}\t")
    assert len(said(run("list", "--customer", customer)).splitlines()) == 3
    account.another()
    assert said(run("list", "--customer", account.customer.id)) == ""


def test_an_invoice_is_shown_to_be_read(account: Account, run: Run) -> None:
    scale(account)
    said(run("mark-paid", "INV-000001", "--amount", "100", "--reference", "BACS 7"))
    said(run("credit", "INV-000001", "--reason", "Outage", "--line", "3=65"))
    shown = said(run("show", "INV-000001")).splitlines()
    assert shown[:6] == [
        "Invoice INV-000001: partly paid",
        f"Customer\tAshdown Ltd ({account.customer.id})",
        "Period\tOctober 2026",
        "Tax point\t1 November 2026",
        "Issued\t1 November 2026",
        "Due\t1 December 2026",
    ]
    calls = ["2", "AI add-on: first 1,000 API calls"]
    assert shown[7:] == [
        "1\tPlatform access\t1 to 31 October 2026\t1 at £500.00\t£500.00",
        "\t".join([*calls, "1 to 31 October 2026", "1,000 at £0.00 + £250.00", "£250.00"]),
        "3\tAI add-on: API calls 1,001 to 2,500\t1 to 31 October 2026\t500 at £0.45\t£225.00",
        "",
        "Net\t£975.00",
        "VAT 20% of £975.00\t£195.00",
        "Gross\t£1,170.00",
        "23 November 2026 Payment received BACS 7\t\N{MINUS SIGN}£100.00",
        "23 November 2026 Credit from CN-000001\t\N{MINUS SIGN}£78.00",
        "Balance\t£992.00",
        "Credited by\tCN-000001",
    ]
    assert "Corrects\tINV-000001\nReason\tOutage\n" in said(run("show", "CN-000001"))


def test_an_invoice_in_json_is_the_sites(account: Account, run: Run) -> None:
    scale(account)
    document = json.loads(said(run("show", "INV-000001", "--json")))
    assert (document["number"], document["status"]) == ("INV-000001", "issued")
    assert (document["gross"], document["balance"]) == ("1170.00", "1170.00")
    assert document["tax_lines"] == [{"rate": "0.2", "net": "975.00", "tax": "195.00"}]
    assert [line["net"] for line in document["lines"]] == ["500.00", "250.00", "225.00"]


@pytest.fixture
def draft(app: Flask, account: Account) -> str:
    """The id of December's draft, in its grace; the clock stands there."""
    account.subscribe("A", "X")
    app.config["NOW"] = at(2026, 12, 1, 0)
    run_billing(db.session(), at(2026, 12, 1, 0))
    return str(db.session.scalars(select(Invoice.id)).one())


def test_a_draft_is_held_released_and_issued(run: Run, draft: str) -> None:
    said(run("hold", draft))
    assert said(run("show", draft)).startswith(f"Draft {draft}: held\n")
    refused = run("issue", draft)
    assert refused.exit_code == 1
    assert f"The draft {draft} is held: flask invoices release {draft}." in refused.stderr
    said(run("release", draft))
    assert said(run("issue", draft)) == "INV-000001\n"
    again = run("issue", draft)
    assert again.exit_code == 1
    assert f"no invoice, credit note or draft {draft}" in again.stderr
    assert (
        "INV-000001 is issued, and stays as it is"
        in run("void", "INV-000001", "--reason", "x").stderr
    )


def test_a_draft_is_voided_for_a_reason(run: Run, draft: str) -> None:
    assert run("void", draft).exit_code == 2
    said(run("void", draft, "--reason", "Test customer"))
    assert said(run("list")).split("\t")[2] == "void"
    assert "is void" in run("issue", draft).stderr


def test_lines_are_credited_and_then_all_that_is_left(account: Account, run: Run) -> None:
    scale(account)
    partly = ("credit", "INV-000001", "--reason", "Outage")
    assert said(run(*partly, "--line", "1=100", "--line", "3=65.00")) == "CN-000001\n"
    assert said(run(*partly, "--all")) == "CN-000002\n"
    grosses = [line.split("\t")[8] for line in said(run("list")).splitlines()]
    assert grosses == ["1170.00", "-198.00", "-972.00"]
    assert "Nothing of INV-000001 is left to credit" in run(*partly, "--all").stderr


def test_an_invoice_is_replaced_with_the_details_of_now(
    account: Account, run: Run, draft: str
) -> None:
    said(run("issue", draft))
    account.customer.legal_name = "Ashdown Holdings Ltd"
    said(run("credit", "INV-000001", "--reason", "Outage", "--line", "1=50"))
    result = run("credit", "INV-000001", "--reason", "Wrong company", "--all", "--reissue")
    assert said(result) == "CN-000002\nINV-000002\n"
    assert "bills again what was given before by CN-000001" in result.stderr
    assert "Customer\tAshdown Holdings Ltd" in said(run("show", "INV-000002"))
    assert "Replaced by\tINV-000002" in said(run("show", "INV-000001"))


def test_payments_refunds_and_write_offs_say_what_is_open(account: Account, run: Run) -> None:
    scale(account)
    pay = ("mark-paid", "INV-000001", "--amount", "1000", "--reference", "BACS 7")
    assert said(run(*pay, "--on", "2026-11-20")) == "INV-000001: partly paid, 170.00 GBP open\n"
    again = run(*pay)
    assert said(again) == "INV-000001: partly paid, 170.00 GBP open\n"
    assert "This payment is recorded already" in again.stderr
    assert said(run("mark-paid", "INV-000001")) == "INV-000001: paid\n"
    more = run("mark-paid", "INV-000001", "--amount", "30")
    assert said(more) == "INV-000001: paid, 30.00 GBP is the customer's\n"
    assert said(run("refund", "INV-000001", "--amount", "30")) == "INV-000001: paid\n"
    make_invoice(db.session(), account, billed_on=DECEMBER)
    assert (
        said(run("write-off", "INV-000002", "--reason", "Insolvent"))
        == "INV-000002: 600.00 GBP written off\n"
    )
    days = [str(one) for one in db.session.scalars(select(Settlement.settled_on))]
    assert days == ["2026-11-20", *["2026-11-23"] * 4]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("show", "INV-9"), 1, "There is no invoice, credit note or draft INV-9"),
        (("list", "--customer", "cus_none"), 1, "There is no customer cus_none"),
        (("list", "--status", "overdue"), 2, "'overdue' is not one of 'draft', 'issued'"),
        (("mark-paid", "INV-000001", "--amount", "12.345"), 2, "'12.345' is not an amount in GBP"),
        (("mark-paid", "INV-000001", "--amount", "-1"), 2, "such as 12.00"),
        (("mark-paid", "INV-000001", "--amount", "0"), 1, "An amount is above zero"),
        (("mark-paid", "INV-000001", "--on", "2026-12-24"), 1, "2026-12-24 is still to come"),
        (("mark-paid", "INV-000001", "--on", "yesterday"), 2, "'yesterday' does not match"),
        (("refund", "INV-000001", "--amount", "1"), 1, "At most 0.00 GBP can be refunded"),
        (("refund", "INV-000001"), 2, "--amount"),
        (("write-off", "INV-000001"), 2, "--reason"),
        (("write-off", "INV-000001", "--reason", " "), 1, "Say why"),
        (("hold", "INV-000001"), 1, "INV-000001 is issued"),
        (("credit", "INV-000001", "--reason", "x"), 2, "--all, or --line N=AMOUNT"),
        (("credit", "INV-000001", "--reason", "x", "--all", "--line", "1=1"), 2, "--all, or"),
        (("credit", "INV-000001", "--reason", "x", "--line", "1=1", "--reissue"), 2, "with --all"),
        (("credit", "INV-000001", "--reason", "x", "--line", "one=1"), 2, "such as 2=65.00"),
        (("credit", "INV-000001", "--reason", "x", "--line", "1"), 2, "'' is not an amount"),
        (
            ("credit", "INV-000001", "--reason", "x", "--line", "1=1", "--line", "1=2"),
            2,
            "each line once",
        ),
        (("credit", "INV-000001", "--reason", "x", "--line", "9=1"), 1, "has no line 9"),
        (("credit", "INV-000001", "--reason", "x", "--line", "1=501"), 1, "At most 500.00"),
        (("export", "--from", "2026-11-02", "--to", "2026-11-01", "-"), 2, "is before"),
        (("export", "--from", "2026-11-02", "-"), 2, "--to"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_changed(
    account: Account, run: Run, arguments: tuple[str, ...], status: int, words: str
) -> None:
    scale(account)
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (status, "")
    assert words in result.stderr
    assert db.session.scalar(select(func.count()).select_from(Invoice)) == 1
    assert db.session.scalar(select(func.count()).select_from(Settlement)) == 0


def test_without_a_catalog_the_way_on_is_said(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["invoices", "list"])
    assert result.exit_code == 1
    assert "flask catalog apply" in result.stderr


def test_an_accountant_gets_documents_by_rate_and_what_settled_them(
    account: Account, run: Run, tmp_path: Path
) -> None:
    account.customer.legal_name = "=Ashdown Ltd"
    invoice = scale(account)
    make_invoice(db.session(), account, billed_on=DECEMBER)
    said(run("mark-paid", "INV-000002", "--on", "2026-10-31", "--amount", "530"))
    make_credit_note(db.session(), account, invoice, "65", issued_on=date(2026, 11, 22))
    said(run("mark-paid", "INV-000001", "--on", "2026-11-20", "--reference", "BACS 7"))
    said(run("refund", "CN-000001", "--amount", "8"))
    file = tmp_path / "november.csv"
    said(run("export", "--from", "2026-11-01", "--to", "2026-11-30", str(file)))
    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    columns = ("date", "entry", "number", "tax_rate", "net", "tax", "gross", "amount", "refers_to")
    assert [tuple(row[name] for name in columns) for row in rows] == [
        ("2026-11-01", "invoice", "INV-000001", "0.2", "975.00", "195.00", "1170.00", "", ""),
        ("2026-11-20", "payment", "INV-000001", "", "", "", "", "1170.00", ""),
        (
            "2026-11-22",
            "credit_note",
            "CN-000001",
            "0.2",
            "-65.00",
            "-13.00",
            "-78.00",
            "",
            "INV-000001",
        ),
        ("2026-11-23", "credit", "INV-000002", "", "", "", "", "70.00", "CN-000001"),
        ("2026-11-23", "refund", "CN-000001", "", "", "", "", "-8.00", ""),
    ]
    assert {row["customer"] for row in rows} == {"'=Ashdown Ltd"}
    assert (rows[1]["reference"], rows[2]["reason"]) == ("BACS 7", "Two days without service")


def test_an_invoice_is_written_as_pdf_and_as_xml(
    account: Account, run: Run, tmp_path: Path
) -> None:
    scale(account)
    said(run("pdf", "INV-000001", str(tmp_path / "a.pdf")))
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-")
    for syntax, root in (("cii", b"CrossIndustryInvoice"), ("ubl", b"Invoice")):
        said(run("xml", "INV-000001", str(tmp_path / syntax), "--format", syntax))
        assert root in (tmp_path / syntax).read_bytes()[:500]
    refused = run("pdf", "INV-9", str(tmp_path / "b.pdf"))
    assert "There is no invoice, credit note or draft INV-9" in refused.stderr
    draft = make_invoice(db.session(), account, billed_on=DECEMBER, draft=True)
    refused = run("xml", str(draft.id), str(tmp_path / "b.xml"), "--format", "ubl")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert not (tmp_path / "b.pdf").exists()
    assert not (tmp_path / "b.xml").exists()


def test_what_is_done_by_hand_breaks_no_promise(app: Flask, account: Account, run: Run) -> None:
    account.subscribe("A", "X", start=date(2026, 8, 1))
    account.use(1500, at=noon(2026, 8, 20))
    app.config["NOW"] = at(2026, 10, 1)
    run_billing(db.session(), at(2026, 10, 1))
    august = "INV-000001"
    # Of 0.03, 20% is a penny, and of 975.00 it is 195.00: the last one takes the rest.
    for amount in ["0.03"] * 3:
        said(run("credit", august, "--reason", "Outage", "--line", f"3={amount}"))
    said(run("credit", august, "--reason", "Mistake", "--all"))
    said(run("mark-paid", "INV-000002"))
    app.config["NOW"] = at(2026, 11, 23, 0)
    said(run("credit", "INV-000002", "--reason", "Wrong company", "--all", "--reissue"))
    run_billing(db.session(), at(2026, 11, 1, 0))
    draft = db.session.scalars(select(Invoice.id).where(Invoice.number.is_(None))).one()
    said(run("hold", str(draft)))
    said(run("void", str(draft), "--reason", "Agreed"))
    db.session.execute(delete(OutboxMessage))
    db.session.commit()
    checked = app.test_cli_runner().invoke(args=["check"])
    assert (checked.stdout, checked.exit_code) == ("all promises are kept\n", 0)
