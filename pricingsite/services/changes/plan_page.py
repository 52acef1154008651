"""What the page of a customer's plan says: what it has, since when, and what is to come.

Days are the schedule's own zone's.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.changes import ScheduleChange
from pricingsite.models.customers import Customer
from pricingsite.models.orders import Order
from pricingsite.models.schedules import BillingSchedule, Phase
from pricingsite.pricing import PriceTerms
from pricingsite.services.changes.changing import (
    lock_customer,
    undo_change,
    withdrawn_schedule,
)
from pricingsite.services.changes.situation import Situation, pending_change, read_situation
from pricingsite.services.changes.waiting import is_kept
from pricingsite.services.changes.wanted import ChangeError
from pricingsite.services.estimates.months_on_plans import MonthsOnPlans, months_on_plans
from pricingsite.services.estimates.plans import Plans, read_plans
from pricingsite.services.merchant import read_seller
from pricingsite.services.schedules.reading import current_schedule, phase_on


class PlanState(StrEnum):
    """Where a customer is with its plan."""

    NONE = "none"
    UNVERIFIED = "unverified"
    UPCOMING = "upcoming"
    TRIAL = "trial"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ComingPhase:
    """Prices that are agreed from a later day on; none of them is a pause."""

    start: date
    prices: tuple[PriceTerms, ...]


@dataclass(frozen=True, slots=True)
class HeldPrice:
    """A price that a customer has, with how many are bought, and the name of its product."""

    terms: PriceTerms
    product: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPage:
    """A customer's plan; `plan_id` is that of the plan on sale whose prices it has, if it has one.

    `prices` are those in force, or the last; `since` is the first day of the plan, `ends_on` the
    first day that is no longer covered. `pending` is what can be undone; with `is_kept` it takes
    back what was to be less. `coming` is agreed already, without what is pending.
    """

    state: PlanState
    schedule: BillingSchedule | None = None
    plan_id: str | None = None
    plan_name: str | None = None
    products: tuple[str, ...] = ()
    prices: tuple[PriceTerms, ...] = ()
    since: date | None = None
    ends_on: date | None = None
    pending: ScheduleChange | None = None
    is_kept: bool = False
    coming: tuple[ComingPhase, ...] = ()
    months: MonthsOnPlans = field(default_factory=MonthsOnPlans)

    @property
    def last_day(self) -> date | None:
        """The last day that is covered; None for an open plan."""
        return self.ends_on - timedelta(days=1) if self.ends_on else None

    @property
    def may_change(self) -> bool:
        """Whether there is something that can be changed."""
        changing = {PlanState.UPCOMING, PlanState.TRIAL, PlanState.ACTIVE, PlanState.PAUSED}
        return self.state in changing

    @property
    def may_subscribe(self) -> bool:
        """Whether a plan can begin."""
        return self.state in {PlanState.NONE, PlanState.ENDED}


def plan_page(session: Session, customer: Customer, *, now: datetime) -> PlanPage:
    """What the page of a customer's plan says at a moment."""
    try:
        situation = read_situation(session, customer, by_customer=True, now=now)
    except ChangeError:
        return _without_changes(session, customer, now=now)
    schedule, day = situation.schedule, situation.first_day
    phase = phase_on(schedule, day) or schedule.phases[-1]
    return PlanPage(
        state=_state(situation, phase),
        schedule=schedule,
        plan_id=situation.plan.id if situation.plan else None,
        plan_name=situation.plan_name,
        products=_products(phase),
        prices=_terms(phase),
        since=_since(situation.plans, schedule, phase),
        ends_on=schedule.end_date,
        pending=situation.pending,
        is_kept=is_kept(situation),
        coming=_coming(situation),
        months=months_on_plans(
            session, customer, schedule, situation.plans, situation.seller, today=situation.today
        ),
    )


def _without_changes(session: Session, customer: Customer, *, now: datetime) -> PlanPage:
    """The page of a customer that has nothing to change: not verified, ended, or none at all."""
    schedule = current_schedule(session, customer.id, now=now)
    if schedule is None:
        withdrawn = withdrawn_schedule(session, customer.id, now=now)
        state = PlanState.WITHDRAWN if withdrawn else PlanState.NONE
        schedule = withdrawn
    else:
        ended = schedule.end_date is not None and schedule.end_date <= schedule.today(now)
        state = PlanState.ENDED if ended else PlanState.UNVERIFIED
    if schedule is None:
        return PlanPage(state=state)
    plans = read_plans(session)
    phase = _last_phase(schedule) if state is PlanState.ENDED else schedule.phases[0]
    plan = plans.of(phase)
    return PlanPage(
        state=state,
        schedule=schedule,
        plan_id=plan.id if plan else None,
        plan_name=plan.name if plan else None,
        products=_products(phase),
        prices=_terms(phase),
        since=schedule.start_date,
        ends_on=schedule.end_date if state is PlanState.ENDED else None,
        pending=_own_cancellation(session, schedule, now=now)
        if state is PlanState.WITHDRAWN
        else None,
        months=months_on_plans(
            session,
            customer,
            schedule,
            plans,
            read_seller(session),
            today=schedule.today(now),
        )
        if state is PlanState.ENDED
        else MonthsOnPlans(),
    )


