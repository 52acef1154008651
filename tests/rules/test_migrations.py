"""What the migrations make is what the models say, and they can be walked back."""

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Row, inspect, select, text
from sqlalchemy.orm import Session
from support.accounts import NOW, Account

from pricingsite.database import Base, db
from pricingsite.models.catalog import Plan, UsageMetric
from pricingsite.models.merchant import Merchant
from pricingsite.pricing import Trial
from pricingsite.services.messages.outbox import enqueue
from pricingsite.services.schedules.creating import AgreedTerms

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.mark.parametrize("database_url", BOTH, indirect=True)
def test_migrations_make_what_the_models_say(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_go_down_and_up_again(app: Flask) -> None:
    with app.app_context():
        downgrade(revision="base")
        assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
        upgrade()
        assert set(Base.metadata.tables) <= set(inspect(db.engine).get_table_names())


@pytest.mark.parametrize("database_url", BOTH, indirect=True)
def test_the_newest_migration_keeps_what_is_stored(session: Session) -> None:
    account = Account(session)
    account.subscribe("A", "X")
    account.use(1500)
    # The version before has no place for it.
    session.get_one(UsageMetric, "api_calls").whole = None
    session.get_one(Plan, "scale").recommended = None
    merchant = session.get_one(Merchant, 1)
    merchant.iban = merchant.bic = merchant.sort_code = merchant.account_number = None
    words = {"to": "ada@b.example", "subject": "A fact", "text": "Words"}
    enqueue(session, key="fact", now=NOW, **words)
    session.commit()
    before = stored(session)
    assert len(before["phase_prices"]) == 2
    downgrade(revision="-1")
    upgrade()
    assert stored(session) == before


@pytest.mark.parametrize("database_url", BOTH, indirect=True)
@pytest.mark.parametrize("continues", [True, False])
def test_no_trial_is_billed_by_an_earlier_version(session: Session, *, continues: bool) -> None:
    account = Account(session)
    account.subscribe("A", "X", terms=AgreedTerms(trial=Trial(14, continues=continues)))
    session.commit()
    downgrade(revision="0013")
    rows = session.execute(text("SELECT start_date, end_date FROM billing_schedules")).all()
    prices = session.scalar(text("SELECT count(*) FROM phase_prices"))
    session.rollback()
    expected = ("2026-11-15", None) if continues else ("2026-11-01", "2026-11-15")
    assert [tuple(day and str(day) for day in row) for row in rows] == [expected]
    assert prices == (2 if continues else 0)
    upgrade()


def stored(session: Session) -> dict[str, list[Row[Any]]]:
    """Every row of every table, read in a transaction that is then over."""
    tables = Base.metadata.sorted_tables
    rows = {
        table.name: list(session.execute(select(table).order_by(*table.primary_key)))
        for table in tables
    }
    session.rollback()
    return rows


def test_migrations_are_a_single_line() -> None:
    versions = Path(__file__).parents[2] / "pricingsite" / "migrations" / "versions"
    revisions = [path.read_text() for path in versions.glob("*.py")]
    assert sum("down_revision = None" in text for text in revisions) == 1
