"""What waits in a schedule for a later day, and who has decided it.

Less of something goes on to the end of its own period, and until then can be taken back: by the
customer what it has chosen itself. What the merchant agreed stays, though the customer changes how
much it has meanwhile. Days are the schedule's own zone's.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.catalog import Price
from pricingsite.models.changes import ChangeKind, ScheduleChange
from pricingsite.services.changes.agreed_later import AgreedQuantity, is_another_deal
from pricingsite.services.changes.drafts import (
    PhaseDraft,
    PricePlace,
    ScheduleDraft,
    draft_of,
    is_replaced,
)
from pricingsite.services.changes.kept_drafts import from_json
from pricingsite.services.changes.quoting import ChangeQuote, Quoting
from pricingsite.services.changes.situation import Situation
from pricingsite.services.changes.timing import When, merged

_Key = tuple[date, str, str | None, bool, Decimal | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From a day on there is more or less of a price within a plan; None where there is none.

    `eve` is the phase up to that day.
    """

    on: date
    old: PricePlace | None
    new: PricePlace | None
    eve: PhaseDraft

    @property
    def price(self) -> Price:
        """The price that it is about."""
        place = self.old or self.new
        assert place is not None  # noqa: S101 - a price is on one side at least
        return place.price

    @property
    def is_less(self) -> bool:
        """Whether there is less of it, or nothing."""
        old, new = self.old, self.new
        return old is not None and (new is None or new.measure < old.measure)

    @property
    def key(self) -> _Key:
        """What it is known by in another draft, though a move has put a new price in its place."""
        return self.on, self.price.product_id, self.price.metric_id, *_quantity(self.new)

    def lasts_in(self, phase: PhaseDraft) -> bool:
        """Whether a later phase is as this one makes it."""
        same_plan = phase.plan_id == self.eve.plan_id
        return same_plan and _quantity(phase.place_of(self.price.id)) == _quantity(self.new)


def _quantity(place: PricePlace | None) -> tuple[bool, Decimal | None]:
    return place is None, place.quantity if place else None


def _steps(draft: ScheduleDraft, after: date | None = None) -> Iterator[Step]:
    """The steps of a schedule after a day, the first first.

    A pause is none, nor is another plan or another deal.
    """
    for eve, phase in pairwise(draft.since(after) if after else draft.phases):
        if eve.plan_id != phase.plan_id or eve.trial or not (eve.places and phase.places):
            continue
        gone = [one for one in eve.places if phase.place_of(one.price.id) is None]
        come = [one for one in phase.places if eve.place_of(one.price.id) is None]
        if is_another_deal(eve, phase):
            continue
        for old in eve.places:
            new = phase.place_of(old.price.id)
            if _quantity(new) != _quantity(old) and not (old in gone and is_replaced(old, come)):
                yield Step(on=phase.start, old=old, new=new, eve=eve)
        for new in come:
            if not is_replaced(new, gone):
                yield Step(on=phase.start, old=None, new=new, eve=eve)


def _customers_own(session: Session, situation: Situation) -> set[_Key]:
    """The steps that the customer has brought about itself."""
    pending = situation.pending.id if situation.pending else None
    changes = [
        one
        for one in session.scalars(
            select(ScheduleChange)
            .where(
                ScheduleChange.schedule_id == situation.schedule.id,
                ScheduleChange.undone_at.is_(None),
                ScheduleChange.kind != ChangeKind.PRICE_MOVE,
            )
            .order_by(ScheduleChange.id)
        )
        if one.id != pending
    ]
    drafts = [from_json(session, one.before) for one in changes]
    found: set[_Key] = set()
    for change, (before, after) in zip(changes, pairwise([*drafts, situation.draft]), strict=True):
        if change.made_by is not None:
            known = {one.key for one in _steps(before)}
            found |= {one.key for one in _steps(after)} - known
    return found


def quote_kept(session: Session, situation: Situation, *, by_customer: bool) -> ChangeQuote | None:
    """The quote of keeping what there is: what waits to be less, stays. None where nothing does.

    It takes effect on the day of the first that stays; the customer takes back its own.
    """
    steps = [one for one in _steps(situation.draft, situation.first_day) if one.is_less]
    if by_customer and steps:
        own = _customers_own(session, situation)
        steps = [one for one in steps if one.key in own]
    if not steps:
        return None
    after = _without_steps(situation.draft, steps, situation.schedule.anchor_date)
    quoted = Quoting(session, situation).quote_of(after, steps[0].on, when=When.PERIOD_END)
    return replace(quoted, keeps=True)


def is_kept(situation: Situation) -> bool:
    """Whether what is pending takes back what was to be less on its day."""
    if situation.pending is None:
        return False
    on = situation.pending.starts_on
    steps = [one for one in _steps(situation.draft, situation.first_day) if one.is_less]
    first = [one for one in steps if one.on == on]
    made = draft_of(situation.schedule).phase_on(on)
    return bool(first) and all(made.place_of(one.price.id) == one.old for one in first)


def agreed_steps(session: Session, situation: Situation, day: date) -> tuple[AgreedQuantity, ...]:
    """What the merchant has agreed of how much there is after a day."""
    steps = [one for one in _steps(situation.draft, situation.first_day) if one.on > day]
    own = _customers_own(session, situation) if steps else set()
    return tuple(
        AgreedQuantity(one.on, one.price.id, one.new) for one in steps if one.key not in own
    )


def _without_steps(draft: ScheduleDraft, steps: Sequence[Step], anchor: date) -> ScheduleDraft:
    """A schedule in which steps to less are taken back, until its prices change otherwise."""
    for step in steps:
        draft = replace(draft, phases=tuple(_without(draft.phases, step)))
    return replace(draft, phases=merged(draft.phases, anchor))


def _without(phases: Iterable[PhaseDraft], step: Step) -> Iterator[PhaseDraft]:
    assert step.old is not None  # noqa: S101 - it is of less
    place = replace(step.old, charged_until=None)
    lasts = True
    for phase in phases:
        if phase.end == step.on:
            yield _with_place(phase, place, step.eve)
            continue
        if phase.start >= step.on and phase.places:
            lasts = lasts and step.lasts_in(phase)
        goes_on = phase.start >= step.on and phase.places and lasts
        yield _with_place(phase, place, step.eve) if goes_on else phase


def _with_place(phase: PhaseDraft, place: PricePlace, like: PhaseDraft) -> PhaseDraft:
    """A phase with a place of a price in it, in the order of another one."""
    order = {one.price.id: n for n, one in enumerate(like.places)}
    places = [one for one in phase.places if one.price.id != place.price.id]
    places.append(place)
    places.sort(key=lambda one: order.get(one.price.id, len(order)))
    return replace(phase, places=tuple(places))
