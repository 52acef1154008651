"""Stripe's products and prices as a catalog: exactly what can be, and every other thing is told."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from support import stripe
from support.stripe import METER, export_of, price, product, tiered

from pricingsite.integrations.stripe.catalog import import_catalog
from pricingsite.integrations.stripe.export import ExportError, read_export
from pricingsite.integrations.stripe.prices import NotCarriedError, price_keys
from pricingsite.pricing import charge, structure_from_dict
from pricingsite.services.catalog.document import CatalogDocument
from pricingsite.services.catalog.reading import read_catalog

MERCHANT = (
    '[merchant]\nname = "A"\nlegal_name = "A"\nemail = "a@a.example"\ntimezone = "UTC"\n'
    'country = "GB"\nsells_to = ["GB"]\nvat_rates = [{ valid_from = "2020-01-01", rate = "0" }]\n'
)


def imported(*things: dict[str, Any]) -> tuple[CatalogDocument, list[str]]:
    """The catalog of a product with some prices, its merchant filled in, and what was told."""
    made = import_catalog(read_export([export_of(product("prod_1", "Pro"), *things)]))
    tables = made.written().split("sells_to = []\n")[1]
    return read_catalog(f"{MERCHANT}{tables}".encode()), made.told


def told_of(*things: dict[str, Any]) -> str:
    """All that is told of some prices, none of which is carried."""
    made = import_catalog(read_export([export_of(product("prod_1", "Pro"), *things)]))
    assert made.products == made.plans == []
    return "\n".join(made.told)


def keys(one: dict[str, Any], currency: str = "USD", metric: str | None = None) -> dict[str, Any]:
    found = price_keys(one, one, currency, metric=metric)
    return {name: found[name] for name in found if name not in {"currency", "billing_type"}}


@pytest.mark.parametrize(
    ("interval", "times", "frequency"),
    [
        ("month", 1, "monthly"),
        ("month", 3, "quarterly"),
        ("month", 6, "half_yearly"),
        ("month", 12, "yearly"),
        ("year", 1, "yearly"),
        (None, 1, "one_time"),
    ],
)
def test_a_fee_is_carried_with_its_rhythm(interval: str | None, times: int, frequency: str) -> None:
    document, _ = imported(price("price_1", "1050", interval, times))
    (found,) = document.prices
    assert (found.id, found.list_price, found.currency) == ("price_1", True, "USD")
    assert (found.billing_frequency, found.billing_type) == (frequency, "in_advance")
    assert found.structure.to_dict() == {"model": "fixed", "amount": "10.5"}


@pytest.mark.parametrize(
    ("currency", "minor", "major"),
    [
        ("usd", "1", "0.01"),
        ("usd", "0.000123", "0.00000123"),
        ("jpy", "500", "500"),
        ("kwd", "5120", "5.12"),
        ("mga", "5", "5"),
        ("isk", "500", "5"),
        ("ugx", "500", "5"),
    ],
)
def test_minor_units_are_stripes_own(currency: str, minor: str, major: str) -> None:
    found = keys(price("price_1", minor), currency.upper())
    assert found["amount"] == major


def test_usage_is_counted_as_its_meter_does() -> None:
    document, told = imported(METER, price("price_1", "0.5", usage="metered", meter="mtr_1"))
    (metric,), (found,) = document.metrics, document.prices
    assert (metric.id, metric.event_type, metric.aggregation) == ("api_call", "api_call", "sum")
    assert (metric.property, metric.unit) == ("calls", "unit")
    assert (found.metric, found.billing_type) == ("api_call", "in_arrears")
    assert found.structure.to_dict() == {"model": "linear", "unit_price": "0.005"}
    assert "metric api_call: Stripe names no unit: it is called unit" in told


@pytest.mark.parametrize(
    ("formula", "aggregation", "reads"),
    [("sum", "sum", "calls"), ("count", "count", None), ("last", "latest", "calls")],
)
def test_each_formula_of_a_meter(formula: str, aggregation: str, reads: str | None) -> None:
    meter = {**METER, "default_aggregation": {"formula": formula}}
    document, _ = imported(meter, price("price_1", "1", usage="metered", meter="mtr_1"))
    (metric,) = document.metrics
    assert (metric.aggregation, metric.property) == (aggregation, reads)


def test_two_prices_of_a_meter_share_a_metric_and_two_meters_do_not() -> None:
    other = {**METER, "id": "mtr_2"}
    document, _ = imported(
        METER,
        other,
        price("price_1", "1", usage="metered", meter="mtr_1"),
        price("price_2", "2", usage="metered", meter="mtr_1"),
        price("price_3", "3", usage="metered", meter="mtr_2"),
    )
    assert [one.id for one in document.metrics] == ["api_call", "api_call_2"]
    assert [one.metric for one in document.prices] == ["api_call", "api_call", "api_call_2"]


def test_usage_records_of_old_are_counted_by_a_type_that_is_told() -> None:
    old = price("price_1", "1", usage="metered")
    old["recurring"]["aggregate_usage"] = "max"
    document, told = imported(old)
    (metric,) = document.metrics
    assert (metric.event_type, metric.aggregation, metric.property) == ("pro", "max", "quantity")
    assert any("metric pro counts events of type pro by their quantity" in line for line in told)


AMOUNTS = st.decimals(0, 10_000, places=3).map(lambda value: value.normalize())
BOUNDS = st.lists(st.integers(1, 10_000), unique=True, max_size=4).map(sorted)


@given(
    bounds=BOUNDS,
    units=st.integers(0, 20_000),
    mode=st.sampled_from(["graduated", "volume"]),
    data=st.data(),
)
def test_tiers_cost_what_they_cost_at_stripe(
    bounds: list[int], units: int, mode: str, data: st.DataObject
) -> None:
    tiers = [(up_to, data.draw(AMOUNTS), data.draw(AMOUNTS)) for up_to in [*bounds, None]]
    texts = [(up_to, f"{each:f}", f"{flat:f}") for up_to, each, flat in tiers]
    found = keys(tiered("price_1", texts, mode), metric="m")
    structure = {name: found[name] for name in ("model", "tiers")}
    cents, before = Decimal(0), 0
    for up_to, each, flat in tiers:
        reached = units > before or not before
        if mode == "graduated" and reached:
            cents += flat + each * (min(units, up_to or units) - before)
        if mode == "volume" and reached and (up_to is None or units <= up_to):
            cents = flat + each * units
        before = up_to or before
    assert charge(structure_from_dict(structure), Decimal(units)).amount * 100 == cents


def test_packages_are_carried_where_begun_ones_are_charged() -> None:
    by = {"divide_by": 1000, "round": "up"}
    one = price("price_1", "1000", usage="metered", meter="mtr_1", transform_quantity=by)
    found = keys(one, metric="m")
    assert found == {
        "billing_frequency": "monthly",
        "metric": "m",
        "model": "package",
        "package_size": "1000",
        "package_price": "10",
    }
    with pytest.raises(NotCarriedError, match="packages that are not full are free"):
        keys({**one, "transform_quantity": {"divide_by": 1000, "round": "down"}}, metric="m")


def test_each_currency_of_a_price_is_a_price() -> None:
    options = {
        "usd": {"unit_amount": 900, "unit_amount_decimal": "900"},
        "jpy": {"unit_amount": 1200, "unit_amount_decimal": "1200"},
        "eur": {"unit_amount": None, "custom_unit_amount": {"minimum": 100}},
    }
    document, told = imported(price("price_1", "900", currency_options=options))
    assert [(one.id, one.currency) for one in document.prices] == [
        ("price_1", "USD"),
        ("price_1-jpy", "JPY"),
    ]
    assert document.prices[1].structure.to_dict()["amount"] == "1200"
    assert "price price_1 (Pro) in EUR: not carried: customers choose its amount" in told
    assert document.plans[0].options[1].prices == ("price_1-jpy",)


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (price("price_1", "1", "week"), "it is billed every week; a price of the catalog"),
        (price("price_1", "1", "month", 2), "it is billed every 2 months"),
        (price("price_1", "1", active=False), "it is archived"),
        (price("price_1", None, custom_unit_amount={}), "its unit_amount is not in the export"),
        (price("price_1", None, custom_unit_amount={"minimum": 1}), "customers choose its amount"),
        (price("price_1", "1", tax_behavior="inclusive"), "its amounts include tax"),
        (price("price_1", "1", transform_quantity={"divide_by": 5}), "by quantity in packages"),
        (tiered("price_1", [(None, "1", None)], "odd", usage="licensed"), "tiers_mode is odd"),
        (price("price_1", "1", usage="metered", meter="mtr_9"), "its meter mtr_9 is not in the"),
        (price("price_1", "0.00000000001"), "0.0000000000001 has more than 12 decimals"),
        (price("price_1", "1e99"), "its unit_amount_decimal is no number from 0 on: '1e99'"),
        (price("price_1", None, unit_amount=True), "its unit_amount is no number from 0 on: True"),
        (price("price_1", "1", currency="none"), "'NONE' is not a currency code"),
        (price("price_1", "-5"), "its unit_amount_decimal is no number from 0 on: '-5'"),
        (price("price_1", "1", currency="iqd"), "how many decimals Stripe gives IQD"),
        (price("price_1", "1", product="prod_2"), "its product is not in the export"),
    ],
)
def test_what_cannot_be_carried_is_told_with_its_reason(one: dict[str, Any], reason: str) -> None:
    told = told_of(one)
    assert reason in told
    assert "product prod_1 (Pro): not carried: it has no price that is" in told


@pytest.mark.parametrize(
    ("tiers", "reason"),
    [
        (None, "ask for them by expand[]=data.tiers"),
        ([(None, "1", None), (5, "1", None)], "only the last tier has none"),
        ([(5, "1", None), (5, "1", None), (None, "1", None)], "upper bounds must rise"),
    ],
)
def test_tiers_that_are_none_are_told(tiers: Any, reason: str) -> None:
    one = tiered("price_1", tiers or [], "graduated", meter="mtr_1")
    assert reason in told_of(METER, one)


def test_an_inactive_meter_and_one_that_counts_otherwise() -> None:
    metered = price("price_1", "1", usage="metered", meter="mtr_1")
    assert "its meter mtr_1 is inactive" in told_of({**METER, "status": "inactive"}, metered)
    odd = {**METER, "default_aggregation": {"formula": "median"}}
    assert "its meter counts by median" in told_of(odd, metered)
    metered["recurring"] |= {"meter": None, "aggregate_usage": "last_ever"}
    assert "its usage counts by last_ever" in told_of(metered)


def test_what_is_left_out_of_a_price_that_is_carried_is_told() -> None:
    one = price("price_1", "900", nickname="Monthly", lookup_key="pro", metadata={"a": "b"})
    _, told = imported(one)
    assert [line for line in told if line.startswith("price price_1 (Monthly): carried, but ")] == [
        (
            "price price_1 (Monthly): carried, but for a quantity of one, which is what Stripe "
            "takes where none is said"
        ),
        "price price_1 (Monthly): carried, but without its lookup_key",
        "price price_1 (Monthly): carried, but without its metadata",
    ]


def test_a_plan_is_made_of_a_product_and_its_default_price() -> None:
    described = product(
        "prod_1", "Pro", default_price="price_2", description="For teams.", tax_code="txcd_1",
        marketing_features=[{"name": "Projects"}],
    )  # fmt: skip
    document, told = imported(
        described,
        METER,
        price("price_1", "9", usage="metered", meter="mtr_1"),
        price("price_2", "90", None),
        price("price_3", "90", None),
    )
    assert document.products[0].description == "For teams."
    assert [(plan.id, plan.features, plan.prices) for plan in document.plans] == [
        ("pro", ("Projects",), ("price_2",))
    ]
    assert told[-3:] == [
        "product prod_1 (Pro): carried, but without its tax_code",
        "product prod_1 (Pro): Stripe has no plans: one was made, with price price_2",
        "product prod_1 (Pro): in no plan: prices price_1, price_3",
    ]


def test_other_rhythms_and_currencies_of_a_product_are_options_of_its_plan() -> None:
    document, told = imported(
        product("prod_1", "Pro", default_price={"id": "price_2"}),
        METER,
        price("price_1", "9"),
        price("price_2", "90", "year"),
        price("price_3", "8", currency="eur"),
        price("price_4", "7", currency="eur"),
        price("price_5", "9", usage="metered", meter="mtr_1"),
    )
    (plan,) = document.plans
    assert [(one.id, one.prices) for one in plan.options] == [
        ("yearly-usd", ("price_2",)),
        ("monthly-usd", ("price_1",)),
        ("monthly-eur", ("price_3",)),
    ]
    assert told[-2:] == [
        (
            "product prod_1 (Pro): Stripe has no plans: one was made, with prices price_2, "
            "price_1, price_3"
        ),
        "product prod_1 (Pro): in no plan: prices price_4, price_5",
    ]


@pytest.mark.parametrize(
    ("label", "per", "remark"),
    [("seat", "seat", None), (None, "unit", "per unit: Stripe does not name what is bought")],
)
def test_what_is_bought_in_tiers_is_carried(
    label: str | None, per: str, remark: str | None
) -> None:
    tiers = [(10, "900", None), (None, "750", None)]
    document, told = imported(
        product("prod_1", "Pro", unit_label=label),
        tiered("price_1", tiers, "volume", usage="licensed"),
    )
    (found,) = document.prices
    assert (found.per, found.metric, found.billing_type) == (per, None, "in_advance")
    assert found.structure.to_dict()["tiers"][0] == {"upper_bound": "10", "unit_price": "9"}
    about = "price price_1 (Pro): carried, but "
    assert [line for line in told if line.startswith(about)] == (
        [f"{about}{remark}"] if remark else []
    )


def test_a_fee_of_a_product_that_is_counted_is_for_each() -> None:
    document, told = imported(product("prod_1", "Pro", unit_label="seat"), price("price_1", "800"))
    assert (document.prices[0].per, document.prices[0].structure.to_dict()) == (
        "seat",
        {"model": "fixed", "amount": "8"},
    )
    assert not any("quantity of one" in line for line in told)


def trying(days: Any, price_id: str, *about: Any) -> dict[str, Any]:
    """A price with a trial."""
    one = price(price_id, *about)
    one["recurring"]["trial_period_days"] = days
    return one


def test_a_trial_that_all_prices_of_a_plan_have_is_the_plans() -> None:
    document, told = imported(trying(14, "price_1", "900"), trying(14, "price_2", "9000", "year"))
    (plan,) = document.plans
    assert (plan.trial_days, plan.trial_then) == (14, "continues")
    assert (
        "product prod_1 (Pro): its trial of 14 days is carried: the plan goes on after it, "
        "as at Stripe"
    ) in told


def test_a_trial_that_some_prices_of_a_plan_have_is_told() -> None:
    document, told = imported(trying(14, "price_1", "900"), price("price_2", "9000", "year"))
    assert document.plans[0].trial_days is None
    assert (
        "price price_1: carried, but without its trial of 14 days: a plan has one trial, of 1 to "
        "365 days, for all of its prices"
    ) in told
    document, told = imported(price("price_1", "900"), trying(14, "price_2", "500"))
    assert document.plans[0].trial_days is None
    assert "price price_2: carried, but without its trial of 14 days: it is in no plan" in told


@pytest.mark.parametrize("days", [730, -1, "14", 1.5, True])
def test_a_trial_that_no_plan_can_have_is_told(days: Any) -> None:
    document, told = imported(trying(days, "price_1", "900"))
    assert document.plans[0].trial_days is None
    assert any(f"without its trial of {days} days" in line for line in told)


def test_archived_products_and_repeated_names() -> None:
    document, told = imported(
        product("prod_2", "Old", active=False),
        product("prod_3", "Pro"),
        product("own-id", "Pro"),
        *(price(f"price_{n}", "1", product=of) for n, of in enumerate(["prod_1", "prod_2"])),
        *(price(f"price_{n}", "1", product=of) for n, of in enumerate(["prod_3", "own-id"], 5)),
    )
    assert [one.id for one in document.products] == ["pro", "pro-2", "own-id"]
    assert [one.id for one in document.plans] == ["pro", "pro-2", "pro-3"]
    assert "product prod_2 (Old): not carried: it is archived, and its prices with it" in told


def test_what_the_catalog_itself_refuses_is_told() -> None:
    made = import_catalog(
        read_export([export_of(product("prod_1", "A\u200bB"), price("price_1", "1"))])
    )
    assert any(line.startswith("products[0].name: the text contains") for line in made.told)


def test_an_export_that_ends_before_its_list_is_told() -> None:
    text = stripe.listed("/v1/prices", [price("price_1", "1")], has_more=True)
    export = read_export([export_of(product("prod_1", "Pro")), text])
    assert import_catalog(export).told[0] == (
        "/v1/prices: the export ends before the list does (has_more)"
    )


def test_a_product_may_be_written_out_in_its_price() -> None:
    expanded = price("price_1", "1", product=product("prod_1", "Pro"))
    export = read_export([json.dumps([expanded])])
    assert list(export.products) == ["prod_1"]
    assert [one["id"] for one in import_catalog(export).products] == ["pro"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no product and no price"),
        ('{"object": "list", "data": []}', "no product and no price"),
        ("[1, 2", "it is not JSON"),
        ("[" * 100_000, "too deeply"),
        ("9" * 5_000, "it is not JSON"),
        ('{"object": "price", "id": 1}', "no product and no price"),
        ('{"object": "price", "id": "\\ud800"}', "half a character"),
    ],
)
def test_what_is_no_export_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ExportError, match=reason):
        read_export([text])


GOOD = [
    product("prod_1", "Pro", unit_label="seat", marketing_features=[{"name": "Projects"}]),
    METER,
    price("price_1", "900", currency_options={"eur": {"unit_amount": 800}}),
    tiered("price_2", [(10, "900", None), (None, "750", None)], "volume", usage="licensed"),
    tiered("price_3", [(10, "1", "5"), (None, "2", None)], "graduated", meter="mtr_1"),
    price("price_4", "9", transform_quantity={"divide_by": 5, "round": "up"}, usage="metered"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=3,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where in a JSON value something may be put in the place of something else."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for name, one in inside:
        found.append((*path, name))
        found += places(one, (*path, name)) if isinstance(one, dict | list) else []
    return found


@settings(deadline=None)
@given(place=st.sampled_from(places(GOOD)), value=JSON)
def test_whatever_an_export_holds_it_is_read_or_refused_in_words(
    place: tuple[Any, ...], value: Any
) -> None:
    things = json.loads(json.dumps(GOOD))
    parent = things
    for name in place[:-1]:
        parent = parent[name]
    parent[place[-1]] = value
    try:
        made = import_catalog(read_export([json.dumps(things)]))
    except ExportError:
        return
    # What no file can hold is told, as everything that the catalog refuses.
    assert made.written()
    assert made.told


@pytest.fixture
def run(app: Flask) -> Callable[..., Result]:
    def run(*arguments: object) -> Result:
        return app.test_cli_runner().invoke(args=["catalog", "import", *map(str, arguments)])

    return run


def test_the_command_writes_a_catalog_to_be_filled_in(
    run: Callable[..., Result], app: Flask, tmp_path: Path
) -> None:
    products, prices, catalog = (tmp_path / name for name in ("1.json", "2.json", "mine.toml"))
    products.write_text(export_of(product("prod_1", "Pro")))
    prices.write_text(export_of(price("price_1", "900")))
    printed = run("--stripe", products, "--stripe", prices)
    assert printed.exit_code == 0
    assert 'amount = "9"' in printed.stdout
    assert "product prod_1 (Pro): Stripe has no plans" in printed.stderr
    written = run("--stripe", products, "--stripe", prices, "--output", catalog)
    assert (written.exit_code, written.stdout) == (0, "")
    assert catalog.read_text() == printed.stdout
    checked = app.test_cli_runner().invoke(args=["catalog", "check", str(catalog)])
    assert checked.exit_code == 1
    assert {line.split(".")[0] for line in checked.stderr.splitlines()[:-1]} == {"merchant"}
    again = run("--stripe", products, "--stripe", prices, "--output", catalog)
    assert (again.exit_code, catalog.read_text()) == (1, printed.stdout)


def test_the_command_names_a_file_that_is_no_export(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(b"\xff")
    refused = run("--stripe", file)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "x.json" in refused.stderr
