"""The demo: customers with real arrivals and invoices, prepared once however often it is run."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from conftest import Clock, make_app
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload
from support.accounts import differences
from support.pages import Browser

from pricingsite.cli.demo.command import EMAIL, PASSWORD
from pricingsite.cli.demo.customers import DEMOS, DemoCustomer, DemoUsage
from pricingsite.cli.demo.usage import events_of
from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.models.invoices import CreditCause, Invoice, InvoiceKind, Settlement
from pricingsite.models.usage import UsageDay, UsageEvent
from pricingsite.pricing import LineKind, TaxTreatment
from pricingsite.services.balances.standing import InvoiceStatus, standings
from pricingsite.services.billing.periods import State
from pricingsite.services.estimates.estimates import estimate

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)


def prepare(app: Flask, catalog: str = "amara") -> Result:
    result = app.test_cli_runner().invoke(args=["demo", "--prepare-only", "--catalog", catalog])
    assert result.exit_code == 0, result.output
    return result


def check(app: Flask) -> str:
    result = app.test_cli_runner().invoke(args=["check"])
    assert result.exit_code == 0, result.output
    return result.output


def counts(app: Flask) -> tuple[int, ...]:
    with app.app_context():
        return (
            db.session.scalar(select(func.count()).select_from(Customer)) or 0,
            db.session.scalar(select(func.count()).select_from(UsageEvent)) or 0,
            int(db.session.scalar(select(func.sum(UsageDay.event_count))) or 0),
            db.session.scalar(select(func.count()).select_from(Invoice)) or 0,
            db.session.scalar(select(func.count()).select_from(Settlement)) or 0,
        )


def test_it_says_where_to_look_and_how_to_sign_in(app: Flask, browser: Browser) -> None:
    lines = prepare(app).stdout.splitlines()
    assert "Plans: http://127.0.0.1:5000/" in lines
    assert f"Sign in: {EMAIL} / {PASSWORD}" in lines
    browser.submit(browser.get("/login"), email=EMAIL, password=PASSWORD)
    assert browser.get("/account").text_of("h1") == "Your bill for 1 to 30 November 2026"
    assert "CN-000001" in browser.get("/account/invoices").text_of("main")


def test_running_it_again_loses_and_doubles_nothing(app: Flask, clock: Clock) -> None:
    prepare(app)
    first = counts(app)
    prepare(app)
    assert counts(app) == first
    assert first[0] == 10
    # The last day of a month was sent in error.
    assert first[1] > first[2] > 10_000
    clock.set(NOW + timedelta(days=10))
    prepare(app)
    assert check(app) == "all promises are kept\n"
    assert all(now > then for now, then in zip(counts(app)[1:], first[1:], strict=True))
    with app.app_context():
        assert not differences(db.session())


@pytest.mark.parametrize("day", [date(2026, 12, 1), date(2027, 3, 31)], ids=str)
def test_on_any_day_its_invoices_are_of_every_kind(app: Flask, clock: Clock, day: date) -> None:
    clock.set(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    prepare(app)
    assert check(app) == "all promises are kept\n"
    with app.app_context():
        invoices = db.session.scalars(select(Invoice).options(selectinload(Invoice.lines))).all()
        found = standings(db.session(), invoices, today=day)
    statuses = Counter(one.status for one in found.values())
    assert {InvoiceStatus.PAID, InvoiceStatus.PARTLY_PAID, InvoiceStatus.ISSUED} <= set(statuses)
    assert [one for one in invoices if found[one.id].overdue]
    assert [one for one in invoices if one.tax_treatment is TaxTreatment.REVERSE_CHARGE]
    assert [one for one in invoices if one.cause is CreditCause.USAGE]
    is_adjusted = [
        one
        for one in invoices
        if one.kind is InvoiceKind.INVOICE
        and any(line.kind is LineKind.ADJUSTMENT for line in one.lines)
    ]
    assert is_adjusted
    for one in invoices:
        assert one.issued_on == one.billed_on or one.kind is InvoiceKind.CREDIT_NOTE


@pytest.mark.parametrize("catalog", sorted(set(DEMOS) - {"amara"}))
def test_every_example_has_invoices_that_keep_all_promises(app: Flask, catalog: str) -> None:
    prepare(app, catalog)
    assert check(app) == "all promises are kept\n"
    assert counts(app)[3] >= 8


def test_a_yearly_fee_is_billed_once_in_advance(app: Flask) -> None:
    prepare(app, "kelder")
    with app.app_context():
        first, *others = db.session.scalars(
            select(Invoice)
            .where(Invoice.customer_id == "cus_demo_parish")
            .options(selectinload(Invoice.lines))
        ).all()
        assert not others
        assert first.issued_on == first.billed_on == first.lines[0].period_start
        assert first.lines[0].period.days == 365


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
