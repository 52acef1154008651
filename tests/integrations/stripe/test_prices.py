"""Stripe's prices as a catalog's: exactly what can be, and every other thing is told."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.stripe import METER, imported, price, tiered, told_of

from pricingsite.integrations.stripe.prices import NotCarriedError, price_keys
from pricingsite.pricing import charge, structure_from_dict


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
