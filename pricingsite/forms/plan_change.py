"""A change of plan: when it is to be, by which code, and what the page showed, signed.

What is chosen of the plan is the `ChoiceForm` beside it; its fields begin with what there is.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal

from wtforms import HiddenField, RadioField

from pricingsite.forms.base import Form, text
from pricingsite.forms.choice import ADD_ON, QUANTITY
from pricingsite.pricing import PriceTerms
from pricingsite.services.changes.plan_page import HeldPrice
from pricingsite.services.changes.timing import When
from pricingsite.services.plans.as_sold import OptionAsSold, PlanAsSold
from pricingsite.wording.quantities import typed

# What a form that was sent says of itself where its dates cannot be read.
CHANGED_MEANWHILE = "Nothing was changed. Look at the dates below, and confirm one of them."


class SubscribeForm(Form):
    """A plan that begins now; `shown_now` is what it comes to, as the page showed it."""

    code = text("Promotion code", most=40)
    shown_now = HiddenField()

    @property
    def typed_code(self) -> str | None:
        """The promotion code that was typed, in capital letters; None without one."""
        return (self.code.data or "").upper().replace(" ", "") or None

    def refuse_code(self, why: str) -> None:
        """Tell what is wrong with the promotion code."""
        self.code.errors = (why,)


class ChangeForm(SubscribeForm):
    """When a plan changes; `shown_…` are the quotes of each date, as the page showed them."""

    when = RadioField("When it changes", validate_choice=False)
    shown_period_end = HiddenField()

    @property
    def wanted_when(self) -> When | None:
        """The date that is chosen, if one is."""
        return next((one for one in When if one == self.when.data), None)

    def offer(self, dates: Collection[When], preselected: When | None) -> None:
        """Offer the dates that there are, one of them chosen."""
        self.when.choices = [(one.value, one.value) for one in dates]
        if self.wanted_when not in dates:
            self.when.data = preselected.value if preselected else None

    def shown(self, when: When) -> str:
        """What the page showed of a date, signed."""
        field = self.shown_now if when is When.NOW else self.shown_period_end
        return field.data or ""

    def hidden_values(self) -> dict[str, str]:
        """What a page that asks once more sends again."""
        return {"when": self.when.data or "", "code": self.code.data or ""}


def prefilled(
    plan: PlanAsSold, having: Sequence[HeldPrice], option_id: str | None = None
) -> dict[str, str]:
    """The fields of a plan's choice that come closest to the prices that a customer has.

    They are those of an option, where one is named. An add-on is the same in another rhythm or
    currency, by its product.
    """
    held = [one.terms for one in having]
    named = (one for one in plan.options if one.offer.option.id == option_id)
    option = next(named, None) or _closest(plan, held)
    by_unit = {price.unit: price.quantity for price in held if price.is_bought and price.unit}
    by_id = {price.id: price.quantity for price in held}
    found = {"option": option.offer.option.id} if len(plan.options) > 1 else {}
    for terms in option.offer.bought:
        many = by_id.get(terms.id) or by_unit.get(terms.unit) if terms.unit else None
        if many is not None and _may_buy(terms, many):
            found[QUANTITY + terms.id] = typed(many)
    for add_on in option.offer.add_ons:
        same = (one.terms for one in having if one.product == add_on.product)
        many = by_id.get(add_on.terms.id) or next((one.quantity for one in same), None)
        if many is not None:
            most = add_on.maximum or many
            found[ADD_ON + add_on.terms.id] = typed(min(many, most))
    return found


def as_held(plan: PlanAsSold, having: Sequence[HeldPrice]) -> PlanAsSold:
    """A plan as who has it may change it: of one that is not sold any more in its option alone."""
    held = [one.terms for one in having]
    return replace(plan, options=(_closest(plan, held),)) if plan.archived else plan


def _closest(plan: PlanAsSold, held: Sequence[PriceTerms]) -> OptionAsSold:
    """The option with most of the prices that there are; else of their rhythm and currency."""
    ids = {price.id for price in held}
    own = next((one for one in held if not one.is_usage), held[0] if held else None)

    def distance(option: OptionAsSold) -> tuple[int, bool, bool]:
        offer = option.offer
        shared = len(ids & {price.id for price in offer.prices})
        other_money = own is not None and offer.currency != own.currency
        other_rhythm = own is not None and offer.option.frequency is not own.billing_frequency
        return -shared, other_money, other_rhythm

    return min(plan.options, key=distance)


def _may_buy(terms: PriceTerms, many: Decimal) -> bool:
    most = terms.maximum_quantity
    return many >= terms.minimum_quantity and (most is None or many <= most)
