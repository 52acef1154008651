"""Numbers that the site types into its own forms are read in one way only."""

from decimal import Decimal

import pytest

from pricingsite.forms.numbers import parse_number
from pricingsite.pricing import Unit
from pricingsite.wording.quantities import typed

WHOLE = Unit("call", "calls", whole=True)


@pytest.mark.parametrize("number", ["0", "3200", "1.5", "1.234", "999.001", "0.125", "1000.125"])
def test_what_is_typed_is_read_again(number: str) -> None:
    assert parse_number(typed(Decimal(number))) == Decimal(number)


@pytest.mark.parametrize(("number", "text"), [("1.000001", "2"), ("0.65", "1"), ("7", "7")])
def test_whole_units_are_rounded_up(number: str, text: str) -> None:
    assert typed(Decimal(number), WHOLE) == text
