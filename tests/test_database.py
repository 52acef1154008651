"""How SQLite is run: what was acknowledged stays, and what is referred to exists."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)]
)
def test_every_connection_is_safe(session: Session, pragma: str, value: str | int) -> None:
    assert session.scalar(text(f"PRAGMA {pragma}")) == value
