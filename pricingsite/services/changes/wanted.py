"""What a customer wants, resolved to prices: a plan as chosen, or prices that were agreed.

Prices of a plan are list prices of today. A change within a plan leaves what the customer has at
the price it has it for.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from pricingsite.models.catalog import Plan, PlanPrice, Price
from pricingsite.models.customers import Customer
from pricingsite.models.promotions import Promotion
from pricingsite.pricing import AgreedDiscount, BillingFrequency, charge, fixed_amount
from pricingsite.services.changes.arranging import NewTerms
from pricingsite.services.changes.drafts import PhaseDraft, PricePlace
from pricingsite.services.customers.companies import is_claimed
from pricingsite.services.orders.promotions import PromotionError, agreed_discount
from pricingsite.services.plans.as_sold import Choice
from pricingsite.services.plans.on_sale import find_plan
from pricingsite.services.plans.price_list import PriceList, price_list
from pricingsite.services.schedules.creating import AgreedTerms, check_terms, checked_prices
from pricingsite.wording.days import day as in_words


class ChangeError(ValueError):
    """A change that cannot be made; the message says why, and what to do."""


class NothingChangesError(ChangeError):
    """A change to what a customer has already."""


class UnbilledChangeError(ChangeError):
    """A change that has to wait for the bill of an earlier one, which takes something off."""

    def __init__(self, day: date) -> None:
        super().__init__(
            f"The bill of {in_words(day)} is not made yet, and has what was changed before on it. "
            "Try again when it is made."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPlan:
    """A plan on sale as somebody chooses it, with a promotion code or without.

    `terms` are what the merchant agrees besides; its discount takes a code's place.
    """

    plan_id: str
    choice: Choice = field(default_factory=Choice)
    code: str | None = None
    terms: AgreedTerms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPrices:
    """Prices that the merchant has agreed, each with how many are bought, and their terms."""

    prices: Mapping[Price, Decimal | None]
    minimum: Decimal | None = None
    discount: AgreedDiscount | None = None


Wanted = WantedPlan | WantedPrices


def terms_of_plan(
    session: Session,
    wanted: WantedPlan,
    phase: PhaseDraft,
    own: Plan | None,
    *,
    codes: Collection[str] = (),
    today: date,
) -> tuple[Plan, NewTerms]:
    """A plan as chosen, and what a schedule has with it, which has had some `codes`.

    Raises `ChangeError` or `PromotionError`.
    """
    plan = find_plan(session, wanted.plan_id)
    within = plan is not None and own is not None and own.id == plan.id
    if plan is None or plan.contact is not None or not (plan.archived_at is None or within):
        raise ChangeError("This plan is not on sale. Choose another one.")
    option_id = wanted.choice.option_id or plan.option_ids[0]
    if option_id not in plan.option_ids:
        raise ChangeError(f"{plan.name} cannot be paid in this way. Choose again.")
    listed = price_list(session, on=today)
    prices = tuple(
        (_price(place, listed, phase, within=within), quantity)
        for place in plan.places_in(option_id)
        if (quantity := _quantity(place, listed, wanted.choice, phase)) or not place.add_on
    )
    kept = {one.price for one in phase.places}
    if plan.archived_at is not None:
        kept |= _still_added(plan, option_id, kept)
    checked = checked_prices(dict(prices), kept=kept)
    discount = None
    if wanted.code:
        currency = prices[0][0].currency
        discount = agreed_discount(session, wanted.code, plan.id, currency, today=today)
        _check_code(session, wanted.code, codes)
    return plan, NewTerms(
        plan_id=plan.id,
        prices=tuple(checked.items()),
        minimum=plan.minimum,
        discount=discount,
        keeps_more=within,
    )


def _still_added(plan: Plan, option_id: str, held: Collection[Price]) -> set[Price]:
    """The add-ons of a plan that is not sold any more, for who has it. Raises `ChangeError`."""
    held_ids = {price.id for price in held} | {price.replaces for price in held}
    places = plan.places_in(option_id)
    if any(place.price_id not in held_ids for place in places if not place.add_on):
        raise ChangeError(
            f"{plan.name} is no longer sold, so how it is paid cannot change. Quantities and "
            "add-ons still can."
        )
    return {place.price for place in places if place.add_on}


def _check_code(session: Session, code: str, codes: Collection[str]) -> None:
    if code in codes:
        raise PromotionError(f"Your plan has had promotion code {code} already: leave it empty")
    if session.get_one(Promotion, code).new_customers_only:
        raise PromotionError(f"Promotion code {code} is for new customers only")


def check_unused(session: Session, code: str, customer: Customer) -> None:
    """Refuse a code that the customer's company has used. Raises `PromotionError`."""
    if is_claimed(session, f"code:{code}", customer):
        raise PromotionError(f"Your company has used promotion code {code} already")


