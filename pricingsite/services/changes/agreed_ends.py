"""What ends earlier than it is paid for, also on a later day as agreed, and is changed meanwhile.

What was paid in advance for days after such an end is still given back then. Days are the
schedule's own zone's.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from pricingsite.services.changes.drafts import PhaseDraft, PricePlace, ScheduleDraft
from pricingsite.services.changes.ending_prices import (
    charged,
    charged_anew,
    cut_places,
    with_arrears_billed,
)

_ONE_DAY = timedelta(days=1)


def stays(after: ScheduleDraft, price_id: str, day: date, on: date) -> bool:
    """Whether a price still ends on a day, after a change of an earlier one."""
    if day <= on or (after.end is not None and after.end < day):
        return False
    ending = cut_places(after, after, day, today=on)
    return any(one.price.id == price_id for one in ending)


@dataclass(frozen=True, slots=True)
class BilledDays:
    """From which days a price was invoiced in advance, first and as more of it, and to which."""

    starts: frozenset[date]
    until: date


def charged_as_billed(
    after: ScheduleDraft,
    day: date,
    billed: Mapping[str, BilledDays],
    has_invoice: Callable[[date], bool],
) -> ScheduleDraft:
    """A changed schedule in which what ends on a day is charged up to where it was invoiced.

    More of it, or a minimum, that is still to be invoiced is charged up to that day only.
    """
    until: dict[date, dict[str, date]] = defaultdict(dict)
    minimums = [start for start in _first_minimums(after, day) if not has_invoice(start)]
    for price_id, one in billed.items():
        more = [start for start in _more_of(after, price_id, day) if start not in one.starts]
        later = (start for start in (*minimums, *more) if start > min(one.starts))
        until[min(later, default=day)][price_id] = one.until
    for end, own in until.items():
        after = charged(after, end, own)
    return after


def _first_minimums(after: ScheduleDraft, day: date) -> Iterator[date]:
    """The days before one on which there begins to be a minimum."""
    for before, phase in pairwise(after.before(day)):
        if before.minimum is None and phase.minimum is not None:
            yield phase.start


def _more_of(after: ScheduleDraft, price_id: str, day: date) -> Iterator[date]:
    """The days before one from which on there is more of a price."""
    places = [(one.start, one.place_of(price_id)) for one in after.before(day)]
    for (_, before), (start, own) in pairwise(places):
        if before and own and own.measure > before.measure:
            yield start


def charged_as_before(draft: ScheduleDraft, after: ScheduleDraft, on: date) -> ScheduleDraft:
    """A changed schedule in which what still ends on a later day is charged up to where it was.

    More of it that is bought meanwhile is charged up to that end only. Another rhythm that begins
    then still bills what was in arrears.
    """
    for day in filter(None, {*(phase.end for phase in draft.phases), draft.end}):
        until: dict[date, dict[str, date]] = defaultdict(dict)
        eve = draft.phase_on(day - _ONE_DAY)
        for one in eve.places:
            if one.is_in_advance and one.charged_until and stays(after, one.price.id, day, on):
                end = min([*_otherwise_from(after, eve, one, on), day])
                until[end][one.price.id] = one.charged_until
        for end, own in until.items():
            after = charged(charged_anew(after, end, today=on), end, own)
        if any(one.charged_until and not one.is_in_advance for one in eve.places):
            after = with_arrears_billed(after, after, day, today=on)
    return after


def _otherwise_from(
    after: ScheduleDraft, eve: PhaseDraft, place: PricePlace, on: date
) -> Iterator[date]:
    """From which days a price is there otherwise than on the `eve` of its end.

    More of it may be bought, or another minimum agreed, and that is charged up to the end only.
    """
    for phase in after.since(on):
        own = phase.place_of(place.price.id)
        if own is None or own.quantity != place.quantity or phase.minimum != eve.minimum:
            yield phase.start
