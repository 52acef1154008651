"""When a change takes effect: now, at the period's end, or at a usage price's own boundary.

Days are the schedule's own zone's.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from enum import StrEnum

from pricingsite.pricing import AgreedDiscount, BillingFrequency, period_of
from pricingsite.services.changes.drafts import PhaseDraft, PricePlace, ScheduleDraft


class When(StrEnum):
    """When a change is to take effect, as pages and the API call it."""

    NOW = "now"
    PERIOD_END = "period_end"


def period_end(draft: ScheduleDraft, anchor: date, day: date) -> date:
    """The first day that is not paid for or promised any more: the end of the longest fee's period.

    A trial's end, in one; the end of a phase or of the schedule, where that comes first.
    """
    if end := trial_end(draft, day):
        return end
    phase = draft.phase_on(day)
    fixed = [place for place in phase.places if place.price.metric_id is None]
    recurring = [
        place
        for place in fixed or phase.places
        if place.price.frequency is not BillingFrequency.ONE_TIME
    ]
    ends = [place.period_of(anchor, day).end for place in recurring or phase.places]
    # A phase without prices is a pause: it ends on its own day.
    end = max(ends, default=phase.end or day)
    return end if draft.end is None else min(end, draft.end)


def trial_end(draft: ScheduleDraft, day: date) -> date | None:
    """The end of the trial that a day lies in, though its plan may change before; None if none."""
    if not draft.phase_on(day).trial:
        return None
    return [phase.end for phase in draft.phases if phase.trial][-1]


def own_end(draft: ScheduleDraft, place: PricePlace, anchor: date, day: date) -> date:
    """The first day that is not paid for or promised of a price any more: its own period's end.

    What is charged once has no period: that of the longest fee counts.
    """
    if place.price.frequency is BillingFrequency.ONE_TIME:
        return period_end(draft, anchor, day)
    end = place.period_of(anchor, day).end
    return end if draft.end is None else min(end, draft.end)


def boundary_of(place: PricePlace, anchor: date, day: date) -> date:
    """The day itself where a period of a price begins on it, else the end of the one it lies in."""
    period = place.period_of(anchor, day)
    return day if period.start == day else period.end


def replaced_usage(
    phase: PhaseDraft, places: tuple[PricePlace, ...]
) -> dict[str, tuple[PricePlace, PricePlace]]:
    """The usage prices of a phase that others of the same product replace, by product."""
    old = {one.price.product_id: one for one in phase.places if one.price.metric_id}
    return {
        new.price.product_id: (before, new)
        for new in places
        if new.price.metric_id
        and (before := old.get(new.price.product_id))
        and before.price.id != new.price.id
    }


def main_place(phase: PhaseDraft) -> PricePlace:
    """The place of the price whose rhythm is that of them all: the first fixed one, or any."""
    fixed = (place for place in phase.places if place.price.metric_id is None)
    return next(fixed, phase.places[0])


def discount_left(
    phase: PhaseDraft, anchor: date, day: date, *, new: PricePlace | None = None
) -> AgreedDiscount | None:
    """A phase's discount for the periods that it has left on a day; None where it has none.

    Before the phase, as in a trial, it has them all. In the rhythm of a `new` main price, if that
    is another, for those of its periods that begin before its end.
    """
    discount = phase.discount
    if discount is None or discount.periods is None:
        return discount
    main = main_place(phase)
    counted_from, frequency = main.anchor or anchor, main.price.frequency
    day = max(day, phase.start)
    until = discount.over(main.terms, start=phase.start, anchor=counted_from).end
    if new is not None and new.price.frequency is not frequency:
        counted_from, frequency = new.anchor or anchor, new.price.frequency
    left = 0
    while until is not None and day < until:
        left += 1
        day = period_of(counted_from, frequency, day).end
    return replace(discount, periods=left) if left else None


def merged(phases: Iterable[PhaseDraft], anchor: date) -> tuple[PhaseDraft, ...]:
    """Phases without those of no days, and those that go on as the one before as part of it."""
    found: list[PhaseDraft] = []
    for phase in phases:
        if phase.end is not None and phase.end <= phase.start:
            continue
        if found and _is_alike(found[-1], phase, anchor):
            found[-1] = replace(found[-1], end=phase.end)
        else:
            found.append(phase)
    return tuple(found)


def _is_alike(before: PhaseDraft, phase: PhaseDraft, anchor: date) -> bool:
    if replace(before, start=phase.start, end=phase.end) != phase:
        return False
    # The same discount for as many periods again is another one.
    return phase.discount is None or discount_left(before, anchor, phase.start) == phase.discount