def _own_cancellation(
    session: Session, schedule: BillingSchedule, *, now: datetime
) -> ScheduleChange | None:
    """How a customer cancelled what never began; None where the merchant ended it."""
    pending = pending_change(session, schedule, now=now)
    return pending if pending and pending.made_by is not None else None


def _state(situation: Situation, phase: Phase) -> PlanState:
    if situation.schedule.start_date > situation.today:
        return PlanState.UPCOMING
    if phase.trial:
        return PlanState.TRIAL
    return PlanState.ACTIVE if phase.phase_prices else PlanState.PAUSED


def _last_phase(schedule: BillingSchedule) -> Phase:
    """The phase of the last day that a schedule covered."""
    assert schedule.end_date is not None  # noqa: S101 - it has ended
    return phase_on(schedule, schedule.end_date - timedelta(days=1)) or schedule.phases[-1]


def _products(phase: Phase) -> tuple[str, ...]:
    return tuple(dict.fromkeys(price.product.name for price in phase.prices))


def _terms(phase: Phase) -> tuple[PriceTerms, ...]:
    return tuple(one.terms for one in phase.phase_prices)


def _since(plans: Plans, schedule: BillingSchedule, phase: Phase) -> date:
    """The first day of the plan that a phase has, over the phases before it."""
    name = plans.name_of(phase)
    ids = {price.id for price in phase.prices}
    since = phase.start_date
    for earlier in reversed([one for one in schedule.phases if one.start_date < since]):
        same = {price.id for price in earlier.prices} == ids
        if not same and (name is None or plans.name_of(earlier) != name):
            break
        since = earlier.start_date
    return since


def _coming(situation: Situation) -> tuple[ComingPhase, ...]:
    """What is agreed for later days, without what is pending and what follows a trial."""
    day = situation.first_day
    phases = [one for one in situation.draft.phases if one.start > day]
    before = situation.draft.phase_on(day)
    found = []
    for phase in phases:
        if not (before.trial and phase.places == before.places):
            found.append(ComingPhase(phase.start, tuple(one.terms for one in phase.places)))
        before = phase
    return tuple(found)


def undo_shown(session: Session, customer_id: str, change_id: str, *, now: datetime) -> None:
    """Undo what is pending, if it is still the change that a page showed. Raises `ChangeError`."""
    lock_customer(session, customer_id)
    pending = pending_of(session, customer_id, now=now)
    if pending is None or str(pending.id) != change_id:
        raise ChangeError(
            "Nothing was undone: what is pending has changed since you opened the page."
        )
    undo_change(session, customer_id, by_customer=True, now=now)


def pending_of(session: Session, customer_id: str, *, now: datetime) -> ScheduleChange | None:
    """The change of a customer that can be undone: a pending one, or of what never began."""
    schedule = withdrawn_schedule(session, customer_id, now=now)
    if schedule is None:
        schedule = current_schedule(session, customer_id, now=now)
    return pending_change(session, schedule, now=now) if schedule else None


def held_prices(
    session: Session, customer_id: str, *, now: datetime
) -> tuple[HeldPrice, ...] | None:
    """The prices that a change would begin from; None where a plan would have to begin."""
    schedule = current_schedule(session, customer_id, now=now)
    if schedule is None:
        return None
    today = schedule.today(now)
    if schedule.end_date is not None and schedule.end_date <= today:
        return None
    phase = phase_on(schedule, max(today, schedule.start_date))
    held = phase.phase_prices if phase else []
    return tuple(HeldPrice(one.terms, one.price.product.name) for one in held)


def reference_of(session: Session, schedule: BillingSchedule) -> str:
    """What a subscription is known by: the number of its order, else the customer's id."""
    ordered = select(Order.reference).where(Order.schedule_id == schedule.id)
    return session.scalar(ordered) or schedule.customer_id
