"""Numbers without gaps: blocks of a series, given out in the transaction that uses them.

A series' row is its lock: the next block waits until this transaction ends, and then takes the
numbers that it left.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

_TAKE = text(
    "INSERT INTO invoice_counters (series, last) VALUES (:series, :count) ON CONFLICT (series) "
    "DO UPDATE SET last = invoice_counters.last + excluded.last RETURNING last"
)
_DIGITS = 6


def take(session: Session, series: str, count: int) -> int:
    """The first of so many numbers of a series, which are the caller's."""
    last: int = session.execute(_TAKE, {"series": series, "count": count}).scalar_one()
    return last - count + 1


def numbered(prefix: str, number: int) -> str:
    """A number as it is written: `INV-000001`."""
    return f"{prefix}{number:0{_DIGITS}}"
