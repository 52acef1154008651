"""Whose yearly plan renews soon, when they are told, and that they are told once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from support.accounts import NOW, Account

from pricingsite.database import db
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import AgreedDiscount, BillingFrequency, BillingType, Money
from pricingsite.services.schedules.creating import AgreedTerms
from pricingsite.services.schedules.renewals import (
    Renewal,
    claim_renewal,
    renewal_to_remind_of,
    schedules_to_look_at,
)
from pricingsite.web.transaction import committing

START = date(2026, 3, 1)
RENEWS = date(2027, 3, 1)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@pytest.fixture
def yearly(account: Account) -> Account:
    """An account in whose catalog price Y1 is 5,000.00 a year, in advance."""
    account.price(
        "Y1",
        billing_frequency=BillingFrequency.YEARLY,
        billing_type=BillingType.IN_ADVANCE,
        structure={"model": "fixed", "amount": "5000"},
    )
    return account


def found(session: Session, schedule: BillingSchedule, today: date) -> Renewal | None:
    """What is to be told of a schedule on a day, if a look at all of them comes upon it."""
    if schedule.id not in schedules_to_look_at(session, today=today):
        return None
    return renewal_to_remind_of(session, schedule, now=noon(today))


def test_a_yearly_plan_is_told_of_thirty_days_before(session: Session, yearly: Account) -> None:
    schedule = yearly.subscribe("Y1", "X", start=START)
    days = [RENEWS + timedelta(days=days) for days in range(-400, 2)]
    told = [day for day in days if found(session, schedule, day)]
    assert told == [RENEWS - timedelta(days=left) for left in range(30, 0, -1)]
    renewal = found(session, schedule, told[0])
    assert renewal is not None
    assert (renewal.period.start, renewal.period.end) == (RENEWS, date(2028, 3, 1))
    assert [price.id for price in renewal.prices] == ["Y1"]
    assert renewal.fees == Money(500000, "GBP")
    assert renewal.is_in_advance


def test_who_was_told_is_not_told_again_until_the_next_year(
    session: Session, yearly: Account
) -> None:
    schedule = yearly.subscribe("Y1", start=START)
    today = RENEWS - timedelta(days=20)
    renewal = found(session, schedule, today)
    assert renewal is not None
    assert claim_renewal(session, schedule, renewal, now=NOW)
    assert not claim_renewal(session, schedule, renewal, now=NOW)
    assert found(session, schedule, today) is None
    assert found(session, schedule, date(2028, 2, 10)) is not None


def test_nobody_is_told_of_what_ends_or_is_not_yearly(session: Session, yearly: Account) -> None:
    today = RENEWS - timedelta(days=20)
    ending = yearly.subscribe("Y1", start=START, end=RENEWS)
    assert found(session, ending, today) is None
    yearly.another()
    assert found(session, yearly.subscribe("A", "X", start=START), today) is None
    yearly.another()
    changing = yearly.subscribe("Y1", start=START)
    yearly.change(changing, RENEWS, "A")
    assert found(session, changing, today) is None


def test_an_anniversary_that_is_no_day_of_its_year(session: Session, yearly: Account) -> None:
    schedule = yearly.subscribe("Y1", start=date(2024, 2, 29))
    renewal = found(session, schedule, date(2027, 2, 1))
    assert renewal is not None
    assert renewal.period.start == date(2027, 2, 28)


def test_a_discount_is_named_as_long_as_it_lasts(session: Session, yearly: Account) -> None:
    for periods, lasts in ((1, False), (None, True)):
        yearly.another()
        discount = AgreedDiscount(code="L", rate=Decimal("0.2"), amount=None, periods=periods)
        terms = AgreedTerms(discount=discount)
        schedule = yearly.subscribe("Y1", start=START, terms=terms)
        renewal = found(session, schedule, RENEWS - timedelta(days=20))
        assert renewal is not None
        assert bool(renewal.discounts) is lasts


def test_two_deliverers_at_once_tell_once(app: Flask, session: Session, yearly: Account) -> None:
    schedule = yearly.subscribe("Y1", start=START)
    renewal = found(session, schedule, RENEWS - timedelta(days=20))
    assert renewal is not None
    session.commit()
    together = Barrier(2)

    def claim(_: int) -> bool:
        with app.app_context():
            own = db.session.get_one(BillingSchedule, schedule.id)
            together.wait(timeout=20)
            with committing(db.session):
                return claim_renewal(db.session(), own, renewal, now=NOW)

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(claim, range(2))) == [False, True]
