from decimal import Decimal
from typing import Any

import pytest

from pricingsite.pricing import (
    Fixed,
    Graduated,
    Linear,
    Package,
    Structure,
    StructureError,
    Tier,
    Volume,
    structure_from_dict,
)

ONE, TWO = Decimal(1), Decimal(2)
TIERS = (
    Tier(upper_bound=Decimal(1000), flat_fee=Decimal(250)),
    Tier(Decimal(2500), Decimal("0.45")),
    Tier(unit_price=Decimal("0.65")),
)
TIER_DICTS = [
    {"upper_bound": "1000", "flat_fee": "250"},
    {"upper_bound": "2500", "unit_price": "0.45"},
    {"unit_price": "0.65"},
]


@pytest.mark.parametrize(
    ("document", "structure"),
    [
        ({"model": "fixed", "amount": "500"}, Fixed(Decimal(500))),
        ({"model": "linear", "unit_price": "0.00025"}, Linear(Decimal("0.00025"))),
        (
            {"model": "package", "package_size": "250", "package_price": "10.5"},
            Package(Decimal(250), Decimal("10.5")),
        ),
        ({"model": "volume", "tiers": TIER_DICTS}, Volume(TIERS)),
        ({"model": "graduated", "tiers": TIER_DICTS}, Graduated(TIERS)),
        ({"model": "graduated", "tiers": [{}]}, Graduated((Tier(),))),
    ],
)
def test_a_structure_and_its_table_say_the_same(
    document: dict[str, Any], structure: Structure
) -> None:
    assert structure_from_dict(document) == structure
    assert structure.to_dict() == document
    assert structure.model == document["model"]
    assert structure.is_usage is (document["model"] != "fixed")


def test_equal_structures_give_equal_tables() -> None:
    one = structure_from_dict({"model": "linear", "unit_price": "0.40"})
    other = structure_from_dict({"model": "linear", "unit_price": "0.4"})
    assert one == other
    assert one.to_dict() == other.to_dict()


def test_a_free_tier_is_a_tier() -> None:
    tiers = [{"upper_bound": "10", "unit_price": "0", "flat_fee": "0"}, {"unit_price": "1"}]
    structure = structure_from_dict({"model": "graduated", "tiers": tiers})
    assert structure == Graduated((Tier(Decimal(10)), Tier(unit_price=ONE)))


def graduated(*tiers: Any) -> dict[str, Any]:
    return {"model": "graduated", "tiers": list(tiers)}


