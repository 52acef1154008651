"""Whatever `catalog apply` accepts, every page renders, and says what the bill says."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from conftest import NOW, empty, leave_engine, make_app, renders_while_writing, share_engine
from flask import Flask
from hypothesis import HealthCheck, assume, event, given, settings
from support.any_catalog import Table, catalogs
from support.orders import TYPED
from support.pages import Browser, Page

from pricingsite.database import db
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.document import CatalogError
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.catalog.writing import write_catalog

# What a program would say, and no page.
UNSAID = re.compile(r"\bNone\b|\bnan\b|\bNaN\b|Infinity|Decimal\(|BillingFrequency|\{[{%]")
Fresh = Callable[[], AbstractContextManager[str]]
JSON = {"Accept": "application/json"}
MOST = 10**12
EVERY = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


class Shop:
    """A catalog in an app of its own, and a visitor who reads all of it."""

    def __init__(self, app: Flask, catalog: Table) -> None:
        self.catalog, self.browser = catalog, Browser(app)
        self.document = self.json("/pricing.json")

    def read(self, path: str, *, status: int = 200) -> Page:
        page = self.browser.get(path, status=status)
        for row in page.select("tr:has(> th)"):
            # Beside plans with a trial or a minimum, the word is true.
            if row.th and row.th.get_text().startswith(("Trial", "Minimum")):
                row.decompose()
        found = UNSAID.search(page.get_text(" "))
        assert not found, f"{path}: {page.get_text(' ')[found.start() - 80 : found.end() + 80]}"
        assert not page.select("b, i"), f"{path}: what the file says is no markup"
        return page

    def json(self, path: str) -> Any:
        response = self.browser.client.get(path, headers=JSON)
        assert response.status_code == 200, f"{path}: {response.text}"
        check_money(response.json)
        return response.json

    def ordered(self) -> list[Table]:
        """Its plans that can be ordered."""
        return [plan for plan in self.document["plans"] if not plan["contact"]]

    def ways(self) -> Iterator[Page]:
        """The first page in each rhythm and currency."""
        seen, waiting = set[str](), ["/"]
        while waiting:
            if (path := waiting.pop()) not in seen:
                seen.add(path)
                page = self.read(path)
                waiting += [str(a["href"]) for a in page.select("nav[aria-label='Ways to pay'] a")]
                yield page


def check_money(value: Any) -> None:
    """Whatever has a net, a tax and a gross amount adds up, and so do lines."""
    if isinstance(value, list):
        for one in value:
            check_money(one)
    if isinstance(value, dict):
        if {"net", "tax", "gross"} <= value.keys():
            net, tax, gross = (Fraction(value[key]) for key in ("net", "tax", "gross"))
            assert net + tax == gross
            lines = [Fraction(line["net"]) for line in value.get("lines", ())]
            assert not lines or sum(lines) == net
        for one in value.values():
            check_money(one)


def edges(catalog: Table) -> list[int]:
    """Whole quantities at which something changes, and the units after them."""
    prices = [price for product in catalog["products"] for price in product["prices"]]
    bounds = [tier.get("upper_bound") for price in prices for tier in price.get("tiers", ())]
    bounds += [price.get(key) for price in prices for key in ("included", "package_size")]
    found = {int(Decimal(bound)) for bound in bounds if bound}
    return sorted(n for n in {0, 1, MOST, *found, *(n + 1 for n in found)} if n <= MOST)


def check_cards(shop: Shop, page: Page) -> None:
    """The first amount of each card is what the plan costs without usage."""
    leads = "gross" if shop.document["tax"]["shown"] == "included" else "net"
    for plan in shop.ordered():
        price = page.texts(f"section:has(> #plan-{plan['id']}) .price")[0]
        due = [next(filter(is_due, zero), zero[0])[leads] for zero in at_zero(plan)]
        assert any(f"{Decimal(one):,f}" in price for one in due if Decimal(one)) or (
            not all(map(Decimal, due)) and "from" not in price
        ), (price, due)


def at_zero(plan: Table) -> list[list[Table]]:
    """What each way to pay a plan costs without usage, by billing frequency."""
    return [one["at_zero_usage"] for one in plan.get("options", [plan])]


def is_due(charges: Table) -> bool:
    return bool(Decimal(charges["net"]))


def check_public(shop: Shop) -> None:
    pages = list(shop.ways())
    check_cards(shop, pages[0])
    for plan in shop.document["plans"]:
        shop.read(f"/plans/{plan['id']}")
        shop.read(f"/checkout/{plan['id']}", status=410 if plan["contact"] else 200)
        for option in plan.get("options", ()):
            paid = f"?interval={option['billing_frequency']}&currency={option['currency']}"
            shop.read(f"/plans/{plan['id']}{paid}")
            shop.read(f"/calculator{paid}")
            shop.read(f"/checkout/{plan['id']}?option={option['id']}")
    shop.read("/pricing/history")
    for path in ("/pricing.md", "/llms.txt", "/sitemap.xml"):
        response = shop.browser.client.get(path)
        assert response.status_code == 200
        assert not UNSAID.search(response.text), f"{path}: {response.text}"
    ET.fromstring(response.data)  # noqa: S314 – our own


def check_calculator(shop: Shop) -> None:
    blank = shop.read("/calculator")
    fields = [str(field["name"]) for field in blank.select("main form input[id^=quantity-]")]
    used = [name for name in fields if not name.startswith("quantity.")]
    # Whole units are asked for where there are no others.
    shop.read(f"/calculator?{'&'.join(f'{name}=0.5' for name in used)}")
    for quantity in edges(shop.catalog):
        # Nobody buys none.
        asked = "&".join(f"{name}={quantity}" for name in (fields if quantity else used))
        shop.read(f"/calculator?{asked}")
        quoted = {one["id"]: one for one in shop.json(f"/calculator?{asked}")["plans"]}
        for plan in shop.ordered() if not quantity else ():
            bills = [(b["billing_frequency"], b["net"]) for b in quoted[plan["id"]]["bills"]]
            told = [[(b["billing_frequency"], b["net"]) for b in zero] for zero in at_zero(plan)]
            assert bills in told


def check_order(shop: Shop, plan_id: str) -> None:
    form = shop.read(f"/checkout/{plan_id}")
    shop.browser.submit(form, **TYPED)
    for path in ("/account", "/account/usage"):
        shop.read(path)
    check_money(shop.json("/account"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Fresh:
    """`with fresh() as url: …` is a migrated, empty database, one an example."""
    numbers = count()

    @contextmanager
    def on_sqlite() -> Iterator[str]:
        file = tmp_path / f"{next(numbers)}.db"
        file.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        try:
            yield f"sqlite:///{file}"
        finally:
            file.unlink()

    @contextmanager
    def on_postgresql() -> Iterator[str]:
        url = request.getfixturevalue("postgresql_url")
        try:
            yield url
        finally:
            empty(url)

    return on_sqlite if request.param == "sqlite" else on_postgresql


def walk(catalog: Table, url: str, instance: Path) -> None:
    """Apply a catalog if it can be, read everything, and order a plan."""
    app = make_app(url, instance, NOW=NOW.isoformat())
    share_engine(app)
    toml = write_catalog(catalog, lambda _path: "").encode()
    try:
        with app.app_context():
            document = read_catalog(toml)
            apply(db.session(), document, archive=False, now=NOW)
            db.session.commit()
    except CatalogError as error:
        leave_engine(app)
        event(re.sub(r"^\S+ |\d+", "", error.problems[0])[:60])
        assume(False)  # noqa: FBT003 – its only argument
    try:
        with renders_while_writing(app) as rendered:
            shop = Shop(app, catalog)
            check_public(shop)
            check_calculator(shop)
            for plan in shop.ordered()[-1:]:
                check_order(shop, plan["id"])
        assert not rendered
    finally:
        leave_engine(app)


@settings(EVERY, max_examples=6)
@given(catalog=catalogs())
def test_whatever_can_be_applied_is_told_truthfully(
    fresh: Fresh, tmp_path: Path, catalog: Table
) -> None:
    with fresh() as url:
        walk(catalog, url, tmp_path / "instance")


@pytest.mark.every_look
@settings(EVERY, max_examples=300)
@given(catalog=catalogs())
def test_many_catalogs_are_told_truthfully(fresh: Fresh, tmp_path: Path, catalog: Table) -> None:
    with fresh() as url:
        walk(catalog, url, tmp_path / "instance")
