"""Schedules that have ended lately, and until when the data of one are kept.

Days are the schedule's own zone's; an end date is the first day no longer covered.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from pricingsite.models.orders import Order
from pricingsite.models.schedules import BillingSchedule

# An end that was missed, because nothing was delivered for days, is still told of.
_TOLD_WITHIN = timedelta(days=7)
# The least that the EU's Data Act (Regulation 2023/2854) asks for, after the end.
DATA_DAYS = timedelta(days=30)


def ended_lately(session: Session, *, today: date) -> Sequence[str]:
    """The ids of the schedules whose last day has gone by within a week, by their days.

    Orders that nobody verified are none of them, nor what was cancelled before its start, nor what
    another schedule of the customer's follows that day.
    """
    following = aliased(BillingSchedule)
    is_followed = exists().where(
        following.customer_id == BillingSchedule.customer_id,
        following.start_date == BillingSchedule.end_date,
        following.withdrawn_at.is_(None),
    )
    ended = (
        select(BillingSchedule.id)
        .outerjoin(Order, Order.schedule_id == BillingSchedule.id)
        .where(
            BillingSchedule.end_date > today - _TOLD_WITHIN,
            BillingSchedule.end_date <= today,
            BillingSchedule.withdrawn_at.is_(None),
            Order.ended_at.is_(None),
            ~is_followed,
        )
        .order_by(BillingSchedule.end_date, BillingSchedule.id)
    )
    return session.scalars(ended).all()


def data_kept_until(schedule: BillingSchedule) -> date | None:
    """Up to which day at least data can be fetched; None for a schedule that is open."""
    return schedule.last_day + DATA_DAYS if schedule.last_day else None
