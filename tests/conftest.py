"""What every test may ask for: a migrated database, the app, a page, the clock.

Databases are migrated once a process. On SQLite each test has a copy of that file; on PostgreSQL
tests of one process share a database that is emptied after each.
"""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from flask import Flask, before_render_template
from flask.testing import FlaskClient
from flask_migrate import upgrade
from jinja2 import FileSystemBytecodeCache, Template
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from sqlalchemy.orm import Session
from support.databases import postgresql_database
from support.factories import have_amara
from support.pages import Browser
from werkzeug.routing import Rule

from pricingsite.app import create_app
from pricingsite.database import WRITING, Base, db

SECRET_KEY = "a-secret-of-tests-alone-0123456789abcdef"
NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)

# Every test has an app of its own, and compiling the templates again for each is a quarter of its
# time.
_folder = TemporaryDirectory(prefix="pricingsite-templates-")
TEMPLATES = FileSystemBytecodeCache(_folder.name)


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: tests wait for browsers, databases and other processes."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Leave what all tests are made of out of every collection of garbage to come."""
    gc.collect()
    gc.freeze()


# Werkzeug writes and compiles Python for each address of an app, which is most of what making one
# takes; the functions depend on nothing but the address.
_builders: dict[str, object] = {}
_compile_builder = Rule._compile_builder  # noqa: SLF001 – there is no public name for it


def _builder_of(rule: Rule, append_unknown: bool = True) -> object:  # noqa: FBT001, FBT002 – as Werkzeug's
    key = repr((rule.rule, rule._trace, rule.defaults, append_unknown))  # noqa: SLF001
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


Rule._compile_builder = _builder_of  # type: ignore[method-assign, assignment] # noqa: SLF001


RESTART_IDENTITIES = """
SELECT setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences
WHERE schemaname = 'public'
"""

# Passwords are hashed as they are on a site, but for the work that guessing at them is to cost: a
# sixth of a second for every sign-in.
CHEAP_HASHES = {"argon2__rounds": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}


_first: dict[str, Engine] = {}


def make_app(url: str, instance: Path, **settings: object) -> Flask:
    app = create_app(
        {
            "DATABASE_URL": url,
            "SECRET_KEY": SECRET_KEY,
            "RATELIMIT_ENABLED": False,
            "PAGE_CHECK_MS": 0,
            "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": CHEAP_HASHES,
            **settings,
        },
        instance,
    )
    app.jinja_env.bytecode_cache = TEMPLATES
    return app


def share_engine(app: Flask) -> None:
    """Let the app's engine use the statements that earlier apps of this process have compiled.

    SQLAlchemy keeps them by engine; compiling them anew is a quarter of the time of every test. On
    PostgreSQL it uses their connections too: a new one first learns what every table is like.
    """
    with app.app_context():
        engine = db.engine
    name = engine.dialect.name
    if name not in _first:
        # A dialect learns what its server is like from the first connection.
        engine.connect().close()
        _first[name] = engine
    engine.dialect, engine._compiled_cache = (  # noqa: SLF001 – there is no public name for it
        _first[name].dialect,
        _first[name]._compiled_cache,  # noqa: SLF001
    )
    if name != "sqlite":
        engine.pool = _first[name].pool


def leave_engine(app: Flask) -> None:
    """End what the app has to do with its database; a file goes with its test."""
    with app.app_context():
        db.session.remove()
        if db.engine.dialect.name == "sqlite":
            db.engine.dispose()


def migrate(url: str, instance: Path) -> None:
    app = make_app(url, instance)
    with app.app_context():
        upgrade()
        db.engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    file = folder / "template.db"
    migrate(f"sqlite:///{file}", folder)
    return file


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgresql_database() as url:
        migrate(url, tmp_path_factory.mktemp("postgresql"))
        yield url


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database: SQLite, or what the folder's conftest asks for."""
    if getattr(request, "param", "sqlite") == "sqlite":
        file = tmp_path / "test.db"
        file.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        yield f"sqlite:///{file}"
        return
    url = request.getfixturevalue("postgresql_url")
    yield url
    empty(url)


@cache
def emptying_engine(url: str) -> Engine:
    return create_engine(url)


@cache
def emptying_statement() -> str:
    # TRUNCATE gives each table a new file, which takes a hundred times as long.
    emptied = [str(table.delete()) for table in reversed(Base.metadata.sorted_tables)]
    # Not even here does an issued invoice go, as long as its triggers watch.
    unwatched = "SET LOCAL session_replication_role = replica"
    return "; ".join([unwatched, *emptied, RESTART_IDENTITIES])


def empty(url: str) -> None:
    """Leave a PostgreSQL database as migrations make it."""
    with emptying_engine(url).begin() as connection:
        connection.exec_driver_sql(emptying_statement())


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(database_url, tmp_path / "instance", NOW=NOW.isoformat())
    share_engine(app)
    with renders_while_writing(app) as rendered:
        yield app
    leave_engine(app)
    # Rendering takes its time, and others wait for a writing transaction to end.
    assert not rendered, f"rendered while a writing transaction was open: {rendered}"


@contextmanager
def renders_while_writing(app: Flask) -> Iterator[list[str | None]]:
    """The templates that are rendered while a writing transaction is open."""
    rendered: list[str | None] = []

    def watch(_app: Flask, template: Template, **_: object) -> None:
        session = db.session()
        # The page of an error may be rendered because no connection is left.
        with suppress(NoConnectionLeft):
            if session.in_transaction() and session.connection().get_execution_options().get(
                WRITING
            ):
                rendered.append(template.name)

    with before_render_template.connected_to(watch, app):
        yield rendered


@pytest.fixture
def clock(app: Flask) -> "Clock":
    return Clock(app)


class Clock:
    """The app's stopped clock: `clock.now`, `clock.set(…)`."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    @property
    def now(self) -> datetime:
        now: datetime = self.app.config["NOW"]
        return now

    def set(self, instant: datetime) -> None:
        self.app.config["NOW"] = instant


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session for services; commit what a page or a command is to see."""
    with app.app_context():
        yield db.session()


@pytest.fixture
def amara(session: Session) -> Session:
    """A session on a database in which Amara's catalog is applied and committed."""
    have_amara(session)
    session.commit()
    return session


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def browser(app: Flask) -> Browser:
    """A visitor who reads pages and sends their forms, without a real browser."""
    return Browser(app)


@pytest.fixture
def queries(app: Flask) -> object:
    """`with queries(at_most=6): …` counts the statements that reach the database."""

    @contextmanager
    def counting(*, at_most: int) -> Iterator[list[str]]:
        seen: list[str] = []

        def count(_c: object, _cursor: object, statement: str, *_: object) -> None:
            seen.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", count)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", count)
        assert len(seen) <= at_most, "\n".join(seen)

    return counting
