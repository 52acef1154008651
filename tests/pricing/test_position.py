from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pricingsite.pricing import (
    BillingFrequency,
    BillingType,
    Period,
    PriceTerms,
    Service,
    Unit,
    structure_from_dict,
)
from pricingsite.pricing.position import UsagePosition, usage_position

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
HALF = Period(date(2026, 11, 16), date(2026, 12, 1))
X = {
    "model": "graduated",
    "tiers": [
        {"upper_bound": "1000", "flat_fee": "250"},
        {"upper_bound": "2500", "unit_price": "0.45"},
        {"unit_price": "0.65"},
    ],
}
PACKAGE = {"model": "package", "package_size": "100", "package_price": "5"}
SINGLES = {"model": "package", "package_size": "1", "package_price": "5"}
FALLING = [{"upper_bound": "100", "unit_price": "1"}, {"unit_price": "0.5"}]
ALIKE = [{"upper_bound": "10", "unit_price": "1"}, {"upper_bound": "20", "unit_price": "1"}, {}]
WITH_FEE = [{"upper_bound": "10"}, {"unit_price": "1", "flat_fee": "20"}]


def position(
    structure: dict[str, Any], quantity: str, period: Period = NOVEMBER, *, prorate: bool = False
) -> UsagePosition:
    price = PriceTerms(
        id="X",
        name="AI add-on",
        currency="GBP",
        structure=structure_from_dict(structure),
        billing_frequency=BillingFrequency.MONTHLY,
        billing_type=BillingType.IN_ARREARS,
        unit=Unit("API call", "API calls"),
        metric_id="api_calls",
        prorate_flat_fees=prorate,
    )
    return usage_position(Service(price, period, NOVEMBER), Decimal(quantity), on_this_bill=True)


@pytest.mark.parametrize(
    ("structure", "calls", "cost", "change"),
    [
        (X, "0", "0", ("1000", "0.45")),
        (X, "640", "0", ("360", "0.45")),
        (X, "999", "0", ("1", "0.45")),
        (X, "999.5", "0.225", ("0.5", "0.45")),
        (X, "1000", "0.45", ("1500", "0.65")),
        (X, "1000.5", "0.45", ("1499.5", "0.65")),
        (X, "1001", "0.45", ("1499", "0.65")),
        (X, "2499", "0.45", ("1", "0.65")),
        (X, "2500", "0.65", None),
        (X, "2501", "0.65", None),
        (X, "1000000", "0.65", None),
        ({"model": "linear", "unit_price": "0.01"}, "30", "0.01", None),
        (PACKAGE, "0", "5", ("1", "0")),
        (PACKAGE, "30", "0", ("70", "5")),
        (PACKAGE, "100", "5", ("1", "0")),
        (SINGLES, "7", "5", None),
        ({"model": "volume", "tiers": FALLING}, "99", "1", ("1", "-49.5")),
        ({"model": "volume", "tiers": FALLING}, "100", "-49.5", ("1", "0.5")),
        ({"model": "volume", "tiers": FALLING}, "101", "0.5", None),
        ({"model": "graduated", "tiers": ALIKE}, "3", "1", ("17", "0")),
        ({"model": "graduated", "tiers": WITH_FEE}, "10", "21", ("1", "1")),
        ({"model": "graduated", "tiers": [{"unit_price": "2"}]}, "9", "2", None),
    ],
)
def test_a_meter_says_what_the_next_unit_costs_and_when_that_changes(
    structure: dict[str, Any], calls: str, cost: str, change: tuple[str, str] | None
) -> None:
    found = position(structure, calls)
    assert found.next_cost == Decimal(cost)
    expected = (Decimal(change[0]), Decimal(change[1])) if change else (None, None)
    assert (found.until_change, found.cost_after) == expected


@pytest.mark.parametrize(
    ("structure", "calls", "included", "used"),
    [
        (X, "0", 1000, 0),
        (X, "640", 1000, 640),
        (X, "1000", 1000, 1000),
        (X, "2501", 1000, 1000),
        (PACKAGE, "30", None, None),
        ({"model": "graduated", "tiers": FALLING}, "30", None, None),
        ({"model": "graduated", "tiers": [{"flat_fee": "9"}]}, "30", None, None),
        # Past the first tier of a volume price, nothing of it is included any more.
        ({"model": "volume", "tiers": X["tiers"]}, "30", None, None),
    ],
)
def test_only_a_free_first_tier_includes_units(
    structure: dict[str, Any], calls: str, included: int | None, used: int | None
) -> None:
    found = position(structure, calls)
    assert (found.included, found.included_used) == (included, used)
    assert found.next_is_included == (included is not None and Decimal(calls) < included)


@pytest.mark.parametrize(
    ("calls", "used", "net", "here"),
    [
        ("0", ("0", "0", "0"), ("250.00", "0.00", "0.00"), 0),
        ("999.5", ("999.5", "0", "0"), ("250.00", "0.00", "0.00"), 0),
        ("1000", ("1000", "0", "0"), ("250.00", "0.00", "0.00"), 0),
        ("1000.5", ("1000", "0.5", "0"), ("250.00", "0.23", "0.00"), 1),
        ("2500", ("1000", "1500", "0"), ("250.00", "675.00", "0.00"), 1),
        ("3200", ("1000", "1500", "700"), ("250.00", "675.00", "455.00"), 2),
    ],
)
def test_every_band_says_what_fell_in_it(
    calls: str, used: tuple[str, ...], net: tuple[str, ...], here: int
) -> None:
    bands = position(X, calls).bands
    assert tuple(band.used for band in bands) == tuple(map(Decimal, used))
    assert tuple(str(band.net) for band in bands) == net
    assert [band.here for band in bands] == [index == here for index in range(3)]
    assert [band.band.first_unit for band in bands] == [0, 1001, 2501]


def test_a_volume_price_puts_everything_in_one_band() -> None:
    bands = position({"model": "volume", "tiers": FALLING}, "150").bands
    assert [(band.used, str(band.net), band.here) for band in bands] == [
        (0, "0.00", False),
        (150, "75.00", True),
    ]


def test_a_price_without_tiers_has_no_bands() -> None:
    assert position(PACKAGE, "30").bands == ()


def test_what_is_spent_so_far_is_the_bills_own_sum() -> None:
    assert str(position(X, "3200").net) == "1380.00"
    assert str(position(X, "1200", HALF).net) == "340.00"
    assert str(position(X, "1200", HALF, prorate=True).net) == "215.00"