REFUSED = [
    # A document, the path in it, and what is wrong there.
    (graduated(), "tiers", "at least one tier is needed"),
    ({"model": "volume"}, "tiers", "at least one tier is needed"),
    ({"model": "volume", "tiers": "many"}, "tiers", "tiers are a list, not 'many'"),
    (
        graduated({"upper_bound": "5"}, {"upper_bound": "9"}, {"upper_bound": "20"}),
        "tiers[2]",
        "the last tier must not have an upper bound",
    ),
    (graduated({"upper_bound": "5"}), "tiers[0]", "the last tier must not have an upper bound"),
    (
        graduated({"upper_bound": "5"}, {"unit_price": "1"}, {}),
        "tiers[1]",
        "an upper bound is missing: only the last tier has none",
    ),
    (
        graduated({"upper_bound": "5"}, {"upper_bound": "5"}, {}),
        "tiers[1]",
        "upper bounds must rise: 5 is not more than 5",
    ),
    (
        graduated({"upper_bound": "1000.5"}, {"upper_bound": "2.50"}, {}),
        "tiers[1]",
        "upper bounds must rise: 2.5 is not more than 1000.5",
    ),
    (
        graduated({"upper_bound": "0"}, {}),
        "tiers[0]",
        "upper bounds must rise: 0 is not more than 0",
    ),
    (
        graduated({"upper_bound": "-5"}, {}),
        "tiers[0].upper_bound",
        "the number must not be negative: -5",
    ),
    (
        graduated({"upper_bound": "5", "unit_price": "-0.01"}, {}),
        "tiers[0].unit_price",
        "the number must not be negative: -0.01",
    ),
    (
        graduated({"upper_bound": "5"}, {"flat_fee": "-1"}),
        "tiers[1].flat_fee",
        "the number must not be negative: -1",
    ),
    (
        graduated({"upper_bound": "5"}, {"unit_price": 0.45}),
        "tiers[1].unit_price",
        'the number must be written in quotes, such as "0.45", not as float',
    ),
    (
        graduated({"upper_bound": 5}, {}),
        "tiers[0].upper_bound",
        'the number must be written in quotes, such as "0.45", not as int',
    ),
    (
        graduated({"upper_bound": None}, {}),
        "tiers[0].upper_bound",
        'the number must be written in quotes, such as "0.45", not as NoneType',
    ),
    (
        graduated({"upper_bound": "0.0000001"}, {}),
        "tiers[0].upper_bound",
        "the number has at most 6 decimal places: 1E-7",
    ),
    (
        graduated({"unit_price": "0.0000000000001"}),
        "tiers[0].unit_price",
        "the number has at most 12 decimal places: 1E-13",
    ),
    (
        graduated({"price": "1"}),
        "tiers[0].price",
        "unknown key: use flat_fee, unit_price, upper_bound",
    ),
    (graduated("1000"), "tiers[0]", "a tier is a table, not '1000'"),
    (
        {"model": "graduated", "tiers": [{}], "amount": "1"},
        "amount",
        "unknown key: use model, tiers",
    ),
    ({"model": "fixed"}, "amount", "missing"),
    ({"model": "fixed", "amount": 500.0}, "amount", None),
    ({"model": "fixed", "amount": "-1"}, "amount", "the number must not be negative: -1"),
    ({"model": "fixed", "amount": "1e3"}, "amount", None),
    ({"model": "linear"}, "unit_price", "missing"),
    ({"model": "linear", "unit_price": "1", "tiers": []}, "tiers", None),
    ({"model": "package", "package_size": "10"}, "package_price", "missing"),
    (
        {"model": "package", "package_size": "0", "package_price": "1"},
        "package_size",
        "a package must hold more than 0 units",
    ),
    (
        {"model": "tiered"},
        "model",
        "'tiered' is not a model: use fixed, linear, package, volume, graduated or percentage",
    ),
    (
        {"amount": "1"},
        "model",
        "a model is missing: use fixed, linear, package, volume, graduated or percentage",
    ),
    ([], "", "a structure is a table with a model, not []"),
]


@pytest.mark.parametrize(("document", "path", "message"), REFUSED)
def test_a_refusal_names_its_place(document: Any, path: str, message: str | None) -> None:
    with pytest.raises(StructureError) as refused:
        structure_from_dict(document)
    assert refused.value.path == path
    if message is not None:
        assert refused.value.message == message
    prefix = f"{path}: " if path else ""
    assert str(refused.value) == prefix + refused.value.message


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (Fixed, "amount"),
        (Linear, "unit_price"),
        (lambda wrong: Package(wrong, ONE), "package_size"),
        (lambda wrong: Package(ONE, wrong), "package_price"),
        (lambda wrong: Graduated((Tier(wrong), Tier())), "tiers[0].upper_bound"),
        (lambda wrong: Volume((Tier(ONE), Tier(None, wrong))), "tiers[1].unit_price"),
        (lambda wrong: Volume((Tier(ONE), Tier(TWO, ONE, wrong), Tier())), "tiers[1].flat_fee"),
    ],
)
@pytest.mark.parametrize("wrong", [0.5, 1, "1", True, Decimal("NaN"), Decimal("Infinity")])
def test_a_structure_that_exists_is_valid(make: Any, path: str, wrong: Any) -> None:
    with pytest.raises(StructureError) as refused:
        make(wrong)
    assert refused.value.path == path


def test_structures_do_not_change() -> None:
    with pytest.raises(AttributeError):
        Fixed(ONE).amount = TWO  # type: ignore[misc]
    assert len({Fixed(ONE), Fixed(ONE), Fixed(TWO)}) == 2
