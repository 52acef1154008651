"""Every structure, on every aggregation, with and without a flat fee, at a price and at none.

Each is a plan of its own; all pages and documents of all plans answer, and say something of each.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask import Flask
from support.factories import AMARA
from support.pages import Browser

from pricingsite.database import db
from pricingsite.pricing import STRUCTURES, Aggregation
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog

MERCHANT = AMARA.read_text().partition("[[metrics]]")[0]
TIERS = 'tiers = [{{ upper_bound = "10", unit_price = "{0}"{1} }}, {{ unit_price = "{2}"{1} }}]'
FEE = ', flat_fee = "5"'
FALLING = 'model = "MODEL"\ntiers = [{ upper_bound = "10", flat_fee = "50" }, { flat_fee = "20" }]'
MOST = "999999999999999"


def _terms() -> Iterator[tuple[str, str]]:
    """Every usage price by a name of its own, as the file's keys."""
    yield "linear", 'model = "linear"\nunit_price = "0.30"'
    yield "linear-zero", 'model = "linear"\nunit_price = "0"'
    yield "linear-tiny", 'model = "linear"\nunit_price = "0.000000000023"'
    # A round number is no whole number of packages of 12.
    yield "package", 'model = "package"\npackage_size = "12"\npackage_price = "10"'
    yield "package-zero", 'model = "package"\npackage_size = "25"\npackage_price = "0"'
    yield (
        "package-huge",
        'model = "package"\npackage_size = "5000000000000"\npackage_price = "10"',
    )
    tiny = TIERS.replace('"10"', '"0.000001"').format("0", FEE, "0.40")
    yield "graduated-tiny", f'model = "graduated"\n{tiny}'
    most = TIERS.replace('"10"', f'"{MOST}"').format(MOST, FEE, MOST)
    yield "volume-most", f'model = "volume"\n{most}'
    yield "linear-included", 'model = "linear"\nunit_price = "0.30"\nincluded = "10"'
    yield "linear-included-zero", 'model = "linear"\nunit_price = "0"\nincluded = "0.5"'
    yield (
        "linear-included-huge",
        f'model = "linear"\nunit_price = "{MOST}"\nincluded = "{MOST}"',
    )
    packages = 'model = "package"\npackage_size = "12"\npackage_price = "10"'
    yield "package-included", f'{packages}\nincluded = "10"'
    yield "package-included-huge", f'{packages}\nincluded = "5000000000000"'
    yield "percentage", 'model = "percentage"\nrate = "0.029"'
    yield "percentage-zero", 'model = "percentage"\nrate = "0"'
    for model in ("graduated", "volume"):
        yield model, f'model = "{model}"\n' + TIERS.format("0.50", "", "0.40")
        yield f"{model}-fee", f'model = "{model}"\n' + TIERS.format("0.50", FEE, "0.40")
        yield f"{model}-included", f'model = "{model}"\n' + TIERS.format("0", FEE, "0.40")
        yield f"{model}-free-end", f'model = "{model}"\n' + TIERS.format("0.40", "", "0")
        yield f"{model}-zero", f'model = "{model}"\n' + TIERS.format("0", "", "0")
        yield f"{model}-only-fees", f'model = "{model}"\n' + TIERS.format("0", FEE, "0")
        yield f"{model}-one-tier", f'model = "{model}"\ntiers = [{{ unit_price = "0.10" }}]'
        falling = FALLING.replace("MODEL", model)
        yield f"{model}-falling-fee", falling
        huge = TIERS.replace('"10"', '"5000000000000"').format("0", FEE, "0.40")
        yield f"{model}-huge", f'model = "{model}"\n{huge}'


TERMS = dict(_terms())


def _sold(aggregation: Aggregation) -> dict[str, str]:
    # A share is of an amount, and a count or a set of values is none.
    counts = aggregation.is_whole
    return {name: terms for name, terms in TERMS.items() if not (counts and "percentage" in terms)}


# What a metric may say of how it is shown.
SHOWN = 'name = "Things made"\ndisplay_per = "1000"\n'


