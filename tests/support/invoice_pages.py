"""Pages of invoices in tests: a customer on Scale, what was billed and settled, what pages say."""

from datetime import UTC, date, datetime
from decimal import Decimal

from flask import Flask
from support.account_pages import Site
from support.accounts import noon
from support.billing import run_billing
from support.invoices import FEE, tier
from support.pages import Browser, Page

from pricingsite.database import db
from pricingsite.models.invoices import Invoice, Settlement, SettlementKind
from pricingsite.services.invoices.reading import find_invoice

DECEMBER = datetime(2026, 12, 1, 2, tzinfo=UTC)
TIERS = [
    FEE,
    tier("first 1,000 API calls", 1000, "0", "250"),
    tier("API calls 1,001 to 2,500", 1500, "0.45"),
    tier("API calls over 2,500", 1, "0.65"),
]


def site_with_calls(app: Flask, browser: Browser) -> Site:
    """Scale since 1 November, with 2,501 calls on two days, and somebody who may read it."""
    site = Site(app, browser)
    site.account.customer.line1 = "1 Analytical Row"
    site.account.customer.town = "London"
    site.account.customer.postcode = "E1 6AN"
    site.account.subscribe("A", "X", purchase_order="PO-7781")
    site.account.use(2000, at=noon(2026, 11, 3))
    site.account.use(501, at=noon(2026, 11, 20))
    site.sign_in()
    return site


def bill(site: Site, now: datetime = DECEMBER) -> None:
    """Run billing at a moment, and let the clock stand there."""
    site.app.config["NOW"] = now
    run_billing(db.session(), now)
    db.session.commit()


def settle(invoice: Invoice, kind: str, amount: str, on: date, **columns: object) -> None:
    minor = int(Decimal(amount) * 100)
    row = {"invoice_id": invoice.id, "amount": minor, "settled_on": on, "recorded_at": DECEMBER}
    db.session.add(Settlement(kind=SettlementKind(kind), **row, **columns))
    db.session.flush()


def rows(page: Page, selector: str = "main table") -> list[list[str]]:
    """A table's rows as they are on a wide screen."""
    found = []
    for row in page.one(selector).select("tr"):
        for hidden in row.select(".thin"):
            hidden.extract()
        found.append([" ".join(cell.get_text(" ").split()) for cell in row.select("th, td")])
    return found


def facts(page: Page) -> dict[str, str]:
    return dict(zip(page.texts(".facts dt"), page.texts(".facts dd"), strict=True))


def lines(page: Page) -> list[list[str]]:
    """The rows of the table of an invoice's lines."""
    for hidden in page.select("#lines ~ * .visually-hidden"):
        hidden.extract()
    return rows(page, "table:has(#lines)")


def invoice_of(number: str) -> Invoice:
    found = find_invoice(db.session(), number)
    assert found is not None
    return found
