"""Everything in this folder runs on SQLite and on PostgreSQL."""

import pytest
from sqlalchemy.orm import Session
from support.accounts import Account

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_url" in metafunc.fixturenames and not any(
        "database_url" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")
    ):
        metafunc.parametrize("database_url", BOTH, indirect=True)


@pytest.fixture
def account(session: Session) -> Account:
    """A customer of Amara's, and what it does."""
    return Account(session)
