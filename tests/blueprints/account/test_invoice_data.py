"""Invoices as JSON for programs and as CSV for spreadsheets."""

import csv
import io
from collections.abc import Iterator

import pytest
from flask import Flask
from support.account_pages import Site
from support.invoice_pages import (
    bill,
    site_with_calls,
)
from support.invoices import FEE, make_invoice
from support.pages import Browser

from pricingsite.database import db


@pytest.fixture
def site(app: Flask, browser: Browser) -> Iterator[Site]:
    """Scale since 1 November, with 2,501 calls on two days, and somebody who may read it."""
    with app.app_context():
        yield site_with_calls(app, browser)


def test_an_invoice_in_json_is_its_bill_and_what_it_states(site: Site) -> None:
    bill(site)
    found = site.browser.client.get("/account/invoices/INV-000001.json").json
    lines = found.pop("lines")
    assert {name: found[name] for name in ("net", "tax", "gross", "paid", "balance")} == {
        "net": "1425.65",
        "tax": "285.13",
        "gross": "1710.78",
        "paid": "0.00",
        "balance": "1710.78",
    }
    assert (found["number"], found["status"], found["overdue"]) == ("INV-000001", "issued", False)
    assert (found["issued_on"], found["tax_point"], found["due_on"]) == (
        "2026-12-01",
        "2026-12-01",
        "2026-12-31",
    )
    assert found["period"] == {"start": "2026-11-01", "end": "2026-12-01"}
    assert found["tax_lines"] == [{"rate": "0.2", "net": "1425.65", "tax": "285.13"}]
    assert (found["tax_treatment"], found["corrects"]) == ("standard", None)
    assert (found["seller"]["vat_number"], found["buyer"]["town"]) == ("GB999999973", "London")
    assert found["purchase_order"] == "PO-7781"
    assert lines[2] == {
        "price_id": "X",
        "kind": "usage",
        "description": "AI add-on: API calls 1,001 to 2,500",
        "period": {"start": "2026-11-01", "end": "2026-12-01"},
        "quantity": "1500",
        "unit_price": "0.45",
        "flat_fee": "0",
        "proration": None,
        "tax_rate": "0.2",
        "net": "675.00",
    }
    (listed,) = site.browser.client.get("/account/invoices.json").json["invoices"]
    assert listed == found


def test_lines_and_the_list_can_be_downloaded_for_a_spreadsheet(site: Site) -> None:
    bill(site)
    answer = site.browser.client.get("/account/invoices/INV-000001.csv")
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''INV-000001.csv"
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [line["net"] for line in lines] == ["500.00", "250.00", "675.00", "0.65"]
    assert lines[1] | {"unit": ""} == {
        "number": "INV-000001",
        "line": "2",
        "kind": "usage",
        "description": "AI add-on: first 1,000 API calls",
        "period_start": "2026-11-01",
        "period_end": "2026-12-01",
        "quantity": "1000",
        "unit": "",
        "unit_price": "0",
        "flat_fee": "250",
        "tax_rate": "0.2",
        "currency": "GBP",
        "net": "250.00",
    }
    listed = site.browser.client.get("/account/invoices.csv").text.splitlines()
    assert listed[1] == (
        "INV-000001,invoice,issued,no,2026-12-01,2026-12-31,2026-11-01,2026-12-01,GBP,"
        "1425.65,285.13,1710.78,0.00,1710.78,"
    )


def test_text_that_a_spreadsheet_would_run_is_marked_as_text(site: Site) -> None:
    line = FEE | {"description": "=HYPERLINK(1)"}
    make_invoice(db.session(), site.account, lines=[line])
    db.session.commit()
    assert "'=HYPERLINK(1)" in site.browser.client.get("/account/invoices/INV-000001.csv").text
