"""The catalog as programs read it: variants and archived prices too, in the catalog's order."""

from typing import Any

import pytest
from flask import Flask
from support.factories import ROSTER, have_amara
from support.programs import Program, make_key

from pricingsite.database import db
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog


@pytest.fixture
def program(app: Flask) -> Program:
    with app.app_context():
        have_amara(db.session())
        db.session.commit()
    return Program(app, make_key(app, "catalog:read"))


def test_prices_say_what_they_are_to_each_other(program: Program) -> None:
    found = program.get("/api/v1/prices").json["prices"]
    assert [one["id"] for one in found] == ["A", "B", "C", "D", "X", "Y", "Z"]
    assert [one["variant_of"] for one in found] == [None, "A", "A", "A", None, "X", "X"]
    y = found[5]
    assert (y["product"], y["list_price"], y["metric"]) == ("ai-add-on", False, "api_calls")
    assert y["structure"] == {
        "model": "graduated",
        "tiers": [
            {"upper_bound": "2000", "flat_fee": "150"},
            {"unit_price": "0.4"},
        ],
    }


def test_products_and_plans_name_their_prices(program: Program) -> None:
    products = program.get("/api/v1/products").json["products"]
    assert [(one["id"], one["prices"]) for one in products] == [
        ("platform", ["A", "B", "C", "D"]),
        ("ai-add-on", ["X", "Y", "Z"]),
    ]
    plans = program.get("/api/v1/plans").json["plans"]
    assert [one["id"] for one in plans] == ["start", "scale"]
    assert plans[1]["options"] == [
        {"id": "default", "note": None, "prices": ["A", "X"], "add_ons": []}
    ]


def test_options_add_ons_and_what_is_archived(app: Flask, program: Program) -> None:
    with app.app_context():
        roster = read_catalog(ROSTER.read_bytes())
        apply(db.session(), roster, archive=True, now=app.config["NOW"])
        db.session.commit()
    plans = {one["id"]: one for one in program.get("/api/v1/plans").json["plans"]}
    assert plans["scale"]["archived_at"] == "2026-11-23T18:40:00+00:00"
    assert plans["chain"]["options"] == []
    team = plans["team"]
    assert (team["limits"], team["trial_days"], team["archived_at"]) == (
        {"people": "200"},
        14,
        None,
    )
    assert team["options"][0]["add_ons"] == [
        {"price": "site-month", "maximum_quantity": "10"},
        {"price": "texts", "maximum_quantity": None},
    ]
    prices = {one["id"]: one for one in program.get("/api/v1/prices").json["prices"]}
    assert prices["A"]["archived_at"] is not None
    assert prices["seat-month"]["per"] == "seat"


@pytest.mark.parametrize(("noun", "most"), [("plans", 6), ("products", 6), ("prices", 5)])
def test_each_list_comes_page_by_page_in_few_statements(
    program: Program, queries: Any, noun: str, most: int
) -> None:
    everything = program.get(f"/api/v1/{noun}").json[noun]
    found, after = [], {}
    while after.get("after", "") is not None:
        with queries(at_most=most):
            page = program.get(f"/api/v1/{noun}", limit="1", **after).json
        found += page[noun]
        after = {"after": page["next"]}
    assert found == everything
    assert program.get(f"/api/v1/{noun}", after="Q").status_code == 422
    assert program.get(f"/api/v1/{noun}", plan="scale").status_code == 422


def test_reading_needs_a_key_of_its_scope(app: Flask) -> None:
    other = Program(app, make_key(app, "customers:read"))
    for noun in ("plans", "products", "prices"):
        assert other.get(f"/api/v1/{noun}").json["scope"] == "catalog:read"
