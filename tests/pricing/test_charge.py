import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pricingsite.pricing import (
    Charge,
    NumberError,
    Structure,
    TierBand,
    TierCharge,
    charge,
    next_unit_cost,
    structure_from_dict,
    units_until_change,
)
from pricingsite.pricing.structures import Package

VECTORS = json.loads((Path(__file__).parent / "vectors" / "rating.json").read_text())


def tiered(model: str, *tiers: tuple[str | None, str, str]) -> Structure:
    """A structure from (upper bound, unit price, flat fee) triples."""
    documents: list[dict[str, Any]] = []
    for bound, unit_price, flat_fee in tiers:
        document = {"unit_price": unit_price, "flat_fee": flat_fee}
        documents.append(document | ({"upper_bound": bound} if bound else {}))
    return structure_from_dict({"model": model, "tiers": documents})


X = tiered("graduated", ("1000", "0", "250"), ("2500", "0.45", "0"), (None, "0.65", "0"))
Y = tiered("graduated", ("2000", "0", "150"), (None, "0.40", "0"))
Z = tiered("graduated", ("5000", "0", "700"), (None, "0.65", "0"))
VOLUME = tiered("volume", ("1000", "0", "250"), ("2500", "0.45", "0"), (None, "0.65", "0"))
FEES = tiered("graduated", ("100", "1", "20"), (None, "1", "50"))
LINEAR = structure_from_dict({"model": "linear", "unit_price": "0.10"})
PACKAGE = structure_from_dict({"model": "package", "package_size": "250", "package_price": "10"})
FIXED = structure_from_dict({"model": "fixed", "amount": "500.00"})
EVERY_MODEL = [FIXED, LINEAR, PACKAGE, VOLUME, X]


def test_there_are_cases_to_run() -> None:
    assert len(VECTORS) >= 50
    assert {case["structure"]["model"] for case in VECTORS} == {
        "fixed", "linear", "package", "volume", "graduated",
    }  # fmt: skip


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["id"])
def test_published_cases(case: dict[str, Any]) -> None:
    structure = structure_from_dict(case["structure"])
    assert charge(structure, Decimal(case["quantity"])).amount == Decimal(case["amount"])


@pytest.mark.parametrize(
    ("calls", "amount"),
    [
        ("0", "250"),
        ("1", "250"),
        ("999", "250"),
        ("1000", "250"),
        ("1001", "250.45"),
        ("1500", "475"),
        ("2499", "924.55"),
        ("2500", "925"),
        ("2501", "925.65"),
        ("5000", "2550"),
        ("10000", "5800"),
        ("100000", "64300"),
        ("1000000", "649300"),
    ],
)
def test_the_worked_example(calls: str, amount: str) -> None:
    assert charge(X, Decimal(calls)).amount == Decimal(amount)
    assert charge(X, int(calls)).amount == Decimal(amount)


@pytest.mark.parametrize(
    ("structure", "calls", "amount"),
    [
        (Y, 0, "150"),
        (Y, 1999, "150"),
        (Y, 2000, "150"),
        (Y, 2001, "150.40"),
        (Y, 10000, "3350"),
        (Z, 0, "700"),
        (Z, 4999, "700"),
        (Z, 5000, "700"),
        (Z, 5001, "700.65"),
        (Z, 10000, "3950"),
    ],
)
def test_the_variants_at_their_bounds(structure: Structure, calls: int, amount: str) -> None:
    assert charge(structure, calls).amount == Decimal(amount)


