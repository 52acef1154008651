"""Where a bill is going: a named scenario, and a range where past months calibrate it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from support.accounts import NOW, Account, noon

from pricingsite.models.catalog import UsageMetric
from pricingsite.models.ranges import UsageRange
from pricingsite.services.estimates.calibration import put_ranges, read_past
from pricingsite.services.estimates.forecast import LikelyRange, RecentPace, forecast

NOON_OF_16TH = datetime(2026, 11, 16, 12, tzinfo=UTC)


def read(account: Account, now: datetime = NOON_OF_16TH) -> RecentPace | None:
    found = forecast(account.read(now))
    return found.pace if found else None


def likely(account: Account, now: datetime = NOON_OF_16TH) -> LikelyRange | None:
    found = forecast(account.read(now))
    assert found is not None
    return found.likely


def calibrated(account: Account, low: str = "0.8", high: str = "1.5", days_gone: int = 15) -> None:
    account.session.add(
        UsageRange(
            metric_id="api_calls",
            days_gone=days_gone,
            low=Decimal(low),
            high=Decimal(high),
            months=64,
            made_at=NOW,
        )
    )


def calibrate(account: Account) -> int:
    past = read_past(account.session, now=NOW)
    put_ranges(account.session, past, now=NOW)
    return past.months


def test_the_rest_runs_like_the_last_fourteen_days(account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 10, 1))
    account.use_daily(100, date(2026, 11, 1), 15)
    pace = read(account)
    assert pace is not None
    # 1,500 so far, and 100 a day for fourteen and a half days more.
    assert (pace.days, str(pace.net)) == (14, "1717.50")


def test_it_looks_across_the_period_s_start(account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 10, 1))
    account.use_daily(140, date(2026, 10, 20), 7)
    pace = read(account, datetime(2026, 11, 1, tzinfo=UTC))
    assert pace is not None
    # 70 a day for thirty days: 2,100.
    assert (pace.days, str(pace.net)) == (14, "1245.00")


def test_a_young_schedule_is_told_by_the_days_it_has(account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 11, 14))
    account.use_daily(50, date(2026, 11, 14), 2)
    pace = read(account)
    assert pace is not None
    assert pace.days == 2


@pytest.mark.parametrize(
    ("prices", "start", "now"),
    [
        (("A",), date(2026, 11, 1), NOON_OF_16TH),
        (("A", "X"), date(2026, 11, 16), NOON_OF_16TH),
        (("A", "X"), date(2026, 12, 1), NOON_OF_16TH),
        (("A", "X"), date(2026, 11, 1), NOW),
    ],
    ids=["no usage price", "no whole day yet", "not started", "nothing used of late"],
)
def test_nothing_is_said_where_nothing_is_known(
    account: Account, prices: tuple[str, ...], start: date, now: datetime
) -> None:
    account.subscribe(*prices, start=start)
    if now == NOON_OF_16TH:
        account.use(10, at=datetime(2026, 11, 16, 1, tzinfo=UTC))
    assert read(account, now) is None


def test_a_schedule_that_ends_is_told_to_its_end(account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 11, 1), end=date(2026, 11, 21))
    account.use_daily(100, date(2026, 11, 1), 15)
    pace = read(account)
    assert pace is not None
    # 1,500 so far, and 100 a day for four and a half days more; 20 of 30 days of A.
    assert str(pace.net) == "1010.83"


TERABYTES = {"model": "linear", "unit_price": "1000"}


@pytest.mark.parametrize(
    ("units", "a_day", "now", "net", "quantities"),
    [
        # To date 0.68, and 0.44 more at 0.04 a day for eleven days.
        ("of any size", "0.04", datetime(2027, 2, 18, tzinfo=UTC), "1120.00", ("1.032", "1.34")),
        (
            "of any size",
            "0.04",
            datetime(2027, 2, 18, 12, tzinfo=UTC),
            "1100.00",
            ("1.032", "1.34"),
        ),
        ("of any size", "1", datetime(2027, 2, 18, 12, tzinfo=UTC), "27500.00", ("25.8", "33.5")),
        (
            "of any size",
            "0.000001",
            datetime(2027, 2, 18, tzinfo=UTC),
            "0.03",
            ("0.000025", "0.000034"),
        ),
        # People type whole units of it, yet its events have decimals.
        ("whole", "0.04", datetime(2027, 2, 18, tzinfo=UTC), "1120.00", ("1.032", "1.34")),
        ("whole", "1", datetime(2027, 2, 18, 12, tzinfo=UTC), "27000.00", ("25", "34")),
    ],
)
def test_fractional_units_stay_fractional(
    account: Account,
    units: str,
    a_day: str,
    now: datetime,
    net: str,
    quantities: tuple[str, str],
) -> None:
    account.session.get_one(UsageMetric, "api_calls").whole = units == "whole"
    account.price("T", like="X", structure=TERABYTES)
    account.subscribe("T", start=date(2027, 2, 1))
    for day in range(1, 18):
        account.use(a_day, at=noon(2027, 2, day))
    calibrated(account, days_gone=17)
    found = forecast(account.read(now))
    assert found is not None
    assert found.likely is not None
    assert str(found.pace.net) == net
    assert found.likely.quantities == tuple(map(Decimal, quantities))


def test_a_third_of_a_unit_a_day_is_one_in_three_days(account: Account) -> None:
    account.subscribe("X", start=date(2026, 11, 1))
    account.use(1, at=noon(2026, 11, 2))  # of three days
    calibrated(account, low="1", high="1", days_gone=3)
    # 1, and a third of a unit for 27 days: neither 9.999… nor a unit less.
    found = likely(account, datetime(2026, 11, 4, tzinfo=UTC))
    assert found is not None
    assert found.quantities == (10, 10)


def test_no_range_goes_beyond_what_may_be_counted(account: Account) -> None:
    account.subscribe("X", start=date(2026, 11, 1))
    account.use(10**9, at=noon(2026, 11, 2))
    calibrated(account, low="1", high="1000000", days_gone=3)
    found = likely(account, datetime(2026, 11, 4, tzinfo=UTC))
    assert found is not None
    # A billing month may lie in two calendar months of 10¹² each.
    assert found.quantities == (10**10, 2 * 10**12)


def test_a_price_that_gave_way_gains_no_more(account: Account) -> None:
    schedule = account.subscribe("A", "X", start=date(2026, 11, 1))
    account.change(schedule, date(2026, 11, 11), "A", "Y")
    account.use_daily(110, date(2026, 11, 1), 15)
    pace = read(account)
    assert pace is not None
    # X keeps its 1,100 of ten days; Y has 550, and 110 a day for fourteen and a half more.
    assert str(pace.net) == "1003.00"


def test_a_range_is_what_whole_days_say_times_what_past_months_did(account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 10, 1))
    account.use_daily(100, date(2026, 11, 1), 15)
    calibrated(account)
    found = likely(account)
    assert found is not None
    # 1,500 after fifteen days, and 1,500 more at 100 a day: times 0.8, and times 1.5.
    assert found.quantities == (2700, 3750)
    assert (str(found.low), str(found.high), found.months) == ("1555.00", "2237.50", 64)


def test_a_range_never_starts_below_what_is_counted(account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 10, 1))
    account.use_daily(100, date(2026, 11, 1), 15)
    account.use(1800, at=datetime(2026, 11, 16, 9, tzinfo=UTC))
    calibrated(account)
    found = likely(account)
    assert found is not None
    assert found.quantities == (3300, 3750)


def test_a_day_that_has_left_its_range_shows_none(account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 10, 1))
    account.use_daily(100, date(2026, 11, 1), 15)
    account.use(2251, at=datetime(2026, 11, 16, 9, tzinfo=UTC))
    calibrated(account)
    assert likely(account) is None


def test_a_range_says_how_the_customers_own_months_would_have_fared(account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 8, 1))
    account.use_daily(100, date(2026, 8, 1), 45)  # August, and September until it stops,
    account.use_daily(100, date(2026, 10, 1), 46)  # October as August, November so far.
    calibrated(account)
    found = likely(account)
    assert found is not None
    assert (found.inside, found.own) == (2, 3)


def test_a_month_that_made_a_range_is_inside_it(account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 10, 1))
    account.use(7, at=noon(2026, 10, 1))
    account.use(100, at=noon(2026, 10, 31))
    account.use_daily(100, date(2026, 11, 1), 14)
    # 100 came for 21 times 0.7: the ratio has more decimals than are kept.
    calibrated(account, low="6.802721", high="6.802721", days_gone=10)
    found = likely(account, datetime(2026, 11, 11, tzinfo=UTC))
    assert found is not None
    assert (found.inside, found.own) == (1, 1)


@pytest.mark.parametrize(
    ("prices", "end", "days_gone"),
    [
        (("A", "V"), None, 15),
        (("A", "Q"), None, 15),
        (("A", "X"), date(2026, 11, 21), 15),
        (("A", "X"), None, 14),
    ],
    ids=["a volume price may fall", "not monthly", "a month cut short", "no range of this day"],
)
def test_no_range_where_none_is_calibrated(
    account: Account, prices: tuple[str, ...], end: date | None, days_gone: int
) -> None:
    tiers = [{"upper_bound": "1000", "unit_price": "0.5"}, {"unit_price": "0.1"}]
    account.price("V", like="X", structure={"model": "volume", "tiers": tiers})
    account.price("Q", like="X", billing_frequency="quarterly")
    account.subscribe(*prices, start=date(2026, 11, 1), end=end)
    account.use_daily(100, date(2026, 11, 1), 15)
    calibrated(account, days_gone=days_gone)
    found = forecast(account.read(NOON_OF_16TH))
    assert found is None or found.likely is None


def test_calibration_reads_the_whole_months_of_the_last_year(account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 6, 15))
    account.use_daily(100, date(2026, 6, 15), 160)
    # Five months from the 15th that are over: June's to October's.
    assert calibrate(account) == 5
    assert account.session.get(UsageRange, ("api_calls", 10)) is None


def test_calibration_replaces_what_was_there(account: Account) -> None:
    calibrated(account)
    account.session.flush()
    assert calibrate(account) == 0
    assert account.session.get(UsageRange, ("api_calls", 15)) is None


def test_fifty_months_make_a_range(account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 10, 1))
    account.use_daily(100, date(2026, 10, 1), 54)
    customer = account.customer
    for _ in range(49):
        account.another()
        account.subscribe("A", "X", start=date(2026, 10, 1))
        account.use(100, at=noon(2026, 10, 1))
        account.use(3000, at=noon(2026, 10, 31))
    account.customer = customer
    assert calibrate(account) == 50
    found = account.session.get(UsageRange, ("api_calls", 10))
    assert found is not None
    # 100 in ten days is 10 a day, 210 to come: 3,000 came. The steady one, at 1, is cut off.
    assert (found.low, found.high) == (Decimal("14.285714"), Decimal("14.285714"))
    assert found.months == 50
