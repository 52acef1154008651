from decimal import Decimal
from fractions import Fraction

import pytest

from pricingsite.pricing import Money, PricingError, Proration, prorate


@pytest.mark.parametrize(
    ("amount", "used", "days", "net"),
    [
        ("600.00", 16, 31, "309.68"),
        ("600.00", 15, 31, "290.32"),
        ("600.00", 31, 31, "600.00"),
        ("500.00", 1, 30, "16.67"),
        ("825.00", 14, 28, "412.50"),
        ("0.00", 1, 31, "0.00"),
    ],
)
def test_days_used_of_the_full_period(amount: str, used: int, days: int, net: str) -> None:
    assert str(Money.rounded(prorate(Decimal(amount), Proration(used, days)), "GBP")) == net


def test_a_share_is_exact_until_it_is_rounded() -> None:
    proration = Proration(16, 31)
    assert proration.fraction == Fraction(16, 31)
    assert prorate(Decimal("600.00"), proration) == Fraction(9600, 31)
    rest = prorate(Decimal("600.00"), Proration(15, 31))
    assert prorate(Decimal("600.00"), proration) + rest == 600


def test_a_whole_period_is_whole() -> None:
    assert Proration(28, 28).is_whole
    assert not Proration(27, 28).is_whole


@pytest.mark.parametrize(("used", "days"), [(0, 31), (-1, 31), (32, 31), (1, 0)])
def test_no_more_days_are_used_than_there_are(used: int, days: int) -> None:
    with pytest.raises(PricingError, match=f"{used} of {days} days is no proration"):
        Proration(used, days)
