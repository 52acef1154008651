"""Another name for the tax, and other amounts that lead, on the same plans."""

import json

import pytest
from flask import Flask
from support.factories import APPLIED_AT, amara_with
from support.orders import TYPED, mails
from support.pages import Browser

from pricingsite.database import db
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog


@pytest.fixture(params=["included", "excluded"])
def shown(request: pytest.FixtureRequest, app: Flask) -> str:
    """How Amara shows what it now calls GST."""
    shown: str = request.param
    tax = f'sells_to = ["GB"]\ntax = {{ name = "GST", shown = "{shown}" }}'
    with app.app_context():
        document = read_catalog(amara_with(('sells_to = ["GB", "IE"]', tax)))
        apply(db.session(), document, archive=False, now=APPLIED_AT)
        db.session.commit()
    return shown


PRICES = {
    "included": ["£600.00 a month incl. GST", "from £900.00 a month incl. GST"],
    "excluded": ["£500.00 a month, plus GST at 20%", "from £750.00 a month, plus GST at 20%"],
}
USAGE = "first 1,000 API calls included, then £0.45 to £0.65 per API call"
NOTES = {
    "included": ["£500.00 excl. GST", f"£750.00 excl. GST, {USAGE}"],
    "excluded": [USAGE],
}
LEADING = {"included": ["600.00", "900.00"], "excluded": ["500.00", "750.00"]}
ROWS = {"included": ["Price incl. GST", "Price excl. GST"], "excluded": ["Price excl. GST"]}
DESCRIPTION = {
    "included": "Scale from £900.00 a month, incl. GST.",
    "excluded": "Scale from £750.00 a month, excl. GST.",
}


def test_the_large_figure_is_the_one_that_leads(browser: Browser, shown: str) -> None:
    page = browser.get("/")
    assert page.texts(".plan .price") == PRICES[shown]
    notes = [note.replace(" ,", ",") for note in page.texts(".plan .price-note")]
    assert notes == NOTES[shown]
    rows = page.texts("table:has(#comparison) tbody th")
    assert [row for row in rows if row.startswith("Price")] == ROWS[shown]
    assert DESCRIPTION[shown] in page.one("meta[name=description]")["content"]
    data = json.loads(page.one("script[type='application/ld+json']").string or "")
    assert [product["offers"]["price"] for product in data["@graph"]] == LEADING[shown]


def test_each_page_calls_the_tax_by_its_name(app: Flask, browser: Browser, shown: str) -> None:
    form = browser.get("/checkout/scale")
    order = browser.follow(browser.submit(form, **TYPED))
    account = browser.get("/account")
    paths = ("/plans/scale", "/calculator?api_calls=3200", "/pricing/history", "/terms")
    pages = [browser.get(path) for path in paths]
    mail = mails(app)[0]
    for text in (*(page.text_of("main") for page in (form, order, account, *pages)), mail.text):
        assert "GST" in text
        assert "VAT" not in text.replace("VAT number", "")
    assert "at least £750.00 + GST £150.00 = £900.00 incl. GST for a full month" in mail.text
    leading = {"included": "£900.00", "excluded": "£750.00"}[shown]
    assert account.texts(".figures dd.figure")[0] == leading
    assert account.texts("tfoot th") == ["To date excl. GST", "GST at 20%", "To date incl. GST"]
    assert "GST number GB999999973" in account.text_of("footer")
