"""What the migrations make is what the models say, and they can be walked back."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from pricingsite.database import Base, db

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


def test_migrations_are_a_single_line() -> None:
    versions = Path(__file__).parents[2] / "pricingsite" / "migrations" / "versions"
    revisions = [path.read_text() for path in versions.glob("*.py")]
    assert sum("down_revision = None" in text for text in revisions) == 1
