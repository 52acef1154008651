"""Benchmarks run by name, on SQLite and on PostgreSQL: `pytest -n0 -s tests/benchmarks`."""

import pytest
from gateway import Gateway
from sqlalchemy.orm import Session

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_url" in metafunc.fixturenames:
        metafunc.parametrize("database_url", BOTH, indirect=True)


@pytest.fixture
def gateway(session: Session) -> Gateway:
    return Gateway(session)
