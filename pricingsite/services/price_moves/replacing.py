"""A schedule's phases with one price in another's place, from that price's own boundary on.

Nothing of a period that has begun changes. Days are the schedule's own zone's.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from pricingsite.models.catalog import Price
from pricingsite.services.changes.drafts import PhaseDraft, PricePlace, ScheduleDraft
from pricingsite.services.changes.timing import boundary_of, discount_left, merged
from pricingsite.services.schedules.creating import checked_prices


def with_new_price(
    draft: ScheduleDraft, anchor: date, old: Price, new: Price, day: date
) -> tuple[ScheduleDraft, date | None]:
    """A draft with `new` in the place of `old` from its first boundary on or after a day.

    The day on which `new` begins, None where nothing changes. Raises `ScheduleError` where the two
    cannot be swapped in it.
    """
    phases, days = [], []
    before: PricePlace | None = None
    for phase in draft.phases:
        place = phase.place_of(old.id)
        at = _day_in(phase, place, before, anchor, day) if place else None
        if place is None or at is None:
            phases.append(phase)
        else:
            phases += _split(phase, anchor, old, new, at)
            days.append(at)
        # A trial is not billed, so that a period begins with what follows it.
        before = place if place and at is None and not phase.trial else None
    if not days:
        return draft, None
    return replace(draft, phases=merged(phases, anchor)), min(days)


def _day_in(
    phase: PhaseDraft, place: PricePlace, before: PricePlace | None, anchor: date, day: date
) -> date | None:
    """The day in a phase from which a price's place is another's; None where it is not."""
    if phase.trial or (phase.end is not None and phase.end <= day):
        return None
    # What goes on from the phase before is in the middle of a period.
    goes_on = before is not None and before.anchor == place.anchor
    if phase.start >= day and not goes_on:
        return phase.start
    at = boundary_of(place, anchor, max(phase.start, day))
    return at if phase.end is None or at < phase.end else None


def _split(
    phase: PhaseDraft, anchor: date, old: Price, new: Price, at: date
) -> Iterator[PhaseDraft]:
    places = tuple(
        replace(place, price=new) if place.price.id == old.id else place for place in phase.places
    )
    checked_prices(
        {place.price: place.quantity for place in places},
        kept=[place.price for place in phase.places],
    )
    if phase.start < at:
        # What a change has charged otherwise, it has up to the phase's end.
        kept = tuple(replace(place, charged_until=None) for place in phase.places)
        yield replace(phase, end=at, places=kept)
    yield replace(phase, start=at, places=places, discount=discount_left(phase, anchor, at))