def _catalog(aggregation: Aggregation, shown: str) -> str:
    read = 'property = "n"\n' if aggregation.needs_property else ""
    metric = (
        f'[[metrics]]\nid = "things"\nevent_type = "thing"\naggregation = "{aggregation}"\n'
        f'{read}{shown}unit = "thing"\n'
    )
    products = "".join(
        f'[[products]]\nid = "{name}"\nname = "{name}"\n[[products.prices]]\nid = "{name}"\n'
        'list_price = true\ncurrency = "GBP"\nbilling_frequency = "monthly"\n'
        f'billing_type = "in_arrears"\nmetric = "things"\n{terms}\n'
        for name, terms in _sold(aggregation).items()
    )
    plans = "".join(
        f'[[plans]]\nid = "{name}"\nname = "{name}"\nprices = ["{name}"]\n'
        for name in _sold(aggregation)
    )
    return f"{MERCHANT}{metric}{products}{plans}"


CATALOGS = [*((one, "") for one in Aggregation), (Aggregation.SUM, SHOWN)]


@pytest.fixture(params=CATALOGS, ids=lambda of: of[0] + ("-shown" if of[1] else ""))
def names(request: pytest.FixtureRequest, app: Flask) -> list[str]:
    """Amara selling nothing but these prices; the plans' names."""
    with app.app_context():
        document = read_catalog(_catalog(*request.param).encode())
        apply(db.session(), document, archive=False, now=app.config["NOW"])
        db.session.commit()
    return list(_sold(request.param[0]))


def test_every_usage_structure_is_here() -> None:
    usage = {model for model, kind in STRUCTURES.items() if kind.is_usage}
    assert {terms.split('"')[1] for terms in TERMS.values()} == usage


def test_every_price_is_told_everywhere(browser: Browser, names: list[str]) -> None:
    index = browser.get("/")
    assert index.texts(".plan h2") == names
    markdown = browser.client.get("/pricing.md").text
    plans = {plan["id"]: plan for plan in browser.client.get("/pricing.json").json["plans"]}
    for name in names:
        assert re.search(rf"- {name}(, Things made)? \(monthly, in arrears\): ", markdown)
        assert plans[name]["prices"][0]["structure"]["model"] in STRUCTURES
        page = browser.get(f"/plans/{name}")
        assert page.select("section[aria-labelledby] .chart"), name
        assert browser.get(f"/checkout/{name}").select("dl.summary")


# In the end the average of each falls, is the same all along, or is nothing over many units.
@pytest.mark.parametrize("names", [CATALOGS[1]], indirect=True, ids=["sum"])
def test_no_average_is_called_the_lowest_where_none_is(browser: Browser, names: list[str]) -> None:
    found = {name for name in names if "is lowest at" in browser.get(f"/plans/{name}").get_text()}
    assert found == set()


def test_every_plan_says_how_its_units_are_counted(browser: Browser, names: list[str]) -> None:
    how, _, when = browser.get(f"/plans/{names[0]}").text_of("[id$=-counts] p").partition(". ")
    assert len(how.split()) > 5
    assert when.endswith("The date of use decides the period, not the date we received it.")


def test_every_price_is_in_the_structured_data(browser: Browser, names: list[str]) -> None:
    script = browser.get("/").one("script[type='application/ld+json']").string or ""
    graph = json.loads(script)["@graph"]
    assert [product["offers"]["url"].rpartition("/")[2] for product in graph] == names
    for product in graph:
        assert product["offers"]["priceSpecification"], product["name"]


def test_every_price_is_calculated(browser: Browser, names: list[str]) -> None:
    asked = {"Accept": "application/json"}
    for quantity in ("0", "1", "10", "11", "12", "13", "1000000000000"):
        page = browser.get(f"/calculator?things={quantity}")
        assert page.texts("[data-result] section h3") == names, quantity
        found = browser.client.get(f"/calculator?things={quantity}", headers=asked)
        for plan in found.json["plans"]:
            (bill,) = plan["bills"]
            assert sum(Decimal(line["net"]) for line in bill["lines"]) == Decimal(bill["net"])
            assert all(line["description"].startswith(plan["name"]) for line in bill["lines"])
