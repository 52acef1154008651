"""The changes that a schedule has seen, and the one that is still to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.changes import ScheduleChange
from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.billing_run.agreements import Agreement
from pricingsite.services.changes.changing import withdrawn_schedule
from pricingsite.services.changes.situation import pending_change
from pricingsite.services.estimates.plans import read_plans
from pricingsite.services.schedules.reading import current_schedule, phase_on


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleState:
    """A customer's schedule: its plan by name, when it is billed next, and its changes.

    `changes` are in the order in which they were made; `pending` is the one that can be undone.
    """

    customer: Customer
    schedule: BillingSchedule
    plan_name: str | None
    next_invoice_on: date | None
    changes: Sequence[ScheduleChange]
    pending: ScheduleChange | None


def schedule_state(session: Session, customer: Customer, *, now: datetime) -> ScheduleState | None:
    """The schedule that a customer is on, else the next, else the last; None without any."""
    schedule = current_schedule(session, customer.id, now=now)
    schedule = schedule or withdrawn_schedule(session, customer.id, now=now)
    if schedule is None:
        return None
    day = max(schedule.today(now), schedule.start_date)
    first = schedule.next_invoice_on
    of_it = select(ScheduleChange).where(ScheduleChange.schedule_id == schedule.id)
    return ScheduleState(
        customer=customer,
        schedule=schedule,
        plan_name=read_plans(session).name_of(phase_on(schedule, day)),
        next_invoice_on=Agreement(schedule).next_due(first) if first else None,
        changes=session.scalars(of_it.order_by(ScheduleChange.id)).all(),
        pending=pending_change(session, schedule, now=now),
    )
