"""The event table's own SQL: batches stored in bulk, each event once, and compared.

Rows are tuples in the order of `COLUMNS`; the first three are an event's identity. They come sorted
by it: two senders of overlapping batches then never wait for each other in a circle.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

COLUMNS = "event_id, source, customer_id, event_type, occurred_at, data"

# An event's id, source and customer id.
Identity = tuple[str, str, str]
Row = tuple[str, str, str, str, datetime, str]

# SQLite takes 32,766 parameters a statement, three to an identity.
_CHUNK = 5_000


def store(session: Session, rows: Sequence[Row], *, now: datetime) -> set[Identity]:
    """Store the rows whose identities are not stored yet; those identities."""
    if not rows:
        return set()
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        return _store_in_sqlite(connection, rows, now)
    return _store_in_postgresql(connection, rows, now)


def _store_in_sqlite(connection: Connection, rows: Sequence[Row], now: datetime) -> set[Identity]:
    # Nobody else writes meanwhile, so what is new lies above the highest row there was.
    highest = connection.exec_driver_sql("SELECT max(rowid) FROM usage_events").scalar() or 0
    inserted = connection.exec_driver_sql(
        f"INSERT INTO usage_events ({COLUMNS}, stored_at) "  # noqa: S608 - no input in it
        f"VALUES (?, ?, ?, ?, ?, ?, '{_text(now)}') ON CONFLICT DO NOTHING",
        _as_text(rows),
        execution_options={"preserve_rowcount": True},
    )
    if inserted.rowcount == len(rows):
        return {row[:3] for row in rows}
    fresh = connection.exec_driver_sql(
        "SELECT event_id, source, customer_id FROM usage_events WHERE rowid > ?", (highest,)
    )
    return set(map(tuple, fresh.all()))


def _store_in_postgresql(
    connection: Connection, rows: Sequence[Row], now: datetime
) -> set[Identity]:
    with _cursor(connection) as cursor:
        _stage(cursor, rows)
        cursor.execute(
            f"INSERT INTO usage_events ({COLUMNS}, stored_at) "  # noqa: S608 - no input in it
            f"SELECT {COLUMNS}, %s FROM stage ORDER BY event_id, source, customer_id "
            "ON CONFLICT DO NOTHING RETURNING event_id, source, customer_id",
            (now,),
        )
        return set(cursor.fetchall())


@contextmanager
def _cursor(connection: Connection) -> Iterator[Any]:
    """The driver's own cursor; its errors are told as SQLAlchemy tells those of its statements."""
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor:
            yield cursor
    except psycopg.Error as error:
        raise DBAPIError.instance(None, None, error, psycopg.Error) from error


def _stage(cursor: Any, rows: Sequence[Row]) -> None:
    """Copy rows into a temporary table that is empty again at the transaction's end."""
    cursor.execute(
        "CREATE TEMPORARY TABLE IF NOT EXISTS stage (event_id text, source text, customer_id text, "
        "event_type text, occurred_at timestamptz, data text) ON COMMIT DELETE ROWS"
    )
    cursor.execute("TRUNCATE stage")
    with cursor.copy("COPY stage FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["text", "text", "text", "text", "timestamptz", "text"])
        for row in rows:
            copy.write_row(row)


def unlike(session: Session, rows: Sequence[Row]) -> set[Row]:
    """Those of the rows whose identities are stored with other content."""
    if not rows:
        return set()
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        return _unlike_in_sqlite(connection, rows)
    with _cursor(connection) as cursor:
        _stage(cursor, rows)
        cursor.execute(
            "SELECT stage.* FROM stage JOIN usage_events AS stored "
            "USING (event_id, source, customer_id) WHERE (stage.event_type, stage.occurred_at, "
            "stage.data) <> (stored.event_type, stored.occurred_at, stored.data)"
        )
        return set(cursor.fetchall())


def _unlike_in_sqlite(connection: Connection, rows: Sequence[Row]) -> set[Row]:
    wanted = _as_text(rows)
    stored: set[Any] = set()
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        places = ", ".join(["(?, ?, ?)"] * len(some))
        found = connection.exec_driver_sql(
            f"SELECT {COLUMNS} FROM usage_events "  # noqa: S608 - no input in it
            f"WHERE (event_id, source, customer_id) IN (VALUES {places})",
            tuple(part for row in some for part in row[:3]),
        )
        stored.update(map(tuple, found.all()))
    return {row for row, text in zip(rows, wanted, strict=True) if text not in stored}


def _as_text(rows: Sequence[Row]) -> list[tuple[str, str, str, str, str, str]]:
    """Rows as SQLite's columns hold them."""
    return [(a, b, c, d, _text(moment), data) for a, b, c, d, moment, data in rows]


def _text(moment: datetime) -> str:
    """An instant in UTC as SQLite's columns hold it."""
    return moment.isoformat(" ", "microseconds").removesuffix("+00:00")
