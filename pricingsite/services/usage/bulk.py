"""Many rows in one statement: as a parameter of JSON to PostgreSQL, as its text to SQLite.

PostgreSQL reads them faster so than one by one, or than from a temporary table.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

_encoder = msgspec.json.Encoder()


def as_json(rows: object) -> str:
    """Rows as the parameter of `rows_from_json`."""
    return _encoder.encode(rows).decode()


def rows_from_json(types: Iterable[str]) -> str:
    """PostgreSQL's SELECT of rows whose columns have these types, from one parameter."""
    columns = ", ".join(f"(sent ->> {place})::{kind}" for place, kind in enumerate(types))
    return f"SELECT {columns} FROM jsonb_array_elements(%s::jsonb) AS sent"  # noqa: S608 - no input in it


def sqlite_moment(moment: datetime) -> str:
    """An instant in UTC as SQLite's columns hold it."""
    return moment.isoformat(" ", "microseconds")[:26]
