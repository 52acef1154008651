"""Runs migrations on the app's own engine, against the models' metadata.

All of them in one transaction, in which no other upgrade is at work: of two that start together,
one waits and then finds nothing to do, and one that fails changes nothing.
"""

from contextlib import contextmanager

from alembic import context
from flask import current_app
from sqlalchemy import text
from sqlalchemy.types import TypeDecorator

from pricingsite import models
from pricingsite.database import WRITING, Base, db

# Importing the models is what fills the metadata.
TARGET = Base.metadata if models else None
# The name of PostgreSQL's lock: any number, if only it is always the same.
UPGRADING = 20_261_123
# How long SQLite's lock is waited for, milliseconds.
PATIENCE = 600_000


def render_item(kind, item, autogen):
    """Write our column types as what they are made of: a migration outlives the code."""
    if kind == "type" and isinstance(item, TypeDecorator):
        implementation = item.impl_instance
        return f"sa.{implementation!r}"
    return False


@contextmanager
def alone_on_postgresql(connection):
    with connection.begin():
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({UPGRADING})"))
        # A table that is in use is waited for no longer than ever: all others would wait behind.
        connection.execute(text("SET LOCAL lock_timeout TO DEFAULT"))
        yield


@contextmanager
def alone_on_sqlite(connection):
    sqlite = connection.connection.dbapi_connection
    # SQLite changes a table by making it anew, and others refer to the one that is dropped then.
    # Outside transactions alone can this be set; what refers to nothing is looked for at the end.
    sqlite.execute("PRAGMA foreign_keys=OFF")
    sqlite.execute(f"PRAGMA busy_timeout={PATIENCE}")
    try:
        with connection.begin():
            yield
            lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if lost:
                raise RuntimeError(
                    f"After the migration, rows refer to others that are not: {lost}"
                )
    finally:
        # The next one of the pool starts with what every connection has.
        connection.invalidate()


def run():
    arguments = current_app.extensions["migrate"].configure_args
    with db.engine.connect().execution_options(**{WRITING: True}) as connection:
        sqlite = connection.dialect.name == "sqlite"
        with (alone_on_sqlite if sqlite else alone_on_postgresql)(connection):
            context.configure(
                connection=connection,
                target_metadata=TARGET,
                render_item=render_item,
                **arguments,
            )
            context.run_migrations()


run()
