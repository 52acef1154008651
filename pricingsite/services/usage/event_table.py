"""Store batches of events in bulk, each event once, and compare them with those stored.

Rows are tuples in the order of the columns; the first three are an event's identity. They are
sorted by it, so that two senders of overlapping batches never deadlock.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from pricingsite.services.usage.blocks import block_after
from pricingsite.services.usage.bulk import as_json, rows_from_json, sqlite_moment
from pricingsite.services.usage.events import Event

_COLUMNS = {
    "event_id": "text",
    "source": "text",
    "customer_id": "text",
    "event_type": "text",
    "occurred_at": "timestamptz",
    "data": "text",
}
_INTO = f"INSERT INTO usage_events ({', '.join(_COLUMNS)}, stored_at"
# It tells of what was stored before, which is seldom more than a few rows.
_STORE_IN_POSTGRESQL = (
    f"WITH sent ({', '.join(_COLUMNS)}) AS MATERIALIZED ("  # noqa: S608 - no input in it
    f"{rows_from_json(_COLUMNS.values())}), "
    f"fresh AS ({_INTO}) SELECT *, %s FROM sent "
    "ON CONFLICT DO NOTHING RETURNING event_id, source, customer_id) "
    "SELECT event_id, source, customer_id FROM sent WHERE NOT EXISTS (SELECT FROM fresh "
    "WHERE (fresh.event_id, fresh.source, fresh.customer_id) = "
    "(sent.event_id, sent.source, sent.customer_id))"
)

# An event's id, source and customer id.
Identity = tuple[str, str, str]
# Moments are as the driver takes them: text for SQLite. None is whatever moment is stored.
Row = tuple[str, str, str, str, datetime | str | None, str]


def rows_of(session: Session, events: Sequence[Event], customers: Mapping[str, str]) -> list[Row]:
    """The events as rows; `customers` are ids by subject."""
    moment = sqlite_moment if session.get_bind().dialect.name == "sqlite" else _itself
    return [
        (e.event_id, e.source, customers[e.subject], e.event_type, moment(e.occurred_at), e.content)
        for e in events
    ]


def agree(stored: Row, sent: Row) -> bool:
    """Whether two rows of one identity have one content; a moment that was not sent agrees."""
    return sent[4] in {None, stored[4]} and (stored[3], stored[5]) == (sent[3], sent[5])


def store(session: Session, rows: Iterable[Row], *, now: datetime) -> set[Identity]:
    """Store rows, each of another identity; the identities of those that were stored before."""
    connection = session.connection()
    ordered = sorted(rows)
    if connection.dialect.name == "sqlite":
        return _store_in_sqlite(connection, ordered, now)
    before = connection.exec_driver_sql(_STORE_IN_POSTGRESQL, (as_json(ordered), now))
    return set(map(tuple, before.all()))


def _store_in_sqlite(connection: Connection, rows: Sequence[Row], now: datetime) -> set[Identity]:
    # Nobody else writes meanwhile, so what is new lies above the highest row there was.
    highest = connection.exec_driver_sql("SELECT max(rowid) FROM usage_events").scalar() or 0
    same = f"'{sqlite_moment(now)}', {block_after(highest)}"
    inserted = connection.exec_driver_sql(
        f"{_INTO}, block) VALUES (?, ?, ?, ?, ?, ?, {same}) ON CONFLICT DO NOTHING",
        rows,
        execution_options={"preserve_rowcount": True},
    )
    if inserted.rowcount == len(rows):
        return set()
    fresh = connection.exec_driver_sql(
        "SELECT event_id, source, customer_id FROM usage_events WHERE rowid > ?", (highest,)
    )
    return {row[:3] for row in rows}.difference(map(tuple, fresh.all()))


def with_other_content(session: Session, rows: Sequence[Row]) -> set[Row]:
    """Those of the rows whose identities are stored with other content."""
    if not rows:
        return set()
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        sent, moment, place = "json_each(?) AS sent", "value ->> 4", "key"
    else:
        sent = "jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS sent (value, key)"
        moment, place = "(value ->> 4)::timestamptz", "key - 1"
    # One after the other is looked up in the key: of a join, PostgreSQL would read all events.
    found = connection.exec_driver_sql(
        f"SELECT {place} FROM {sent} WHERE ("  # noqa: S608 - no input in it
        f"SELECT event_type <> value ->> 3 OR occurred_at <> {moment} OR data <> value ->> 5 "
        "FROM usage_events WHERE event_id = value ->> 0 AND source = value ->> 1 "
        "AND customer_id = value ->> 2)",
        (as_json(rows),),
    )
    return {rows[place] for place in found.scalars().all()}


def _itself(moment: datetime) -> datetime:
    return moment
