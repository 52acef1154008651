"""What is chosen of a plan: its option, how many of what is bought, and add-ons.

Fields are named `option`, `quantity.<price>` and `add_on.<price>`, in checkout and in links alike
(design.md §4.8). A plan with nothing to choose has no fields.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from pricingsite.forms.numbers import TypedNumberError, parse_number
from pricingsite.pricing import BillingFrequency, PriceTerms
from pricingsite.services.plans.as_sold import Choice, OptionAsSold, PlanAsSold, Storefront
from pricingsite.services.plans.offers import AddOn, Option
from pricingsite.wording.options import option_names
from pricingsite.wording.periods import adverb
from pricingsite.wording.quantities import number, typed

QUANTITY, ADD_ON = "quantity.", "add_on."


class ChoiceForm(BaseForm):
    """The fields of what can be chosen of a plan, in the option that is chosen."""

    def __init__(self, plan: PlanAsSold, sent: Any) -> None:
        self.plan = plan
        ids = [one.offer.option.id for one in plan.options]
        wanted = sent.get("option")
        self.selected: OptionAsSold = plan.options[ids.index(wanted) if wanted in ids else 0]
        offer = self.selected.offer
        fields: dict[str, Any] = {}
        if len(ids) > 1:
            names = option_names(offer.options)
            fields["option"] = RadioField(
                "How you pay",
                choices=[SelectChoice(one.id, names[one.id]) for one in offer.options],
                default=ids[0],
                validate_choice=True,
            )
        for terms in offer.bought:
            fields[QUANTITY + terms.id] = _quantity_field(terms)
        for add_on in offer.add_ons:
            fields[ADD_ON + add_on.terms.id] = _add_on_field(add_on)
        super().__init__(fields)  # type: ignore[no-untyped-call]
        sent = self._with_add_ons(sent)
        self.process(sent, data=self._defaults(sent))  # type: ignore[no-untyped-call]

    def _with_add_ons(self, sent: Any) -> Any:
        """What was sent, with what was added in another option: the same by its product."""
        own = {one.product: ADD_ON + one.terms.id for one in self.selected.offer.add_ons}
        added = {
            own[other.product]: many
            for option in self.plan.options
            for other in option.offer.add_ons
            if other.product in own and (many := sent.get(ADD_ON + other.terms.id))
        }
        return MultiDict(added | sent.to_dict()) if added else sent

    def _defaults(self, sent: Any) -> dict[str, str]:
        """What stands in the fields first: the least, or what was typed in another option."""
        found = {}
        for terms in self.selected.offer.bought:
            others = (
                sent.get(QUANTITY + other.id)
                for option in self.plan.options
                for other in option.offer.bought
                if other.unit == terms.unit
            )
            least = typed(terms.minimum_quantity)
            found[QUANTITY + terms.id] = next((one for one in others if one), least)
        return found

    def is_valid(self) -> bool:
        """Whether everything that was typed can be bought; fills the errors where not."""
        return bool(self.validate())  # type: ignore[no-untyped-call]

    @property
    def sold(self) -> OptionAsSold:
        """The option as it is chosen; at the least, while what was typed cannot be bought."""
        return self.plan.chosen(self.choice) if self.is_valid() else self.selected

    @property
    def choice(self) -> Choice:
        """What is chosen, once the form is valid."""
        offer = self.selected.offer
        several = len(offer.options) > 1
        return Choice(
            option_id=offer.option.id if several else None,
            quantities={
                terms.id: _number(self[QUANTITY + terms.id].data) for terms in offer.bought
            },
            add_ons={
                add_on.terms.id: many
                for add_on in offer.add_ons
                if (many := _many(self[ADD_ON + add_on.terms.id]))
            },
        )

    @property
    def values(self) -> dict[str, str]:
        """What was typed, for a link or a page that asks once more."""
        return dict(self._values())

    def _values(self) -> Iterator[tuple[str, str]]:
        for field in self:
            if field.type == "BooleanField":
                if field.data:
                    yield field.name, "1"
            elif field.data:
                yield field.name, field.data


@dataclass(frozen=True, slots=True)
class Way:
    """A rhythm or a currency to choose, and the parameters of its link."""

    name: str
    chosen: bool
    args: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WaysToPay:
    """The rhythms and currencies that plans may be paid in, and which of them are chosen.

    The first of each is the default. What is no choice of ours is no choice.
    """

    frequencies: tuple[BillingFrequency, ...]
    currencies: tuple[str, ...]
    frequency: BillingFrequency | None
    currency: str | None

    @property
    def groups(self) -> Mapping[str, tuple[Way, ...]]:
        """What there is to choose, by its name; nothing where there is one way alone."""
        found = {
            "Paid": tuple(
                Way(adverb(one).capitalize(), one is self.frequency, self._args(one, self.currency))
                for one in self.frequencies
            ),
            "Currency": tuple(
                Way(one, one == self.currency, self._args(self.frequency, one))
                for one in self.currencies
            ),
        }
        return {name: ways for name, ways in found.items() if len(ways) > 1}

    @property
    def args(self) -> Mapping[str, str]:
        """The parameters of a link that keeps what is chosen."""
        return self._args(self.frequency, self.currency)

    def is_of(self, option: Option) -> bool:
        """Whether an option is what is chosen."""
        return (option.frequency, option.currency) == (self.frequency, self.currency)

    def _args(self, frequency: BillingFrequency | None, currency: str | None) -> dict[str, str]:
        """The parameters of a choice; the defaults need none."""
        found = {}
        if frequency and frequency is not self.frequencies[0]:
            found["interval"] = str(frequency)
        if currency and currency != self.currencies[0]:
            found["currency"] = currency
        return found


def ways_to_pay(storefront: Storefront, args: Mapping[str, str]) -> WaysToPay:
    """What there is to choose on the pricing pages, and what an address chooses of it."""
    frequencies, currencies = storefront.frequencies, storefront.currencies
    interval, currency = args.get("interval"), args.get("currency")
    return WaysToPay(
        frequencies,
        currencies,
        frequency=next((one for one in frequencies if one == interval), None)
        or next(iter(frequencies), None),
        currency=currency if currency in currencies else next(iter(currencies), None),
    )


def _quantity_field(terms: PriceTerms) -> Field:
    assert terms.unit is not None  # noqa: S101 - what is bought has a unit
    label = terms.unit.plural[:1].upper() + terms.unit.plural[1:]
    least, most = terms.minimum_quantity, terms.maximum_quantity
    bounds = f"{number(least)} or more." if most is None else f"{number(least)} to {number(most)}."
    return StringField(
        label,
        [_between(label, least, most)],
        id=f"quantity-{terms.id}",
        filters=[lambda text: (text or "").strip()],
        description=bounds,
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )


def _add_on_field(add_on: AddOn) -> Field:
    name, id_ = add_on.terms.name, f"add-on-{add_on.terms.id}"
    unit, most = add_on.terms.unit, add_on.maximum
    if unit is None or not add_on.terms.is_bought:
        return BooleanField(name, id=id_)
    return StringField(
        name,
        [_between(name, Decimal(0), most)],
        id=id_,
        filters=[lambda text: (text or "").strip()],
        description=f"How many {unit.plural}, up to {number(most)}."
        if most
        else f"How many {unit.plural}.",
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )


def _between(label: str, least: Decimal, most: Decimal | None) -> Callable[[BaseForm, Field], None]:
    def check(_form: BaseForm, field: Field) -> None:
        if not field.data and not least:
            return
        try:
            quantity = _number(field.data)
        except TypedNumberError as error:
            raise ValidationError(f"{label} {error}") from None
        if quantity < least:
            raise ValidationError(f"{label} must be {number(least)} or more")
        if most is not None and quantity > most:
            raise ValidationError(f"{label} must be {number(most)} or fewer")

    return check


def _number(text: str) -> Decimal:
    return parse_number(text, whole=True)


def _many(field: Field) -> Decimal:
    """How many of an add-on are chosen."""
    if field.type == "BooleanField":
        return Decimal(bool(field.data))
    return _number(field.data) if field.data else Decimal(0)
