"""The engine and the session: naming convention, how connections are made, what they wait for.

Models subclass `Base`; `db.session` is the request's session. SQLite runs in WAL with foreign keys
on, and a transaction that will write begins as one (`BEGIN IMMEDIATE`): a reader that turned writer
would fail at once instead of waiting its turn. On PostgreSQL every wait has an end: a connection's
for the server, a statement's of a request for its answer, a write's for its turn.
"""

import logging
import sqlite3
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from flask import Flask, current_app, has_request_context
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import Connection, Dialect, Engine, MetaData, event, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from sqlalchemy.orm import DeclarativeBase
from werkzeug.local import LocalProxy

log = logging.getLogger(__name__)

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


# How long a thread waits for one of the pool's connections.
_POOL_SECONDS = 5
# Longer than any statement of a request takes once it has its locks; commands take what they need.
_STATEMENT_SECONDS = 5
# Room for a small transaction.
_PROBE_BYTES = 65_536
# PostgreSQL's own words for two transactions that were in each other's way.
_IN_THE_WAY = {"40001", "40P01", "55P03"}
_POSTGRESQL: dict[str, Any] = {
    "connect_timeout": 3,
    # A server that is gone without a word: what was sent is not acknowledged, or nobody is there.
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}


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


class Session(FlaskSession):
    """A session whose end is no error, even where its connection is gone already."""

    def close(self) -> None:
        """End the transaction; a lost connection has ended it by itself."""
        try:
            super().close()
        except DBAPIError as error:
            log.warning("A connection to the database was lost: %s", error.orig)
            self.invalidate()


db = SQLAlchemy(model_class=Base, session_options={"class_": Session, "expire_on_commit": False})


def init_app(app: Flask) -> None:
    """Give the app its engine, its sessions and `flask db`."""
    seconds = app.config["DATABASE_BUSY_SECONDS"]
    engine: dict[str, Any] = {"pool_pre_ping": True, "pool_timeout": _POOL_SECONDS}
    if app.config["DATABASE_URL"].startswith("sqlite"):
        options: dict[str, Any] = {"timeout": seconds}
    else:
        # Whatever the server's usual is: a write that waited its turn decides on what is there now.
        engine["isolation_level"] = "READ COMMITTED"
        # To PostgreSQL itself, 0 would be for ever; and where it knows little yet of what tables
        # hold, it would compile statements for longer than they take.
        own = f"-c lock_timeout={seconds * 1000 or 1}ms -c jit=off"
        options = _POSTGRESQL | {"options": own}
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine | {"connect_args": options}
    db.init_app(app)
    # Alembic is loaded when `flask db` asks for it, since the processes that serve never do.
    app.extensions["migrate"] = LocalProxy(lambda: _migrations(app))


def _migrations(app: Flask) -> object:
    """What Flask-Migrate keeps with an app that it knows."""
    from flask_migrate import Migrate  # noqa: PLC0415 - see above

    folder = Path(__file__).parent / "migrations"
    Migrate(app, db, directory=str(folder), render_as_batch=True)
    return app.extensions["migrate"]


def is_away(error: Exception) -> bool:
    """Whether the database gave no answer to anybody, rather than refused a single request."""
    if not isinstance(error, OperationalError | InterfaceError):
        return isinstance(error, NoConnectionLeft)
    primary_code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    in_the_way = getattr(error.orig, "sqlstate", None) in _IN_THE_WAY
    return primary_code != sqlite3.SQLITE_ERROR and not in_the_way


def takes_writes(engine: Engine) -> bool:
    """Whether a database that is there can store anything: no full disk, and no standby."""
    if engine.dialect.name != "sqlite":
        with engine.connect() as connection:
            return bool(connection.scalar(text("SHOW transaction_read_only")) == "off")
    try:
        with TemporaryFile(dir=Path(engine.url.database or "").parent) as file:
            file.write(bytes(_PROBE_BYTES))
            file.flush()
    except FileNotFoundError:
        # There is no such folder, and so no database either.
        return True
    except OSError:
        return False
    return True


@event.listens_for(Engine, "do_connect")
def _connect(dialect: Dialect, _record: object, args: list[Any], options: dict[str, Any]) -> object:
    """Connect to PostgreSQL for a request; elsewhere SQLAlchemy connects."""
    if dialect.name == "sqlite":
        if args[0] != ":memory:":
            _make_private(Path(args[0]))
        return None
    if not has_request_context():
        return None
    # Its driver takes a tenth of the time of a start, and SQLite needs none of it.
    from pricingsite.postgresql import connect  # noqa: PLC0415

    seconds = current_app.config["DATABASE_BUSY_SECONDS"] + _STATEMENT_SECONDS
    return connect(args, options, statement_seconds=seconds)


def _make_private(file: Path) -> None:
    """Make a new SQLite database readable to its owner alone; its -wal and -shm files follow it."""
    if not file.exists():
        # Where it cannot be made, SQLite says so itself.
        with suppress(OSError):
            file.touch(mode=0o600)


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
