"""Which migration a database is at, and whether this version of the code can work on it.

During a rolling upgrade the old processes meet a schema that is newer than they are. They serve on
while every column they use is there, and none that they do not know needs a value from them.
"""

from enum import Enum, auto
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Table, inspect
from sqlalchemy.engine.interfaces import ReflectedColumn

from pricingsite.database import Base

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

_MIGRATIONS = Path(__file__).parent / "migrations"


class Schema(Enum):
    """What a database's schema is to this version of the code."""

    FITS = auto()
    BEHIND = auto()
    TOO_NEW = auto()


@lru_cache
def known_revisions() -> frozenset[str]:
    """The migrations of this version of the code."""
    return frozenset(script.revision for script in _scripts().walk_revisions())


def newest_revision() -> str:
    """The migration that this version of the code is made for."""
    (head,) = _scripts().get_heads()
    return head


def schema_of(connection: Connection) -> Schema:
    """What the schema behind a connection is to this code."""
    # Alembic takes a tenth of a process's start, and is needed only to look.
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415

    current = set(MigrationContext.configure(connection).get_current_heads())
    if current == {newest_revision()}:
        return Schema.FITS
    if current <= known_revisions():
        return Schema.BEHIND
    return Schema.FITS if _holds_what_we_use(connection) else Schema.TOO_NEW


@lru_cache
def _scripts() -> "ScriptDirectory":
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    return ScriptDirectory(str(_MIGRATIONS))


def _holds_what_we_use(connection: Connection) -> bool:
    there = inspect(connection).get_multi_columns()
    return all(
        _serves(table, there.get((None, table.name), [])) for table in Base.metadata.sorted_tables
    )


def _serves(table: Table, columns: list[ReflectedColumn]) -> bool:
    ours = set(table.columns.keys())
    others = [column for column in columns if column["name"] not in ours]
    return ours <= {column["name"] for column in columns} and all(
        column["nullable"] or column["default"] is not None for column in others
    )
