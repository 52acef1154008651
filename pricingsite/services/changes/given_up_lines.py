"""What changes to come give back, where a later change leaves nothing of them.

All that waits is kept for the undo of that later change; what it leaves nothing of is taken out.
Days are the schedule's own zone's.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.changes import ChangeLine

_COLUMNS = (
    "due_on",
    "position",
    "price_id",
    "period_start",
    "period_end",
    "description",
    "tax_rate",
    "net",
    "invoice_id",
    "place",
)
_DAYS = {"due_on", "period_start", "period_end"}


def give_up_lines(session: Session, schedule_id: str, since: date) -> list[dict[str, Any]]:
    """Take out the lines of changes from a day on, and tell what they were."""
    rows = session.scalars(
        select(ChangeLine)
        .where(ChangeLine.schedule_id == schedule_id, ChangeLine.due_on >= since)
        .order_by(ChangeLine.due_on, ChangeLine.position)
    ).all()
    given_up = [{name: _kept(getattr(row, name)) for name in _COLUMNS} for row in rows]
    for row in rows:
        session.delete(row)
    session.flush()
    return given_up


def put_back_lines(session: Session, schedule_id: str, kept: Sequence[dict[str, Any]]) -> None:
    """Let lines wait again that were given up."""
    session.add_all(lines_given_up(schedule_id, kept))
    session.flush()


def lines_given_up(schedule_id: str, kept: Sequence[dict[str, Any]]) -> list[ChangeLine]:
    """The lines that were given up, as they were; they are not stored."""
    return [
        ChangeLine(
            schedule_id=schedule_id, **{name: _read(name, value) for name, value in one.items()}
        )
        for one in kept
    ]


def _kept(value: date | Decimal | str | int | None) -> str | int | None:
    return str(value) if isinstance(value, date | Decimal) else value


def _read(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name == "tax_rate":
        return Decimal(value)
    return date.fromisoformat(value) if name in _DAYS else value
