"""What is to end on a later day as it was agreed, though it is changed meanwhile.

What was paid in advance for days after such an end is still given back then. Days are the
schedule's own zone's.
"""

from datetime import date, timedelta

from pricingsite.services.changes.arranging import charged, cut_places
from pricingsite.services.changes.drafts import ScheduleDraft

_ONE_DAY = timedelta(days=1)


def stays(after: ScheduleDraft, price_id: str, day: date, on: date) -> bool:
    """Whether a price still ends on a day, after a change of an earlier one."""
    if day <= on or (after.end is not None and after.end < day):
        return False
    ending = cut_places(after, after, day, today=on)
    return any(one.price.id == price_id for one in ending)


def charged_as_before(draft: ScheduleDraft, after: ScheduleDraft, on: date) -> ScheduleDraft:
    """A changed schedule in which what still ends on a later day is charged up to where it was.

    More of it that is bought meanwhile is charged up to that end only, and so is all of it.
    """
    for day in filter(None, {*(phase.end for phase in draft.phases), draft.end}):
        eve, changed = (one.phase_on(day - _ONE_DAY) for one in (draft, after))
        until = {
            one.price.id: one.charged_until
            for one in eve.places
            if one.charged_until
            and stays(after, one.price.id, day, on)
            and (own := changed.place_of(one.price.id))
            and own.quantity == one.quantity
        }
        after = charged(after, day, until, today=on) if until else after
    return after
