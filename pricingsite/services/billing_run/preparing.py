"""Chunks of due schedules, worked out before the transaction that stores them.

SQLite has one writer at a time: what a run can work out while others write keeps nobody waiting.
When it is stored, all that it was read from is read again, and has to be the same to the letter.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, event
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

from pricingsite.services.billing_run.drafting import Drafts


class Left(NamedTuple):
    """Which due schedules a run has not been through: those between two, by their day and id."""

    after: tuple[date, str] | None = None
    before: tuple[date, str] | None = None

    def without(self, rows: Sequence[Any], *, backwards: bool) -> "Left":
        """What is left when these are done, which were next."""
        last = rows[-1].next_invoice_on, rows[-1].id
        return self._replace(before=last) if backwards else self._replace(after=last)


class Reading:
    """What is read of a SQLite database in a transaction, in which nothing is written."""

    def __init__(self, connection: Connection) -> None:
        self._version = _version_of(connection)
        self._found: list[tuple[str, tuple[Any, ...], list[Any]]] = []

    @classmethod
    @contextmanager
    def of(cls, connection: Connection) -> Iterator["Reading"]:
        """Keep what the block reads."""
        reading = cls(connection)
        event.listen(connection, "after_cursor_execute", reading._keep)
        try:
            yield reading
        finally:
            event.remove(connection, "after_cursor_execute", reading._keep)

    def _keep(self, *executed: Any) -> None:
        _, cursor, statement, parameters, context, _ = executed
        rows = cursor.fetchall()
        self._found.append((statement, parameters, rows))
        buffered = FullyBufferedCursorFetchStrategy(cursor, initial_buffer=rows)
        context.cursor_fetch_strategy = buffered

    def is_true(self, connection: Connection) -> bool:
        """Whether it reads the same in another transaction."""
        if self._version == _version_of(connection):
            return True
        driver: Any = connection.connection.dbapi_connection
        return all(
            driver.execute(statement, parameters).fetchall() == rows
            for statement, parameters, rows in self._found
        )


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
