"""Linear and package prices of which units are included: nothing up to there, then as ever."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricingsite.pricing import (
    BillingFrequency,
    BillingType,
    Graduated,
    Linear,
    Package,
    Period,
    PriceTerms,
    Service,
    Structure,
    StructureError,
    Tier,
    Unit,
    charge,
    cost_curve,
    lowest_average,
    make_bill,
    next_unit_cost,
    plain,
    structure_from_dict,
    units_until_change,
)
from pricingsite.pricing.examples import example_quantities
from pricingsite.pricing.money import MOST_A_MONTH
from pricingsite.pricing.position import usage_position

LINEAR = {"model": "linear", "unit_price": "0.09", "included": "500"}
PACKAGE = {"model": "package", "package_size": "100", "package_price": "40", "included": "250"}
rates = st.decimals(0, 1000, places=4)
quantities = st.decimals(0, 20_000, places=6) | st.integers(0, 20_000).map(Decimal)
included = st.decimals("0.000001", 10_000, places=6) | st.integers(1, 10_000).map(Decimal)
sizes = st.integers(1, 1000).map(Decimal)


def amounts(document: dict[str, Any], *units: str) -> list[str]:
    structure = structure_from_dict(document)
    return [plain(charge(structure, Decimal(one)).amount) for one in units]


def test_included_units_cost_nothing_and_the_rest_what_it_always_does() -> None:
    assert amounts(LINEAR, "0", "500", "500.5", "501", "1500") == [
        "0",
        "0",
        "0.045",
        "0.09",
        "90",
    ]
    assert amounts(PACKAGE, "0", "250", "250.1", "350", "351") == ["0", "0", "40", "40", "80"]


@pytest.mark.parametrize("document", [LINEAR, PACKAGE])
def test_it_survives_its_table_and_has_no_tiers(document: dict[str, Any]) -> None:
    structure = structure_from_dict(document)
    assert structure.to_dict() == document
    assert structure.included == Decimal(document["included"])
    assert charge(structure, 1000).tiers == ()
    assert len(charge(structure, 0).lines) == 1
    assert [line.quantity for line in charge(structure, 1000).lines] == [
        structure.included,
        500 if document is LINEAR else 8,
    ]


@pytest.mark.parametrize(
    ("included", "why"),
    [
        ("0", "include more than 0 units, or leave it out"),
        ("-1", "the number must not be negative: -1"),
        ("0.0000001", "at most 6 decimal places"),
        (500, "must be written in quotes"),
    ],
)
def test_what_cannot_be_included_is_refused_in_its_place(included: object, why: str) -> None:
    for document in (LINEAR, PACKAGE):
        with pytest.raises(StructureError, match=why) as error:
            structure_from_dict(document | {"included": included})
        assert error.value.path == "included"


def test_only_linear_and_package_prices_include_units() -> None:
    with pytest.raises(StructureError, match="unknown key"):
        structure_from_dict({"model": "percentage", "rate": "0.02", "included": "5"})


@given(rates, included, quantities)
def test_linear_is_graduated_with_a_first_tier_that_is_free(
    rate: Decimal, free: Decimal, units: Decimal
) -> None:
    linear = Linear(rate, included=free)
    tiers = Graduated((Tier(free), Tier(None, rate)))
    assert charge(linear, units).amount == charge(tiers, units).amount
    assert next_unit_cost(linear, units) == next_unit_cost(tiers, units)
    assert units_until_change(linear, units) == units_until_change(tiers, units)
    assert [(b.first_unit, b.last_unit, b.unit_price) for b in linear.bands] == [
        (b.first_unit, b.last_unit, b.unit_price) for b in tiers.bands
    ]
    upto = Decimal(30_000)
    assert cost_curve(linear, upto) == cost_curve(tiers, upto)
    assert example_quantities(linear) == example_quantities(tiers)


@given(sizes, rates, included, quantities)
def test_packages_are_counted_from_the_end_of_what_is_included(
    size: Decimal, price: Decimal, free: Decimal, units: Decimal
) -> None:
    package = Package(size, price, included=free)
    beyond = max(Decimal(0), units - free)
    assert charge(package, units).amount == charge(Package(size, price), beyond).amount
    until = units_until_change(package, units)
    assert until is not None
    # Up to there the total stays what it is.
    assert charge(package, units + until).amount == charge(package, units).amount


@given(
    st.builds(Linear, rates, included) | st.builds(Package, sizes, rates, included),
    quantities,
    quantities,
)
def test_more_never_costs_less_and_lines_add_up(
    structure: Structure, one: Decimal, other: Decimal
) -> None:
    less, more = (charge(structure, units) for units in sorted([one, other]))
    assert less.amount <= more.amount
    for found in (less, more):
        assert sum(line.quantity * line.unit_price for line in found.lines) == found.amount


@given(sizes, included | st.just(Decimal(MOST_A_MONTH)))
def test_examples_rise_and_can_happen(size: Decimal, free: Decimal) -> None:
    found = example_quantities(Package(size, Decimal(1), included=free))
    for quantities in (found.all, found.highlights):
        assert list(quantities) == sorted(set(quantities))
        assert quantities[-1] <= MOST_A_MONTH


def test_a_curve_has_a_corner_where_charging_begins() -> None:
    packages = cost_curve(structure_from_dict(PACKAGE), Decimal(400))
    assert [(int(x), int(y)) for x, y in packages] == [
        (0, 0), (250, 0), (250, 40), (350, 40), (350, 80), (400, 80),
    ]  # fmt: skip
    far = cost_curve(structure_from_dict(PACKAGE), Decimal(10_000))
    assert [(int(x), int(y)) for x, y in far] == [(0, 0), (250, 0), (10_000, 3920)]


@given(st.builds(Linear, rates, included), quantities.filter(bool))
def test_no_average_is_called_the_lowest(structure: Structure, upto: Decimal) -> None:
    # It is nothing along what is included, and rises from there.
    assert lowest_average(structure, upto) is None


@pytest.mark.parametrize(("document", "beyond"), [(LINEAR, "90.00"), (PACKAGE, "520.00")])
def test_a_bill_has_a_line_of_what_is_included_and_one_of_the_rest(
    document: dict[str, Any], beyond: str
) -> None:
    price = PriceTerms(
        id="P",
        name="Price",
        currency="GBP",
        structure=structure_from_dict(document),
        billing_frequency=BillingFrequency.MONTHLY,
        billing_type=BillingType.IN_ARREARS,
        unit=Unit("GB", "GB"),
        metric_id="egress",
    )
    month = Period(date(2027, 1, 1), date(2027, 2, 1))
    service = Service(price, month, month)
    bill = make_bill([(service, Decimal(1500))], period=month, currency="GBP", tax_rate=Decimal(0))
    assert [str(line.net) for line in bill.lines] == ["0.00", beyond]
    assert [line.flat_fee for line in bill.lines] == [None, None]
    position = usage_position(service, Decimal(100), on_this_bill=True)
    assert (position.included_used, position.next_is_included) == (100, True)
    assert position.until_change == Decimal(document["included"]) - 100
