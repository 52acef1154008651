"""Drafts of schedules as JSON: what a schedule was is kept with a change, for its undo."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from pricingsite.models.catalog import Price
from pricingsite.pricing import AgreedDiscount
from pricingsite.services.changes.drafts import PhaseDraft, PricePlace, ScheduleDraft


def to_json(draft: ScheduleDraft) -> dict[str, Any]:
    """A draft as a change keeps it."""
    return {
        "end": _text(draft.end),
        "phases": [
            {
                "start": _text(phase.start),
                "end": _text(phase.end),
                "trial": phase.trial,
                "plan": phase.plan_id,
                "minimum": _text(phase.minimum),
                "discount": None
                if phase.discount is None
                else {
                    "code": phase.discount.code,
                    "rate": _text(phase.discount.rate),
                    "amount": _text(phase.discount.amount),
                    "periods": phase.discount.periods,
                },
                "prices": [
                    {
                        "price": place.price.id,
                        "quantity": _text(place.quantity),
                        "anchor": _text(place.anchor),
                        "charged_until": _text(place.charged_until),
                        "charged_quantity": _text(place.charged_quantity),
                    }
                    for place in phase.places
                ],
            }
            for phase in draft.phases
        ],
    }


def from_json(session: Session, kept: dict[str, Any]) -> ScheduleDraft:
    """The draft that a change keeps."""
    phases = (_phase_of(session, phase) for phase in kept["phases"])
    return ScheduleDraft(phases=tuple(phases), end=_day(kept["end"]))


def _phase_of(session: Session, kept: dict[str, Any]) -> PhaseDraft:
    discount = kept["discount"]
    return PhaseDraft(
        start=date.fromisoformat(kept["start"]),
        end=_day(kept["end"]),
        trial=kept["trial"],
        plan_id=kept["plan"],
        places=tuple(_place_of(session, one) for one in kept["prices"]),
        minimum=_number(kept["minimum"]),
        discount=discount
        and AgreedDiscount(
            code=discount["code"],
            rate=_number(discount["rate"]),
            amount=_number(discount["amount"]),
            periods=discount["periods"],
        ),
    )


def _place_of(session: Session, kept: dict[str, Any]) -> PricePlace:
    return PricePlace(
        session.get_one(Price, kept["price"]),
        _number(kept["quantity"]),
        _day(kept["anchor"]),
        _day(kept["charged_until"]),
        # Kept since revision 0028.
        _number(kept.get("charged_quantity")),
    )


def _text(value: date | Decimal | None) -> str | None:
    return None if value is None else str(value)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _number(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None
