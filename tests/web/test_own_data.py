"""All of a customer's data in one file: what it holds, whose, and how much memory it takes."""

import csv
import io
import json
import tracemalloc
from datetime import date, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from flask import Flask
from support.accounts import NOW, Account, differences
from support.billing import at, run_billing
from support.members import ADA, Members, sign_in
from support.pages import Browser

from pricingsite.database import db
from pricingsite.models.access import Role
from pricingsite.models.invoices import Invoice
from pricingsite.models.usage import UsageEvent
from pricingsite.services.access.users import add_membership, find_user
from pricingsite.services.balances.payments import mark_paid
from pricingsite.services.customers.copies import put_copies
from pricingsite.services.usage.events import EventName
from pricingsite.services.usage.own_usage import pages_of_events
from pricingsite.services.usage.voiding import void
from pricingsite.web.own_data import own_data

pytestmark = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)
FILES = [
    "account.json",
    "schedules.json",
    "invoices.json",
    "invoices.csv",
    "payments.csv",
    "usage-by-day.csv",
    "usage-events.jsonl",
    "emails.json",
]


@pytest.fixture
def customer(app: Flask) -> str:
    """A customer with usage, a paid invoice, a copy address; and another one with usage too."""
    with app.app_context():
        account = Account(db.session())
        account.subscribe("A", "X", start=date(2026, 10, 1), purchase_order="PO-1")
        account.use_daily(120, date(2026, 10, 1), 40)
        put_copies(db.session(), account.customer.id, ["bob@ashdown.example"])
        run_billing(db.session(), at(2026, 11, 1))
        invoice = db.session.get_one(Invoice, 1)
        mark_paid(db.session(), invoice, on=NOW.date(), reference="=cmd|'x'", now=NOW)
        customer_id = account.customer.id
        account.another()
        account.subscribe("A", "X", start=date(2026, 10, 1))
        account.use_daily(7, date(2026, 10, 1), 3)
        db.session.commit()
    return customer_id


def written(app: Flask, customer_id: str) -> ZipFile:
    with app.app_context():
        return ZipFile(io.BytesIO(b"".join(own_data(customer_id))))


def rows(archive: ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


def test_the_file_holds_everything_of_one_customer(app: Flask, customer: str) -> None:
    Members(app).user(customer)
    archive = written(app, customer)
    assert archive.testzip() is None
    assert archive.namelist() == FILES
    account = json.loads(archive.read("account.json"))
    assert (account["id"], account["legal_name"]) == (customer, "Ashdown Ltd")
    assert account["copies_to"] == ["bob@ashdown.example"]
    assert [(one["email"], one["role"]) for one in account["users"]] == [(ADA, "billing_admin")]
    schedules = json.loads(archive.read("schedules.json"))
    assert [one["purchase_order"] for one in schedules["schedules"]] == ["PO-1"]
    assert [one["id"] for one in schedules["prices"]] == ["A", "X"]
    [invoice] = json.loads(archive.read("invoices.json"))
    assert (invoice["number"], invoice["status"]) == ("INV-000001", "paid")
    assert len(invoice["lines"]) >= 3
    assert [one["number"] for one in rows(archive, "invoices.csv")] == ["INV-000001"]
    [payment] = rows(archive, "payments.csv")
    assert (payment["number"], payment["amount"]) == ("INV-000001", invoice["gross"])
    assert payment["reference"] == "'=cmd|'x'"
    days = rows(archive, "usage-by-day.csv")
    assert [day["total"] for day in days] == ["120"] * 40
    events = [json.loads(line) for line in archive.read("usage-events.jsonl").splitlines()]
    assert len(events) == 40
    assert {event["subject"] for event in events} == {customer}
    assert events[0]["data"] == {"calls": 120}
    emails = json.loads(archive.read("emails.json"))
    assert {one["to"] for one in emails} == {ADA, "bob@ashdown.example"}


def test_its_events_can_be_sent_again(app: Flask, customer: str, tmp_path: Path) -> None:
    with app.app_context():
        event = next(pages_of_events(db.session(), customer))[0]
        name = EventName(subject=customer, source=event.source, event_id=event.event_id)
        void(db.session(), [name], now=NOW)
        db.session.commit()
    lines = written(app, customer).read("usage-events.jsonl")
    assert sum("voidedat" in json.loads(line) for line in lines.splitlines()) == 1
    file = tmp_path / "events.jsonl"
    file.write_bytes(lines)
    result = app.test_cli_runner().invoke(args=["usage", "import", str(file)])
    assert result.exit_code == 0, result.output
    assert "40" in result.output
    with app.app_context():
        assert differences(db.session()) == []


def test_events_come_in_pages_each_once(
    app: Flask, customer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pricingsite.services.usage.own_usage._PAGE", 4)
    with app.app_context():
        account = Account.of(db.session(), customer)
        account.events = 1_000
        # More of one moment than a page holds.
        account.use(*range(1, 12), at=NOW)
        db.session.commit()
        pages = list(pages_of_events(db.session(), customer))
    assert [len(page) for page in pages[:-1]] == [4] * (len(pages) - 1)
    ids = [row.event_id for page in pages for row in page]
    assert len(ids) == len(set(ids)) == 51


def test_billing_admins_download_it_and_viewers_do_not(
    app: Flask, customer: str, browser: Browser
) -> None:
    members = Members(app)
    members.user(customer)
    sign_in(browser)
    page = browser.get("/account/data")
    link = page.select_one("main .actions a")
    assert link is not None
    answer = browser.client.get(link["href"])
    assert answer.mimetype == "application/zip"
    assert "account-data-2026-11-23.zip" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert ZipFile(io.BytesIO(answer.data)).namelist() == FILES
    members.user(email="bob@ashdown.example")
    with app.app_context():
        bob = find_user(db.session(), "bob@ashdown.example")
        assert bob is not None
        own = Account.of(db.session(), customer).customer
        add_membership(db.session(), bob, own, role=Role.VIEWER, now=NOW)
        db.session.commit()
    viewer = Browser(app)
    sign_in(viewer, "bob@ashdown.example")
    for path in ("/account/data", "/account/data.zip"):
        viewer.get(path, status=403)
    assert "/account/data" not in str(viewer.get("/account/details"))


def test_the_command_writes_the_same_file(app: Flask, customer: str, tmp_path: Path) -> None:
    file = tmp_path / "own.zip"
    result = app.test_cli_runner().invoke(args=["customers", "export", customer, str(file)])
    assert result.exit_code == 0, result.output
    assert ZipFile(file).namelist() == FILES
    result = app.test_cli_runner().invoke(args=["customers", "export", "nobody", str(file)])
    assert result.exit_code == 1
    assert "There is no customer nobody" in result.output


def test_many_events_take_no_memory(app: Flask, customer: str) -> None:
    with app.app_context():
        moment = {"stored_at": NOW, "event_type": "api_call", "data": '{"calls":1}'}
        db.session.execute(
            UsageEvent.__table__.insert(),
            [
                {
                    "event_id": f"many-{number}",
                    "source": "/gateway",
                    "customer_id": customer,
                    "occurred_at": NOW - timedelta(seconds=number),
                    **moment,
                }
                for number in range(15_000)
            ],
        )
        db.session.commit()
        tracemalloc.start()
        size = sum(map(len, own_data(customer)))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert size > 100_000
    assert peak < 12_000_000, f"{peak / 1e6:.1f} MB"
