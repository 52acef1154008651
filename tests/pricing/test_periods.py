from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pricingsite.pricing import (
    BillingFrequency,
    Period,
    PeriodError,
    boundary,
    bounds,
    day_start,
    local_date,
    period_of,
    periods,
)

MONTHLY = BillingFrequency.MONTHLY
QUARTERLY = BillingFrequency.QUARTERLY
HALF_YEARLY = BillingFrequency.HALF_YEARLY
YEARLY = BillingFrequency.YEARLY
ONE_TIME = BillingFrequency.ONE_TIME
JANUARY = Period(date(2027, 1, 1), date(2027, 2, 1))


def test_a_period_is_half_open() -> None:
    assert JANUARY.days == 31
    assert JANUARY.last_day == date(2027, 1, 31)
    assert JANUARY.contains(date(2027, 1, 1))
    assert JANUARY.contains(date(2027, 1, 31))
    assert not JANUARY.contains(date(2027, 2, 1))
    assert not JANUARY.contains(date(2026, 12, 31))
    days = list(JANUARY.each_day())
    assert (days[0], days[-1], len(days)) == (date(2027, 1, 1), date(2027, 1, 31), 31)


@pytest.mark.parametrize("end", [date(2027, 1, 1), date(2026, 12, 31)])
def test_a_period_has_at_least_a_day(end: date) -> None:
    with pytest.raises(PeriodError, match="a period ends after it starts"):
        Period(date(2027, 1, 1), end)


@pytest.mark.parametrize("anchor", [date(9999, 12, 31), date(1, 1, 1)])
def test_the_calendar_s_last_years_have_no_whole_periods(anchor: date) -> None:
    k = 1 if anchor.year > 1 else -1
    with pytest.raises(PeriodError, match="no period can be worked out in the year"):
        boundary(anchor, BillingFrequency.MONTHLY, k)


@pytest.mark.parametrize(
    ("anchor", "frequency", "k", "day"),
    [
        (date(2027, 1, 31), MONTHLY, 0, date(2027, 1, 31)),
        (date(2027, 1, 31), MONTHLY, 1, date(2027, 2, 28)),
        (date(2027, 1, 31), MONTHLY, 2, date(2027, 3, 31)),
        (date(2027, 1, 31), MONTHLY, 3, date(2027, 4, 30)),
        (date(2027, 1, 31), MONTHLY, 13, date(2028, 2, 29)),
        (date(2027, 1, 31), MONTHLY, 14, date(2028, 3, 31)),
        (date(2027, 1, 31), MONTHLY, -1, date(2026, 12, 31)),
        (date(2027, 1, 31), MONTHLY, -2, date(2026, 11, 30)),
        (date(2027, 1, 30), MONTHLY, 1, date(2027, 2, 28)),
        (date(2027, 1, 29), MONTHLY, 13, date(2028, 2, 29)),
        (date(2027, 11, 30), QUARTERLY, 1, date(2028, 2, 29)),
        (date(2027, 11, 30), QUARTERLY, 2, date(2028, 5, 30)),
        (date(2027, 8, 31), HALF_YEARLY, 1, date(2028, 2, 29)),
        (date(2027, 8, 31), HALF_YEARLY, 2, date(2028, 8, 31)),
        (date(2028, 2, 29), YEARLY, 1, date(2029, 2, 28)),
        (date(2028, 2, 29), YEARLY, 4, date(2032, 2, 29)),
        (date(2028, 2, 29), YEARLY, -1, date(2027, 2, 28)),
        (date(2096, 2, 29), YEARLY, 4, date(2100, 2, 28)),
    ],
)
def test_boundaries_count_from_the_original_anchor(
    anchor: date, frequency: BillingFrequency, k: int, day: date
) -> None:
    assert boundary(anchor, frequency, k) == day


@pytest.mark.parametrize(
    ("anchor", "frequency", "day", "start", "end"),
    [
        (date(2027, 1, 31), MONTHLY, date(2027, 2, 27), date(2027, 1, 31), date(2027, 2, 28)),
        (date(2027, 1, 31), MONTHLY, date(2027, 2, 28), date(2027, 2, 28), date(2027, 3, 31)),
        (date(2027, 1, 31), MONTHLY, date(2027, 3, 30), date(2027, 2, 28), date(2027, 3, 31)),
        (date(2027, 1, 31), MONTHLY, date(2027, 1, 30), date(2026, 12, 31), date(2027, 1, 31)),
        (date(2027, 6, 15), MONTHLY, date(2027, 1, 14), date(2026, 12, 15), date(2027, 1, 15)),
        (date(2027, 6, 15), QUARTERLY, date(2027, 6, 14), date(2027, 3, 15), date(2027, 6, 15)),
        (date(2027, 6, 15), QUARTERLY, date(2027, 12, 31), date(2027, 12, 15), date(2028, 3, 15)),
        (date(2027, 6, 15), HALF_YEARLY, date(2027, 12, 14), date(2027, 6, 15), date(2027, 12, 15)),
        (date(2028, 2, 29), YEARLY, date(2029, 2, 27), date(2028, 2, 29), date(2029, 2, 28)),
        (date(2028, 2, 29), YEARLY, date(2029, 2, 28), date(2029, 2, 28), date(2030, 2, 28)),
        (date(2027, 6, 15), ONE_TIME, date(2027, 7, 1), date(2027, 6, 15), date(2027, 7, 15)),
    ],
)
def test_the_period_that_a_day_lies_in(
    anchor: date, frequency: BillingFrequency, day: date, start: date, end: date
) -> None:
    assert period_of(anchor, frequency, day) == Period(start, end)


