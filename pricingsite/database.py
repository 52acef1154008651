"""The engine and the session: naming convention, SQLite's pragmas, and how its transactions begin.

Models subclass `Base`; `db.session` is the request's session. SQLite runs in WAL with foreign keys
on, and a transaction that will write begins as one (`BEGIN IMMEDIATE`): a reader that turned writer
would fail at once instead of waiting its turn.
"""

import sqlite3
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, MetaData, event
from sqlalchemy.orm import DeclarativeBase

WRITING = "writing"

_PRAGMAS = (
    "journal_mode=WAL",
    # What was acknowledged outlasts a power cut; senders do not send it again.
    "synchronous=FULL",
    # In pages of 4 kB: a page that is written often goes into the database seldom.
    "wal_autocheckpoint=4000",
    "cache_size=-16384",
    "foreign_keys=ON",
)


class Base(DeclarativeBase):
    """What every table's class derives from; constraint names follow from the columns'."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
migrate = Migrate(directory=str(Path(__file__).parent / "migrations"), render_as_batch=True)


def init_app(app: Flask) -> None:
    """Give the app its engine, its sessions and `flask db`."""
    seconds = app.config["DATABASE_BUSY_SECONDS"]
    if app.config["DATABASE_URL"].startswith("sqlite"):
        options: dict[str, Any] = {"connect_args": {"timeout": seconds}}
    else:
        # To PostgreSQL itself, 0 would be for ever.
        waiting = {"options": f"-c lock_timeout={seconds * 1000 or 1}ms"}
        options = {"pool_pre_ping": True, "connect_args": waiting}
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)
    migrate.init_app(app, db)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    # The driver's own guess when to begin would leave reads outside transactions; `_begin` does it.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        writing = connection.get_execution_options().get(WRITING)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
