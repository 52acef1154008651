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
from pricingsite.services.changes.drafts import PhaseDraft, PricePlace, ScheduleDraft
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
    """From a day on, a price is there as it was agreed: at another quantity, or not any more."""

    on: date
    price_id: str
    place: PricePlace | None

    def applied_to(self, places: Iterable[PricePlace]) -> Iterator[PricePlace]:
        """Places as they are from its day on."""
        known = False
        for one in places:
            if one.price.id != self.price_id:
                yield one
            elif self.place:
                known = True
                yield replace(one, quantity=self.place.quantity)
        if self.place and not known:
            yield self.place


Agreed = AgreedMove | AgreedQuantity


def agreed_moves(draft: ScheduleDraft, day: date) -> Iterator[AgreedMove]:
    """The moves of a schedule after a day, the first first; other plans are none."""
    for before, after in pairwise(draft.since(day)):
        if before.plan_id != after.plan_id:
            continue
        gone = [one for one in before.places if after.place_of(one.price.id) is None]
        come = [one for one in after.places if before.place_of(one.price.id) is None]
        for old in gone:
            if new := next((one for one in come if _is_alike(old, one)), None):
                yield AgreedMove(after.start, old.price, new.price)


def _is_alike(one: PricePlace, other: PricePlace) -> bool:
    return all(getattr(one.price, name) == getattr(other.price, name) for name in _ALIKE)


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
    later: Sequence[PhaseDraft],
    anchor: date,
    *,
    running: PhaseDraft,
    brings_code: bool,
) -> tuple[PhaseDraft, ...]:
    """Phases that are, on the days of each later one, as that one was agreed.

    `running` is what there is so far. A change that `brings_code` has its own discount to the end.
    """
    found = tuple(phases)
    trial_end = next(one.start for one in found if not one.trial) if running.trial else None
    for agreed in later:
        for day in filter(None, (agreed.start, agreed.end)):
            found = tuple(_cut(found, day, anchor))
        goes_on = bool(agreed.places) and _is_same(running, agreed)
        # Nothing has begun of what follows a trial: it is for as many periods of any rhythm.
        counts = goes_on and agreed.start != trial_end
        found = tuple(
            _as_agreed(
                phase,
                agreed,
                discount_left(
                    agreed, anchor, phase.start, new=main_place(phase) if counts else None
                ),
                goes_on=goes_on,
                brings_code=brings_code,
            )
            if agreed.covers(phase.start)
            else phase
            for phase in found
        )
    return found


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


def _is_same(running: PhaseDraft, agreed: PhaseDraft) -> bool:
    """Whether a later phase is of the same plan, or of the same deal: it has prices alike."""
    if running.plan_id != agreed.plan_id:
        return False
    if running.plan_id is not None or not running.places:
        return True
    both = (running.places, agreed.places)
    return all(
        any(one.price.id == other.price.id or _is_alike(one, other) for other in others)
        for own, others in (both, both[::-1])
        for one in own
    )


def _as_agreed(
    phase: PhaseDraft,
    agreed: PhaseDraft,
    discount: AgreedDiscount | None,
    *,
    goes_on: bool,
    brings_code: bool,
) -> PhaseDraft:
    if not goes_on:
        return replace(agreed, start=phase.start, end=phase.end, discount=discount)
    own = phase.discount if brings_code else discount
    return replace(phase, minimum=agreed.minimum, discount=own)


def _cut(phases: Iterable[PhaseDraft], day: date, anchor: date) -> Iterator[PhaseDraft]:
    """Phases of which none goes over a day; a discount goes on for the periods it has left."""
    for phase in phases:
        if phase.start < day and phase.covers(day):
            yield replace(phase, end=day)
            yield replace(phase, start=day, discount=discount_left(phase, anchor, day))
        else:
            yield phase
