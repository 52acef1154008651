"""What likely ranges are made of, and that eight in ten of months never seen end inside them."""

from decimal import Decimal

import pytest
from support.usage_kinds import KINDS, MONTH, months_of

from pricingsite.services.estimates.calibration import PastMonth, pace, quantiles


def numbers(*values: int) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, values))


def test_the_pace_is_that_of_fourteen_days() -> None:
    assert pace(numbers(1000, *[7] * 13, 21)) == 8
    assert pace(numbers(3, 4)) == Decimal("3.5")
    assert pace(()) == 0


def test_a_past_month_compares_what_came_with_what_was_expected() -> None:
    month = PastMonth(numbers(10, 10, *[20] * 28), 28)
    assert (month.start, month.total, month.so_far(2)) == (2, 560, 40)
    # 10, 10, 20, 20 are 15 a day for 26 days; 520 came.
    assert month.expected(2) == 390
    assert month.ratio(2) == Decimal(520) / 390
    assert PastMonth(numbers(*[0] * 28), 28).ratio(3) is None


@pytest.mark.parametrize(
    ("count", "cut"),
    [(49, None), (50, (5, 46)), (99, (10, 90)), (100, (10, 91))],
)
def test_a_tenth_is_cut_off_at_either_end(count: int, cut: tuple[int, int] | None) -> None:
    ratios = [Decimal(rank) for rank in range(1, count + 1)]
    assert quantiles(reversed(ratios)) == cut


def test_eight_in_ten_months_of_customers_never_seen_end_inside() -> None:
    seen = [month for kind in KINDS for month in months_of(kind, 80, "calibration")]
    held_out = [month for kind in KINDS for month in months_of(kind, 80, "held out")]
    for gone in range(1, MONTH):
        cut = quantiles(ratio for month in seen if (ratio := month.ratio(gone)) is not None)
        assert cut is not None
        low, high = cut
        ratios = [ratio for month in held_out if (ratio := month.ratio(gone)) is not None]
        inside = sum(low <= ratio <= high for ratio in ratios) / len(ratios)
        assert 0.75 <= inside <= 0.9, f"{inside:.0%} after {gone} days"
