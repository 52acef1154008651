"""The demo: ten customers with real arrivals, prepared once however often it is run."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from click.testing import Result
from conftest import Clock, make_app
from flask import Flask
from sqlalchemy import func, select
from support.accounts import differences
from support.pages import Browser

from pricingsite.cli.demo import EMAIL, PASSWORD
from pricingsite.cli.demo_customers import DEMOS, DemoCustomer, DemoUsage, events_of
from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.models.usage import UsageDay, UsageEvent
from pricingsite.services.billing.periods import State
from pricingsite.services.estimates.estimates import estimate

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)


def prepare(app: Flask) -> Result:
    result = app.test_cli_runner().invoke(args=["demo", "--prepare-only"])
    assert result.exit_code == 0, result.output
    return result


def counts(app: Flask) -> tuple[int, int, int]:
    with app.app_context():
        return (
            db.session.scalar(select(func.count()).select_from(Customer)) or 0,
            db.session.scalar(select(func.count()).select_from(UsageEvent)) or 0,
            int(db.session.scalar(select(func.sum(UsageDay.event_count))) or 0),
        )


def test_it_says_where_to_look_and_how_to_sign_in(app: Flask) -> None:
    lines = prepare(app).stdout.splitlines()
    assert "Plans: http://127.0.0.1:5000/" in lines
    assert f"Sign in: {EMAIL} / {PASSWORD}" in lines


def test_running_it_again_loses_and_doubles_nothing(app: Flask, clock: Clock) -> None:
    prepare(app)
    first = counts(app)
    prepare(app)
    assert counts(app) == first
    assert first[0] == 10
    assert first[1] == first[2] > 10_000
    clock.set(NOW + timedelta(days=2))
    prepare(app)
    assert counts(app)[1] > first[1]
    with app.app_context():
        assert not differences(db.session())


def test_its_customers_lie_in_different_tiers(app: Flask) -> None:
    prepare(app)
    with app.app_context():
        estimates = [
            estimate(db.session(), db.session.get_one(Customer, customer.id), now=NOW)
            for customer in DEMOS["amara"]
        ]
    lines = [len(found.bill.lines) for found in estimates if found]
    assert {1, 2, 3, 4} <= set(lines)
    assert [found.state for found in estimates if found].count(State.UPCOMING) == 1


def test_the_customer_it_names_can_sign_in(app: Flask, browser: Browser) -> None:
    prepare(app)
    page = browser.get("/login")
    browser.submit(page, email=EMAIL, password=PASSWORD)
    assert browser.get("/account").text_of("h1") == "Your bill for 1 to 30 November 2026"


def test_a_month_of_arrivals_adds_up_to_what_it_is_to_hold() -> None:
    customer = DemoCustomer("x", "X", ("A", "X"), (DemoUsage((2500,), "FB"),))
    month = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    events = list(events_of(customer, *month))
    assert sum(event.data["calls"] for event in events) == 2500
    assert len({event.event_id for event in events}) == len(events)


def test_it_refuses_a_real_site(tmp_path: Path, database_url: str) -> None:
    app = make_app(database_url, tmp_path, BASE_URL="https://shop.example")
    result = app.test_cli_runner().invoke(args=["demo", "--prepare-only"])
    assert result.exit_code == 1
    assert "not for https://shop.example" in result.output
