"""All of a customer's usage, page after page: as it was sent, and by day.

Each page is a statement of its own, so that nobody holds millions of events in memory, nor a
transaction open while a page goes over a slow line. Events come block after block, as they were
stored, and in each in the order of their time.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, Select, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from pricingsite.models.usage import UsageDay, UsageEvent
from pricingsite.services.usage.blocks import blocks

_PAGE = 5_000
_EVENT_KEY = (UsageEvent.occurred_at, UsageEvent.event_id, UsageEvent.source)
_DAY_KEY = (UsageDay.metric_id, UsageDay.day)

# The rows of a page.
Page = Sequence[Row[Any]]


def pages_of_events(session: Session, customer_id: str) -> Iterator[Page]:
    """A customer's events with all that is stored of them, those that were voided too."""
    own = select(*_EVENT_KEY, UsageEvent.event_type, UsageEvent.data, UsageEvent.voided_at)
    own = own.where(UsageEvent.customer_id == customer_id)
    for block in blocks(session):
        yield from _pages(session, own.where(UsageEvent.block == block), _EVENT_KEY)


def pages_of_days(session: Session, customer_id: str) -> Iterator[Page]:
    """A customer's days of each metric, as they are rolled up."""
    figures = (UsageDay.event_count, UsageDay.total, UsageDay.maximum, UsageDay.latest)
    own = select(*_DAY_KEY, *figures).where(UsageDay.customer_id == customer_id)
    return _pages(session, own, _DAY_KEY)


def _pages(
    session: Session,
    own: Select[*tuple[Any, ...]],
    key: Sequence[InstrumentedAttribute[Any]],
) -> Iterator[Page]:
    after: tuple[Any, ...] | None = None
    while True:
        rows = own
        if after is not None:
            last = (literal(value, one.type) for value, one in zip(after, key, strict=True))
            # Without the first by itself, PostgreSQL would not begin where the index does.
            rows = rows.where(key[0] >= after[0], tuple_(*key) > tuple_(*last))
        page = session.execute(rows.order_by(*key).limit(_PAGE)).all()
        if page:
            yield page
        if len(page) < _PAGE:
            return
        after = tuple(page[-1][: len(key)])
