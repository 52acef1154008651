"""What stays of a schedule's later phases when a customer changes how much it has of its plan.

Prices that take others' places, by what was agreed or announced, still do so on their day, and so
does a quantity that was agreed. A pause is one still, and so is another plan or deal; what a phase
has of minimum and discount stays its own. Days are the schedule's own zone's.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from pricingsite.models.catalog import Price
from pricingsite.pricing import AgreedDiscount, BillingFrequency
from pricingsite.services.changes.drafts import (
    PhaseDraft,
    PricePlace,
    ScheduleDraft,
    is_replaced,
)
from pricingsite.services.changes.timing import discount_left, main_place

_ALIKE = ("product_id", "metric_id", "frequency", "type", "per")


@dataclass(frozen=True, slots=True)
class AgreedMove:
    """From a day on, a price stands in the place of another."""

    on: date
    old: Price
    new: Price

    def applied_to(self, places: Iterable[PricePlace]) -> Iterator[PricePlace]:
        """Places as they are from its day on."""
        for one in places:
            yield replace(one, price=self.new) if one.price.id == self.old.id else one


@dataclass(frozen=True, slots=True)
class AgreedQuantity:
    """From a day on, a price is there as it was agreed: at another quantity, or not any more.

    Where another way to pay has been chosen meanwhile, that stands in its place.
    """

    on: date
    price_id: str
    place: PricePlace | None

    def applied_to(self, places: Iterable[PricePlace]) -> Iterator[PricePlace]:
        """Places as they are from its day on."""
        found = tuple(places)
        for one in found:
            if one.price.id != self.price_id:
                yield one
            elif self.place:
                yield replace(one, quantity=self.place.quantity)
        if self.place and not is_replaced(self.place, found):
            yield self.place


Agreed = AgreedMove | AgreedQuantity


def agreed_moves(draft: ScheduleDraft, day: date) -> Iterator[AgreedMove]:
    """The moves of a schedule after a day, the first first; other plans and deals are none."""
    for before, after in pairwise(draft.since(day)):
        if before.plan_id == after.plan_id and not is_another_deal(before, after):
            for old, new in _moved(before, after):
                yield AgreedMove(after.start, old.price, new.price)


def _moved(before: PhaseDraft, after: PhaseDraft) -> list[tuple[PricePlace, PricePlace]]:
    """The prices of a phase whose place others take in the next one."""
    come = _missing(after, before)
    found = (
        (old, next((one for one in come if _takes_place(one, old, before)), None))
        for old in _missing(before, after)
    )
    return [(old, new) for old, new in found if new is not None]


def _missing(phase: PhaseDraft, other: PhaseDraft) -> list[PricePlace]:
    """The prices of a phase that another one has not."""
    return [one for one in phase.places if other.place_of(one.price.id) is None]


def _takes_place(new: PricePlace, old: PricePlace, phase: PhaseDraft) -> bool:
    # Outside of plans a deal is known by its prices alone: in another quantity it is another deal.
    same = phase.plan_id is not None or new.quantity == old.quantity
    return same and all(getattr(new.price, name) == getattr(old.price, name) for name in _ALIKE)


def is_another_deal(before: PhaseDraft, after: PhaseDraft) -> bool:
    """Whether prices of no plan are for other things than before, or all others than there were.

    Where each only takes the place of another, in the same quantity, it is the same deal.
    """
    if before.plan_id is not None or after.plan_id is not None:
        return False
    if _kinds(before) != _kinds(after):
        return True
    gone = _missing(before, after)
    return len(gone) == len(before.places) and not _moved(before, after)


def _kinds(phase: PhaseDraft) -> set[tuple[object, ...]]:
    return {tuple(getattr(one.price, name) for name in _ALIKE) for one in phase.places}


def with_agreed(
    phases: Iterable[PhaseDraft], agreed: Iterable[Agreed], anchor: date
) -> tuple[PhaseDraft, ...]:
    """Phases whose prices are from each day on as it was agreed for that."""
    found = tuple(phases)
    for one in sorted(agreed, key=lambda one: one.on):
        found = tuple(
            replace(phase, places=tuple(one.applied_to(phase.places)))
            if phase.start >= one.on
            else phase
            for phase in _cut(found, one.on, anchor)
        )
    return found


def with_later(
    phases: Iterable[PhaseDraft],
    running: PhaseDraft,
    later: Sequence[PhaseDraft],
    anchor: date,
    *,
    brings_code: bool,
) -> tuple[PhaseDraft, ...]:
    """Phases that are, on the days of each later one, as that one was agreed.

    `running` is the phase so far. A change that `brings_code` has its own discount to the end of
    its plan; what goes on of the discount so far goes on from the change.
    """
    found = tuple(phases)
    trial_end = next(one.start for one in found if not one.trial) if running.trial else None
    for agreed in later:
        for day in filter(None, (agreed.start, agreed.end)):
            found = tuple(_cut(found, day, anchor))
        own = next((one for one in found if agreed.covers(one.start)), None)
        goes_on = own is not None and _goes_on(running, agreed, own)
        # Nothing has begun of what follows a trial: it is for as many periods of any rhythm.
        counts = goes_on and agreed.start != trial_end
        left = discount_left(running, anchor, agreed.start) if running.discount else None
        counts_on = brings_code or (left is not None and left == agreed.discount)
        found = tuple(
            _as_agreed(
                phase,
                agreed,
                discount_left(
                    agreed, anchor, phase.start, new=main_place(phase) if counts else None
                ),
                goes_on=goes_on,
                counts_on=counts_on if goes_on else brings_code and agreed.is_of(phase.plan_id),
            )
            if agreed.covers(phase.start)
            else phase
            for phase in found
        )
        running = agreed if goes_on else running
        if own and not agreed.places:
            found = tuple(_after_pause(found, own, agreed, anchor))
    return found


def _after_pause(
    phases: Iterable[PhaseDraft], before: PhaseDraft, pause: PhaseDraft, anchor: date
) -> Iterator[PhaseDraft]:
    """Phases whose discount stands still in a pause: it is for as many periods as `before`."""
    for phase in phases:
        if before.discount and pause.end and phase.start >= pause.end:
            on = replace(before, start=pause.end, end=None)
            yield replace(phase, discount=discount_left(on, anchor, phase.start))
        else:
            yield phase


def with_less_waiting(phases: Iterable[PhaseDraft], anchor: date) -> tuple[PhaseDraft, ...]:
    """Phases in which less of a price waits for the end of its own period, up to which it is paid.

    What was agreed for a day may have become less by what was bought meanwhile.
    """
    found, n = tuple(phases), 1
    while n < len(found):
        eve, phase = found[n - 1], found[n]
        for old in _lessened(eve, phase, anchor):
            end = old.period_of(anchor, phase.start).end
            found = tuple(_cut(found, end, anchor))
            found = (*found[:n], _with_quantity_of(old, found[n]), *found[n + 1 :])
        n += 1
    return found


def _lessened(eve: PhaseDraft, phase: PhaseDraft, anchor: date) -> Iterator[PricePlace]:
    """What there is less of from within a period on, which it has the same."""
    for old in eve.places if not eve.trial else ():
        new = phase.place_of(old.price.id)
        if new is None or old.price.frequency is BillingFrequency.ONE_TIME:
            continue
        same = (new.anchor or anchor) == (old.anchor or anchor)
        begins = old.period_of(anchor, phase.start).start
        if same and new.measure < old.measure and begins != phase.start:
            yield old


def _with_quantity_of(old: PricePlace, phase: PhaseDraft) -> PhaseDraft:
    places = (
        replace(one, quantity=old.quantity) if one.price.id == old.price.id else one
        for one in phase.places
    )
    return replace(phase, places=tuple(places))


def _goes_on(before: PhaseDraft, agreed: PhaseDraft, changed: PhaseDraft) -> bool:
    """Whether a phase goes on with the plan or deal before it, which is `changed` by then.

    Not a pause, nor another deal, nor what replaces a price otherwise than by a move.
    """
    if not agreed.places or agreed.plan_id != before.plan_id or is_another_deal(before, agreed):
        return False
    gone, come = _missing(before, agreed), _missing(agreed, before)
    others = [one for one in come if changed.place_of(one.price.id) is None]
    return not any(is_replaced(one, gone) for one in others)


def _as_agreed(
    phase: PhaseDraft,
    agreed: PhaseDraft,
    discount: AgreedDiscount | None,
    *,
    goes_on: bool,
    counts_on: bool,
) -> PhaseDraft:
    own = phase.discount if counts_on else discount
    if not goes_on:
        return replace(agreed, start=phase.start, end=phase.end, discount=own)
    return replace(phase, minimum=agreed.minimum, discount=own)


def _cut(phases: Iterable[PhaseDraft], day: date, anchor: date) -> Iterator[PhaseDraft]:
    """Phases of which none goes over a day; a discount goes on for the periods it has left."""
    for phase in phases:
        if phase.start < day and phase.covers(day):
            yield replace(phase, end=day)
            yield replace(phase, start=day, discount=discount_left(phase, anchor, day))
        else:
            yield phase
