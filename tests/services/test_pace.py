"""A bill at the pace of the days just past: named, rounded to whole units, silent when unsure."""

from datetime import UTC, date, datetime, timedelta

import pytest
from accounts import NOW, Account, noon
from sqlalchemy.orm import Session

from pricingsite.services.pace import Pace, bill_at_pace

NOON_OF_16TH = datetime(2026, 11, 16, 12, tzinfo=UTC)


@pytest.fixture
def account(session: Session) -> Account:
    return Account(session)


def read(account: Account, now: datetime = NOON_OF_16TH) -> Pace | None:
    return bill_at_pace(account.session, account.read(now))


def use_daily(account: Account, calls: int, first: date, days: int) -> None:
    for number in range(days):
        day = first + timedelta(days=number)
        account.use(calls, at=noon(day.year, day.month, day.day))


def test_the_rest_runs_like_the_last_fourteen_days(account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 10, 1))
    use_daily(account, 100, date(2026, 11, 1), 15)
    pace = read(account)
    assert pace is not None
    # 1,500 so far, and 100 a day for fourteen and a half days more.
    assert (pace.days, str(pace.net)) == (14, "1717.50")


def test_it_looks_across_the_period_s_start(account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 10, 1))
    use_daily(account, 140, date(2026, 10, 20), 7)
    pace = read(account, datetime(2026, 11, 1, tzinfo=UTC))
    assert pace is not None
    # 70 a day for thirty days: 2,100.
    assert (pace.days, str(pace.net)) == (14, "1245.00")


def test_a_young_schedule_is_told_by_the_days_it_has(account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 11, 14))
    use_daily(account, 50, date(2026, 11, 14), 2)
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
    use_daily(account, 100, date(2026, 11, 1), 15)
    pace = read(account)
    assert pace is not None
    # 1,500 so far, and 100 a day for four and a half days more; 20 of 30 days of A.
    assert str(pace.net) == "1010.83"


def test_a_price_that_gave_way_gains_no_more(account: Account) -> None:
    schedule = account.subscribe("A", "X", start=date(2026, 11, 1))
    account.change(schedule, date(2026, 11, 11), "A", "Y")
    use_daily(account, 110, date(2026, 11, 1), 15)
    pace = read(account)
    assert pace is not None
    # X keeps its 1,100 of ten days; Y has 550, and 110 a day for fourteen and a half more.
    assert str(pace.net) == "1003.00"
