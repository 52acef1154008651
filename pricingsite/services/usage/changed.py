"""Remember whose usage of past days has changed, so that billing looks at it again.

It is written with the usage, in its transaction. Days are the merchant's zone's.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import case
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite
from sqlalchemy.orm import Session

from pricingsite.models.invoices import ChangedUsage
from pricingsite.pricing import local_date

# Usage is stamped when its transaction begins, and may wait until the day is over.
_WAITING = timedelta(minutes=1)


def mark_changed(
    session: Session, days: Iterable[tuple[str, date]], zone: ZoneInfo, *, now: datetime
) -> None:
    """Mark the customers of days that are over, or about to be."""
    today = local_date(now + _WAITING, zone)
    since: dict[str, date] = {}
    for customer_id, day in days:
        if day < today and day < since.get(customer_id, today):
            since[customer_id] = day
    if not since:
        return
    sqlite = session.get_bind().dialect.name == "sqlite"
    row = (insert_on_sqlite if sqlite else insert_on_postgresql)(ChangedUsage)
    earlier = case(
        (row.excluded.since < ChangedUsage.since, row.excluded.since), else_=ChangedUsage.since
    )
    marked = row.on_conflict_do_update(
        index_elements=["customer_id"],
        set_={"since": earlier, "changed_at": row.excluded.changed_at, "examined_at": None},
    )
    rows = [
        {"customer_id": customer_id, "since": day, "changed_at": now, "examined_at": None}
        for customer_id, day in sorted(since.items())
    ]
    session.execute(marked, rows)
