"""Alerts: told once a period each, by whoever looks first, and never of what was passed before."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from support.accounts import NOW, Account

from pricingsite.database import db
from pricingsite.models.alerts import Alert
from pricingsite.pricing import Money
from pricingsite.services.alerts.choices import (
    SHARES,
    AlertChoices,
    Budget,
    alerts_of,
    budget_of,
    choices_of,
    choose_alerts,
)
from pricingsite.services.alerts.reaching import (
    claim_reached_alerts,
    customers_with_new_usage,
    reached_alerts,
)
from pricingsite.services.estimates.account_page import account_page
from pricingsite.web.transaction import committing

BEFORE = datetime(2026, 11, 2, 12, tzinfo=UTC)


def gbp(pounds: int) -> Money:
    return Money(pounds * 100, "GBP")


@pytest.fixture
def account(session: Session) -> Account:
    account = Account(session)
    account.subscribe("A", "X")
    return account


def choose(account: Account, choices: AlertChoices, now: datetime = BEFORE) -> None:
    choose_alerts(account.session, account.customer, choices, account.read(now), now=now)


def told(account: Account, now: datetime = NOW) -> list[tuple[str, Decimal]]:
    account.session.flush()
    alerts = claim(account.session, account.customer.id, now)
    return [(alert.kind, alert.value) for alert in alerts]


def claim(session: Session, customer_id: str, now: datetime) -> list[Alert]:
    page, reached = reached_alerts(session, customer_id, now=now)
    ids = [alert.id for alert in reached]
    return claim_reached_alerts(session, customer_id, ids, page, now=now)


def read_budget(account: Account, now: datetime = NOW) -> Budget | None:
    account.session.flush()
    page = account_page(account.session, account.customer, now=now)
    assert page is not None
    return budget_of(account.session, page)


@pytest.mark.parametrize(
    ("calls", "shares"),
    [(749, ()), (750, SHARES[:1]), (899, SHARES[:1]), (900, SHARES[:2]), (1000, SHARES)],
)
def test_shares_of_included_units_are_told_at_their_very_unit(
    account: Account, calls: int, shares: tuple[Decimal, ...]
) -> None:
    choose(account, AlertChoices(shares={"api_calls": SHARES}))
    account.use(calls)
    assert told(account) == [("included", share) for share in shares]


@pytest.mark.parametrize(
    ("calls", "kinds"),
    [(1555, []), (1556, ["amount"]), (2500, ["amount"]), (3385, ["amount", "budget"])],
)
def test_amounts_are_told_when_the_bill_is_that_much(
    account: Account, calls: int, kinds: list[str]
) -> None:
    # 1,556 calls are 1,000.20; 3,385 are 2,000.25.
    choose(account, AlertChoices(budget=gbp(2000), amounts=(gbp(1000),)))
    account.use(calls)
    assert [kind for kind, _ in told(account)] == kinds


def test_each_is_told_once_a_period(account: Account) -> None:
    choose(account, AlertChoices(amounts=(gbp(800),)))
    account.use(1500)
    assert told(account) == [("amount", 800)]
    account.use(100)
    assert told(account) == []
    account.use(1500, at=datetime(2026, 12, 3, tzinfo=UTC))
    assert told(account, datetime(2026, 12, 3, 1, tzinfo=UTC)) == [("amount", 800)]
    assert told(account, datetime(2026, 12, 3, 2, tzinfo=UTC)) == []


def test_what_is_passed_already_waits_for_the_next_period(account: Account) -> None:
    account.use(1500)
    choose(account, AlertChoices(amounts=(gbp(800), gbp(2000))), NOW)
    assert told(account) == []
    account.use(3000)
    assert told(account) == [("amount", 2000)]


def test_choosing_again_keeps_what_was_told(account: Account) -> None:
    choose(account, AlertChoices(amounts=(gbp(800),)))
    account.use(1500)
    assert told(account) == [("amount", 800)]
    choose(account, AlertChoices(budget=gbp(3000), amounts=(gbp(800),)), NOW)
    assert told(account) == []
    stored = choices_of(alerts_of(account.session, account.customer.id), "GBP")
    assert stored == AlertChoices(budget=gbp(3000), amounts=(gbp(800),))
    choose(account, AlertChoices(), NOW)
    assert alerts_of(account.session, account.customer.id) == []


def test_usage_of_another_period_tells_nothing(account: Account) -> None:
    choose(account, AlertChoices(amounts=(gbp(800),)))
    account.use(5000, at=datetime(2026, 10, 30, tzinfo=UTC))
    assert told(account) == []


def test_a_schedule_that_has_not_begun_or_has_ended_tells_nothing(session: Session) -> None:
    account = Account(session)
    account.subscribe("A", "X", start=date(2026, 11, 10), end=date(2026, 11, 20))
    choose(account, AlertChoices(amounts=(gbp(800),)))
    account.use(5000, at=datetime(2026, 11, 12, tzinfo=UTC))
    assert told(account, BEFORE) == []
    assert told(account, NOW) == []
    assert told(account, datetime(2026, 11, 19, tzinfo=UTC)) == [("amount", 800)]


def test_only_customers_with_news_are_looked_at(account: Account) -> None:
    session, customer_id = account.session, account.customer.id
    account.use(10)  # Stored at NOW.
    assert customers_with_new_usage(session) == []
    choose(account, AlertChoices(amounts=(gbp(800),)), NOW)
    assert customers_with_new_usage(session) == [customer_id]
    # What is stamped now may still be on its way in for a while.
    told(account, NOW + timedelta(seconds=60))
    assert customers_with_new_usage(session) == [customer_id]
    told(account, NOW + timedelta(seconds=61))
    assert customers_with_new_usage(session) == []


def test_of_two_who_look_at_once_one_alone_tells(app: Flask, account: Account) -> None:
    choose(account, AlertChoices(amounts=(gbp(800),), shares={"api_calls": SHARES}))
    account.use(1500)
    account.session.commit()
    customer_id, together = account.customer.id, Barrier(2)

    def look(_: int) -> int:
        with app.app_context():
            page, reached = reached_alerts(db.session(), customer_id, now=NOW)
            ids = [alert.id for alert in reached]
            together.wait(timeout=20)
            with committing(db.session):
                return len(claim_reached_alerts(db.session(), customer_id, ids, page, now=NOW))

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(look, range(2))) == [0, 4]


def test_chosen_twice_at_once_it_is_chosen_once(app: Flask, account: Account) -> None:
    account.session.commit()
    customer_id, together = account.customer.id, Barrier(2)

    def choose_there(_: int) -> int:
        with app.app_context():
            there = Account.of(db.session(), customer_id)
            running = there.read(BEFORE)
            together.wait(timeout=20)
            with committing(db.session):
                choices = AlertChoices(budget=gbp(1000), shares={"api_calls": SHARES})
                choose_alerts(db.session(), there.customer, choices, running, now=BEFORE)
            return len(alerts_of(db.session(), customer_id))

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(choose_there, range(2))) == [4, 4]


@pytest.mark.parametrize(
    ("kind", "values"), [("budget", (1, 2)), ("amount", (1, 1))], ids=["budgets", "twice"]
)
def test_a_customer_has_one_budget_and_no_alert_twice(
    account: Account, kind: str, values: tuple[int, int]
) -> None:
    account.session.add_all(
        Alert(customer_id=account.customer.id, kind=kind, value=Decimal(value), checked_until=NOW)
        for value in values
    )
    with pytest.raises(IntegrityError, match="alerts"):
        account.session.flush()


def test_a_budget_is_shown_against_the_bill_and_its_pace(account: Account) -> None:
    choose(account, AlertChoices(budget=gbp(1000)))
    for day in range(9, 23):
        account.use(100, at=datetime(2026, 11, day, 19, tzinfo=UTC))
    budget = read_budget(account)
    assert budget is not None
    assert (budget.so_far, budget.left) == (gbp(930), gbp(70))
    # 722 more calls by the end: 1,254.90.
    assert budget.left_at_pace == Money(-25490, "GBP")
    assert read_budget(account, datetime(2026, 10, 1, tzinfo=UTC)) is None