def _quantity(
    place: PlanPrice, listed: PriceList, choice: Choice, phase: PhaseDraft
) -> Decimal | None:
    """How many of a price are chosen; where nobody says, as many as there are of its unit."""
    chosen = choice.add_ons if place.add_on else choice.quantities
    price = listed.in_place_of(place.price)
    wanted = chosen.get(price.id)
    if wanted is None:
        return None if place.add_on else _bought(price, phase)
    most = place.maximum_quantity or (None if price.per else Decimal(1))
    if place.add_on and most is not None and wanted > most:
        raise ChangeError(f"{price.name} can be added up to {most} times.")
    return wanted if price.per else Decimal(1)


def _bought(price: Price, phase: PhaseDraft) -> Decimal | None:
    """How many of what a price is bought by there are in a phase, as far as it is sold so."""
    if price.per is None:
        return None
    own = (one.quantity for one in phase.places if one.price.per == price.per)
    terms, quantity = price.terms, next(own, None)
    if quantity is None:
        return None
    most = terms.maximum_quantity or quantity
    return max(terms.minimum_quantity, min(quantity, most))


def _price(place: PlanPrice, listed: PriceList, phase: PhaseDraft, *, within: bool) -> Price:
    """The price of a place: within a plan, that which the customer has in it."""
    price = listed.in_place_of(place.price)
    own = [one.price for one in phase.places if one.price.list_price] if within else []
    same = (one for one in own if listed.in_place_of(one).id == price.id)
    return next(same, None) or next((one for one in own if _was(one, price)), price)


def _was(own: Price, price: Price) -> bool:
    """Whether a price that is closed to new orders is what another has taken the place of."""
    columns = ("product_id", "metric_id", "billing_frequency", "billing_type", "currency")
    same = all(getattr(own, name) == getattr(price, name) for name in columns)
    return own.archived_at is not None and same


def terms_of_prices(wanted: WantedPrices, phase: PhaseDraft) -> NewTerms:
    """What a schedule has with agreed prices. Raises `ScheduleError`."""
    prices = checked_prices(wanted.prices, kept=[one.price for one in phase.places])
    check_terms(AgreedTerms(minimum=wanted.minimum, discount=wanted.discount), list(prices))
    return NewTerms(
        prices=tuple(prices.items()),
        minimum=wanted.minimum,
        discount=wanted.discount,
    )


def with_agreed(new: NewTerms, terms: AgreedTerms) -> NewTerms:
    """A plan's terms with what the merchant agrees besides. Raises `ScheduleError`."""
    check_terms(terms, [price for price, _ in new.prices])
    return replace(
        new,
        minimum=new.minimum if terms.minimum is None else terms.minimum,
        discount=terms.discount or new.discount,
    )


def is_up(phase: PhaseDraft, own: Plan | None, plan: Plan | None, new: NewTerms) -> bool | None:
    """Whether a change is an upgrade, which may take effect now; None where nothing changes.

    By the plans' order; within one, by interval, then by how much is bought. Where there is no plan
    on one side, by what costs more.
    """
    old_months, new_months = _months(phase.places), _months(_new_places(new))
    if new_months < old_months:
        return False
    if own is not None and plan is not None and own.id != plan.id:
        return plan.position > own.position
    old, named = _amounts(phase.places), _amounts(_new_places(new))
    if old == named:
        return None
    if own is not None and plan is not None and new_months > old_months:
        return True
    if own is None or plan is None:
        return _monthly(_new_places(new)) > _monthly(phase.places)
    return any(key not in old or bought > old[key] for key, bought in named.items())


def _new_places(new: NewTerms) -> tuple[PricePlace, ...]:
    return tuple(PricePlace(price, quantity) for price, quantity in new.prices)


def _months(places: tuple[PricePlace, ...]) -> int:
    """The months of the longest fee."""
    fixed = [one.price for one in places if one.price.metric_id is None]
    return max((price.frequency.months or 0 for price in fixed), default=0)


def _amounts(places: tuple[PricePlace, ...]) -> dict[str, tuple[Decimal, Decimal]]:
    return {one.price.id: one.measure for one in places}


def _monthly(places: tuple[PricePlace, ...]) -> Decimal:
    """What fees come to a month, to be compared."""
    amounts = (
        _least(one) / (one.price.frequency.months or 1)
        for one in places
        if one.price.frequency is not BillingFrequency.ONE_TIME
    )
    return sum(amounts, Decimal(0))


def _least(place: PricePlace) -> Decimal:
    if not place.price.metric_id:
        return fixed_amount(place.terms)
    return charge(place.terms.structure, Decimal(0)).amount
