"""A share of an amount: rated exactly, rounded once, refused where it is no share."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricingsite.pricing import (
    Percentage,
    StructureError,
    charge,
    next_unit_cost,
    structure_from_dict,
    units_until_change,
)

SHARE = structure_from_dict({"model": "percentage", "rate": "0.029"})


@pytest.mark.parametrize(
    ("sales", "amount"),
    [("0", "0"), ("0.01", "0.00029"), ("1", "0.029"), ("1234.56", "35.80224"), ("1E+9", "29E6")],
)
def test_a_percentage_is_a_share_of_the_amount(sales: str, amount: str) -> None:
    charged = charge(SHARE, Decimal(sales))
    assert (charged.amount, charged.tiers) == (Decimal(amount), ())


def test_the_next_unit_costs_the_share_of_it_for_ever() -> None:
    assert next_unit_cost(SHARE, Decimal(1000)) == Decimal("0.029")
    assert units_until_change(SHARE, Decimal(1000)) is None


@given(st.decimals(0, 1, places=12), st.decimals(0, 10**12, places=6))
def test_a_share_never_exceeds_the_amount(rate: Decimal, sales: Decimal) -> None:
    assert 0 <= charge(Percentage(rate), sales).amount <= sales


@pytest.mark.parametrize("rate", ["1.000000000001", "2.9", "29"])
def test_a_rate_is_a_fraction_and_not_a_number_of_per_cent(rate: str) -> None:
    with pytest.raises(StructureError, match="a rate is a fraction") as refused:
        structure_from_dict({"model": "percentage", "rate": rate})
    assert refused.value.path == "rate"
