"""Numbers without gaps: blocks of a series, given out in the transaction that uses them.

A series' row is its lock: the next block waits until this transaction ends, and then takes the
numbers that it left.
"""

from datetime import date

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from pricingsite.models.invoices import InvoiceLine
from pricingsite.pricing import LineKind

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


def adjustment_sequences(session: Session, schedule_id: str) -> dict[tuple[str | None, date], int]:
    """The last sequence that adjustments to each price's days have used."""
    rows = session.execute(
        select(InvoiceLine.price_id, InvoiceLine.period_start, func.max(InvoiceLine.sequence))
        .where(InvoiceLine.schedule_id == schedule_id, InvoiceLine.kind == LineKind.ADJUSTMENT)
        .group_by(InvoiceLine.price_id, InvoiceLine.period_start)
    )
    return {(price_id, start): last for price_id, start, last in rows}
