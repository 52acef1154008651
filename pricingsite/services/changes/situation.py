"""What a change begins from: the customer, its schedule without what is pending, and its plan."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.catalog import Plan
from pricingsite.models.changes import ScheduleChange
from pricingsite.models.customers import Customer
from pricingsite.models.orders import Order
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.changes.drafts import (
    PhaseDraft,
    ScheduleDraft,
    as_drafted,
    draft_of,
    with_following,
)
from pricingsite.services.changes.kept_drafts import from_json
from pricingsite.services.changes.timing import period_end
from pricingsite.services.changes.wanted import ChangeError
from pricingsite.services.estimates.plans import Plans, read_plans
from pricingsite.services.merchant import Seller, read_seller
from pricingsite.services.schedules.reading import current_schedule, phase_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A customer's schedule on a day, its zone's.

    `draft` is the schedule without the `pending` change, which a new one replaces; `plan` is the
    plan on sale, or once on sale, whose prices it has, None for a deal of the customer's own.
    """

    customer: Customer
    schedule: BillingSchedule
    draft: ScheduleDraft
    pending: ScheduleChange | None
    plans: Plans
    plan: Plan | None
    seller: Seller
    now: datetime

    @property
    def today(self) -> date:
        """The schedule's date."""
        return self.schedule.today(self.now)

    @property
    def first_day(self) -> date:
        """The first day from which anything can be changed: today, or the start that is to come."""
        return max(self.today, self.schedule.start_date)

    @property
    def currency(self) -> str:
        """The currency that it is billed in, without what is pending."""
        return self.draft.currency or self.schedule.currency

    @property
    def is_unbilled(self) -> bool:
        """Whether nothing is billed yet: before the start, and in a trial."""
        return self.schedule.start_date > self.today or self.phase.trial

    @property
    def period_end(self) -> date:
        """The first day that is not paid for any more; the start, while that is to come."""
        if self.schedule.start_date > self.today:
            return self.schedule.start_date
        return period_end(self.draft, self.schedule.anchor_date, self.today)

    @property
    def pending_codes(self) -> frozenset[str]:
        """The promotion codes of what is pending, which a new change gives back."""
        following = self.pending.following if self.pending else None
        drafts = with_following(draft_of(self.schedule), following)
        return frozenset(code for one in drafts for code in one.codes) - self.draft.codes

    @property
    def phase(self) -> PhaseDraft:
        """The phase in force, or the first."""
        return self.draft.phase_on(self.first_day)

    def priced(self, draft: ScheduleDraft) -> BillingSchedule:
        """The schedule as drafted; after a trial, as if that were confirmed."""
        unconfirmed = self.schedule.trial_ends and draft.end == self.schedule.end_date
        return as_drafted(self.schedule, replace(draft, end=None) if unconfirmed else draft)

    @property
    def plan_name(self) -> str | None:
        """The name of the plan that the customer is on."""
        return self.plan.name if self.plan else None


def read_situation(
    session: Session, customer: Customer, *, by_customer: bool = False, now: datetime
) -> Situation:
    """What a change of a customer's schedule begins from. Raises `ChangeError` without one.

    For a change `by_customer`, what the merchant has agreed for a day to come is part of it.
    """
    schedule = current_schedule(session, customer.id, now=now)
    if schedule is None:
        raise ChangeError("There is no plan to change. Choose a plan first.")
    today = schedule.today(now)
    if schedule.end_date is not None and schedule.end_date <= today:
        raise ChangeError("The plan has ended. Choose a plan to subscribe again.")
    if customer.verified_at is None and _is_ordered(session, schedule):
        raise ChangeError(
            "The order is not verified yet. Follow the link in its e-mail first, then change it."
        )
    pending = pending_change(session, schedule, now=now)
    if by_customer and pending and pending.made_by is None and not pending.following_id:
        # A schedule that is to follow is the customer's to leave, as this one is.
        pending = None
    plans = read_plans(session)
    draft = from_json(session, pending.before) if pending else draft_of(schedule)
    # What is pending may be for the very first day.
    as_it_is = as_drafted(schedule, draft) if pending else schedule
    phase = phase_on(as_it_is, max(today, schedule.start_date))
    return Situation(
        customer=customer,
        schedule=schedule,
        draft=draft,
        pending=pending,
        plans=plans,
        plan=plans.of(phase),
        seller=read_seller(session),
        now=now,
    )


def pending_change(
    session: Session, schedule: BillingSchedule, *, now: datetime
) -> ScheduleChange | None:
    """The change of a schedule that has not taken effect yet, if there is one."""
    return session.scalar(
        select(ScheduleChange).where(
            ScheduleChange.schedule_id == schedule.id,
            ScheduleChange.is_latest,
            ScheduleChange.starts_on > schedule.today(now),
        )
    )


def _is_ordered(session: Session, schedule: BillingSchedule) -> bool:
    ordered = select(Order.reference).where(Order.schedule_id == schedule.id)
    return session.scalar(ordered) is not None
