"""What ends earlier than it is paid for, also on a later day as agreed, and is changed meanwhile.

What was paid in advance for days after such an end is still given back then. Days are the
schedule's own zone's.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from pricingsite.services.changes.arranging import charged, charged_anew, cut_places
from pricingsite.services.changes.drafts import PhaseDraft, PricePlace, ScheduleDraft

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
    after: ScheduleDraft, day: date, billed: Mapping[str, BilledDays]
) -> ScheduleDraft:
    """A changed schedule in which what ends on a day is charged up to where it was invoiced.

    More of it that is still to be invoiced is charged up to that day only.
    """
    until: dict[date, dict[str, date]] = defaultdict(dict)
    for price_id, one in billed.items():
        until[_invoiced_until(after, price_id, one, day)][price_id] = one.until
    for end, own in until.items():
        after = charged(after, end, own)
    return after


def _invoiced_until(after: ScheduleDraft, price_id: str, billed: BilledDays, day: date) -> date:
    """Up to which day a price is there as it was invoiced, that ends on one."""
    places = [(one.start, one.place_of(price_id)) for one in after.phases if one.start < day]
    more = (
        start
        for (_, before), (start, own) in pairwise(places)
        if before and own and own.measure > before.measure and start not in billed.starts
    )
    return min((start for start in more if start > min(billed.starts)), default=day)


def charged_as_before(draft: ScheduleDraft, after: ScheduleDraft, on: date) -> ScheduleDraft:
    """A changed schedule in which what still ends on a later day is charged up to where it was.

    More of it that is bought meanwhile is charged up to that end only.
    """
    for day in filter(None, {*(phase.end for phase in draft.phases), draft.end}):
        until: dict[date, dict[str, date]] = defaultdict(dict)
        eve = draft.phase_on(day - _ONE_DAY)
        for one in eve.places:
            if one.charged_until and stays(after, one.price.id, day, on):
                end = min([*_otherwise_from(after, eve, one, on), day])
                until[end][one.price.id] = one.charged_until
        for end, own in until.items():
            after = charged(charged_anew(after, end, today=on), end, own)
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
