"""Upgrades of databases in use: with rows in every table, and several at once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from conftest import make_app
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import func, inspect, select, table, text
from support.accounts import NOW, Account
from support.billing import at, run_billing
from support.databases import postgresql_database
from support.members import Members
from support.orders import order
from support.pages import Browser

from pricingsite.database import Base, db
from pricingsite.models.access import EndedSession, IdempotencyKey, PasswordReset
from pricingsite.models.catalog import Feature
from pricingsite.models.changes import ChangeLine, ScheduleChange
from pricingsite.models.customers import BillingCopy, SuspensionCause, TaxIdCheck
from pricingsite.models.invoices import ChangedUsage, InvoiceReminder, Settlement
from pricingsite.models.merchant import ExchangeRate
from pricingsite.models.promotions import CompanyClaim, Promotion
from pricingsite.models.ranges import UsageRange
from pricingsite.models.schedules import RenewalReminder
from pricingsite.models.usage import UsageValue
from pricingsite.models.webhooks import MidnightSweep, WebhookEndpoint
from pricingsite.schema import Schema, schema_of
from pricingsite.services.access.api_keys import create
from pricingsite.services.alerts.choices import SHARES, AlertChoices, choose_alerts
from pricingsite.services.customers.aliases import add_alias
from pricingsite.services.customers.suspension import suspend
from pricingsite.services.messages.webhooks import EventType, record_event
from pricingsite.settings import ROOT

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
REVISIONS = [
    script.revision
    for script in ScriptDirectory(str(ROOT / "pricingsite" / "migrations")).walk_revisions()
]


@pytest.fixture(params=BOTH)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An app on a new database of its own that holds no table yet."""
    file = nullcontext(f"sqlite:///{tmp_path / 'own.db'}")
    with file if request.param == "sqlite" else postgresql_database() as url:
        app = make_app(url, tmp_path / "own", NOW=NOW.isoformat())
        yield app
        with app.app_context():
            db.engine.dispose()


def fill(app: Flask) -> None:
    """Put rows into every table, by the site's own ways where there are some."""
    with app.app_context():
        account = Account(db.session())
        schedule = account.subscribe("A", "X")
        choices = AlertChoices(shares={"api_calls": SHARES})
        choose_alerts(db.session(), account.customer, choices, account.read(), now=NOW)
        account.use(900)
        add_alias(db.session(), account.customer, "ashdown")
        key = create(db.session(), ["events:write"], now=NOW).rpartition("_")[0]
        answered = {"content_hash": "a hash", "status": 201, "body": "{}", "made_at": NOW}
        db.session.add(IdempotencyKey(api_key_id=key, key="k1", **answered))
        customer = account.customer.id
        spread = {"low": Decimal(1), "high": Decimal(2), "months": 60, "made_at": NOW}
        db.session.add(UsageRange(metric_id="api_calls", days_gone=3, **spread))
        value = {"metric_id": "api_calls", "day": NOW.date(), "value": "1"}
        db.session.add(UsageValue(customer_id=customer, **value))
        db.session.add(Feature(id="sso", position=0, name="Single sign-on"))
        db.session.add(PasswordReset(email="ada@b.example", asked_at=NOW))
        db.session.add(EndedSession(id="a", ended_at=NOW))
        code = {"id": "LAUNCH", "position": 0, "plans": [], "new_customers_only": False}
        db.session.add(Promotion(**code, rate=Decimal("0.2")))
        rate = {"currency": "USD", "valid_from": NOW.date(), "rate": Decimal("0.79")}
        db.session.add(ExchangeRate(**rate))
        check = {"tax_id": "DE136695976", "attempts": 1, "due_at": NOW}
        db.session.add(TaxIdCheck(customer_id=customer, **check))
        db.session.add(BillingCopy(customer_id=customer, position=1, email="bob@b.example"))
        claim = {"subject": "trial", "company": "a hash"}
        db.session.add(CompanyClaim(**claim, customer_id=customer))
        run_billing(db.session(), at(2026, 12, 1))
        paid = {"kind": "payment", "amount": 1, "settled_on": NOW.date(), "recorded_at": NOW}
        db.session.add(Settlement(invoice_id=1, **paid))
        db.session.add(InvoiceReminder(invoice_id=1, kind="invoice_reminder", written_at=NOW))
        today = NOW.date()
        change = {"kind": "plan", "starts_on": today, "before": {}, "made_at": NOW}
        db.session.add(ScheduleChange(schedule_id=schedule.id, **change))
        line = {"due_on": today, "position": 0, "price_id": "A", "description": "A", "net": -1}
        days = {"period_start": today, "period_end": today + timedelta(days=1)}
        db.session.add(ChangeLine(schedule_id=schedule.id, **line, **days))
        renewal = {"schedule_id": schedule.id, "renews_on": NOW.date()}
        db.session.add(RenewalReminder(**renewal, written_at=NOW))
        hook = {"url": "https://ada.example/hook", "types": [], "secret": "whsec_"}
        db.session.add_all(
            [
                WebhookEndpoint(**hook, created_at=NOW),
                MidnightSweep(name="midnights", swept_until=today),
            ]
        )
        happened = {"customer_id": customer, "about": customer}
        record_event(db.session(), EventType.CUSTOMER_UPDATED, **happened, now=NOW)
        suspend(db.session(), account.customer, SuspensionCause.MERCHANT, now=NOW)
        db.session.add(ChangedUsage(customer_id=customer, since=NOW.date(), changed_at=NOW))
        db.session.commit()
    Members(app).user(customer)
    order(Browser(app))


