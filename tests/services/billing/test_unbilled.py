"""Usage that is on no bill: told where it comes in, and shown to the customer."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session
from support.accounts import NOW, Account

from pricingsite.models.orders import Order
from pricingsite.services.billing.unbilled import count_unbilled, unbilled_usage
from pricingsite.services.schedules.reading import current_schedule
from pricingsite.services.usage.events import Event
from pricingsite.services.usage.quantities import CustomerUsage
from pricingsite.services.usage.recording import record

TODAY = NOW.date()


def unbilled_at(account: Account, *moments: str) -> int:
    events = [
        Event(account.customer.id, "/gateway", moment, "api_call", datetime.fromisoformat(moment))
        for moment in moments
    ]
    recorded = record(account.session, events, now=NOW)
    return count_unbilled(account.session, recorded.events, now=NOW)


def shown(account: Account) -> list[tuple[Decimal, date, date]]:
    schedule = current_schedule(account.session, account.customer.id, now=NOW)
    assert schedule is not None
    usage = CustomerUsage(account.session, account.customer.id, today=TODAY)
    found = unbilled_usage(account.session, schedule, usage, today=TODAY)
    return [(one.quantity, one.period.start, one.period.last_day) for one in found]


@pytest.mark.parametrize(
    ("moment", "count"),
    [
        ("2026-06-30T22:59:59.999999Z", 1),
        # London's first of July begins an hour before Greenwich's.
        ("2026-06-30T23:00:00Z", 0),
        ("2026-07-31T23:00:00Z", 0),
        ("2026-11-19T23:59:59.999999Z", 0),
        ("2026-11-20T00:00:00Z", 1),
    ],
)
def test_a_schedule_covers_events_from_its_first_day_to_its_last(
    session: Session, moment: str, count: int
) -> None:
    account = Account(session)
    schedule = account.subscribe("A", "X", start=date(2026, 7, 1), end=date(2026, 11, 20))
    account.change(schedule, date(2026, 8, 1), "A")
    assert unbilled_at(account, moment) == count


def test_a_schedule_that_was_withdrawn_covers_nothing(session: Session) -> None:
    account = Account(session)
    account.subscribe("A", "X", start=date(2026, 7, 1)).withdrawn_at = NOW
    session.flush()
    assert unbilled_at(account, "2026-08-20T00:00:00Z") == 1


def test_without_a_schedule_nothing_is_billed(session: Session) -> None:
    account = Account(session)
    assert unbilled_at(account, "2026-10-20T00:00:00Z", "2026-11-21T00:00:00Z") == 2
    # What a plan counts is what it says; that it charges for nothing is no fault of the sender's.
    account.subscribe("A")
    assert unbilled_at(account, "2026-10-20T00:00:00Z", "2026-11-21T00:00:00Z") == 1
    assert shown(account) == [(1, date(2026, 10, 20), date(2026, 10, 31))]


def test_a_start_that_no_calendar_holds_stops_nobody(session: Session) -> None:
    account = Account(session)
    schedule = account.subscribe("A", "X")
    for start, count in ((date(1, 1, 1), 0), (date(9999, 12, 31), 1)):
        schedule.start_date = schedule.anchor_date = schedule.phases[0].start_date = start
        session.flush()
        assert unbilled_at(account, "2026-11-20T00:00:00Z") == count


def test_usage_before_between_and_after_is_shown_with_its_days(session: Session) -> None:
    account = Account(session)
    account.subscribe("A", "X", start=date(2026, 9, 1), end=date(2026, 10, 1))
    account.subscribe("A", "X", start=date(2026, 10, 11), end=date(2026, 11, 11))
    for day, calls in [(date(2025, 8, 30), 9), (date(2026, 8, 31), 7), (date(2026, 9, 1), 100)]:
        account.use_daily(calls, day, 1)
    for day, calls in [(date(2026, 10, 5), 5), (date(2026, 10, 11), 100), (date(2026, 11, 11), 3)]:
        account.use_daily(calls, day, 1)
    session.flush()
    assert shown(account) == [
        (7, date(2025, 8, 31), date(2026, 8, 31)),
        (5, date(2026, 10, 1), date(2026, 10, 10)),
        (3, date(2026, 11, 11), date(2026, 11, 11)),
    ]


def test_until_an_order_is_verified_the_days_before_today_are_not_billed(session: Session) -> None:
    account = Account(session)
    schedule = account.subscribe("A", "X")
    order = {"order_key": "k", "content_hash": "h", "plan_id": "scale", "email": "a@b.example"}
    order |= {"terms_version": "1", "customer_id": account.customer.id, "schedule_id": schedule.id}
    session.add(Order(reference="R", ordered_at=NOW, **order))
    session.flush()
    yesterday = (NOW - timedelta(days=1)).isoformat()
    assert unbilled_at(account, yesterday, NOW.isoformat()) == 1
    account.customer.verified_at = datetime(2026, 11, 2, tzinfo=UTC)
    session.flush()
    assert unbilled_at(account, yesterday, NOW.isoformat()) == 0
