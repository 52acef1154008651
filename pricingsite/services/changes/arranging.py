"""The phases that a change makes of a schedule, by the rules of lifecycle.md.

Fixed prices change on the day; a usage price that replaces another follows at that one's own
boundary. Within a plan, less of anything waits for the end of its own period. Days are the
schedule's own zone's.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from pricingsite.models.catalog import Price
from pricingsite.pricing import AgreedDiscount, BillingFrequency, period_of
from pricingsite.services.changes.agreed_later import (
    Agreed,
    with_agreed,
    with_later,
    with_less_waiting,
)
from pricingsite.services.changes.drafts import (
    PhaseDraft,
    PricePlace,
    ScheduleDraft,
    is_replaced,
)
from pricingsite.services.changes.timing import (
    boundary_of,
    discount_left,
    merged,
    own_end,
    replaced_usage,
    trial_end,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTerms:
    """What a schedule is to have from a day on: prices, each with how many are bought, and terms.

    With `keeps_more`, which a change within a plan does, what is left out goes on to the end of the
    period. What is `agreed` for later days, and `later` phases, stay so.
    """

    prices: tuple[tuple[Price, Decimal | None], ...]
    plan_id: str | None = None
    minimum: Decimal | None = None
    discount: AgreedDiscount | None = None
    keeps_more: bool = False
    agreed: tuple[Agreed, ...] = ()
    later: tuple[PhaseDraft, ...] = ()

    @property
    def currency(self) -> str:
        """The currency of its prices, which is one."""
        return self.prices[0][0].currency


def arranged(
    draft: ScheduleDraft,
    anchor: date,
    new: NewTerms,
    day: date,
    *,
    at_period_end: bool,
    today: date,
) -> ScheduleDraft:
    """A schedule as it is after a change that takes effect on a day.

    Of what is less, each goes on to the end of its own period; one that is to begin on that day is
    less from its first. To another plan, all of it ends with the longest fee's.
    """
    phase = draft.phase_on(day)
    places = placed(phase, anchor, new, day)
    after = PhaseDraft(
        start=day,
        plan_id=new.plan_id,
        places=places,
        minimum=new.minimum,
        discount=new.discount,
    )
    before = draft.before(day)

    def end_of(old: PricePlace) -> date:
        recurs = old.price.frequency is not BillingFrequency.ONE_TIME
        if not at_period_end:
            begins = day > today and recurs and boundary_of(old, anchor, day) == day
            return day if begins else own_end(draft, old, anchor, day)
        waits = new.keeps_more and recurs and draft.phases[0].start < day
        return boundary_of(old, anchor, day) if waits else day

    if end := trial_end(draft, day):
        # Nothing of a trial is billed, so that everything in it may change at once.
        in_trial = replace(after, end=end, trial=True, minimum=None, discount=None)
        later = [in_trial, replace(after, start=end)]
    else:
        later = list(_stages(phase.open, anchor, after, new, end_of))
    agreed = with_agreed(later, new.agreed, anchor)
    brings_code = new.discount is not None and new.discount.code not in draft.codes
    running = draft.going_on(day)
    kept = with_later(agreed, running, new.later, anchor, brings_code=brings_code)
    return replace(draft, phases=merged((*before, *with_less_waiting(kept, anchor)), anchor))


def first_end(draft: ScheduleDraft, anchor: date, new: NewTerms, day: date) -> date | None:
    """The first day on which a change within a plan, of less alone, takes something away.

    None where it brings anything, or takes nothing.
    """
    phase = draft.phase_on(day)
    places = placed(phase, anchor, new, day)
    held = {old.price.id: old.measure for old in phase.places}
    brings = any(one.price.id not in held or one.measure > held[one.price.id] for one in places)
    if phase.trial or brings or new.discount is not None or not new.keeps_more:
        return None
    less = _lessened(phase, PhaseDraft(start=day, places=places), keeps_more=True)
    return min((own_end(draft, old, anchor, day) for old in less), default=None)


def placed(phase: PhaseDraft, anchor: date, new: NewTerms, day: date) -> tuple[PricePlace, ...]:
    """The prices of a change, each with the anchor that its periods are to count from."""
    found = []
    for price, quantity in new.prices:
        own = phase.place_of(price.id)
        count_from = own.anchor if own else _anchor_for(phase, anchor, price, day)
        charged = own.charged_quantity if own else None
        found.append(PricePlace(price, quantity, count_from, charged_quantity=charged))
    return tuple(found)


def _anchor_for(phase: PhaseDraft, anchor: date, price: Price, day: date) -> date | None:
    """Where a new price's periods count from; None for the schedule's anchor.

    A price of a frequency that there is keeps its periods; one of another begins a period that day.
    """
    if phase.trial or price.frequency is BillingFrequency.ONE_TIME:
        return None
    same = [one for one in phase.places if one.price.frequency is price.frequency]
    if same:
        fixed = [one for one in same if one.price.metric_id is None]
        return (fixed or same)[0].anchor
    return None if period_of(anchor, price.frequency, day).start == day else day


def _stages(
    phase: PhaseDraft,
    anchor: date,
    after: PhaseDraft,
    new: NewTerms,
    end_of: Callable[[PricePlace], date],
) -> Iterator[PhaseDraft]:
    """The phases from a change on: later ones for what waits for a boundary, or for its end."""
    day = after.start
    replaced = [
        (old, boundary_of(old, anchor, day))
        for old, _ in replaced_usage(phase, after.places).values()
    ]
    less = _lessened(phase, after, keeps_more=new.keeps_more)
    lessened = [(old, end_of(old)) for old in less]
    days = sorted({day, *(until for _, until in (*replaced, *lessened) if until > day)})
    for n, start in enumerate(days):
        waiting = {old.price.product_id: old for old, until in replaced if start < until}
        more = {old.price.id: old for old, until in lessened if start < until}
        places = tuple(
            waiting[place.price.product_id]
            if place.price.metric_id and place.price.product_id in waiting
            else more.get(place.price.id, place)
            for place in after.places
        )
        named = {place.price.id for place in places}
        kept = [one for key, one in more.items() if key not in named]
        yield replace(
            after,
            start=start,
            discount=discount_left(after, anchor, start),
            end=days[n + 1] if n + 1 < len(days) else None,
            places=(*places, *kept),
        )


def _lessened(phase: PhaseDraft, after: PhaseDraft, *, keeps_more: bool) -> Iterator[PricePlace]:
    """The prices of a phase that a change has less of: they go on to the period's end."""
    for old in phase.places:
        new = after.place_of(old.price.id)
        if new is None:
            if keeps_more and not is_replaced(old, after.places):
                yield old
        elif new.measure < old.measure:
            yield old
