"""Invoices as PDF and XML, the PDFs of some days in one archive, and what is said without them."""

import io
import sys
from collections.abc import Iterator
from datetime import date
from zipfile import ZipFile

import pikepdf
import pytest
from flask import Flask
from lxml import etree
from support.account_pages import Site, prose
from support.invoices import make_credit_note, make_invoice
from support.pages import Browser

from pricingsite.blueprints.account import files
from pricingsite.database import db
from pricingsite.integrations import pdf


@pytest.fixture
def site(app: Flask, browser: Browser) -> Iterator[Site]:
    """Two invoices and a credit note of Ashdown Ltd's, and a draft."""
    with app.app_context():
        site = Site(app, browser)
        customer = site.account.customer
        customer.line1, customer.town, customer.postcode = "1 Analytical Row", "London", "E1 6AN"
        site.sign_in()
        make_invoice(db.session(), site.account, billed_on=date(2026, 10, 1))
        second = make_invoice(db.session(), site.account)
        make_credit_note(db.session(), site.account, second, "100")
        make_invoice(db.session(), site.account, billed_on=date(2026, 12, 1), draft=True)
        db.session.commit()
        yield site


def test_an_invoice_can_be_downloaded_as_pdf(site: Site) -> None:
    page = site.read("/account/invoices/INV-000001")
    (link,) = page.select("section:has(#files) a[href$='.pdf']")
    answer = site.browser.client.get(link["href"])
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''INV-000001.pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    with pikepdf.open(io.BytesIO(answer.data)) as document:
        assert document.docinfo["/Title"] == "Invoice INV-000001"
        assert "factur-x.xml" in document.attachments


def test_an_invoice_can_be_downloaded_as_xml_in_both_syntaxes(site: Site) -> None:
    page = site.read("/account/invoices/INV-000001")
    links = [link["href"] for link in page.select("section:has(#files) a[href*='.xml']")]
    roots = [etree.fromstring(site.browser.client.get(link).data) for link in links]
    assert [etree.QName(root).localname for root in roots] == ["CrossIndustryInvoice", "Invoice"]
    by_default = site.browser.client.get("/account/invoices/INV-000001.xml")
    assert by_default.headers["Content-Disposition"].endswith("INV-000001-cii.xml")
    site.browser.get("/account/invoices/INV-000001.xml?format=edifact", status=404)


def test_a_draft_has_a_pdf_and_no_e_invoice(site: Site) -> None:
    page = site.read(site.read("/account/invoices").select("tbody a")[0]["href"])
    assert page.text_of("h1") == "Draft invoice"
    (link,) = page.select("section:has(#files) a[href$='.pdf']")
    assert not page.select("section:has(#files) a[href*='.xml']")
    assert site.browser.client.get(link["href"]).data.startswith(b"%PDF")
    refused = site.browser.get(link["href"].replace(".pdf", ".xml"), status=422)
    assert "A draft is no e-invoice" in prose(refused)


def test_characters_that_no_font_has_are_named(site: Site) -> None:
    site.account.customer.legal_name = "日本電気"
    make_invoice(db.session(), site.account, billed_on=date(2026, 9, 1))
    page = site.read("/account/invoices/INV-000003")
    assert "日本電気" in prose(page)
    refused = site.browser.get("/account/invoices/INV-000003.pdf", status=422)
    assert "no font here has the characters" in prose(refused)
    assert "Print the invoice's page instead" in prose(refused)
    assert refused.select("main a[href='/account/invoices/INV-000003']")
    assert "/" not in refused.text_of("main p:not(.actions)")


def test_all_pdfs_of_some_days_come_in_one_archive(site: Site) -> None:
    page = site.read("/account/statement?from=2026-10-15&to=2026-11-30")
    (link,) = page.select("a[href*='.zip']")
    assert "up to 100 in one ZIP file" in link.get_text()
    with site.browser.client.get(link["href"]) as answer:
        content, named = answer.data, answer.headers["Content-Disposition"]
    assert named.endswith("invoices-2026-10-15-2026-11-30.zip")
    with ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["INV-000002.pdf", "CN-000001.pdf"]
        assert archive.read("CN-000001.pdf").startswith(b"%PDF")


def test_an_archive_tells_of_what_it_cannot_hold(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.account.customer.legal_name = "日本電気"
    make_invoice(db.session(), site.account, billed_on=date(2026, 9, 1))
    db.session.commit()
    days = "from=2026-09-01&to=2026-09-01"
    with site.browser.client.get(f"/account/invoices.zip?{days}") as answer:
        content = answer.data
    with ZipFile(io.BytesIO(content)) as archive:
        assert "no font here has the characters" in archive.read("INV-000003.txt").decode()
    empty = site.browser.get("/account/invoices.zip?from=2020-01-01&to=2020-12-31", status=422)
    assert "No invoice was issued on these days." in prose(empty)
    monkeypatch.setattr(files, "MOST_INVOICES", 2)
    many = site.browser.get("/account/invoices.zip", status=422)
    assert "An archive holds up to 2 invoices, and these days have more." in prose(many)
    site.browser.get("/account/invoices.zip?from=soon", status=404)


def test_an_invoice_of_too_many_lines_says_where_they_can_be_had(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "MOST_LINES", 0)
    refused = site.browser.get("/account/invoices/INV-000001.pdf", status=422)
    assert "its lines can be had as CSV or JSON" in prose(refused)


def test_the_site_offers_no_file_that_it_cannot_make(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in ("typst", "facturx"):
        monkeypatch.setitem(sys.modules, library, None)
    page = site.read("/account/invoices/INV-000001")
    offered = [link["href"] for link in page.select("section:has(#files) li a")]
    assert offered == [f"/account/invoices/INV-000001.{form}" for form in ("csv", "json")]
    assert not site.read("/account/statement").select("a[href*='.zip']")
    for path in ("invoices/INV-000001.pdf", "invoices/INV-000001.xml", "invoices.zip"):
        site.browser.get(f"/account/{path}", status=404)
