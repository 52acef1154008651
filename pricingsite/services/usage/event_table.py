"""Store batches of events in bulk, each event once, and compare them with those stored.

Rows are tuples in the order of `COLUMNS`; the first three are an event's identity. They are sorted
by it, so that two senders of overlapping batches never deadlock.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from pricingsite.services.usage.events import Event

COLUMNS = "event_id, source, customer_id, event_type, occurred_at, data"

# An event's id, source and customer id.
Identity = tuple[str, str, str]
# Moments are as the driver takes them: text for SQLite. None is whatever moment is stored.
Row = tuple[str, str, str, str, datetime | str | None, str]


def rows_of(session: Session, events: Sequence[Event], customers: Mapping[str, str]) -> list[Row]:
    """The events as rows; `customers` are ids by subject."""
    moment = _text if session.get_bind().dialect.name == "sqlite" else _itself
    return [
        (e.event_id, e.source, customers[e.subject], e.event_type, moment(e.occurred_at), e.content)
        for e in events
    ]


def agree(stored: Row, sent: Row) -> bool:
    """Whether two rows of one identity have one content; a moment that was not sent agrees."""
    return sent[4] in {None, stored[4]} and (stored[3], stored[5]) == (sent[3], sent[5])


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
        list(rows),
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


def with_other_content(session: Session, rows: Sequence[Row]) -> set[Row]:
    """Those of the rows whose identities are stored with other content."""
    if not rows:
        return set()
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        return _with_other_content_in_sqlite(connection, rows)
    with _cursor(connection) as cursor:
        _stage(cursor, rows)
        cursor.execute(
            "SELECT stage.* FROM stage JOIN usage_events AS stored "
            "USING (event_id, source, customer_id) WHERE (stage.event_type, stage.data) <> "
            "(stored.event_type, stored.data) OR stage.occurred_at <> stored.occurred_at"
        )
        return set(cursor.fetchall())


def _with_other_content_in_sqlite(connection: Connection, rows: Sequence[Row]) -> set[Row]:
    # One parameter, however many rows; and each is looked up in the key, which IN would not do.
    found = connection.exec_driver_sql(
        f"SELECT {COLUMNS} FROM json_each(?) AS wanted CROSS JOIN usage_events "  # noqa: S608
        "WHERE event_id = wanted.value ->> 0 AND source = wanted.value ->> 1 "
        "AND customer_id = wanted.value ->> 2",
        (json.dumps([row[:3] for row in rows]),),
    )
    stored = [tuple(row) for row in found]
    other = set(rows).difference(stored)
    if not any(row[4] is None for row in other):
        return other
    by_identity = {row[:3]: row for row in stored}
    return {row for row in other if not agree(by_identity[row[:3]], row)}


def _itself(moment: datetime) -> datetime:
    return moment


def _text(moment: datetime) -> str:
    """An instant in UTC as SQLite's columns hold it."""
    return moment.isoformat(" ", "microseconds")[:26]
