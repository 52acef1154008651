"""Phases as programs send them: prices, how many of each, and what else is agreed, from a day on.

Amounts and quantities are decimal strings or whole numbers; whatever cannot be used is named by its
path, such as `phases[1].prices[0].quantity`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy.orm import Session

from pricingsite.blueprints.api.bodies import FieldError, day_at, number_at
from pricingsite.models.catalog import Price
from pricingsite.pricing import AgreedDiscount, exact_context
from pricingsite.pricing.money import QUANTITY_PLACES, RATE_PLACES
from pricingsite.services.schedules.creating import AgreedTerms
from pricingsite.services.schedules.deals import AS_AGREED, PhaseTerms, find_prices

_PERCENT_PLACES = 4
MOST_PERIODS = 120
_MOST_PHASES = 100
_MOST_PRICES = 100
# Texts are read once more; this only keeps out what no number is as long as.
Number = (
    Annotated[str, Meta(pattern=r"^[0-9]+(\.[0-9]+)?$", max_length=40)]
    | Annotated[int, Meta(ge=0, le=10**15)]
)
_Day = Annotated[str, Meta(extra_json_schema={"format": "date"})]


def _what(description: str) -> Meta:
    return Meta(description=description)


class NewPhasePrice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price in a phase."""

    price: Annotated[str, Meta(min_length=1, max_length=255), _what("The price's id.")]
    quantity: Annotated[
        Number | None,
        _what("How many are bought, of a price that is bought by quantity; else its least."),
    ] = None


class NewDiscount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A discount: either percent or amount."""

    percent: Annotated[Number | None, _what("So much off every line, such as 20.")] = None
    amount: Annotated[Number | None, _what("So much off a period of the main price.")] = None
    periods: Annotated[
        Annotated[int, Meta(ge=1, le=MOST_PERIODS)] | None,
        _what("For how many periods of the main price; for good if left out."),
    ] = None


class NewPhase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A phase of a billing schedule."""

    prices: Annotated[
        tuple[NewPhasePrice, ...],
        Meta(min_length=1, max_length=_MOST_PRICES),
        _what("What is charged; variants too."),
    ]
    start_date: Annotated[
        _Day | None,
        _what("Its first day; left out, today for the first, else where the one before ends."),
    ] = None
    end_date: Annotated[
        _Day | None,
        _what("The first day no longer covered; left out, where the next starts, or open."),
    ] = None
    discount: Annotated[NewDiscount | None, _what("What is taken off.")] = None
    minimum: Annotated[Number | None, _what("What a period of the main price costs at least.")] = (
        None
    )


Phases = Annotated[
    tuple[NewPhase, ...],
    Meta(min_length=1, max_length=_MOST_PHASES),
    _what("They follow one another without a gap."),
]


def read_phases(
    session: Session, phases: Sequence[NewPhase], *, today: date
) -> Sequence[PhaseTerms]:
    """Phases as services take them, with the prices of the catalog. Raises `FieldError`."""
    known = find_prices(session, {one.price for phase in phases for one in phase.prices})
    found: list[PhaseTerms] = []
    for number, phase in enumerate(phases):
        path = f"phases[{number}]"
        found.append(
            PhaseTerms(
                start=_start(phase, f"{path}.start_date", found, today),
                end=day_at(f"{path}.end_date", phase.end_date) if phase.end_date else None,
                prices=prices_at(phase.prices, f"{path}.prices", known),
                terms=AgreedTerms(
                    minimum=above_zero_at(phase.minimum, f"{path}.minimum", RATE_PLACES),
                    discount=discount_at(phase.discount, f"{path}.discount"),
                ),
            )
        )
    return found


def _start(phase: NewPhase, path: str, before: Sequence[PhaseTerms], today: date) -> date:
    if phase.start_date is not None:
        return day_at(path, phase.start_date)
    if not before:
        return today
    if before[-1].end is None:
        raise FieldError(path, "say when it starts, or when the phase before it ends")
    return before[-1].end


def prices_at(
    sent: Sequence[NewPhasePrice], path: str, known: Mapping[str, Price]
) -> Mapping[Price, Decimal | None]:
    """The prices that a list names, each with how many are bought. Raises `FieldError`."""
    found: dict[Price, Decimal | None] = {}
    for number, one in enumerate(sent):
        place = f"{path}[{number}]"
        price = known.get(one.price)
        if price is None:
            raise FieldError(f"{place}.price", f"the catalog has no price {one.price!r}")
        if price in found:
            raise FieldError(f"{place}.price", f"price {one.price} is named twice")
        quantity = one.quantity
        found[price] = (
            None
            if quantity is None
            else number_at(f"{place}.quantity", quantity, places=QUANTITY_PLACES)
        )
    return found


def discount_at(sent: NewDiscount | None, path: str) -> AgreedDiscount | None:
    """A discount as it is agreed. Raises `FieldError`."""
    if sent is None:
        return None
    if (sent.percent is None) == (sent.amount is None):
        raise FieldError(path, "say either percent or amount")
    percent = above_zero_at(sent.percent, f"{path}.percent", _PERCENT_PLACES)
    if percent is not None and percent > 100:  # noqa: PLR2004 - per cent
        raise FieldError(f"{path}.percent", "it is more than everything")
    with exact_context():
        rate = None if percent is None else percent / 100
    amount = above_zero_at(sent.amount, f"{path}.amount", RATE_PLACES)
    return AgreedDiscount(code=AS_AGREED, rate=rate, amount=amount, periods=sent.periods)


def above_zero_at(value: str | int | None, path: str, places: int) -> Decimal | None:
    """A number above zero, if there is one. Raises `FieldError`."""
    if value is None:
        return None
    found = number_at(path, value, places=places)
    if not found:
        raise FieldError(path, "it must be above zero")
    return found
