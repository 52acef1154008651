"""How a bill came about: days, bands entered, and reasons that add up to the difference."""

from datetime import UTC, date, datetime
from decimal import Decimal

from support.accounts import NOW, Account, noon

from pricingsite.pricing import Money
from pricingsite.services.estimates.account_page import AccountPage, account_page
from pricingsite.services.estimates.comparison import Comparison


def read(account: Account, now: datetime = NOW) -> AccountPage:
    account.session.flush()
    page = account_page(account.session, account.customer, now=now)
    assert page is not None
    return page


def reasons(comparison: Comparison) -> list[tuple[str | None, Decimal, str]]:
    return [
        (one.unit.plural if one.unit else None, one.quantity, str(one.net))
        for one in comparison.reasons
    ]


def test_days_run_to_today_and_the_period_before_is_whole(account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 10, 1))
    account.use(400, at=noon(2026, 10, 31))
    account.use(1000, at=noon(2026, 11, 2))
    account.use(1, at=noon(2026, 11, 9))
    account.use(1500, at=datetime(2026, 11, 23, 18, 0, tzinfo=UTC))
    series = read(account).series["X"]
    assert (len(series.days), series.days[-1].cumulative) == (23, 2501)
    assert (len(series.previous_days), series.previous_days[-1].cumulative) == (31, 400)
    # Exactly at a bound the next band is not entered yet.
    assert series.band_days == {1001: date(2026, 11, 9), 2501: date(2026, 11, 23)}


def test_more_usage_is_a_difference_of_two_totals(account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 10, 1))
    account.use(900, at=noon(2026, 10, 31))
    account.use(2600)
    comparison = read(account).comparison
    assert comparison is not None
    assert (str(comparison.previous_net), str(comparison.difference)) == ("750.00", "740.00")
    assert reasons(comparison) == [("API calls", Decimal(1700), "740.00")]


def test_other_prices_are_told_apart_from_usage(account: Account) -> None:
    schedule = account.subscribe("A", "X", start=date(2026, 10, 1))
    account.change(schedule, date(2026, 11, 1), "C", "Y")
    account.use(2500, at=noon(2026, 10, 31))
    account.use(2001)
    comparison = read(account).comparison
    assert comparison is not None
    assert (str(comparison.previous_net), str(comparison.difference)) == ("1425.00", "-624.60")
    # C costs £150 more than A; Y at 2,500 calls £575 less than X.
    assert reasons(comparison) == [
        ("API calls", Decimal(-499), "-199.60"),
        (None, Decimal(0), "-425.00"),
    ]


def test_a_partial_first_period_is_a_reason(account: Account) -> None:
    account.subscribe("A", start=date(2026, 10, 17), anchor=date(2026, 10, 1))
    comparison = read(account).comparison
    assert comparison is not None
    assert str(comparison.previous_net) == "241.94"
    assert reasons(comparison) == [(None, Decimal(0), "258.06")]


def test_nothing_lies_before_the_first_period_or_before_the_start(account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 11, 1))
    assert read(account).comparison is None
    upcoming = read(account, noon(2026, 10, 1))
    assert (upcoming.series, upcoming.comparison) == ({}, None)


def test_reasons_add_up_to_the_difference(account: Account) -> None:
    schedule = account.subscribe("A", "X", start=date(2026, 9, 12))
    account.change(schedule, date(2026, 11, 1), "B", "X")
    account.use("1203.5", at=noon(2026, 10, 20))
    account.use("3777.125", at=noon(2026, 11, 20))
    comparison = read(account).comparison
    assert comparison is not None
    total = sum((one.net for one in comparison.reasons), Money.zero("GBP"))
    assert total == comparison.difference


def test_a_price_changed_within_the_period_names_no_quantity(account: Account) -> None:
    schedule = account.subscribe("A", "X", start=date(2026, 10, 1))
    account.change(schedule, date(2026, 10, 11), "A", "Y")
    account.use(1500, at=noon(2026, 10, 5))
    account.use(2001, at=noon(2026, 10, 20))
    account.use(1000)
    comparison = read(account).comparison
    assert comparison is not None
    # Two prices counted calls in October: neither stands for all of them.
    assert (str(comparison.previous_net), reasons(comparison)) == (
        "1125.40",
        [(None, Decimal(0), "-475.40")],
    )


def test_what_is_billed_after_a_longer_period_has_none_beside_it(account: Account) -> None:
    account.price("XQ", like="X", billing_frequency="quarterly")
    account.subscribe("A", "XQ", start=date(2026, 9, 1))
    account.use(700, at=noon(2026, 10, 20))
    series = read(account).series["XQ"]
    assert (series.days[-1].cumulative, series.previous_days) == (700, ())
