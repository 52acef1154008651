"""Usage by day: what each day cost, adding up to the bill to the penny, and earlier periods."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.accounts import NOW, Account, noon

from pricingsite.models.catalog import UsageMetric
from pricingsite.pricing import Aggregation, Period
from pricingsite.services.billing.periods import State
from pricingsite.services.estimates.usage_by_day import (
    NoSuchPeriodError,
    UsageHistory,
    usage_history,
)
from pricingsite.services.usage.events import Event
from pricingsite.services.usage.quantities import daily
from pricingsite.services.usage.recording import record


def read(account: Account, month: date | None = None, now: datetime = NOW) -> UsageHistory:
    account.session.flush()
    found = usage_history(account.session, account.customer, month=month, now=now)
    assert found is not None
    return found


def costs(history: UsageHistory) -> dict[int, str]:
    """What each day with a cost cost, by day of the month."""
    (table,) = history.tables
    return {one.day.day: str(one.net) for one in table.days if one.net.minor}


def test_each_day_costs_what_it_added(account: Account) -> None:
    account.subscribe("A", "X")
    account.use(1000, at=noon(2026, 11, 2))
    account.use(1, at=noon(2026, 11, 3))
    account.use(0, at=noon(2026, 11, 4))
    account.use(1499, 1, at=noon(2026, 11, 20))
    history = read(account)
    (table,) = history.tables
    assert costs(history) == {3: "0.45", 20: "675.20"}
    assert (str(table.base), str(table.net), table.quantity) == ("250.00", "925.65", 2501)
    assert (str(history.fixed), str(history.bill.net)) == ("750.00", "1425.65")
    assert [one.quantity for one in table.days[:4]] == [None, 1000, 1, 0]
    assert [one.cumulative for one in table.days[1:4]] == [1000, 1001, 1001]
    # Days to come are not shown, today is.
    assert table.days[-1].day == date(2026, 11, 23)
    assert table.days_with_data == 4


@settings(
    deadline=None,
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    calls=st.lists(
        st.tuples(st.integers(1, 30), st.decimals(0, 5000, places=3)), min_size=1, max_size=12
    )
)
def test_days_and_what_is_fixed_add_up_to_the_bill(
    account: Account, calls: list[tuple[int, Decimal]]
) -> None:
    with account.session.begin_nested() as savepoint:
        account.subscribe("A", "X")
        for day, count in calls:
            account.use(str(count), at=noon(2026, 11, day))
        history = read(account, now=datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
        (table,) = history.tables
        by_day = sum(one.net.minor for one in table.days)
        assert history.fixed.minor + by_day == history.bill.net.minor
        assert table.base.minor + by_day == table.net.minor
        assert table.days[-1].cumulative == table.quantity
        savepoint.rollback()


def test_an_earlier_period_is_named_by_the_month_it_starts_in(account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 8, 31))
    account.use(1500, at=noon(2026, 9, 30))
    account.use(1001, at=noon(2026, 10, 31))
    account.use(5000, at=noon(2026, 11, 5))
    running = read(account)
    assert running.period == Period(date(2026, 10, 31), date(2026, 11, 30))
    assert running.next is None
    assert running.previous == Period(date(2026, 9, 30), date(2026, 10, 31))
    assert [(str(past.net), past.quantities[0][1]) for past in running.earlier] == [
        ("975.00", 1500),
        ("750.00", 0),
    ]
    september = read(account, date(2026, 9, 1))
    assert (september.period, september.state) == (running.previous, State.ENDED)
    assert september.next == running.period
    assert costs(september) == {30: "225.00"}
    assert len(september.tables[0].days) == 31
    first = read(account, date(2026, 8, 1))
    assert (first.previous, first.earlier) == (None, ())
    assert read(account, date(2026, 10, 1)).period == running.period
    for nowhere in (date(2026, 7, 1), date(2026, 11, 1), date(2027, 1, 1), date(1, 1, 1)):
        with pytest.raises(NoSuchPeriodError):
            read(account, nowhere)


def test_a_month_s_days_are_the_merchant_s(account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 10, 1))
    # The last half hour of summer time's 24 October, and the day of 25 hours.
    account.use(10, at=datetime(2026, 10, 24, 22, 59, tzinfo=UTC))
    account.use(20, at=datetime(2026, 10, 24, 23, 0, tzinfo=UTC))
    account.use(30, at=datetime(2026, 10, 25, 23, 59, tzinfo=UTC))
    (table,) = read(account, date(2026, 10, 1)).tables
    assert [one.quantity for one in table.days[23:26]] == [10, 50, None]


def test_before_the_start_and_after_the_end(account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 12, 1), end=date(2027, 1, 15))
    upcoming = read(account)
    assert (upcoming.state, upcoming.previous, upcoming.next) == (State.UPCOMING, None, None)
    assert upcoming.tables[0].days == ()
    account.use(7, at=noon(2027, 1, 14))
    ended = read(account, now=noon(2027, 3, 1))
    assert (ended.state, ended.period.last_day) == (State.ENDED, date(2027, 1, 14))
    assert ended.previous == Period(date(2026, 12, 1), date(2027, 1, 1))
    assert ended.tables[0].days[-1].quantity == 7


def test_a_plan_without_usage_has_no_tables(account: Account) -> None:
    account.subscribe("A")
    history = read(account)
    assert history.tables == ()
    assert str(history.fixed) == str(history.bill.net) == "500.00"


def test_usage_billed_after_a_longer_period_is_said_to_be(account: Account) -> None:
    account.price("XQ", like="X", billing_frequency="quarterly")
    account.subscribe("A", "XQ")
    account.use(1001)
    history = read(account)
    (table,) = history.tables
    assert not table.on_this_bill
    assert table.period == Period(date(2026, 11, 1), date(2027, 2, 1))
    assert (str(table.net), str(history.bill.net), str(history.fixed)) == (
        "250.45",
        "500.00",
        "500.00",
    )


def test_a_price_changed_within_the_period_has_a_table_for_each_stretch(account: Account) -> None:
    schedule = account.subscribe("A", "X")
    account.change(schedule, date(2026, 11, 11), "A", "Y")
    account.use(1001, at=noon(2026, 11, 10))
    account.use(2001, at=noon(2026, 11, 11))
    history = read(account)
    assert [(table.price_name, str(table.net)) for table in history.tables] == [
        ("AI add-on", "250.45"),
        ("AI add-on", "150.40"),
    ]
    assert str(history.bill.net) == "900.85"


@pytest.mark.parametrize(
    ("aggregation", "quantities", "cumulative"),
    [
        ("count", [2, None, 3], [2, 2, 5]),
        ("max", [7, None, 7], [7, 7, 7]),
        ("unique", [2, None, 2], [2, 2, 3]),
        ("latest", [7, None, 5], [7, 7, 5]),
    ],
)
def test_days_of_every_aggregation(
    account: Account, aggregation: str, quantities: list[int | None], cumulative: list[int]
) -> None:
    metric = UsageMetric(
        id="m",
        event_type="t",
        aggregation=Aggregation(aggregation),
        property="value" if Aggregation(aggregation).needs_property else None,
        unit="thing",
        unit_plural="things",
        position=9,
    )
    account.session.add(metric)
    account.session.flush()
    values = [(1, 3), (1, 7), (3, 7), (3, 5), (3, 5)]
    record(
        account.session,
        [
            Event(account.customer.id, "/s", f"e{n}", "t", noon(2026, 11, day), {"value": value})
            for n, (day, value) in enumerate(values)
        ],
        now=NOW,
    )
    period = Period(date(2026, 11, 1), date(2026, 11, 4))
    days = list(daily(account.session, account.customer.id, metric, period))
    assert [one.quantity for one in days] == quantities
    assert [one.cumulative for one in days] == cumulative
