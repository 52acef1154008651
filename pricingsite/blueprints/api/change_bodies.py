"""Bodies of changes of schedules as programs send them: what is wanted, and from which day on."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from sqlalchemy.orm import Session

from pricingsite.blueprints.api.bodies import FieldError, day_at, number_at
from pricingsite.blueprints.api.phases import (
    NewDiscount,
    NewPhasePrice,
    Number,
    above_zero_at,
    discount_at,
    prices_at,
)
from pricingsite.pricing.money import QUANTITY_PLACES, RATE_PLACES
from pricingsite.services.changes.timing import When
from pricingsite.services.changes.wanted import Wanted, WantedPlan, WantedPrices
from pricingsite.services.plans.as_sold import Choice
from pricingsite.services.schedules.creating import AgreedTerms
from pricingsite.services.schedules.deals import find_prices

_Name = Annotated[str, Meta(min_length=1, max_length=255)]
_Quantities = Annotated[dict[_Name, Number], Meta(max_length=100)]
_On = Annotated[
    str,
    Meta(
        pattern="^(now|period_end|[0-9]{4}-[0-9]{2}-[0-9]{2})$",
        description="now, period_end, or the first day of it, such as 2027-01-31.",
    ),
]
_DryRun = Annotated[bool, Meta(description="Whether to tell what it comes to alone; false.")]


def _what(description: str) -> Meta:
    return Meta(description=description)


class NewChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a schedule is changed to: either a plan or prices, which are then all that it has."""

    plan: Annotated[_Name | None, _what("A plan on sale, at its list prices of today.")] = None
    option: Annotated[_Name | None, _what("How to pay the plan; its first option if none.")] = None
    quantities: Annotated[_Quantities, _what("How many of the plan's prices, by price id.")] = (
        msgspec.field(default_factory=dict)
    )
    add_ons: Annotated[_Quantities, _what("How many of the plan's add-ons, by price id.")] = (
        msgspec.field(default_factory=dict)
    )
    code: Annotated[_Name | None, _what("A promotion code for the plan.")] = None
    prices: Annotated[
        Annotated[tuple[NewPhasePrice, ...], Meta(min_length=1, max_length=100)] | None,
        _what("Any prices, variants too."),
    ] = None
    discount: Annotated[NewDiscount | None, _what("What is taken off.")] = None
    minimum: Annotated[Number | None, _what("What a period of the main price costs at least.")] = (
        None
    )
    on: _On = "now"
    dry_run: _DryRun = False


class NewCancellation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The end of a schedule: the day before `on` is the last one covered."""

    on: _On = "period_end"
    give_back: Annotated[
        Literal["nothing", "credit", "refund"],
        _what("What becomes of money charged in advance for days after it; nothing if left out."),
    ] = "nothing"
    dry_run: _DryRun = False


def when_of(text: str) -> date | When:
    """When a change takes effect. Raises `FieldError`."""
    if text in set(When):
        return When(text)
    return day_at("on", text)


def wanted_of(session: Session, body: NewChange) -> Callable[[Session], Wanted]:
    """What a body asks for, to be read in any transaction. Raises `FieldError`."""
    if (body.plan is None) == (body.prices is None):
        raise FieldError("", "say either plan or prices")
    terms = AgreedTerms(
        minimum=above_zero_at(body.minimum, "minimum", RATE_PLACES),
        discount=discount_at(body.discount, "discount"),
    )
    if body.plan is not None:
        plan = _wanted_plan(body, body.plan, terms)
        return lambda _: plan
    for name in ("option", "quantities", "add_ons", "code"):
        if getattr(body, name):
            raise FieldError(name, "it is of a plan")
    sent = body.prices or ()

    def read(session: Session) -> Wanted:
        known = find_prices(session, {one.price for one in sent})
        prices = prices_at(sent, "prices", known)
        return WantedPrices(prices=prices, minimum=terms.minimum, discount=terms.discount)

    read(session)
    return read


def _wanted_plan(body: NewChange, plan_id: str, terms: AgreedTerms) -> WantedPlan:
    for name, value in (("plan", plan_id), ("option", body.option), ("code", body.code)):
        if value is not None and "\0" in value:
            raise FieldError(name, "it contains a NUL")
    choice = Choice(
        body.option,
        _quantities("quantities", body.quantities),
        _quantities("add_ons", body.add_ons),
    )
    return WantedPlan(plan_id=plan_id, choice=choice, code=body.code, terms=terms)


def _quantities(path: str, sent: Mapping[str, str | int]) -> dict[str, Decimal]:
    return {
        price_id: number_at(f"{path}.{price_id}", value, places=QUANTITY_PLACES)
        for price_id, value in sent.items()
    }
