"""A structure's picture has its corners exactly at the bounds, and lies on what is charged."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricingsite.pricing import Structure, charge, cost_curve, structure_from_dict

ADD_ON = structure_from_dict(
    {
        "model": "graduated",
        "tiers": [
            {"upper_bound": "1000", "flat_fee": "250"},
            {"upper_bound": "2500", "unit_price": "0.45"},
            {"unit_price": "0.65"},
        ],
    }
)
VOLUME = structure_from_dict(
    {
        "model": "volume",
        "tiers": [
            {"upper_bound": "10", "unit_price": "5"},
            {"unit_price": "4", "flat_fee": "3"},
        ],
    }
)
FEES = structure_from_dict(
    {
        "model": "graduated",
        "tiers": [
            {"upper_bound": "10", "unit_price": "5"},
            {"upper_bound": "20", "unit_price": "4", "flat_fee": "3"},
            {"unit_price": "1"},
        ],
    }
)
PACKAGE = structure_from_dict({"model": "package", "package_size": "100", "package_price": "7"})
LINEAR = structure_from_dict({"model": "linear", "unit_price": "0.30"})
FIXED = structure_from_dict({"model": "fixed", "amount": "500"})


def points(structure: Structure, upto: int) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in cost_curve(structure, Decimal(upto))]


@pytest.mark.parametrize(
    ("structure", "upto", "expected"),
    [
        (ADD_ON, 5000, [(0, 250), (1000, 250), (2500, 925), (5000, 2550)]),
        (ADD_ON, 2500, [(0, 250), (1000, 250), (2500, 925)]),
        (ADD_ON, 500, [(0, 250), (500, 250)]),
        (VOLUME, 20, [(0, 0), (10, 50), (10, 43), (20, 83)]),
        (FEES, 30, [(0, 0), (10, 50), (10, 53), (20, 93), (30, 103)]),
        (PACKAGE, 250, [(0, 0), (0, 7), (100, 7), (100, 14), (200, 14), (200, 21), (250, 21)]),
        (PACKAGE, 10_000, [(0, 0), (10_000, 700)]),
        (LINEAR, 10, [(0, 0), (10, 3)]),
        (FIXED, 10, [(0, 500), (10, 500)]),
    ],
)
def test_corners_lie_exactly_at_the_bounds(
    structure: Structure, upto: int, expected: list[tuple[float, float]]
) -> None:
    assert points(structure, upto) == expected


@given(quantity=st.integers(1, 5000), structure=st.sampled_from([ADD_ON, FEES, VOLUME, LINEAR]))
def test_every_quantity_lies_on_the_curve(quantity: int, structure: Structure) -> None:
    # A bound belongs to the tier that it ends, so the segment that ends there says what it costs.
    (x0, y0), (x1, y1) = next(
        (one, other)
        for one, other in pairwise(cost_curve(structure, Decimal(5000)))
        if one[0] < quantity <= other[0]
    )
    between = y0 * (x1 - x0) + (y1 - y0) * (quantity - x0)
    assert charge(structure, quantity).amount * (x1 - x0) == between
