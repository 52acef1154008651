"""How the database is run: what was acknowledged stays, and nobody waits for ever."""

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from conftest import make_app, migrate
from flask import Flask, template_rendered
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool
from support.factories import apply_amara
from support.gates import Gate, gated_postgresql

from pricingsite.database import db, is_away

ON_POSTGRESQL = pytest.mark.postgresql


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)]
)
def test_every_connection_is_safe(session: Session, pragma: str, value: str | int) -> None:
    assert session.scalar(text(f"PRAGMA {pragma}")) == value


def test_a_database_that_refuses_a_request_is_not_away(session: Session) -> None:
    most = 2**63 - 1
    with pytest.raises(OperationalError) as overflow:
        session.execute(text("SELECT sum(n) FROM (SELECT :n AS n UNION ALL SELECT 1)"), {"n": most})
    assert not is_away(overflow.value)
    assert is_away(OperationalError("SELECT", {}, sqlite3.OperationalError("database is locked")))
    assert not is_away(ValueError("a fault of ours"))


def test_a_new_database_is_its_owners_alone(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'new.db'}", tmp_path)
    app = make_app(f"sqlite:///{tmp_path / 'new.db'}", tmp_path)
    with app.app_context():
        db.session.execute(text("SELECT 1"))
        files = list(tmp_path.glob("new.db*"))
        assert len(files) == 3
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def gated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Gate, Flask]]:
    """A site whose way to PostgreSQL a test can close, once it holds a connection."""
    monkeypatch.setattr("pricingsite.database._STATEMENT_SECONDS", 1)
    with gated_postgresql() as (gate, url):
        migrate(url, tmp_path)
        app = make_app(url, tmp_path, DATABASE_BUSY_SECONDS=1)
        with app.app_context():
            apply_amara(db.session())
            db.session.commit()
            db.session.remove()
            db.engine.dispose()
        assert app.test_client().get("/pricing").status_code == 200
        yield gate, app
        with app.app_context():
            db.engine.dispose()


@ON_POSTGRESQL
@pytest.mark.parametrize("failure", ["hang", "refuse"])
def test_a_database_that_is_away_is_told_in_seconds(
    gated: tuple[Gate, Flask], failure: str
) -> None:
    gate, app = gated
    client = app.test_client()
    getattr(gate, failure)()
    # The connection that there was, and then a new one.
    for path in ("/pricing", "/pricing", "/readyz"):
        asked = monotonic()
        answer = client.get(path)
        assert monotonic() - asked < 15
        assert answer.status_code == 503, path
    assert client.get("/healthz").status_code == 200
    gate.open()
    assert client.get("/readyz").text == "ready\n"
    assert client.get("/pricing").status_code == 200


@ON_POSTGRESQL
def test_a_connection_lost_between_two_requests_is_nobodys_error(
    gated: tuple[Gate, Flask],
) -> None:
    gate, app = gated
    gate.cut()
    assert app.test_client().get("/pricing").status_code == 200


@ON_POSTGRESQL
def test_a_connection_lost_after_a_page_was_made_takes_nothing_from_it(
    gated: tuple[Gate, Flask],
) -> None:
    gate, app = gated
    # The session ends when the request does, after the page was rendered.
    template_rendered.connect(lambda *_, **__: gate.cut(), app, weak=False)
    for _ in range(2):
        answer = app.test_client().get("/terms")
        assert answer.status_code == 200
        assert "Amara" in answer.text


@ON_POSTGRESQL
def test_a_statement_of_a_request_ends_and_one_of_a_command_may_take_its_time(
    gated: tuple[Gate, Flask],
) -> None:
    _gate, app = gated
    asked = text("SHOW statement_timeout")
    with app.test_request_context():
        assert db.session.scalar(asked) == "2s"
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
        assert db.session.scalar(asked) == "0"
        db.session.remove()
        db.engine.dispose()
    with app.test_request_context():
        db.session.execute(text("SET LOCAL statement_timeout = '50ms'"))
        with pytest.raises(OperationalError, match="statement timeout"):
            db.session.execute(text("SELECT pg_sleep(5)"))


def test_a_request_that_finds_no_connection_is_told_to_come_again(
    app: Flask, client: FlaskClient, amara: Session
) -> None:
    with app.app_context():
        pool = db.engine.pool
        assert isinstance(pool, QueuePool)
        pool._timeout = 0.05  # noqa: SLF001 - no test waits five seconds for nothing
        held = [db.engine.connect() for _ in range(pool.size() + pool._max_overflow)]  # noqa: SLF001
    answer = client.get("/pricing")
    for connection in held:
        connection.close()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    amara.close()
    assert client.get("/pricing").status_code == 200


def test_a_database_in_memory_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    create_engine("sqlite://").connect().close()
    assert not list(tmp_path.iterdir())
