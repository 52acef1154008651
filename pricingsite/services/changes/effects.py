"""What a change keeps of what there is, what it brings, and what it ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from pricingsite.pricing import AgreedDiscount
from pricingsite.services.changes.drafts import PhaseDraft, PricePlace
from pricingsite.services.changes.quoting import ChangeQuote


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """The prices that a change keeps, brings and ends; a price at another quantity is kept.

    The discount and the minimum are those that it ends, None where it ends none.
    """

    kept: tuple[PricePlace, ...]
    begun: tuple[PricePlace, ...]
    ended: tuple[PricePlace, ...]
    ended_discount: AgreedDiscount | None
    ended_minimum: Decimal | None


def effects_of(quote: ChangeQuote) -> Effects:
    """What a change comes to when all of it has taken effect."""
    before = quote.situation.draft.phase_on(quote.on)
    after = _following(quote)
    discount = before.discount
    # Within a plan a discount goes on for the periods that it has left.
    goes_on = discount and after.discount and _taken_off(discount) == _taken_off(after.discount)
    return Effects(
        kept=tuple(one for one in after.places if before.place_of(one.price.id)),
        begun=tuple(_without(after, before)),
        ended=tuple(_without(before, after)),
        ended_discount=None if goes_on else discount,
        ended_minimum=before.minimum if after.minimum != before.minimum else None,
    )


def _taken_off(discount: AgreedDiscount) -> tuple[str, Decimal | None, Decimal | None]:
    return discount.code, discount.rate, discount.amount


def _following(quote: ChangeQuote) -> PhaseDraft:
    """The last phase after a change; one without prices where it ends the schedule."""
    end = quote.after.end
    if end is not None and end <= quote.on:
        return PhaseDraft(start=quote.on)
    return quote.after.phases[-1]


def _without(phase: PhaseDraft, other: PhaseDraft) -> Iterator[PricePlace]:
    """The prices of a phase that another does not have."""
    return (one for one in phase.places if other.place_of(one.price.id) is None)
