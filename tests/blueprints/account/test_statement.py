"""The statement of account: every document and payment of its days, and balances that add up."""

import csv
import io
from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from support.account_pages import Site, prose
from support.accounts import NOW
from support.invoices import make_credit_note, make_invoice
from support.pages import Browser

from pricingsite.database import db
from pricingsite.models.invoices import Settlement, SettlementKind


@pytest.fixture
def site(app: Flask, browser: Browser) -> Iterator[Site]:
    """Three months of 600.00 with VAT: paid, credited in part, and open."""
    with app.app_context():
        site = Site(app, browser)
        site.sign_in()
        first, second, _ = (
            make_invoice(db.session(), site.account, billed_on=date(2026, month, 1))
            for month in (9, 10, 11)
        )
        note = make_credit_note(
            db.session(), site.account, second, "100", issued_on=date(2026, 10, 20)
        )
        settle(first.id, "payment", 60000, date(2026, 9, 20), reference="FT-1")
        settle(second.id, "credit", 12000, date(2026, 10, 20), source_id=note.id)
        settle(second.id, "payment", 50000, date(2026, 11, 2), reference="FT-2")
        settle(second.id, "refund", 2000, date(2026, 11, 5), reason="Paid too much")
        yield site


def settle(invoice_id: int, kind: str, amount: int, on: date, **columns: object) -> None:
    row = {"invoice_id": invoice_id, "amount": amount, "settled_on": on, "recorded_at": NOW}
    db.session.add(Settlement(kind=SettlementKind(kind), **row, **columns))
    db.session.flush()


def entries(site: Site, query: str) -> list[list[str]]:
    """The rows of the statement's file, but for its head."""
    answer = site.browser.client.get(f"/account/statement.csv{query}")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.text)))[1:]


def test_a_statement_runs_from_its_opening_to_its_closing_balance(site: Site) -> None:
    page = site.read("/account/statement?from=2026-10-01&to=2026-11-30")
    assert page.text_of("h1") == "Statement of account, 1 October to 30 November 2026"
    for hidden in page.select("main .thin"):
        hidden.extract()
    minus = "\N{MINUS SIGN}"
    assert [page_row.split(" | ") for page_row in _rows(page)] == [
        ["1 October 2026", "Opening balance", "", "£0.00"],
        ["1 October 2026", "Invoice INV-000002", "£600.00", "£600.00"],
        [
            "20 October 2026",
            "Credit note CN-000001 Two days without service",
            f"{minus}£120.00",
            "£480.00",
        ],
        ["1 November 2026", "Invoice INV-000003", "£600.00", "£1,080.00"],
        ["2 November 2026", "Payment for INV-000002 FT-2", f"{minus}£500.00", "£580.00"],
        ["5 November 2026", "Refund of INV-000002 Paid too much", "£20.00", "£600.00"],
        ["30 November 2026", "Closing balance", "", "£600.00"],
    ]
    assert "What you owe on 30 November 2026: £600.00" in prose(page)


def _rows(page: object) -> list[str]:
    found = page.select("main table tr")[1:]
    cells = ([" ".join(c.get_text(" ").split()) for c in row.select("th, td")] for row in found)
    return [" | ".join(row) for row in cells]


def test_one_statement_goes_on_where_the_other_ends(site: Site) -> None:
    site.read()
    whole = entries(site, "?from=2026-01-01&to=2026-12-31")
    parts = [
        entries(site, f"?from={first}&to={last}")
        for first, last in [("2026-01-01", "2026-10-19"), ("2026-10-20", "2026-12-31")]
    ]
    assert parts[0][-1][-1] == parts[1][0][-1] == "600.00"
    assert whole == [whole[0], *parts[0][1:-1], *parts[1][1:]]
    assert whole[0] == ["2026-01-01", "opening_balance", "", "", "GBP", "", "0.00"]
    assert whole[2] == ["2026-09-20", "payment", "INV-000001", "FT-1", "GBP", "-600.00", "0.00"]
    assert whole[-1] == ["2026-12-31", "closing_balance", "", "", "GBP", "", "600.00"]


def test_it_covers_the_past_year_unless_days_are_named(site: Site) -> None:
    page = site.read("/account/statement")
    assert page.text_of("h1") == "Statement of account, 24 November 2025 to 23 November 2026"
    assert len(entries(site, "")) == 9
    early = site.read("/account/statement?from=2020-01-01&to=2020-12-31")
    assert "Nothing was billed up to 31 December 2020" in prose(early)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from=yesterday&to=2026-11-01", "From: enter a day such as 2026-11-01"),
        ("from=2026-11-02&to=2026-11-01", "To: enter a day that is not before the first"),
        ("from=2026-11-02&to=9999-12-31", "To: enter a day that is not before the first"),
    ],
)
def test_days_that_cannot_be_used_say_what_to_type(site: Site, query: str, words: str) -> None:
    page = site.browser.get(f"/account/statement?{query}", status=422)
    assert words in page.text_of(".error-summary")
    assert site.browser.client.get(f"/account/statement.csv?{query}").status_code == 422


def test_each_currency_has_a_statement_of_its_own(site: Site) -> None:
    make_invoice(db.session(), site.account, billed_on=date(2026, 11, 10), currency="EUR")
    page = site.read("/account/statement")
    assert [title.split(":")[0] for title in page.texts("main h2")] == ["EUR", "GBP"]
    assert {row[4] for row in entries(site, "")} == {"EUR", "GBP"}
