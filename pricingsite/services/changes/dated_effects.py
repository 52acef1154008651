"""What a change keeps, ends and begins, each by its name and with its day.

Nothing that a customer has goes unmentioned: prices, promotion codes, minimums and what is pending.
Days are the schedule's own zone's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from pricingsite.models.changes import ScheduleChange
from pricingsite.pricing import Discount, PriceTerms, main_price, minimum_price
from pricingsite.services.changes.drafts import PhaseDraft, PricePlace, ScheduleDraft, draft_of
from pricingsite.services.changes.quoting import ChangeQuote
from pricingsite.services.changes.timing import trial_end


class Fate(StrEnum):
    """What becomes of a price."""

    KEPT = "kept"
    BEGINS = "begins"
    REPLACED = "replaced"
    MORE = "more"
    FEWER = "fewer"
    ENDS = "ends"


_LESS = (Fate.FEWER, Fate.ENDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What becomes of a price on a day, the first on which it is so; None for what is kept.

    `following` is what takes its place, or the price at the quantity that is bought from then on.
    A usage price `counts_on` where the usage of its period stays on one bill.
    """

    fate: Fate
    price: PriceTerms
    product: str
    on: date | None = None
    following: PriceTerms | None = None
    counts_on: bool = True

    @property
    def last_day(self) -> date | None:
        """The last day on which it is as it was."""
        return self.on - timedelta(days=1) if self.on else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedEffects:
    """All that a change does, besides the bills that it makes.

    A discount or a minimum that stays is in `kept_discount` or `kept_minimum`, one that goes in
    `lost_…`, one that comes in `new_…`. `replaces` is the pending change that it takes the place
    of.
    """

    prices: tuple[Effect, ...]
    taken_back: tuple[Effect, ...] = ()
    kept_discount: Discount | None = None
    lost_discount: Discount | None = None
    new_discount: Discount | None = None
    kept_minimum: PriceTerms | None = None
    lost_minimum: PriceTerms | None = None
    new_minimum: PriceTerms | None = None
    replaces: ScheduleChange | None = None
    trial_last_day: date | None = None
    new_currency: str | None = None

    def of(self, *fates: str) -> tuple[Effect, ...]:
        """The prices of which one of these becomes."""
        return tuple(one for one in self.prices if one.fate in fates)


def new_currency(quote: ChangeQuote) -> str | None:
    """The currency that a change brings; None where that stays."""
    after = quote.following.currency if quote.following else quote.after.currency
    return None if after == quote.situation.currency else after


def dated_effects_of(quote: ChangeQuote) -> DatedEffects:
    """What a quoted change does."""
    situation, on = quote.situation, quote.on
    old = situation.draft.phase_on(on)
    taken_back: tuple[Effect, ...] = ()
    if quote.keeps:
        eve = situation.draft.phase_on(on - timedelta(days=1))
        waited = _prices(eve, situation.draft.since(on), on)
        old, taken_back = eve, tuple(one for one in waited if one.fate in _LESS)
    anchor, later = situation.schedule.anchor_date, _later(quote.after, on)
    if following := quote.following:
        anchor, later = following.anchor_date, draft_of(following).phases
    paid_before = next((one for one in situation.draft.since(on) if not one.trial), old)
    paid = next((one for one in later if not one.trial), None)
    end = trial_end(situation.draft, on)
    return replace(
        _terms(paid_before, paid, situation.schedule.anchor_date, anchor),
        prices=tuple(_prices(old, later, on)),
        taken_back=taken_back,
        replaces=situation.pending,
        trial_last_day=end - timedelta(days=1) if end and later else None,
        new_currency=new_currency(quote),
    )


def _later(after: ScheduleDraft, on: date) -> tuple[PhaseDraft, ...]:
    """The phases of a changed schedule from a day on, as far as it goes on."""
    if after.end is not None and after.end <= on:
        return ()
    return tuple(one for one in after.since(on) if after.end is None or one.start < after.end)


