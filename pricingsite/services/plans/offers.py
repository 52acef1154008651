"""What is said of a plan: its offer to shoppers, and its quote at given quantities.

Made by `pricing_page.py`, so that pages, `/pricing.json` and `/pricing.md` only place it.
Amounts are those of one whole period, in bills that say net, tax and gross.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from pricingsite.pricing import (
    Aggregation,
    Bill,
    BillingFrequency,
    FirstBill,
    Money,
    PricePart,
    PriceTerms,
    Trial,
    average_price,
    exact_context,
    plain,
)
from pricingsite.pricing.examples import Quantities, example_quantities
from pricingsite.pricing.position import UsagePosition


@dataclass(frozen=True, slots=True, kw_only=True)
class Charges:
    """What a plan's prices of one billing frequency cost together for one whole period.

    `is_from` says that usage adds to it, or buying more of it always does; `may_fall` that usage
    can also make it less.
    """

    frequency: BillingFrequency
    bill: Bill
    is_from: bool
    may_fall: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A usage price at one quantity: the bill it is on, and what the next unit costs.

    `amounts` splits the bill by product, as `UsagePrice.columns` names them; `average` is what one
    unit of this price costs over all, None at zero.
    """

    quantity: Decimal
    amounts: tuple[Money, ...]
    bill: Bill
    position: UsagePosition
    average: Decimal | None

    @property
    def shown_average(self) -> Decimal | None:
        """The average of as many units as prices are shown for."""
        if not self.quantity:
            return None
        with exact_context():
            amount = self.position.net.amount * self.position.unit.per
        return average_price(amount, self.quantity)


@dataclass(frozen=True, kw_only=True)
class UsagePrice:
    """A usage price of a plan with its worked examples, each made when it is first shown."""

    terms: PriceTerms
    product: str
    aggregation: Aggregation
    columns: tuple[str, ...]
    example_at: Callable[[Decimal], Example]

    @cached_property
    def quantities(self) -> Quantities:
        """The quantities of its examples."""
        return example_quantities(self.terms.structure)

    @cached_property
    def highlights(self) -> tuple[Example, ...]:
        """A few of them, for a first look."""
        return tuple(map(self.example_at, self.quantities.highlights))

    @cached_property
    def examples(self) -> tuple[Example, ...]:
        """All of a table's."""
        return tuple(map(self.example_at, self.quantities.all))

    @cached_property
    def huge(self) -> Example:
        """One far beyond the last bound."""
        return self.example_at(self.quantities.huge)

    @property
    def adds_up(self) -> bool:
        """Whether each unit is charged once, and not for as long as it is there."""
        return self.aggregation.days_add_up

    @property
    def included(self) -> Decimal | None:
        """How many units the first tier includes without charging for each, None without such."""
        return self.terms.structure.included


class PriceTag:
    """What a plan is known by: what is due at zero usage, or else usage's first price."""

    __slots__ = ()

    charges: tuple[Charges, ...]
    usage: tuple[UsagePrice, ...]

    @property
    def headline(self) -> Charges:
        """The first that is due at zero usage, or nothing of it."""
        return (self.amounts or self.charges)[0]

    @property
    def amounts(self) -> tuple[Charges, ...]:
        """What is due at zero usage, by billing frequency; zeros where nothing is ever charged."""
        due = tuple(charges for charges in self.charges if charges.bill.net.minor)
        return due or (() if self.first_rate else self.charges)

    @property
    def first_rate(self) -> tuple[UsagePrice, PricePart] | None:
        """The first price that usage has, where nothing is due at zero usage."""
        if any(charges.bill.net.minor for charges in self.charges):
            return None
        parts = ((one, part) for one in self.usage for part in one.terms.structure.parts)
        return next((found for found in parts if found[1].amount), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement(PriceTag):
    """What a plan will cost from a day on: its charges then, and each price now and then."""

    valid_from: date
    charges: tuple[Charges, ...]
    usage: tuple[UsagePrice, ...]
    tax_rate: Decimal | None
    prices: tuple[tuple[PriceTerms, PriceTerms], ...]


@dataclass(frozen=True, slots=True)
class Option:
    """A way to pay a plan: by its main price's rhythm, in one currency."""

    id: str
    frequency: BillingFrequency
    currency: str
    note: str | None


@dataclass(frozen=True, slots=True)
class AddOn:
    """What may be added to an option of a plan; up to `maximum`, where it is bought by quantity."""

    terms: PriceTerms
    product: str
    description: str
    maximum: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPlan:
    """What every plan says of itself, with prices or without.

    `values` are true, false or text by feature id, `limits` numbers by metric or feature id.
    `recommended` says why it is the one to choose; one plan at most has it.
    """

    id: str
    name: str
    tagline: str | None
    features: tuple[str, ...]
    faq: tuple[Mapping[str, str], ...]
    values: Mapping[str, bool | str]
    limits: Mapping[str, Decimal]
    recommended: str | None
    contact: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPlan(ListedPlan):
    """A plan without prices, to talk about: it is shown among the others and never ordered here.

    Its `contact` is an e-mail address or an https address.
    """

    contact: str

    @property
    def contact_url(self) -> str:
        """Where the link to it leads."""
        return self.contact if "://" in self.contact else f"mailto:{self.contact}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer(ListedPlan, PriceTag):
    """A plan on sale in one of its options, ready to print.

    `charges` are those at zero usage; `first_bill` is that of an order that
    starts today; `descriptions` are the products'. `version` changes whenever the prices or the
    tax rate do; checkout signs it. `tax_rate` is None where bills name no tax. `options` are all of
    the plan's, `option` the one that is offered. `minimum` is what a period costs at least.
    """

    products: tuple[str, ...]
    descriptions: Mapping[str, str]
    currency: str
    prices: tuple[PriceTerms, ...]
    charges: tuple[Charges, ...]
    first_bill: FirstBill
    usage: tuple[UsagePrice, ...]
    tax_rate: Decimal | None
    version: str
    last_changed_on: date
    announced: Announcement | None
    option: Option
    options: tuple[Option, ...]
    add_ons: tuple[AddOn, ...] = ()
    trial: Trial | None = None
    minimum: PriceTerms | None = None

    @property
    def bought(self) -> tuple[PriceTerms, ...]:
        """Its prices that are bought by quantity, at the quantities they are offered at."""
        return tuple(price for price in self.prices if price.is_bought)

    @property
    def choice(self) -> Mapping[str, str]:
        """The parameters of a link that orders it as it is; the default at its least needs none."""
        option = {} if self.option == self.options[0] else {"option": self.option.id}
        more = {
            f"quantity.{price.id}": plain(price.quantity)
            for price in self.bought
            if price.quantity != price.minimum_quantity
        }
        return option | more

    @property
    def is_free(self) -> bool:
        """Whether it never costs anything: no fee, and no usage price."""
        return self.first_bill.is_free

    @property
    def due_today(self) -> Bill | None:
        """What an order that starts today is billed today; None where nothing is in advance."""
        in_advance = self.first_bill.is_in_advance and not self.trial
        return self.first_bill.bill if in_advance else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A plan at given quantities: its charges, and each usage price where it then stands."""

    offer: Offer
    charges: tuple[Charges, ...]
    usage: tuple[Example, ...]