def counts(app: Flask) -> dict[str, int]:
    """How many rows each table holds."""
    with app.app_context(), db.engine.connect() as connection:
        names = inspect(connection).get_table_names()
        return {
            name: connection.scalar(select(func.count()).select_from(table(name))) or 0
            for name in names
        }


LATEST = 3


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(LATEST, id="the latest"),
        pytest.param(len(REVISIONS) - 1, marks=pytest.mark.every_migration, id="every one"),
    ],
)
def test_migrations_go_down_and_up_with_rows_in_every_table(empty: Flask, steps: int) -> None:
    with empty.app_context():
        upgrade()
    fill(empty)
    filled = counts(empty)
    assert set(filled) == {*Base.metadata.tables, "alembic_version"}
    assert min(filled.values()) > 0, filled
    with empty.app_context():
        for _ in range(steps):
            before = counts(empty)
            downgrade()
            after = counts(empty)
            assert after.items() <= before.items()
            upgrade(revision="+1")
            assert {name: counts(empty)[name] for name in after} == after
            downgrade()
        downgrade(revision="base")
        upgrade()
        with db.engine.connect() as connection:
            assert schema_of(connection) is Schema.FITS


def start_upgrade(app: Flask) -> subprocess.Popen[bytes]:
    settings = {
        "PRICINGSITE_DATABASE_URL": app.config["DATABASE_URL"],
        "PRICINGSITE_INSTANCE_PATH": app.instance_path,
        "PRICINGSITE_SECRET_KEY": app.config["SECRET_KEY"],
    }
    command = [Path(sys.executable).parent / "flask", "db", "upgrade"]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | settings, stderr=subprocess.PIPE)


def test_of_two_upgrades_at_once_one_waits(empty: Flask) -> None:
    upgrades = [start_upgrade(empty) for _ in range(2)]
    said = [one.communicate(timeout=120)[1].decode() for one in upgrades]
    assert [one.returncode for one in upgrades] == [0, 0], said
    assert set(counts(empty)) >= set(Base.metadata.tables)


def test_a_failed_upgrade_changes_nothing(empty: Flask) -> None:
    with empty.app_context():
        upgrade(revision=REVISIONS[-1])
        # The next migration makes this table.
        with db.engine.begin() as connection:
            connection.execute(text("CREATE TABLE usage_ranges (id INTEGER)"))
        before = counts(empty)
        with pytest.raises(Exception, match="usage_ranges"):
            upgrade()
    assert counts(empty) == before


def test_every_connection_keeps_references_after_an_upgrade(empty: Flask) -> None:
    with empty.app_context():
        upgrade()
        if db.engine.name == "sqlite":
            with db.engine.connect() as connection:
                assert connection.scalar(text("PRAGMA foreign_keys")) == 1
                assert connection.scalar(text("PRAGMA busy_timeout")) == 5_000
