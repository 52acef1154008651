"""The prices that a change ends, and up to which days they are charged.

What is paid in advance stays charged up to where it is; what was in arrears is billed with another
rhythm that begins. Days are the schedule's own zone's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from pricingsite.pricing.bill_terms import main_price
from pricingsite.services.changes.drafts import PhaseDraft, PricePlace, ScheduleDraft

_RHYTHM = ("billing_frequency", "billing_type")


def cut_places(
    draft: ScheduleDraft, after: ScheduleDraft, day: date, *, today: date
) -> tuple[PricePlace, ...]:
    """The prices that a change ends on a day, as they were the day before.

    What another change ended on that very day is not given back once more, unless that is to come.
    """
    eve = day - timedelta(days=1)
    earlier = next((phase for phase in draft.phases if phase.covers(eve)), None)
    if earlier is None or earlier.trial:
        return ()
    now = draft.phase_on(day)
    following = after.phase_on(day) if after.end is None or day < after.end else None
    return tuple(
        old
        for old in earlier.places
        if (_goes_on(old, now) or day > today or not old.is_in_advance)
        and not (following and _goes_on(old, following))
    )


def _goes_on(place: PricePlace, phase: PhaseDraft) -> bool:
    """Whether a price is in a phase, with the same periods."""
    found = phase.place_of(place.price.id)
    return found is not None and found.anchor == place.anchor


def there_since(draft: ScheduleDraft, cut: Sequence[PricePlace], day: date) -> Mapping[str, date]:
    """Since when each price in advance that ends on a day has been there, without a gap, by id."""
    found = {place.price.id: day for place in cut if place.is_in_advance}
    for place in cut:
        for phase in reversed([one for one in draft.phases if one.start < day]):
            if phase.trial or place.price.id not in found or not _goes_on(place, phase):
                break
            found[place.price.id] = phase.start
    return found


def closed(
    draft: ScheduleDraft, after: ScheduleDraft, day: date, *, today: date, is_billed: bool
) -> ScheduleDraft:
    """A changed draft in which a day bills what was in arrears, where another rhythm begins.

    What an earlier change of that day closed counts only if that `is_billed`.
    """
    after = charged_anew(after, day, today=today, is_billed=is_billed)
    return with_arrears_billed(draft, after, day, today=today)


def with_arrears_billed(
    draft: ScheduleDraft, after: ScheduleDraft, day: date, *, today: date
) -> ScheduleDraft:
    """A changed draft in which a day bills fees in arrears that end, if another rhythm begins."""
    if (after.end is not None and after.end <= day) or not _begins_anew(draft, after, day):
        return after
    cut = cut_places(draft, after, day, today=today)
    in_arrears = (one.price for one in cut if not one.is_in_advance)
    return charged(after, day, {one.id: day for one in in_arrears if one.metric_id is None})


def _begins_anew(draft: ScheduleDraft, after: ScheduleDraft, day: date) -> bool:
    """Whether a change begins another rhythm than there was on the day before."""
    before, following = draft.phase_on(day - timedelta(days=1)), after.phase_on(day)
    if not before.places or not following.places or before.trial:
        return False
    old, new = (main_price([one.terms for one in p.places]) for p in (before, following))
    place = following.place_of(new.id)
    starts_anew = place is not None and place.anchor == day
    return starts_anew and any(getattr(old, name) != getattr(new, name) for name in _RHYTHM)


def charged(after: ScheduleDraft, day: date, until: Mapping[str, date]) -> ScheduleDraft:
    """A draft in which prices that end on a day are charged up to others, by price id."""
    return _with_charged(after, day, lambda place: until.get(place.price.id, place.charged_until))


def charged_anew(
    after: ScheduleDraft, day: date, *, today: date, is_billed: bool = False
) -> ScheduleDraft:
    """A draft of which nothing counts that an earlier change had a day's prices charged up to.

    What was paid in advance up to today stays so, and what was in arrears where that `is_billed`.
    """

    def charged_until(place: PricePlace) -> date | None:
        stays = day <= today if place.is_in_advance else is_billed
        return place.charged_until if stays else None

    return _with_charged(after, day, charged_until)


def _with_charged(
    after: ScheduleDraft, day: date, charged_until: Callable[[PricePlace], date | None]
) -> ScheduleDraft:
    """A draft whose prices that end on a day are charged up to others."""
    phases = tuple(
        replace(
            phase,
            places=tuple(
                replace(place, charged_until=charged_until(place)) for place in phase.places
            ),
        )
        if phase.end == day or (after.end == day and phase.covers(day - timedelta(days=1)))
        else phase
        for phase in after.phases
    )
    return replace(after, phases=phases)
