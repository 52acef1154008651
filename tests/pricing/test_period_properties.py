"""What holds for every anchor, frequency and zone."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import assume, example, given
from hypothesis import strategies as st

from pricingsite.pricing import (
    BillingFrequency,
    BillingType,
    Fixed,
    Period,
    PriceTerms,
    Span,
    bounds,
    day_start,
    local_date,
    periods,
    services_due,
)

ZONES = [
    "UTC", "Europe/London", "America/New_York", "America/Sao_Paulo", "America/Havana",
    "America/Santiago", "Asia/Beirut", "Asia/Amman", "Asia/Tehran", "Africa/Cairo",
    "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati", "America/Asuncion",
]  # fmt: skip

days = st.dates(date(2000, 1, 1), date(2030, 12, 31))
zones = st.sampled_from(ZONES).map(ZoneInfo)
recurring = st.sampled_from([one for one in BillingFrequency if one.months])


@given(days, recurring, zones)
@example(date(2027, 1, 31), BillingFrequency.MONTHLY, ZoneInfo("Europe/London"))
@example(date(2004, 2, 29), BillingFrequency.YEARLY, ZoneInfo("America/Sao_Paulo"))
@example(date(2011, 12, 30), BillingFrequency.MONTHLY, ZoneInfo("Pacific/Apia"))
def test_periods_tile_for_twenty_years(
    anchor: date, frequency: BillingFrequency, zone: ZoneInfo
) -> None:
    start, end = anchor - timedelta(days=3653), anchor + timedelta(days=3653)
    tiling = list(periods(anchor, frequency, start, end))
    assert tiling[0].contains(start)
    assert tiling[-1].contains(end - timedelta(days=1))
    assert any(period.start == anchor for period in tiling)
    instants = [bounds(period, zone) for period in tiling]
    for i in range(1, len(tiling)):
        assert tiling[i - 1].end == tiling[i].start
        assert instants[i - 1][1] == instants[i][0]
        assert instants[i][0] < instants[i][1]
        assert tiling[i].start.day == anchor.day or tiling[i].start.day >= 28


@given(days, zones)
def test_a_days_first_instant_is_its_own_and_the_one_before_is_not(
    day: date, zone: ZoneInfo
) -> None:
    start = day_start(day, zone)
    assume(start < day_start(day + timedelta(days=1), zone))
    assert start.tzinfo is UTC
    assert local_date(start, zone) == day
    assert local_date(start - timedelta(seconds=1), zone) < day


@given(st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)), zones)  # noqa: DTZ001
def test_an_instant_lies_within_its_days_bounds(naive: datetime, zone: ZoneInfo) -> None:
    instant = naive.replace(tzinfo=UTC)
    day = local_date(instant, zone)
    start, end = bounds(Period(day, day + timedelta(days=1)), zone)
    assert start <= instant < end


@given(
    anchor=days,
    offset=st.integers(-40, 40),
    length=st.none() | st.integers(1, 400),
    frequency=recurring,
    billing=st.sampled_from(BillingType),
    final=st.booleans(),
)
def test_every_day_of_a_span_is_billed_once(
    *,
    anchor: date,
    offset: int,
    length: int | None,
    frequency: BillingFrequency,
    billing: BillingType,
    final: bool,
) -> None:
    start = anchor + timedelta(days=offset)
    end = start + timedelta(days=length) if length else None
    price = PriceTerms(
        id="P",
        name="Price",
        currency="GBP",
        structure=Fixed(Decimal(1)),
        billing_frequency=frequency,
        billing_type=billing,
    )
    span = Span(price, start, end, final=final and end is not None)
    last = (end or start) + timedelta(days=800)
    billed = [
        day
        for due_on in Period(start, last).each_day()
        for service in services_due([span], anchor, due_on)
        for day in service.period.each_day()
    ]
    assert billed == sorted(set(billed))
    assert billed[0] == start
    assert len(billed) == (billed[-1] - start).days + 1
    assert billed[-1] == end - timedelta(days=1) if end else billed[-1] >= start
