"""What is known of each aggregation, and how its days make a period's quantity."""

from decimal import Decimal
from itertools import accumulate

import pytest

from pricingsite.pricing import Aggregation
from pricingsite.pricing.aggregation import DayFigures

COUNT, SUM, MAX, UNIQUE, LATEST = Aggregation
# Two days with events, as the rollups of each kind of metric have them. The events report 2.5 and
# 9 on the first day, 2.5 and 1 on the second, in this order.
NOTHING = Decimal(0)
COUNTED = [DayFigures(2, Decimal(2)), DayFigures(2, Decimal(2))]
SUMMED = [DayFigures(2, Decimal("11.5")), DayFigures(2, Decimal("3.5"))]
HIGHEST = [DayFigures(2, NOTHING, maximum=Decimal(n)) for n in ("9", "2.5")]
SEEN = [DayFigures(2, NOTHING, values=2, new_values=n) for n in (2, 1)]
LAST = [DayFigures(2, NOTHING, latest=Decimal(n)) for n in (9, 1)]


@pytest.mark.parametrize(
    ("aggregation", "needs_property", "takes_default", "is_whole", "days_add_up", "always_rises"),
    [
        (COUNT, False, False, True, True, True),
        (SUM, True, True, False, True, True),
        (MAX, True, True, False, False, True),
        (UNIQUE, True, False, True, False, True),
        (LATEST, True, True, False, False, False),
    ],
)
def test_what_sets_aggregations_apart(
    aggregation: Aggregation,
    *,
    needs_property: bool,
    takes_default: bool,
    is_whole: bool,
    days_add_up: bool,
    always_rises: bool,
) -> None:
    assert aggregation.needs_property is needs_property
    assert aggregation.takes_default is takes_default
    assert aggregation.is_whole is is_whole
    assert aggregation.days_add_up is days_add_up
    assert aggregation.always_rises is always_rises


@pytest.mark.parametrize(
    ("aggregation", "days", "quantities", "totals"),
    [
        (COUNT, COUNTED, ["2", "2"], ["2", "4"]),
        (SUM, SUMMED, ["11.5", "3.5"], ["11.5", "15"]),
        (MAX, HIGHEST, ["9", "2.5"], ["9", "9"]),
        (UNIQUE, SEEN, ["2", "2"], ["2", "3"]),
        (LATEST, LAST, ["9", "1"], ["9", "1"]),
    ],
)
def test_days_make_a_periods_quantity(
    aggregation: Aggregation, days: list[DayFigures], quantities: list[str], totals: list[str]
) -> None:
    assert [aggregation.quantity_of(day) for day in days] == [Decimal(one) for one in quantities]
    running = accumulate(days, aggregation.running_total, initial=Decimal(0))
    assert list(running) == [0, *(Decimal(one) for one in totals)]
    if aggregation.days_add_up:
        assert sum(map(aggregation.quantity_of, days)) == Decimal(totals[-1])
