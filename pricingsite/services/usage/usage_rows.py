"""The rows that a customer's usage is read in: its days, and the values that those told apart."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Date,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    false,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from pricingsite.models.ranges import UsageRange
from pricingsite.models.usage import UsageDay, UsageValue
from pricingsite.pricing import Period

# How many values a metric's day saw, and how many of them no earlier day of the period had seen.
Values = Mapping[date, tuple[int, int]]

# What a day is counted by.
_FIGURES: tuple[Any, ...] = (
    UsageDay.event_count,
    # As the database has them, for most of them are NULL.
    *(
        type_coerce(column, BigInteger)
        for column in (UsageDay.total, UsageDay.maximum, UsageDay.latest)
    ),
)


@cache
def usage_statement(windows: int) -> CompoundSelect[Any]:
    """All that is said of a customer's usage: of the whole of each metric, and of its days.

    Made once for a number of windows: to put it together takes as long as to execute it.
    """
    today = bindparam("today", type_=Date)
    used = case((UsageDay.day <= today, UsageDay.day))
    ranges = (UsageRange.low, UsageRange.high, UsageRange.months)
    of_metric = and_(
        UsageRange.metric_id == UsageDay.metric_id,
        UsageRange.days_gone == bindparam("days_gone", type_=Integer),
    )
    of_customer = UsageDay.customer_id == bindparam("customer_id", type_=String)
    nothing = [type_coerce(null(), column.type) for column in _FIGURES]
    whole: list[Any] = [
        UsageDay.metric_id,
        type_coerce(null(), Date).label("day"),
        *nothing,
        func.min(used),
        func.max(used),
        func.max(UsageDay.last_event_at),
        *ranges,
    ]
    days: list[Any] = [UsageDay.metric_id, UsageDay.day, *_FIGURES, *[null()] * 6]
    return union_all(
        select(*whole)
        .outerjoin(UsageRange, of_metric)
        .where(of_customer)
        .group_by(UsageDay.metric_id, *ranges),
        select(*days).where(of_customer, or_(false(), *map(_in_window, range(windows)))),
    ).order_by("day")


def _in_window(number: int) -> ColumnElement[bool]:
    return and_(
        UsageDay.metric_id == bindparam(f"metric_{number}", type_=String),
        UsageDay.day >= bindparam(f"start_{number}", type_=Date),
        UsageDay.day < bindparam(f"end_{number}", type_=Date),
    )


def read_values(
    session: Session, customer_id: str, wanted: Sequence[tuple[str, Period]]
) -> dict[tuple[str, Period], Values]:
    """The distinct values by day of each metric and period, in one statement."""
    found: dict[tuple[str, Period], dict[date, tuple[int, int]]] = {one: {} for one in wanted}
    parts = [_values_by_day(customer_id, number, *one) for number, one in enumerate(wanted)]
    for number, day, seen, new in session.execute(union_all(*parts)):
        found[wanted[number]][day] = (seen, new)
    return dict(found)


def _values_by_day(customer_id: str, number: int, metric_id: str, period: Period) -> Select[Any]:
    turn = func.row_number().over(partition_by=UsageValue.value, order_by=UsageValue.day)
    within = and_(
        UsageValue.customer_id == customer_id,
        UsageValue.metric_id == metric_id,
        UsageValue.day >= period.start,
        UsageValue.day < period.end,
    )
    turns = select(UsageValue.day, turn.label("turn")).where(within).subquery().c
    is_new = case((turns.turn == 1, 1))
    counts: Select[Any] = select(literal(number), turns.day, func.count(), func.count(is_new))
    return counts.group_by(turns.day)
