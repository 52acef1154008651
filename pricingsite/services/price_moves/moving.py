"""Moving customers from one price to another: told in time, and each from a boundary of its own.

A move is the merchant's and no change of the customer's: it is made in the schedule, and in what
the schedule was before a change that is pending, so that undoing that leaves it in force.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pricingsite.models.catalog import Price
from pricingsite.models.changes import ChangeKind, ScheduleChange
from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule, Phase, PhasePrice
from pricingsite.pricing import BillingFrequency
from pricingsite.services.billing_run.agreements import Agreement
from pricingsite.services.changes.changing import lock_customer
from pricingsite.services.changes.drafts import (
    ScheduleDraft,
    as_drafted,
    draft_of,
    write_draft,
)
from pricingsite.services.changes.kept_drafts import from_json, to_json
from pricingsite.services.changes.situation import pending_change
from pricingsite.services.changes.telling import tell_of_move
from pricingsite.services.merchant import get_merchant
from pricingsite.services.price_moves.priced_at_both import PastPeriod, past_periods
from pricingsite.services.price_moves.replacing import with_new_price
from pricingsite.services.schedules.reading import schedule_of

# How long before a new price its customers are told.
NOTICE = timedelta(days=30)
_ONE_DAY = timedelta(days=1)


class MoveError(ValueError):
    """A move that cannot be made; the message says why, and what can be."""


class MoveChangedError(ValueError):
    """A schedule has changed since its move was planned: plan it again."""


@dataclass(frozen=True, slots=True)
class PriceMove:
    """A price in another's place, from each schedule's first boundary on or after a day."""

    old: Price
    new: Price
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMove:
    """A move of one schedule: the day on which the new price begins, and the phases with it.

    `before` is what a `pending` change is undone to. `in_force` says whether the new price comes
    though that change is not undone. `past` are the last periods that ended, at both prices.
    """

    customer: Customer
    schedule: BillingSchedule
    on: date
    after: ScheduleDraft
    pending: ScheduleChange | None
    before: ScheduleDraft | None
    in_force: bool
    past: tuple[PastPeriod, ...]

    @property
    def content(self) -> list[Any]:
        """All that it decides."""
        before = to_json(self.before) if self.before else None
        return [str(self.on), to_json(self.after), before]


def price_move(
    session: Session, old_id: str, new_id: str, *, on: date | None, now: datetime
) -> PriceMove:
    """A move from one price to another; on the first day that can be, where none is said.

    Raises `MoveError`.
    """
    old, new = (_price(session, one) for one in (old_id, new_id))
    _check_prices(old, new)
    earliest = get_merchant(session).today(now) + NOTICE
    if on is None:
        on = max(earliest, new.valid_from or earliest)
    elif on < earliest:
        raise MoveError(
            f"Customers are told {NOTICE.days} days before: {earliest} is the first possible day."
        )
    return PriceMove(old, new, on)


def _price(session: Session, price_id: str) -> Price:
    price = session.get(Price, price_id)
    if price is None:
        raise MoveError(f"The catalog has no price {price_id}: `flask catalog show` lists them.")
    return price


def _check_prices(old: Price, new: Price) -> None:
    if old.id == new.id:
        raise MoveError(f"{old.id} is one price: name the old one and the new one.")
    if new.archived_at is not None:
        raise MoveError(f"Price {new.id} is archived: it is closed to new schedules.")
    if old.frequency is BillingFrequency.ONE_TIME:
        raise MoveError(f"Price {old.id} is billed once: there is nothing to move.")
    for what, name in (
        ("for another product", "product_id"),
        ("in another currency", "currency"),
        ("for another metric", "metric_id"),
        ("bought by another unit", "per"),
        ("billed at another interval", "billing_frequency"),
        ("billed at the other end of its period", "billing_type"),
    ):
        if getattr(old, name) != getattr(new, name):
            raise MoveError(
                f"Price {new.id} is {what} than {old.id}: use flask schedules change instead."
            )


def schedules_to_move(session: Session, move: PriceMove, *, now: datetime) -> Sequence[str]:
    """The ids of schedules that have the old price, or would again if a change were undone."""
    # No zone is further from the merchant's day than one.
    today = get_merchant(session).today(now) - _ONE_DAY
    live = (
        BillingSchedule.withdrawn_at.is_(None),
        or_(BillingSchedule.end_date.is_(None), BillingSchedule.end_date > today),
    )
    having = (
        select(BillingSchedule.id)
        .join(Phase, Phase.schedule_id == BillingSchedule.id)
        .join(PhasePrice, PhasePrice.phase_id == Phase.id)
        .where(
            *live,
            PhasePrice.price_id == move.old.id,
            or_(Phase.end_date.is_(None), Phase.end_date > today),
        )
    )
    pending = (
        select(BillingSchedule.id, ScheduleChange.before)
        .join(ScheduleChange, ScheduleChange.schedule_id == BillingSchedule.id)
        .where(*live, ScheduleChange.is_latest, ScheduleChange.starts_on > today)
    )
    undoable = {row.id for row in session.execute(pending) if _names(row.before, move.old.id)}
    return sorted({*session.scalars(having), *undoable})


def _names(kept: dict[str, Any], price_id: str) -> bool:
    return any(one["price"] == price_id for phase in kept["phases"] for one in phase["prices"])


def plan_move(
    session: Session, schedule_id: str, move: PriceMove, *, now: datetime
) -> PlannedMove | None:
    """The move of one schedule; None where it needs none. Raises `ScheduleError`."""
    customer_id = session.get_one(BillingSchedule, schedule_id).customer_id
    schedule = schedule_of(session, customer_id, schedule_id)
    after, day = _moved(draft_of(schedule), schedule, move)
    pending = pending_change(session, schedule, now=now)
    before, day_before = None, None
    if pending is not None:
        before, day_before = _moved(from_json(session, pending.before), schedule, move)
    days = [one for one in (day, day_before) if one is not None]
    if not days:
        return None
    return PlannedMove(
        customer=session.get_one(Customer, customer_id),
        schedule=schedule,
        on=min(days),
        after=after,
        pending=pending,
        before=before,
        in_force=day is not None,
        past=past_periods(session, schedule, move.old, move.new, now=now),
    )


def _moved(
    draft: ScheduleDraft, schedule: BillingSchedule, move: PriceMove
) -> tuple[ScheduleDraft, date | None]:
    """A draft with the new price, and the day of it; None where it ends before that."""
    found, day = with_new_price(draft, schedule.anchor_date, move.old, move.new, move.on)
    # What follows a trial lies past its end as long as nobody confirms it.
    end = None if schedule.trial_ends else draft.end
    if day is None or (end is not None and day >= end):
        return draft, None
    return found, day


def make_move(session: Session, planned: PlannedMove, move: PriceMove, *, now: datetime) -> None:
    """Make a move as it was planned, with its customer locked until the transaction ends.

    Raises `MoveChangedError` where it would be another by now.
    """
    schedule_id = planned.schedule.id
    lock_customer(session, planned.customer.id)
    found = plan_move(session, schedule_id, move, now=now)
    if found is None or found.content != planned.content:
        raise MoveChangedError("The schedule has changed since.")
    schedule = found.schedule
    was = to_json(draft_of(schedule))
    today = schedule.today(now)
    trial_ends = schedule.trial_ends
    write_draft(session, schedule, found.after)
    if found.pending is not None and found.before is not None:
        found.pending.before = to_json(found.before)
    if not trial_ends and (schedule.next_invoice_on is None or schedule.next_invoice_on > today):
        # What was free may now cost something; what fell due up to today is billed.
        agreement = Agreement(as_drafted(schedule, found.after))
        schedule.next_invoice_on = agreement.next_due(today + _ONE_DAY)
    session.add(
        ScheduleChange(
            schedule_id=schedule_id,
            kind=ChangeKind.PRICE_MOVE,
            starts_on=found.on,
            before=was,
            made_at=now,
            is_latest=False,
        )
    )
    session.flush()
    tell_of_move(session, schedule, now=now)