def test_every_tier_reached_is_explained() -> None:
    first = TierCharge(
        first_unit=Decimal(0),
        last_unit=Decimal(1000),
        quantity=Decimal(1000),
        unit_price=Decimal(0),
        flat_fee=Decimal(250),
        amount=Decimal(250),
    )
    second = TierCharge(
        first_unit=Decimal(1001),
        last_unit=Decimal(2500),
        quantity=Decimal(1500),
        unit_price=Decimal("0.45"),
        flat_fee=Decimal(0),
        amount=Decimal(675),
    )
    third = TierCharge(
        first_unit=Decimal(2501),
        last_unit=None,
        quantity=Decimal(700),
        unit_price=Decimal("0.65"),
        flat_fee=Decimal(0),
        amount=Decimal(455),
    )
    assert charge(X, 3200) == Charge(amount=Decimal(1380), lines=(first, second, third))
    assert charge(X, 3200).tiers == (first, second, third)


@pytest.mark.parametrize(("calls", "reached"), [(0, 1), (1000, 1), (1001, 2), (2500, 2), (2501, 3)])
def test_a_tier_is_reached_by_the_first_unit_beyond_the_bound(calls: int, reached: int) -> None:
    assert len(charge(X, calls).tiers) == reached


def test_the_first_tier_is_reached_at_zero() -> None:
    (tier,) = charge(X, 0).tiers
    assert (tier.quantity, tier.flat_fee, tier.amount) == (0, 250, 250)


@pytest.mark.parametrize(
    ("calls", "amount"),
    [(0, "250"), (1000, "250"), (1001, "450.45"), (2500, "1125"), (2501, "1625.65")],
)
def test_volume_charges_the_reached_tier_alone(calls: int, amount: str) -> None:
    charged = charge(VOLUME, calls)
    assert charged.amount == Decimal(amount)
    (tier,) = charged.tiers
    assert tier.quantity == calls


def test_half_a_unit_past_a_bound_lies_in_the_next_tier() -> None:
    charged = charge(X, Decimal("1000.5"))
    assert charged.amount == Decimal("250.225")
    assert [tier.quantity for tier in charged.tiers] == [1000, Decimal("0.5")]
    assert charge(X, Decimal("1000.000001")).amount == Decimal("250.00000045")
    assert charge(VOLUME, Decimal("1000.5")).amount == Decimal("450.225")
    assert charge(FEES, Decimal("100.000001")).amount == Decimal("170.000001")


def test_fees_add_up_in_graduated_tiers_only() -> None:
    assert charge(FEES, 100).amount == 120
    assert charge(FEES, 101).amount == 171
    assert charge(tiered("volume", ("100", "1", "20"), (None, "1", "50")), 101).amount == 151


@pytest.mark.parametrize(
    ("quantity", "begun", "amount"),
    [("0", 0, 0), ("0.000001", 1, 10), ("250", 1, 10), ("250.5", 2, 20), ("600", 3, 30)],
)
def test_a_package_begun_is_charged_whole(quantity: str, begun: int, amount: int) -> None:
    assert isinstance(PACKAGE, Package)
    assert PACKAGE.begun(Decimal(quantity)) == begun
    charged = charge(PACKAGE, Decimal(quantity))
    assert (charged.amount, charged.tiers) == (amount, ())


def test_a_package_of_part_of_a_unit() -> None:
    document = {"model": "package", "package_size": "0.3", "package_price": "0.07"}
    assert charge(structure_from_dict(document), 1).amount == Decimal("0.28")


def test_a_fixed_price_does_not_depend_on_the_quantity() -> None:
    assert charge(FIXED, 0) == charge(FIXED, 10**6)
    assert (charge(FIXED, 0).amount, charge(FIXED, 0).tiers) == (500, ())


def test_amounts_are_exact_to_every_digit() -> None:
    rate = "123456789012345.123456789012"
    linear = structure_from_dict({"model": "linear", "unit_price": rate})
    quantity = Decimal("999999999.999999")
    exact = int(rate.replace(".", "")) * 999999999999999
    assert f"{charge(linear, quantity).amount:f}" == f"{str(exact)[:-18]}.{str(exact)[-18:]}"


