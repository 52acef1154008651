"""Hold what a customer's metric may come to in a calendar month, however its usage is split.

A month that may fill up is written by one recorder at a time: two could each see room for their own
events, and together go over it.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import starmap
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from pricingsite.models.usage import LARGE_DAY, UsageDay
from pricingsite.pricing.money import MOST_A_MONTH
from pricingsite.services.customers.aliases import each_given
from pricingsite.services.customers.locks import lock_customers
from pricingsite.services.usage.metrics import MOST_PER_EVENT
from pricingsite.services.usage.rollups import DayKey, DaySum, MeasuredEvent, sums_of

_ANY_LARGE_DAY = select(UsageDay.day).where(LARGE_DAY).limit(1)


class Month(NamedTuple):
    """Whose calendar month, of what."""

    customer_id: str
    metric_id: str
    first: date


def lock_for(
    session: Session, customer_ids: Iterable[str], sums: Mapping[DayKey, DaySum]
) -> set[Month]:
    """Lock customers to add to their days; the months that this may fill up.

    Such a month's customers are locked exclusively, others are shared with other recorders.
    """
    large = _filled_by(sums)
    if session.get_bind().dialect.name == "sqlite":  # One recorder writes at a time.
        # Nearly always nobody has one, and nobody's are looked for. PostgreSQL, which may hold each
        # customer elsewhere, is not asked of all of them.
        if session.scalar(_ANY_LARGE_DAY) is None:
            return large
        return large | _with_large_days(session, sums)
    with session.connection().begin_nested() as shared:
        lock_customers(session, customer_ids, exclusive=False)
        large |= _with_large_days(session, sums)
        if large:
            shared.rollback()
    if large:
        lock_customers(session, customer_ids, exclusive=True)
    return large


def overfilling(
    session: Session, events: Mapping[int, MeasuredEvent], months: Iterable[Month], zone: ZoneInfo
) -> dict[int, str]:
    """The events, by index, that bring one of the months to more than it may come to; and why."""
    filled = {month: _stored_in(session, month) for month in months}
    problems = {}
    for index, event in events.items():
        after = {
            month: filled[month] + one.total
            for key, one in sums_of([event], zone).items()
            if one.total and (month := month_of(*key)) in filled
        }
        if over := [month.metric_id for month, total in after.items() if total > MOST_A_MONTH]:
            problems[index] = f"with it, {over[0]} comes to more than {MOST_A_MONTH:,} in a month"
        else:
            filled |= after
    return problems


def month_of(customer_id: str, metric_id: str, day: date) -> Month:
    """The calendar month of a day."""
    return Month(customer_id, metric_id, day.replace(day=1))


def _filled_by(sums: Mapping[DayKey, DaySum]) -> set[Month]:
    """The months to which more is added than one event may report."""
    if sum(one.total for one in sums.values()) <= MOST_PER_EVENT:
        return set()
    added: dict[Month, Decimal] = {}
    for key, one in sums.items():
        month = month_of(*key)
        added[month] = added.get(month, Decimal(0)) + one.total
    return {month for month, total in added.items() if total > MOST_PER_EVENT}


def _with_large_days(session: Session, sums: Mapping[DayKey, DaySum]) -> set[Month]:
    """The months of the sums that may be more than half full.

    Others are so far from full that 500 recorders at once, each of whom adds at most
    MOST_PER_EVENT, cannot fill them.
    """
    keys = [key for key, one in sums.items() if one.total]
    if not keys:
        return set()
    days = {day for _, _, day in keys}
    wanted = {
        "names": list({customer_id for customer_id, _, _ in keys}),
        "start": min(days).replace(day=1),
        "end": _next(max(days).replace(day=1)),
    }
    rows = session.execute(_large_days(session.get_bind().dialect.name), wanted)
    if not (large := {month_of(*row) for row in rows}):
        return set()
    return large.intersection(starmap(month_of, keys))


@cache
def _large_days(dialect: str) -> Select[str, str, date]:
    """The large days of the customers `names` from `start` until `end`."""
    return select(UsageDay.customer_id, UsageDay.metric_id, UsageDay.day).where(
        UsageDay.customer_id.in_(select(each_given(dialect))),
        UsageDay.day >= bindparam("start"),
        UsageDay.day < bindparam("end"),
        LARGE_DAY,
    )


def _stored_in(session: Session, month: Month) -> Decimal:
    # Added up here: an SQL sum of full days would overflow.
    statement = select(UsageDay.total).where(
        UsageDay.customer_id == month.customer_id,
        UsageDay.metric_id == month.metric_id,
        UsageDay.day >= month.first,
        UsageDay.day < _next(month.first),
    )
    return sum(session.scalars(statement), Decimal(0))


def _next(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
