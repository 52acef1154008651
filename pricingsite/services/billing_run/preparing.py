"""Chunks of due schedules, worked out before the transaction that stores them.

SQLite has one writer at a time: what a run can work out while others write keeps nobody waiting.
When it is stored, all that it was read from is read again, and has to be the same to the letter.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, event

from pricingsite.services.billing_run.drafting import Drafts

_Statement = tuple[str, tuple[Any, ...]]


class Left(NamedTuple):
    """Which due schedules a run has not been through: those between two, by their day and id."""

    after: tuple[date, str] | None = None
    before: tuple[date, str] | None = None

    def without(self, rows: Sequence[Any], *, backwards: bool) -> "Left":
        """What is left when these are done, which were next."""
        last = rows[-1].next_invoice_on, rows[-1].id
        return self._replace(before=last) if backwards else self._replace(after=last)


@dataclass(slots=True)
class Reading:
    """What is read of a SQLite database in a transaction, in which nothing is written."""

    _version: object
    _statements: list[_Statement] = field(default_factory=list)
    _results: list[list[Any]] | None = None

    @classmethod
    @contextmanager
    def of(cls, connection: Connection) -> Iterator["Reading"]:
        """Note the statements of the block."""
        reading = cls(_version_of(connection))

        def note(_c: object, _cursor: object, text: str, parameters: Any, *_: object) -> None:
            reading._statements.append((text, parameters))

        event.listen(connection, "before_cursor_execute", note)
        try:
            yield reading
        finally:
            event.remove(connection, "before_cursor_execute", note)

    def keep(self, connection: Connection) -> None:
        """Keep what the statements give, in the transaction in which they were noted."""
        self._results = list(self._read(connection))

    def is_last(self, connection: Connection) -> bool:
        """Whether nobody has changed anything since."""
        return self._version == _version_of(connection)

    def is_true(self, connection: Connection) -> bool:
        """Whether another transaction reads the same; False where it was not kept."""
        if self._results is None:
            return False
        found = zip(self._read(connection), self._results, strict=True)
        return all(now == before for now, before in found)

    def _read(self, connection: Connection) -> Iterator[list[Any]]:
        # As the driver gives it, which is ten times as fast.
        driver: Any = connection.connection.dbapi_connection
        return (driver.execute(*statement).fetchall() for statement in self._statements)


def _version_of(connection: Connection) -> object:
    """What changes whenever anybody changes the database: this connection, or another."""
    version = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
    driver: Any = connection.connection.dbapi_connection
    return driver, version, driver.total_changes


@dataclass(frozen=True, slots=True)
class Prepared:
    """A chunk of due schedules and their drafts, and what they were read from."""

    rows: Sequence[Any]
    drafts: Drafts
    reading: Reading
