"""Structured data of both catalogs, by the rules that a validator of schema.org goes by."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from support.factories import AMARA, KELDER, amara_announcing

from pricingsite.database import db
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.plans.pricing_page import read_storefront
from pricingsite.web.structured_data import products

# Each type's properties by schema.org, and those without which it says nothing.
RULES: dict[str, tuple[set[str], set[str]]] = {
    "Product": ({"name", "image", "description", "brand", "url", "offers"}, {"name", "offers"}),
    "Brand": ({"name"}, {"name"}),
    "Offer": (
        {"url", "availability", "price", "priceCurrency", "priceValidUntil", "priceSpecification"},
        {"url", "availability", "price", "priceCurrency", "priceSpecification"},
    ),
    "UnitPriceSpecification": (
        {
            "name",
            "price",
            "priceCurrency",
            "valueAddedTaxIncluded",
            "priceComponentType",
            "billingDuration",
            "unitCode",
            "referenceQuantity",
            "eligibleQuantity",
        },
        {"price", "priceCurrency", "valueAddedTaxIncluded"},
    ),
    "QuantitativeValue": ({"value", "minValue", "maxValue", "unitText"}, set()),
}
TODAY = date(2026, 11, 23)


def nodes(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [node for item in value for node in nodes(item)]
    if not isinstance(value, dict):
        return []
    return [value, *(node for item in value.values() for node in nodes(item))]


def data_of(app: Flask, toml: bytes) -> dict[str, Any]:
    with app.test_request_context():
        apply(db.session(), read_catalog(toml), archive=False, now=app.config["NOW"])
        offered = read_storefront(db.session(), on=TODAY).offers
        return products(offered, brand="Brand", base_url="https://brand.example")


@pytest.mark.parametrize("file", [AMARA, KELDER], ids=["amara", "kelder"])
def test_every_node_has_its_types_properties_and_values(app: Flask, file: Path) -> None:
    data = data_of(app, file.read_bytes())
    assert data["@context"] == "https://schema.org"
    for node in nodes(data["@graph"]):
        allowed, needed = RULES[node["@type"]]
        found = node.keys() - {"@type"}
        assert needed <= found <= allowed, node
        for name in found & {"price", "value", "minValue", "maxValue"}:
            assert Decimal(node[name]) >= 0
        for name in found & {"url", "image"}:
            assert node[name].startswith("https://brand.example/")
        if currency := node.get("priceCurrency"):
            assert re.fullmatch("[A-Z]{3}", currency)
        if "minValue" in found and "maxValue" in found:
            assert Decimal(node["minValue"]) <= Decimal(node["maxValue"])


def test_an_announced_price_says_how_long_the_one_before_it_holds(app: Flask) -> None:
    graph = data_of(app, amara_announcing())["@graph"]
    assert [product["offers"]["priceValidUntil"] for product in graph] == ["2026-12-31"] * 2
