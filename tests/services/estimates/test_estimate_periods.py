"""Estimates over time: when a schedule runs, which days a bill covers, and what falls due on it."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from support.accounts import START, Account, lines, money, noon

from pricingsite.services.billing.periods import State


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (datetime(2026, 10, 31, 23, 59, tzinfo=UTC), State.UPCOMING),
        (datetime(2026, 11, 1, 0, 0, tzinfo=UTC), State.ACTIVE),
        (datetime(2026, 11, 30, 23, 59, tzinfo=UTC), State.ACTIVE),
        (datetime(2026, 12, 1, 0, 0, tzinfo=UTC), State.ENDED),
    ],
)
def test_a_schedule_begins_and_ends_at_midnight(
    account: Account, now: datetime, state: State
) -> None:
    account.subscribe("A", end=date(2026, 12, 1))
    found = account.read(now)
    assert found.state is state
    assert money(found)[0] == "500.00"


def test_usage_earlier_on_the_start_day_counts_and_the_day_before_does_not(
    account: Account,
) -> None:
    account.subscribe("A", "X", start=date(2026, 11, 23))
    account.use(7, at=datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC))
    account.use(11, at=datetime(2026, 11, 23, 0, 0, tzinfo=UTC))
    assert account.read().positions[0].quantity == 11


# British clocks: forward at 01:00 UTC on 29 March 2026, back at 01:00 UTC on 25 October 2026.
@pytest.mark.parametrize(
    ("start", "first", "last", "resets_at"),
    [
        (
            date(2026, 3, 1),
            datetime(2026, 3, 1, 0, 0, tzinfo=UTC),
            datetime(2026, 3, 31, 22, 59, 59, tzinfo=UTC),
            datetime(2026, 3, 31, 23, 0, tzinfo=UTC),
        ),
        (
            date(2026, 10, 1),
            datetime(2026, 9, 30, 23, 0, tzinfo=UTC),
            datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC),
            datetime(2026, 11, 1, 0, 0, tzinfo=UTC),
        ),
        (
            date(2026, 3, 29),
            datetime(2026, 3, 29, 0, 0, tzinfo=UTC),
            datetime(2026, 4, 28, 22, 59, 59, tzinfo=UTC),
            datetime(2026, 4, 28, 23, 0, tzinfo=UTC),
        ),
    ],
)
def test_days_on_which_clocks_change_are_counted_whole(
    account: Account, start: date, first: datetime, last: datetime, resets_at: datetime
) -> None:
    account.subscribe("A", "X", start=start)
    second = timedelta(seconds=1)
    for at, calls in [(first - second, 1000), (first, 10), (last, 200), (last + second, 3000)]:
        account.use(calls, at=at)
    found = account.read(last)
    assert found.positions[0].quantity == 210
    assert found.resets_at == resets_at
    assert money(found)[0] == "750.00"


@pytest.mark.parametrize(
    ("start", "boundaries"),
    [
        (
            date(2027, 1, 31),
            ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"],
        ),
        (date(2028, 1, 30), ["2028-01-30", "2028-02-29", "2028-03-30", "2028-04-30"]),
        (date(2028, 2, 29), ["2028-02-29", "2028-03-29", "2028-04-29"]),
        (date(2026, 12, 31), ["2026-12-31", "2027-01-31", "2027-02-28", "2027-03-31"]),
    ],
)
def test_periods_tile_from_the_anchor_through_the_months(
    account: Account, start: date, boundaries: list[str]
) -> None:
    account.subscribe("A", "X", start=start)
    days = [date.fromisoformat(text) for text in boundaries]
    for first, end in pairwise(days):
        for day in (first, end - timedelta(days=1)):
            found = account.read(noon(day.year, day.month, day.day))
            assert (found.period.start, found.period.end) == (first, end)
            # However long the month, a self-serve period is a whole one.
            assert money(found)[0] == "750.00"
            assert found.invoice_on == end


def test_a_calendar_schedule_has_a_first_part_of_a_month(account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 11, 16), anchor=START)
    account.use(1200)
    found = account.read()
    assert (found.period.start, found.period.end) == (date(2026, 11, 16), date(2026, 12, 1))
    # Fifteen of thirty days of £500; the usage price keeps its whole fee and tiers.
    assert lines(found) == [
        ("Platform access", "1", "250.00"),
        ("AI add-on: first 1,000 API calls", "1000", "250.00"),
        ("AI add-on: API calls 1,001 to 2,500", "200", "90.00"),
    ]
    proration = found.bill.lines[0].proration
    assert proration is not None
    assert (proration.days_used, proration.days_in_period) == (15, 30)
    assert money(account.read(noon(2026, 12, 20)))[0] == "750.00"


def test_a_usage_price_may_prorate_its_fees_but_never_its_bounds(account: Account) -> None:
    account.price("P", like="X", prorate_flat_fees=True)
    account.subscribe("P", start=date(2026, 11, 16), anchor=START)
    account.use(1200)
    assert [net for _, _, net in lines(account.read())] == ["125.00", "90.00"]


def test_usage_before_the_phase_that_prices_it_is_not_billed(account: Account) -> None:
    schedule = account.subscribe("A", start=date(2026, 10, 1))
    account.change(schedule, date(2026, 11, 16), "A", "X")
    account.use(5000, at=noon(2026, 11, 15))
    account.use(1001, at=noon(2026, 11, 16))
    found = account.read()
    assert found.positions[0].quantity == 1001
    assert lines(found) == [
        ("Platform access", "1", "500.00"),
        ("AI add-on: first 1,000 API calls", "1000", "250.00"),
        ("AI add-on: API calls 1,001 to 2,500", "1", "0.45"),
    ]
    # The phase before it knows no usage at all.
    assert account.read(noon(2026, 11, 15)).positions == ()


def test_a_price_changed_in_mid_period_is_two_prorated_lines(account: Account) -> None:
    schedule = account.subscribe("A")
    account.change(schedule, date(2026, 11, 16), "B")
    assert [net for _, _, net in lines(account.read())] == ["250.00", "412.50"]
    assert [net for _, _, net in lines(account.read(noon(2026, 12, 5)))] == ["825.00"]


def test_fees_in_advance_are_those_of_the_period_that_the_bill_opens(account: Account) -> None:
    account.price("PRE", billing_type="in_advance")
    account.subscribe("PRE", "X")
    account.use(1200)
    found = account.read()
    platform, *usage = found.bill.lines
    assert (platform.period.start, platform.period.end) == (date(2026, 12, 1), date(2027, 1, 1))
    assert {line.period for line in usage} == {found.period}
    assert money(found)[0] == "840.00"


def test_before_the_start_the_first_bill_is_the_one_in_advance(account: Account) -> None:
    account.price("PRE", billing_type="in_advance")
    account.subscribe("PRE", "X", start=date(2027, 1, 1))
    found = account.read()
    assert [name for name, _, _ in lines(found)] == ["PRE"]
    assert found.invoice_on == date(2027, 1, 1)
    assert [position.on_this_bill for position in found.positions] == [False]


def test_nothing_is_billed_in_advance_beyond_the_end(account: Account) -> None:
    account.price("PRE", billing_type="in_advance")
    account.subscribe("PRE", "X", end=date(2026, 12, 1))
    assert [name for name, _, _ in lines(account.read())] == ["AI add-on: first 1,000 API calls"]


def test_each_price_falls_due_by_its_own_frequency(account: Account) -> None:
    account.price("YEARLY", billing_frequency="yearly")
    account.price("QUARTERLY", like="X", billing_frequency="quarterly")
    account.subscribe("YEARLY", "QUARTERLY", "B", start=date(2026, 1, 1))
    account.use(1000, at=noon(2026, 10, 3))
    account.use(500, at=noon(2026, 11, 3))
    # In November only the monthly price is due; the quarter's usage is counted all the same.
    found = account.read()
    assert lines(found) == [("Platform access", "1", "825.00")]
    (position,) = found.positions
    assert (position.on_this_bill, position.quantity, str(position.net)) == (False, 1500, "475.00")
    assert (position.period.start, position.period.end) == (date(2026, 10, 1), date(2027, 1, 1))
    # December closes the month, the quarter and the year.
    found = account.read(noon(2026, 12, 31))
    assert [net for _, _, net in lines(found)] == ["500.00", "250.00", "225.00", "825.00"]
    assert found.positions[0].on_this_bill


def test_what_is_billed_once_is_on_one_bill(account: Account) -> None:
    account.price("SETUP", billing_frequency="one_time", billing_type="in_arrears")
    account.subscribe("SETUP", "B")
    assert [name for name, _, _ in lines(account.read())] == ["SETUP", "Platform access"]
    december = account.read(noon(2026, 12, 2))
    assert [name for name, _, _ in lines(december)] == ["Platform access"]
