"""The average price of a unit, and the one quantity at which it is lowest, if there is one."""

from decimal import Decimal
from typing import Any

import pytest

from pricingsite.pricing import average_price, lowest_average, structure_from_dict


def graduated(*tiers: tuple[str | None, str, str]) -> dict[str, Any]:
    documents: list[dict[str, str]] = []
    for bound, unit_price, flat_fee in tiers:
        document = {"unit_price": unit_price, "flat_fee": flat_fee}
        documents.append(document | ({"upper_bound": bound} if bound else {}))
    return {"model": "graduated", "tiers": documents}


@pytest.mark.parametrize(
    ("structure", "lowest"),
    [
        (graduated(("1000", "0", "250"), ("2500", "0.45", "0"), (None, "0.65", "0")), "1000 0.25"),
        # Free units cost nothing all along: no one quantity is the cheapest.
        (graduated(("1000", "0", "0"), (None, "0.10", "0")), None),
        # A first tier at one price is the cheapest all along.
        (graduated(("1000", "0.10", "0"), (None, "0.20", "0")), None),
        # With a cap the average falls for ever.
        (graduated(("1000", "0.10", "20"), (None, "0", "0")), None),
        (graduated(("1000", "0.20", "0"), (None, "0.10", "0")), None),
        (graduated((None, "0.10", "20")), None),
        (graduated(("10", "0", "0.0005"), (None, "0.0001", "0")), "10 0.00005"),
        # Dearer at the next units, and cheaper again far beyond what is drawn.
        (graduated(("4000", "0", "4000"), (None, "0.90", "8000")), None),
    ],
)
def test_the_average_is_lowest_at_one_quantity_or_nowhere(
    structure: dict[str, Any], lowest: str | None
) -> None:
    found = lowest_average(structure_from_dict(structure), Decimal(5000))
    expected = tuple(map(Decimal, lowest.split())) if lowest else None
    assert found == expected


def test_only_what_is_drawn_can_be_lowest() -> None:
    structure = structure_from_dict(graduated(("1000", "0", "250"), (None, "0.65", "0")))
    assert lowest_average(structure, Decimal(1000)) is None


@pytest.mark.parametrize(
    ("amount", "quantity", "average"),
    [
        ("250", "1000", "0.2500"),
        ("1", "3", "0.3333"),
        ("0.0005", "10", "0.00005000"),
        ("0", "7", "0"),
    ],
)
def test_an_average_has_four_figures(amount: str, quantity: str, average: str) -> None:
    assert average_price(Decimal(amount), Decimal(quantity)) == Decimal(average)