def _prices(old: PhaseDraft, later: Sequence[PhaseDraft], on: date) -> Iterator[Effect]:
    known = {one.price.id for one in old.places}
    followers: set[str] = set()
    for place in old.places:
        effects, follower = _of_place(place, known, later, on)
        if follower:
            followers.add(follower.price.id)
        yield from effects
    for phase in later:
        for place in phase.places:
            if place.price.id not in known | followers:
                followers.add(place.price.id)
                yield Effect(
                    fate=Fate.BEGINS,
                    price=place.terms,
                    product=place.price.product.name,
                    on=phase.start,
                    counts_on=False,
                )


def _of_place(
    place: PricePlace, known: set[str], later: Sequence[PhaseDraft], on: date
) -> tuple[tuple[Effect, ...], PricePlace | None]:
    """What becomes of a price that there is, step by step, and what takes its place."""
    kept = Effect(fate=Fate.KEPT, price=place.terms, product=place.price.product.name)
    steps: list[Effect] = []
    latest = place
    for phase in later:
        own = phase.place_of(place.price.id)
        if own is None:
            follower = _follower(place, known, phase)
            gone = replace(kept, price=latest.terms, on=phase.start)
            if follower is None:
                steps.append(replace(gone, fate=Fate.ENDS))
            elif follower.charged_quantity is None:
                following = follower.terms
                steps.append(
                    replace(gone, fate=Fate.REPLACED, following=following, counts_on=False)
                )
            else:
                steps += _in_quantity(kept, latest, follower, phase.start)
            return tuple(steps) or (kept,), follower
        steps += _in_quantity(kept, latest, own, phase.start)
        latest = own
    if not later:
        steps.append(replace(kept, fate=Fate.ENDS, on=on))
    return tuple(steps) or (kept,), None


def _in_quantity(kept: Effect, old: PricePlace, new: PricePlace, on: date) -> Iterator[Effect]:
    """That there is more or less of a price from a day on, where that is so."""
    if new.quantity != old.quantity:
        fate = Fate.MORE if new.terms.quantity > old.terms.quantity else Fate.FEWER
        yield replace(kept, fate=fate, price=old.terms, on=on, following=new.terms)


def _follower(place: PricePlace, known: set[str], phase: PhaseDraft) -> PricePlace | None:
    """What takes a price's place in a phase: another of its product that is charged alike."""
    same = (
        one
        for one in phase.places
        if one.price.product_id == place.price.product_id
        and one.price.id not in known
        and bool(one.price.metric_id) == bool(place.price.metric_id)
    )
    return next(same, None)


def _terms(old: PhaseDraft, new: PhaseDraft | None, anchor: date, new_anchor: date) -> DatedEffects:
    """What becomes of the discount and the minimum."""
    before, after = _discount(old, anchor), _discount(new, new_anchor) if new else None
    stays = before is not None and after is not None and _taken_off(before) == _taken_off(after)
    least, least_after = _minimum(old), _minimum(new) if new else None
    same = least is not None and least == least_after
    return DatedEffects(
        prices=(),
        kept_discount=after if stays else None,
        lost_discount=None if stays else before,
        new_discount=None if stays else after,
        kept_minimum=least if same else None,
        lost_minimum=None if same else least,
        new_minimum=None if same else least_after,
    )


def _taken_off(discount: Discount) -> tuple[str, Decimal | None, Decimal | None]:
    # What is agreed by hand has one name, whatever it is.
    return discount.code, discount.rate, discount.amount


def _discount(phase: PhaseDraft, anchor: date) -> Discount | None:
    if phase.discount is None or not phase.places:
        return None
    main = main_price([one.terms for one in phase.places])
    return phase.discount.over(main, start=phase.start, anchor=anchor, end=phase.end)


def _minimum(phase: PhaseDraft) -> PriceTerms | None:
    if phase.minimum is None or not phase.places:
        return None
    return minimum_price(phase.minimum, [one.terms for one in phase.places])