def test_periods_cover_a_stretch_whole() -> None:
    found = list(periods(date(2027, 1, 31), MONTHLY, date(2027, 2, 10), date(2027, 4, 1)))
    assert found == [
        Period(date(2027, 1, 31), date(2027, 2, 28)),
        Period(date(2027, 2, 28), date(2027, 3, 31)),
        Period(date(2027, 3, 31), date(2027, 4, 30)),
    ]
    on_a_boundary = periods(date(2027, 1, 1), MONTHLY, date(2027, 1, 1), date(2027, 2, 1))
    assert list(on_a_boundary) == [JANUARY]


@pytest.mark.parametrize(
    ("frequency", "months"),
    [(MONTHLY, 1), (QUARTERLY, 3), (HALF_YEARLY, 6), (YEARLY, 12), (ONE_TIME, None)],
)
def test_frequencies_have_months(frequency: BillingFrequency, months: int | None) -> None:
    assert frequency.months == months


@pytest.mark.parametrize(
    ("zone", "day", "start"),
    [
        ("UTC", date(2027, 1, 1), datetime(2027, 1, 1, tzinfo=UTC)),
        # Clocks go forward at 01:00 UTC and back at 01:00 UTC: midnights are as always.
        ("Europe/London", date(2027, 3, 28), datetime(2027, 3, 28, tzinfo=UTC)),
        ("Europe/London", date(2027, 3, 29), datetime(2027, 3, 28, 23, tzinfo=UTC)),
        ("Europe/London", date(2027, 10, 31), datetime(2027, 10, 30, 23, tzinfo=UTC)),
        ("Europe/London", date(2027, 11, 1), datetime(2027, 11, 1, tzinfo=UTC)),
        # Midnight is skipped: the day starts at 01:00.
        ("America/Sao_Paulo", date(2018, 11, 4), datetime(2018, 11, 4, 3, tzinfo=UTC)),
        ("Asia/Beirut", date(2022, 3, 27), datetime(2022, 3, 26, 22, tzinfo=UTC)),
        # The skipped half hour begins before midnight: the day starts at 00:30.
        ("America/Toronto", date(1919, 3, 31), datetime(1919, 3, 31, 4, 30, tzinfo=UTC)),
        # Midnight happens twice: the day starts at the first.
        ("America/Havana", date(2022, 11, 6), datetime(2022, 11, 6, 4, tzinfo=UTC)),
        ("America/Havana", date(2022, 11, 7), datetime(2022, 11, 7, 5, tzinfo=UTC)),
        # The hour before midnight happens twice: midnight is the one after the second.
        ("America/Sao_Paulo", date(2018, 2, 18), datetime(2018, 2, 18, 3, tzinfo=UTC)),
        # Samoa left out 30 December 2011: that day starts and ends in the same instant.
        ("Pacific/Apia", date(2011, 12, 30), datetime(2011, 12, 30, 10, tzinfo=UTC)),
        ("Pacific/Apia", date(2011, 12, 31), datetime(2011, 12, 30, 10, tzinfo=UTC)),
        ("Asia/Kathmandu", date(2027, 1, 1), datetime(2026, 12, 31, 18, 15, tzinfo=UTC)),
    ],
)
def test_a_day_starts_at_its_first_instant(zone: str, day: date, start: datetime) -> None:
    assert day_start(day, ZoneInfo(zone)) == start
    assert day_start(day, ZoneInfo(zone)).tzinfo is UTC


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/London", date(2027, 3, 28), 23),
        ("Europe/London", date(2027, 10, 31), 25),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),
        ("America/Sao_Paulo", date(2018, 2, 17), 25),
        ("Asia/Beirut", date(2022, 3, 27), 23),
        ("America/Havana", date(2022, 11, 6), 25),
        ("Australia/Lord_Howe", date(2027, 4, 4), 24.5),
        ("Pacific/Apia", date(2011, 12, 30), 0),
    ],
)
def test_a_day_is_as_long_as_its_zone_says(zone: str, day: date, hours: float) -> None:
    start, end = bounds(Period(day, day + timedelta(days=1)), ZoneInfo(zone))
    assert end - start == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        (datetime(2027, 3, 31, 22, 59, 59, tzinfo=UTC), "Europe/London", date(2027, 3, 31)),
        (datetime(2027, 3, 31, 23, 0, tzinfo=UTC), "Europe/London", date(2027, 4, 1)),
        (datetime(2018, 11, 4, 2, 59, 59, tzinfo=UTC), "America/Sao_Paulo", date(2018, 11, 3)),
        (datetime(2018, 11, 4, 3, 0, tzinfo=UTC), "America/Sao_Paulo", date(2018, 11, 4)),
        (datetime(2022, 11, 6, 5, 30, tzinfo=UTC), "America/Havana", date(2022, 11, 6)),
        (datetime(2027, 1, 1, 10, 0, tzinfo=UTC), "Pacific/Kiritimati", date(2027, 1, 2)),
    ],
)
def test_an_instant_lies_in_its_zones_day(instant: datetime, zone: str, day: date) -> None:
    assert local_date(instant, ZoneInfo(zone)) == day


def test_the_bounds_of_a_month_in_which_clocks_change() -> None:
    march = Period(date(2027, 3, 1), date(2027, 4, 1))
    assert bounds(march, ZoneInfo("Europe/London")) == (
        datetime(2027, 3, 1, tzinfo=UTC),
        datetime(2027, 3, 31, 23, tzinfo=UTC),
    )