def test_huge_usage_at_the_finest_rate() -> None:
    tiers = [("1000000000.5", "0.000000000001", "0"), (None, "0.999999999999", "0")]
    structure = tiered("graduated", *tiers)
    first, second = charge(structure, Decimal("1000000000000.123456")).tiers
    assert first.amount == Decimal("0.0010000000005")
    assert second.quantity == Decimal("998999999999.623456")
    assert second.amount == Decimal("998999999998.624456000000376544")


@pytest.mark.parametrize(
    ("quantity", "reason"),
    [
        (1.5, "a quantity must be an exact decimal, not float: 1.5"),
        (True, "a quantity must be an exact decimal, not bool: True"),
        ("5", "a quantity must be an exact decimal, not str: '5'"),
        (None, "a quantity must be an exact decimal, not NoneType: None"),
        (-1, "a quantity must not be negative: -1"),
        (Decimal("-0.000001"), "a quantity must not be negative: -0.000001"),
        (Decimal("0.0000001"), "a quantity has at most 6 decimal places: 1E-7"),
        (Decimal("NaN"), "a quantity must be a number, not NaN"),
        (Decimal("Infinity"), "a quantity must be a number, not Infinity"),
        (10**15, "a quantity has at most 15 digits before the point: 1000000000000000"),
        (Decimal("1E+1000000"), "a quantity has at most 15 digits before the point: 1E+1000000"),
        (Decimal("1E-1000000"), "a quantity has at most 6 decimal places: 1E-1000000"),
    ],
)
@pytest.mark.parametrize("structure", EVERY_MODEL, ids=lambda structure: structure.model)
@pytest.mark.parametrize("ask", [charge, next_unit_cost, units_until_change])
def test_what_is_no_quantity_is_refused(
    ask: Any, structure: Structure, quantity: Any, reason: str
) -> None:
    with pytest.raises(NumberError) as refused:
        ask(structure, quantity)
    assert str(refused.value) == reason


def test_trailing_zeros_do_no_harm_to_a_quantity() -> None:
    assert charge(X, Decimal("1500.000000000")).amount == 475
    assert charge(X, Decimal("1.5E+3")).amount == 475


@pytest.mark.parametrize(
    ("structure", "quantity", "cost", "until"),
    [
        (X, "0", "0", "1000"),
        (X, "999", "0", "1"),
        (X, "1000", "0.45", "0"),
        (X, "1001", "0.45", "1499"),
        (X, "2499", "0.45", "1"),
        (X, "2500", "0.65", "0"),
        (X, "2501", "0.65", None),
        (X, "1000000", "0.65", None),
        (X, "999.5", "0.225", "0.5"),
        (FEES, "100", "51", "0"),
        (FEES, "101", "1", None),
        (VOLUME, "999", "0", "1"),
        (VOLUME, "1000", "200.45", "0"),
        (VOLUME, "2500", "500.65", "0"),
        (PACKAGE, "0", "10", "0"),
        (PACKAGE, "1", "0", "249"),
        (PACKAGE, "249", "0", "1"),
        (PACKAGE, "250", "10", "0"),
        (PACKAGE, "250.5", "0", "249.5"),
        (LINEAR, "7", "0.10", None),
        (FIXED, "7", "0", None),
    ],
)
def test_what_the_next_unit_costs_and_how_long(
    structure: Structure, quantity: str, cost: str, until: str | None
) -> None:
    assert next_unit_cost(structure, Decimal(quantity)) == Decimal(cost)
    expected = None if until is None else Decimal(until)
    assert units_until_change(structure, Decimal(quantity)) == expected


def test_every_tier_is_there_to_show() -> None:
    bands = (
        TierBand(Decimal(0), Decimal(1000), Decimal(0), Decimal(250)),
        TierBand(Decimal(1001), Decimal(2500), Decimal("0.45"), Decimal(0)),
        TierBand(Decimal(2501), None, Decimal("0.65"), Decimal(0)),
    )
    assert X.bands == VOLUME.bands == bands
    assert LINEAR.bands == PACKAGE.bands == FIXED.bands == ()
