"""The shipped examples, each another world: their pages, an order, and its first estimate."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from support.orders import TYPED, rows
from support.pages import Browser

from pricingsite.database import db
from pricingsite.models.orders import Order
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.settings import ROOT

EXAMPLES = sorted((ROOT / "pricingsite" / "demo").glob("*.toml"), key=lambda path: path.stem)
PAGES = ("/", "/calculator", "/pricing/history", "/terms")
MACHINES = ("/pricing.json", "/pricing.md", "/llms.txt", "/sitemap.xml")
# What is ordered of each, and what the first bill says.
ORDERS = {
    "amara": ("/checkout/scale", "at least £750.00 + VAT £150.00 = £900.00 incl. VAT"),
    "kelder": ("/checkout/institution", "€1,200.00 + VAT €252.00 = €1,452.00 incl. VAT"),
    "roster": (
        "/checkout/team?option=yearly&quantity.seat-year=7&add_on.site-year=1",
        "US$710.00 plus sales tax where it applies",
    ),
    "basin": ("/checkout/launch?add_on.replica=2", "at least A$119.00 + GST A$11.90"),
    "vellum": ("/checkout/reserved", "US$1,000.00 plus sales tax where it applies"),
}


@pytest.fixture(params=EXAMPLES, ids=lambda path: path.stem)
def example(request: pytest.FixtureRequest, app: Flask) -> str:
    path = ROOT / "pricingsite" / "demo" / request.param
    with app.app_context():
        document = read_catalog(path.read_bytes())
        apply(db.session(), document, archive=False, now=app.config["NOW"])
        db.session.commit()
    return path.stem


def test_every_page_of_an_example_renders(browser: Browser, example: str) -> None:
    del example
    for path in PAGES:
        browser.get(path)
    for path in MACHINES:
        assert browser.client.get(path).status_code == 200
    plans: list[dict[str, Any]] = browser.client.get("/pricing.json").json["plans"]
    for plan in plans:
        page = browser.get(f"/plans/{plan['id']}")
        for nothing in ("None", "Decimal", "nan"):
            assert nothing not in page.text_of("main").split()


def test_an_example_is_ordered_and_estimated(app: Flask, browser: Browser, example: str) -> None:
    path, said = ORDERS[example]
    with app.app_context():
        country = read_catalog(
            (ROOT / "pricingsite" / "demo" / f"{example}.toml").read_bytes()
        ).merchant.country
    form = browser.get(path)
    assert said in form.text_of("main")
    placed = browser.submit(form, **(TYPED | {"country": country}))
    assert said in browser.follow(placed).text_of("main")
    assert len(rows(app, Order)) == 1
    account = browser.get("/account")
    assert account.texts("h1")
    assert not account.select(".error-summary")


@pytest.mark.parametrize("example", [Path("vellum.toml")], indirect=True)
def test_every_usage_price_on_a_card_is_named(browser: Browser, example: str) -> None:
    del example
    page = browser.get("/")
    notes = page.texts("section:has(> #plan-build) .price-note")
    assert notes[:2] == [
        "Small, input: US$0.25 per 1,000,000 tokens",
        "Small, output: US$1.25 per 1,000,000 tokens",
    ]
    # Side by side, many prices are named: what they are stands above.
    usage = page.one("tr:has(> th:-soup-contains('Usage'))").select("td")[0]
    assert usage.get_text() == (
        "Charged by use: Small, input; Small, output; Large, input; Large, output; Sales"
    )
