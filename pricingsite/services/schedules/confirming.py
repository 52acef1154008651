"""Keeping a plan after its trial, and the trials that are about to end.

Days are the schedule's own zone's.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pricingsite.models.changes import ChangeKind, ScheduleChange
from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule, Phase
from pricingsite.services.messages.webhooks import EventType, record_each
from pricingsite.services.schedules.reading import current_schedule

# How long before a trial ends its customer is reminded.
REMINDED_BEFORE = timedelta(days=3)
# No zone is further ahead of UTC's day than one.
_ANYWHERE = timedelta(days=1)


class TrialOverError(ValueError):
    """There is no trial that could be confirmed: it has ended, or never was."""


def confirm_trial(session: Session, customer_id: str, *, now: datetime) -> None:
    """Keep a plan after its trial, cancelled or not; one that is kept already stays so.

    Raises `TrialOverError`.
    """
    schedule = current_schedule(session, customer_id, now=now)
    trial = schedule.trial if schedule else None
    if schedule is None or trial is None or schedule.today(now) >= trial.end:
        raise TrialOverError
    cancelled = (
        ScheduleChange.schedule_id == schedule.id,
        ScheduleChange.is_latest,
        ScheduleChange.kind == ChangeKind.CANCELLATION,
    )
    before = session.scalar(select(ScheduleChange.before).where(*cancelled))
    # One statement: of two clicks at once one is the confirmation.
    ends = BillingSchedule.id == schedule.id, BillingSchedule.end_date == trial.end
    end = _agreed_end(before, trial.end) if before else None
    kept = (
        update(BillingSchedule)
        .where(*ends)
        .values(end_date=end, trial_confirmed_at=now, next_invoice_on=trial.end)
        .returning(BillingSchedule.id)
    )
    found = session.scalar(kept, execution_options={"synchronize_session": False})
    session.execute(
        update(ScheduleChange).where(*cancelled).values(is_latest=False, undone_at=now),
        execution_options={"synchronize_session": False},
    )
    if found is not None:
        _keep_when_undone(session, schedule.id, trial.end)
        confirmed = {
            EventType.SCHEDULE_CHANGED: schedule.id,
            EventType.ENTITLEMENTS_CHANGED: customer_id,
        }
        record_each(session, confirmed, customer_id=customer_id, now=now)


def _keep_when_undone(session: Session, schedule_id: str, trial_end: date) -> None:
    """Let a plan go on though a change that waits for the trial's end is undone or replaced."""
    latest = ScheduleChange.schedule_id == schedule_id, ScheduleChange.is_latest
    for change in session.scalars(select(ScheduleChange).where(*latest)):
        if change.before["end"] == str(trial_end):
            change.before = change.before | {"end": None}
    session.flush()


def _agreed_end(before: Mapping[str, Any], trial_end: date) -> date | None:
    """The end that was agreed before a cancellation, if it is later than that of the trial."""
    end = date.fromisoformat(before["end"]) if before["end"] else None
    return end if end and end > trial_end else None


def trials_to_remind_of(session: Session, *, today: date) -> Sequence[str]:
    """The ids of schedules with a trial that ends within days, whose customers do not know yet."""
    soon = today + REMINDED_BEFORE + _ANYWHERE
    return session.scalars(
        select(BillingSchedule.id)
        .join(Phase, Phase.schedule_id == BillingSchedule.id)
        .join(Customer, Customer.id == BillingSchedule.customer_id)
        .where(
            Phase.trial,
            Phase.end_date > today - _ANYWHERE,
            Phase.end_date <= soon,
            BillingSchedule.trial_reminded_at.is_(None),
            BillingSchedule.withdrawn_at.is_(None),
            Customer.verified_at.is_not(None),
        )
        .order_by(BillingSchedule.id)
    ).all()


def is_to_be_reminded(schedule: BillingSchedule, *, now: datetime) -> bool:
    """Whether today is the day, or a later one of the trial; a short trial has told all already."""
    trial, today = schedule.trial, schedule.today(now)
    if trial is None or not trial.contains(today) or trial.days <= REMINDED_BEFORE.days:
        return False
    return today >= trial.end - REMINDED_BEFORE


def claim_reminder(session: Session, schedule_id: str, *, now: datetime) -> bool:
    """Whether the caller is the one to remind a schedule's customer."""
    unclaimed = BillingSchedule.id == schedule_id, BillingSchedule.trial_reminded_at.is_(None)
    claimed = update(BillingSchedule).where(*unclaimed).values(trial_reminded_at=now)
    returned = claimed.returning(BillingSchedule.id)
    found = session.scalar(returned, execution_options={"synchronize_session": False})
    return found is not None
