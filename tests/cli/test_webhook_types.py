"""Each type of event, told once of what makes it happen, and verified."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from conftest import Clock
from flask import Flask
from support.accounts import NOW, Account
from support.factories import amara_with
from support.members import PASSWORD, Members, sign_in
from support.orders import mails, order
from support.pages import Browser
from support.webhooks import Endpoint, command, endpoint

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.pricing import Money
from pricingsite.services.alerts.choices import AlertChoices, choose_alerts
from pricingsite.services.customers.details import CustomerDetails, update_customer

pytestmark = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)


@pytest.fixture
def account(app: Flask, clock: Clock) -> Account:
    """A customer of Scale from the first of November on; the midnights so far were looked at."""
    clock.set(datetime(2026, 11, 30, 12, tzinfo=UTC))
    with app.app_context():
        found = Account(db.session())
        found.subscribe("A", "X")
        db.session.commit()
    command(app, "outbox", "deliver")
    return found


@pytest.fixture
def hook(app: Flask, account: Account) -> Iterator[Endpoint]:  # noqa: ARG001 - a catalog is applied
    with endpoint(app) as found:
        yield found


def run(app: Flask, *args: str) -> str:
    result = command(app, *args)
    assert result.exit_code == 0, result.output
    return result.stdout


def bill(app: Flask, clock: Clock) -> None:
    clock.set(datetime(2026, 12, 1, 3, tzinfo=UTC))
    run(app, "billing", "run")


def test_a_deal(app: Flask, hook: Endpoint) -> None:
    details = ("--name", "Brook Ltd", "--email", "b@brook.example", "--country", "GB")
    customer_id = run(app, "customers", "create", *details, "--price", "B").strip()
    customer, schedule, entitled = hook.events()
    assert (customer["type"], customer["data"]["id"]) == ("customer.created", customer_id)
    assert customer["data"]["legal_name"] == "Brook Ltd"
    assert schedule["type"] == "schedule.created"
    assert schedule["data"]["phases"][0]["prices"] == [{"price": "B", "quantity": None}]
    assert (entitled["type"], entitled["data"]["status"]) == ("entitlements.changed", "active")
    assert hook.events() == []


def test_an_order_and_its_verification(app: Flask, hook: Endpoint, browser: Browser) -> None:
    order(browser)
    assert hook.types() == ["customer.created", "schedule.created"]
    (mail,) = [one for one in mails(app) if "/verify/" in one.text]
    path = re.findall(r"https?://[^/]+(/verify/\S+)", mail.text)[0]
    browser.submit(browser.get(path), password=PASSWORD)
    verified, entitled = hook.events()
    assert verified["type"] == "customer.verified"
    assert verified["data"]["verified_at"]
    assert (entitled["type"], entitled["data"]["status"]) == ("entitlements.changed", "active")


def test_an_order_that_nobody_verified(hook: Endpoint, browser: Browser, clock: Clock) -> None:
    order(browser)
    hook.deliver()
    clock.set(clock.now + timedelta(days=31))
    ended, entitled = [one for one in hook.events() if one["type"] != "alert.reached"]
    assert (ended["type"], entitled["type"]) == ("schedule.ended", "entitlements.changed")
    assert entitled["data"]["status"] == "ended"


def test_details_and_suspension(app: Flask, hook: Endpoint, account: Account) -> None:
    with app.app_context():
        customer = db.session.get_one(Customer, account.customer.id)
        details = CustomerDetails(
            legal_name="Ashdown Ltd",
            billing_email="new@ashdown.example",
            country="GB",
            tax_id="GB999999973",
        )
        for _ in range(2):  # The second changes nothing, and is not told.
            update_customer(db.session(), customer, details, now=app.config["NOW"])
            db.session.commit()
    (updated,) = hook.events()
    assert updated["type"] == "customer.updated"
    assert updated["data"]["billing_email"] == "new@ashdown.example"
    run(app, "customers", "verify-tax-id", account.customer.id, "--consultation", "W7")
    (updated,) = hook.events()
    assert (updated["type"], bool(updated["data"]["tax_verified_at"])) == ("customer.updated", True)
    for command_, status in (("suspend", "suspended"), ("resume", "active")):
        run(app, "customers", command_, account.customer.id)
        (entitled,) = hook.events()
        assert (entitled["type"], entitled["data"]["status"]) == ("entitlements.changed", status)


def test_copies_and_a_purchase_order(
    app: Flask, hook: Endpoint, account: Account, browser: Browser
) -> None:
    Members(app).user(account.customer.id)
    sign_in(browser)
    address = {"name": "Ada", "line1": "1 Row", "town": "London", "postcode": "E1 6AN"}
    browser.submit(browser.get("/account/details"), **address)
    hook.deliver()
    for change in ({"copies": "bob@ashdown.example"}, {"purchase_order": "PO-7"}):
        for _ in range(2):  # The second changes nothing, and is not told.
            browser.submit(browser.get("/account/details"), **change)
        (updated,) = hook.events()
        assert (updated["type"], updated["data"]["id"]) == ("customer.updated", account.customer.id)
    both = {"copies": "", "purchase_order": "PO-8", "town": "Leeds"}
    browser.submit(browser.get("/account/details"), **both)
    (updated,) = hook.events()
    assert updated["data"]["town"] == "Leeds"


def test_an_invoice_issued_and_paid(app: Flask, hook: Endpoint, clock: Clock) -> None:
    bill(app, clock)
    (issued,) = hook.events()
    assert (issued["type"], issued["data"]["number"]) == ("invoice.issued", "INV-000001")
    assert (issued["data"]["gross"], issued["data"]["status"]) == ("900.00", "issued")
    assert len(issued["data"]["lines"]) == 2
    run(app, "invoices", "mark-paid", "INV-000001", "--amount", "400")
    assert hook.events() == []
    run(app, "invoices", "mark-paid", "INV-000001")
    (paid,) = hook.events()
    assert (paid["type"], paid["data"]["status"]) == ("invoice.paid", "paid")
    assert hook.events() == []


def test_an_invoice_credited_and_its_successor_paid_by_that(
    app: Flask, hook: Endpoint, clock: Clock
) -> None:
    bill(app, clock)
    run(app, "invoices", "mark-paid", "INV-000001")
    hook.deliver()
    run(app, "invoices", "credit", "INV-000001", "--reason", "An address", "--all", "--reissue")
    events = hook.events()
    assert [one["type"] for one in events] == [
        "credit_note.issued",
        "invoice.voided",
        "invoice.issued",
        "invoice.paid",
    ]
    assert [one["data"]["number"] for one in events] == [
        "CN-000001",
        "INV-000001",
        "INV-000002",
        "INV-000002",
    ]


def test_a_draft_voided(app: Flask, hook: Endpoint, clock: Clock) -> None:
    clock.set(datetime(2026, 12, 1, 3, tzinfo=UTC))
    run(app, "billing", "run", "--hold")
    assert hook.events() == []
    run(app, "invoices", "void", "1", "--reason", "Agreed")
    (voided,) = hook.events()
    assert (voided["type"], voided["data"]["status"]) == ("invoice.voided", "void")


def test_an_invoice_falls_overdue_once(app: Flask, hook: Endpoint, clock: Clock) -> None:
    bill(app, clock)
    (issued,) = hook.events()
    due_on = date.fromisoformat(issued["data"]["due_on"])
    clock.set(datetime.combine(due_on, time(12), UTC))
    assert hook.events() == []
    clock.set(clock.now + timedelta(days=1))
    (overdue,) = hook.events()
    assert (overdue["type"], overdue["data"]["overdue"]) == ("invoice.overdue", True)
    clock.set(clock.now + timedelta(days=1))
    assert hook.events() == []


def test_an_alert_that_usage_reaches(app: Flask, hook: Endpoint, account: Account) -> None:
    with app.app_context():
        mine = Account.of(db.session(), account.customer.id)
        choices = AlertChoices(amounts=(Money(90_000, "GBP"),))
        choose_alerts(db.session(), mine.customer, choices, mine.read(), now=NOW)
        mine.use(1_500)
        db.session.commit()
    (reached,) = hook.events()
    assert reached["type"] == "alert.reached"
    assert (reached["data"]["kind"], reached["data"]["value"]) == ("amount", "900")
    assert hook.events() == []


def test_new_limits_are_told_to_those_on_their_plan(
    app: Flask, hook: Endpoint, account: Account, tmp_path: Path
) -> None:
    with app.app_context():
        Account(db.session()).subscribe("A")
        db.session.commit()
    hook.deliver()
    file, scale = tmp_path / "catalog.toml", 'id = "scale"\n'
    file.write_bytes(amara_with((scale, f'{scale}limits = {{ api_calls = "5000" }}\n')))
    for told in ([account.customer.id], []):
        run(app, "catalog", "apply", str(file))
        events = hook.events()
        assert [one["data"]["customer"] for one in events] == told
        assert all(one["type"] == "entitlements.changed" for one in events)
        assert [one["data"]["limits"] for one in events] == [{"api_calls": "5000"} for _ in told]


def test_midnights_are_told_once(app: Flask, hook: Endpoint, clock: Clock) -> None:
    with app.app_context():
        for end in (None, date(2026, 12, 5)):
            mine = Account(db.session())
            mine.subscribe("A", start=date(2026, 12, 3), end=end)
        db.session.commit()
    hook.deliver()
    clock.set(datetime(2026, 12, 2, 23, 59, tzinfo=UTC))
    assert hook.types() == []
    clock.set(datetime(2026, 12, 3, 0, 1, tzinfo=UTC))
    began = hook.events()
    assert [one["type"] for one in began] == ["entitlements.changed"] * 2
    assert {one["data"]["status"] for one in began} == {"active"}
    assert hook.types() == []
    # A deliverer that was down tells of it when it is back.
    clock.set(datetime(2026, 12, 9, 12, tzinfo=UTC))
    ended, entitled = hook.events()
    assert (ended["type"], ended["data"]["state"]) == ("schedule.ended", "ended")
    assert (entitled["type"], entitled["data"]["status"]) == ("entitlements.changed", "ended")
    clock.set(datetime(2026, 12, 10, 12, tzinfo=UTC))
    assert hook.types() == []
