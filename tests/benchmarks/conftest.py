"""Benchmarks run by name, on SQLite and on PostgreSQL: `pytest -n0 tests/benchmarks`."""

import gc

import pytest
from floors import Floors, table
from gateway import Gateway
from sqlalchemy.orm import Session

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
ROWS = pytest.StashKey[list[tuple[str, str, str, str]]]()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_url" in metafunc.fixturenames:
        metafunc.parametrize("database_url", BOTH, indirect=True)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if rows := config.stash.get(ROWS, []):
        terminalreporter.section("measured, and its floor")
        terminalreporter.write_line(table(rows))


@pytest.fixture
def gateway(session: Session) -> Gateway:
    gateway = Gateway(session)
    # As in wsgi.py. What earlier benchmarks left would be looked through again and again.
    gc.collect()
    gc.freeze()
    return gateway


@pytest.fixture
def floors(request: pytest.FixtureRequest) -> Floors:
    """Where a test holds its figures to their floors."""
    database = "-"
    if "database_url" in request.fixturenames:
        url: str = request.getfixturevalue("database_url")
        database = "SQLite" if url.startswith("sqlite") else "PostgreSQL"
    return Floors(database, request.config.stash.setdefault(ROWS, []))
