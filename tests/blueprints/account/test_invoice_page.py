"""The page of an invoice or a credit note: all that must be on it, in every state."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask
from support.account_pages import Site, prose
from support.accounts import noon
from support.invoice_pages import (
    TIERS,
    bill,
    facts,
    invoice_of,
    lines,
    rows,
    settle,
    site_with_calls,
)
from support.invoices import FEE, make_credit_note, make_invoice, many_lines, tier
from support.pages import Browser

from pricingsite.database import db
from pricingsite.models.invoices import CreditCause
from pricingsite.pricing import LineKind, TaxTreatment

Queries = Callable[..., AbstractContextManager[list[str]]]


@pytest.fixture
def site(app: Flask, browser: Browser) -> Iterator[Site]:
    """Scale since 1 November, with 2,501 calls on two days, and somebody who may read it."""
    with app.app_context():
        yield site_with_calls(app, browser)


def test_an_invoice_states_all_that_the_tax_office_wants(site: Site) -> None:
    bill(site)
    page = site.read("/account/invoices/INV-000001")
    assert page.text_of("h1") == "Invoice INV-000001"
    assert page.text_of("title") == "Invoice INV-000001 – Amara"
    seller, buyer = page.texts(".parties > div")
    assert "Amara Software Ltd 1 Example Street, London EC1A 1AA" in seller
    assert "VAT number GB999999973" in seller
    assert buyer == "To Ashdown Ltd 1 Analytical Row London E1 6AN United Kingdom"
    assert facts(page) == {
        "Issue date": "1 December 2026",
        "Tax point": "1 December 2026",
        "Due date": "31 December 2026",
        "Period": "1 to 30 November 2026",
        "Purchase order": "PO-7781",
        "Currency": "GBP",
        "Customer": site.account.customer.id,
    }
    assert [[cell.removesuffix(" Usage by day") for cell in row] for row in lines(page)] == [
        ["Item", "Quantity", "Each", "VAT", "Amount excl. VAT"],
        ["Platform access", "1", "£500.00", "20%", "£500.00"],
        ["AI add-on: first 1,000 API calls", "1,000", "£250.00 in total", "20%", "£250.00"],
        ["AI add-on: API calls 1,001 to 2,500", "1,500", "£0.45", "20%", "£675.00"],
        ["AI add-on: API calls after 2,500", "1", "£0.65", "20%", "£0.65"],
        ["Total excl. VAT", "", "", "", "£1,425.65"],
        ["VAT at 20%", "", "", "", "£285.13"],
        ["Total incl. VAT", "", "", "", "£1,710.78"],
    ]
    assert "£1,710.78 by 31 December 2026. By bank transfer" in prose(page, "section:has(#pay)")
    assert len(str(page)) < 40_000


def test_each_usage_line_leads_to_the_days_that_made_it(site: Site) -> None:
    bill(site)
    page = site.read("/account/invoices/INV-000001")
    links = page.select("table:has(#lines) tbody a")
    assert links[0].get_text() == ("Usage by day: AI add-on: first 1,000 API calls")
    days = site.read(links[0]["href"])
    billed = sum(line.quantity for line in invoice_of("INV-000001").lines[1:])
    total = rows(days)[-1]
    assert total == ["Total excl. VAT", f"{billed:,}", "", "£925.65"]
    assert "These days are on invoice INV-000001." in prose(days)
    assert days.one("a.back")["href"] == "/account/invoices/INV-000001"
    assert "changed" not in prose(days)


def test_usage_that_came_later_is_told_where_the_days_are_looked_at(site: Site) -> None:
    bill(site)
    site.account.use(100, at=noon(2026, 11, 21))
    days = site.read("/account/usage?invoice=INV-000001")
    assert "charged £925.65 excl. VAT" in prose(days)
    assert "makes a difference of £65.00" in prose(days)


def test_the_days_of_a_plan_that_ended_can_still_be_read(site: Site) -> None:
    site.account.read().schedule.end_date = date(2026, 12, 1)
    db.session.commit()
    bill(site)
    site.account.subscribe("A", start=date(2026, 12, 5))
    page = site.read_at(datetime(2026, 12, 5, 9, tzinfo=UTC))
    assert "Latest invoice: INV-000001" in prose(page)
    days = site.read("/account/usage?invoice=INV-000001&billed_on=2026-12-01")
    assert days.text_of("h1") == "Usage, 1 to 30 November 2026"
    for wrong in ("billed_on=2026-11-01", "billed_on=soon"):
        site.browser.get(f"/account/usage?invoice=INV-000001&{wrong}", status=404)
    site.browser.get("/account/usage?invoice=INV-000009", status=404)


def test_a_draft_is_no_bill_yet(site: Site) -> None:
    bill(site, datetime(2026, 12, 1, 0, 10, tzinfo=UTC))
    (row,) = rows(site.read("/account/invoices"))[1:]
    assert row[:3] == [
        "Draft 1 to 30 November 2026",
        "Issued after 1 December 2026, 01:00 GMT",
        "Draft",
    ]
    page = site.read(site.read("/account/invoices").one("tbody a")["href"])
    assert page.text_of("title") == "Draft invoice – Amara"
    assert "Draft – not a bill yet." in prose(page)
    assert "issued after 1 December 2026, 01:00 GMT" in prose(page)
    assert "There is nothing to pay yet." in prose(page)
    assert not page.select("#pay")
    assert "Due date" not in facts(page)
    # It is no latest invoice, and what it bills has none yet.
    assert "Latest invoice" not in prose(site.read())


def test_an_overdue_invoice_says_so_and_how_to_pay(site: Site) -> None:
    bill(site)
    page = site.read_at(datetime(2027, 1, 1, 12, tzinfo=UTC), "/account/invoices/INV-000001")
    notice = page.one(".notice.alert")
    assert " ".join(notice.get_text().split()) == (
        "Overdue. £1,710.78 was due on 31 December 2026. How to pay"
    )
    assert page.one("section:has(#pay)")
    assert rows(site.read("/account/invoices"))[1][2] == "Overdue"


def test_what_settled_an_invoice_is_listed_with_dates_and_reasons(site: Site) -> None:
    invoice = make_invoice(db.session(), site.account, lines=TIERS)
    note = make_credit_note(db.session(), site.account, invoice, "65.00")
    settle(invoice, "credit", "78.00", date(2026, 11, 3), source_id=note.id)
    settle(invoice, "payment", "1000", date(2026, 11, 5), reference="FT-77")
    settle(invoice, "write_off", "632.78", date(2026, 11, 20), reason="In administration")
    page = site.read("/account/invoices/INV-000001")
    assert rows(page, "section:has(#history) table")[1:] == [
        ["3 November 2026", "Credit from CN-000001", "\N{MINUS SIGN}£78.00", "£1,632.78"],
        [
            "5 November 2026",
            "Payment received Reference FT-77",
            "\N{MINUS SIGN}£1,000.00",
            "£632.78",
        ],
        ["20 November 2026", "Written off In administration", "\N{MINUS SIGN}£632.78", "£0.00"],
        ["", "Left to pay", "", "£0.00"],
    ]
    assert "We no longer expect £632.78 of it." in prose(page)
    assert "CN-000001, issued on 1 November 2026, credits £78.00: Two days without service" in (
        prose(page)
    )
    # What is paid after all takes back that much of the write-off.
    settle(invoice, "payment", "632.78", date(2026, 11, 22))
    assert rows(site.read("/account/invoices/INV-000001"), "section:has(#history) table")[4:] == [
        ["22 November 2026", "Payment received", "\N{MINUS SIGN}£632.78", "\N{MINUS SIGN}£632.78"],
        ["22 November 2026", "Written off", "£632.78", "£0.00"],
        ["", "Left to pay", "", "£0.00"],
    ]


def test_a_credit_note_names_what_it_corrects_and_why(site: Site) -> None:
    invoice = make_invoice(db.session(), site.account, lines=TIERS)
    note = make_credit_note(
        db.session(), site.account, invoice, "65.00", cause=CreditCause.USAGE, reason="Voided usage"
    )
    settle(invoice, "credit", "50.00", date(2026, 11, 3), source_id=note.id)
    settle(note, "refund", "28.00", date(2026, 11, 4))
    page = site.read("/account/invoices/CN-000001")
    assert page.text_of("h1") == "Credit note CN-000001"
    assert "corrects invoice INV-000001: Voided usage." in prose(page)
    assert rows(page, "section:has(#history) table")[1:] == [
        ["3 November 2026", "Credit used for INV-000001", "£50.00", "\N{MINUS SIGN}£28.00"],
        ["4 November 2026", "Refund", "£28.00", "£0.00"],
        ["", "Left", "", "£0.00"],
    ]
    listed = rows(site.read("/account/invoices"))
    assert listed[1] == [
        "CN-000001 1 to 31 October 2026 Corrects INV-000001 : Voided usage",
        "Issued 1 November 2026",
        "Used",
        "\N{MINUS SIGN}£78.00 \N{MINUS SIGN}£65.00 excl. VAT VAT \N{MINUS SIGN}£13.00",
    ]


def test_a_cancelled_invoice_and_what_replaces_it_name_each_other(site: Site) -> None:
    invoice = make_invoice(db.session(), site.account)
    make_credit_note(
        db.session(), site.account, invoice, "500", cause=CreditCause.REPLACED, reason="New address"
    )
    make_invoice(db.session(), site.account, revision=1, replaces_id=invoice.id)
    page = site.read("/account/invoices/INV-000001")
    assert "Cancelled. CN-000001 credits all of it: New address. INV-000002 replaces it." in (
        prose(page)
    )
    assert "This invoice replaces INV-000001." in prose(site.read("/account/invoices/INV-000002"))
    statuses = [row[2] for row in rows(site.read("/account/invoices"))[1:]]
    assert statuses == ["To pay", "Not used yet", "Cancelled"]


def test_a_line_that_adjusts_an_earlier_invoice_names_it_and_its_days(site: Site) -> None:
    make_invoice(db.session(), site.account, lines=TIERS)
    late = tier("API calls from 2,501", 101, "0.65") | {
        "kind": LineKind.ADJUSTMENT,
        "billed_on": date(2026, 11, 1),
        "period_start": date(2026, 10, 1),
        "period_end": date(2026, 11, 1),
        "sequence": 9,
    }
    make_invoice(db.session(), site.account, lines=[FEE, late], billed_on=date(2026, 12, 1))
    page = site.read("/account/invoices/INV-000002")
    words = lines(page)[2][0]
    assert words.startswith("AI add-on: API calls from 2,501 1 to 31 October 2026, corrects INV-00")
    earlier = site.read("/account/invoices/INV-000001")
    assert "INV-000002, issued on 1 December 2026, bills usage of this period that arrived" in (
        prose(earlier)
    )


@pytest.mark.parametrize(
    ("treatment", "words"),
    [
        (TaxTreatment.REVERSE_CHARGE, "Reverse charge: we do not add VAT. You account for it"),
        (TaxTreatment.OUTSIDE_SCOPE, "We do not add VAT: what you buy is outside its scope."),
    ],
)
def test_an_invoice_without_tax_says_why(site: Site, treatment: TaxTreatment, words: str) -> None:
    make_invoice(
        db.session(),
        site.account,
        rate=Decimal(0),
        tax_treatment=treatment,
        merchant_currency="EUR",
        merchant_tax=0,
        exchange_rate=Decimal("1.15"),
    )
    page = site.read("/account/invoices/INV-000001")
    assert words in prose(page)
    assert "VAT in EUR: €0.00, at 1 GBP = 1.15 EUR." in prose(page)


def test_an_issued_invoice_stays_as_it_was_when_the_customer_changes(site: Site) -> None:
    bill(site)
    before = site.read("/account/invoices/INV-000001").text_of("main")
    site.account.customer.legal_name, site.account.customer.line1 = "Ashdown plc", "2 Other Street"
    after = site.read("/account/invoices/INV-000001").text_of("main")
    assert after == before


def test_a_page_of_500_lines_asks_no_more_than_any(site: Site, queries: Queries) -> None:
    make_invoice(db.session(), site.account, lines=many_lines(500))
    site.read("/account/invoices/INV-000001")
    with queries(at_most=14):
        page = site.browser.client.get("/account/invoices/INV-000001")
    assert page.text.count("<tr>") > 500
