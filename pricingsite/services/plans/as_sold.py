"""Plans as they are sold: in their options, at chosen quantities, with add-ons.

These are frozen values, which may be kept longer than the session that read them. Bills are made by
`make_bill`, at the domestic tax rate of their day.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from pricingsite.pricing import AgreedDiscount, BillingFrequency, FirstBill, PricingError, Unit
from pricingsite.services.plans.matrix import Compared, MatrixGroup, matrix
from pricingsite.services.plans.offers import AddOn, ContactPlan, Offer, Quote
from pricingsite.services.plans.priced_plan import PricedPlan, SoldPrice


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chooses of a plan: an option by its id, the default where there is none.

    `quantities` are how many of its prices are bought, `add_ons` how many are added, by price id;
    prices that are not named are bought at their least.
    """

    option_id: str | None = None
    quantities: Mapping[str, Decimal] = field(default_factory=dict)
    add_ons: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OptionAsSold:
    """An option of a plan, and what it costs at other quantities and from other days on."""

    offer: Offer
    priced: PricedPlan
    add_ons: tuple[tuple[SoldPrice, AddOn], ...]

    def first_bill(self, start: date) -> FirstBill:
        """The first bill of an order that starts on a day."""
        return self.priced.first_bill(start)

    def quote(self, quantities: Mapping[str, Decimal]) -> Quote:
        """What it costs at quantities by metric id; a metric that is not named counts as 0."""
        if not self.offer.usage:
            return Quote(offer=self.offer, charges=self.offer.charges, usage=())
        return Quote(
            offer=self.offer,
            charges=self.priced.charges(quantities),
            usage=tuple(self.priced.example(one, quantities) for one in self.priced.usage_terms),
        )

    def at(self, choice: Choice) -> "OptionAsSold":
        """The option as it is chosen. Raises `PricingError` for what it does not sell."""
        if not choice.quantities and not choice.add_ons:
            return self
        priced = self.priced.with_prices(
            [*(_at(one, choice.quantities) for one in self.priced.sold), *self._added(choice)]
        )
        return replace(self, offer=_repriced(self.offer, priced), priced=priced)

    def discounted(self, discount: AgreedDiscount) -> "OptionAsSold":
        """The option with a code's discount on its first bill; its list prices stay."""
        priced = self.priced.with_discount(discount)
        first = priced.first_bill(priced.on)
        return replace(self, priced=priced, offer=replace(self.offer, first_bill=first))

    def _added(self, choice: Choice) -> Iterator[SoldPrice]:
        for sold, add_on in self.add_ons:
            if quantity := choice.add_ons.get(sold.terms.id):
                most = add_on.maximum if sold.terms.is_bought else Decimal(1)
                if most is not None and quantity > most:
                    raise PricingError(f"{sold.terms.id} is not added {quantity} times")
                yield sold.at(quantity) if sold.terms.is_bought else sold


@dataclass(frozen=True, slots=True)
class PlanAsSold:
    """A plan in all of its options, the default first. An archived one is closed to new orders."""

    options: tuple[OptionAsSold, ...]
    archived: bool

    @property
    def offer(self) -> Offer:
        """The offer of its default option."""
        return self.options[0].offer

    @property
    def id(self) -> str:
        """The plan's id."""
        return self.offer.id

    @property
    def name(self) -> str:
        """The plan's name."""
        return self.offer.name

    def first_bill(self, start: date) -> FirstBill:
        """The first bill of an order of its default option that starts on a day."""
        return self.options[0].first_bill(start)

    def quote(self, quantities: Mapping[str, Decimal]) -> Quote:
        """What its default option costs at quantities by metric id."""
        return self.options[0].quote(quantities)

    def chosen(self, choice: Choice) -> OptionAsSold:
        """The option that is chosen, as it is. Raises `PricingError` for what is not sold."""
        if choice.option_id is None:
            return self.options[0].at(choice)
        found = (one for one in self.options if one.offer.option.id == choice.option_id)
        if option := next(found, None):
            return option.at(choice)
        raise PricingError(f"plan {self.id} has no option {choice.option_id}")

    def paid(self, frequency: BillingFrequency | None, currency: str | None) -> OptionAsSold:
        """Its first option of a rhythm and a currency, else of what of it there is."""
        return min(
            self.options,
            key=lambda one: (
                currency not in {None, one.offer.currency},
                frequency not in {None, one.offer.option.frequency},
            ),
        )


@dataclass(frozen=True, slots=True)
class Storefront:
    """Every plan on a day, in order; `units` are what the metrics count, by metric id.

    Plans to talk about are among those that are on sale. `compared` is what plans are compared by,
    `takes_codes` says whether there is any promotion code. These are frozen values, which may be
    kept longer than the session that read them.
    """

    in_order: tuple[PlanAsSold | ContactPlan, ...]
    units: Mapping[str, Unit]
    compared: tuple[Compared, ...] = ()
    takes_codes: bool = False

    @property
    def plans(self) -> tuple[PlanAsSold, ...]:
        """The plans that can be ordered."""
        return tuple(plan for plan in self.in_order if isinstance(plan, PlanAsSold))

    @property
    def offers(self) -> tuple[Offer, ...]:
        """The same as a shopper sees them."""
        return tuple(plan.offer for plan in self.plans)

    @property
    def listed(self) -> tuple[Offer | ContactPlan, ...]:
        """All plans as a shopper sees them, those to talk about too."""
        return tuple(plan.offer if isinstance(plan, PlanAsSold) else plan for plan in self.in_order)

    @property
    def matrix(self) -> tuple[MatrixGroup, ...]:
        """The table that compares them."""
        return matrix(self.listed, self.compared)

    @property
    def frequencies(self) -> tuple[BillingFrequency, ...]:
        """The rhythms that plans may be paid in, the default's first."""
        found = (option.frequency for offer in self.offers for option in offer.options)
        return tuple(dict.fromkeys(found))

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies that plans may be paid in, the default's first."""
        found = (option.currency for offer in self.offers for option in offer.options)
        return tuple(dict.fromkeys(found))

    def paid(self, frequency: BillingFrequency | None, currency: str | None) -> "Storefront":
        """The plans in their options of a rhythm and a currency, as far as they have such."""
        plans = (
            replace(plan, options=_first(plan.paid(frequency, currency), plan.options))
            if isinstance(plan, PlanAsSold)
            else plan
            for plan in self.in_order
        )
        return replace(self, in_order=tuple(plans))

    def find(self, plan_id: str) -> PlanAsSold | ContactPlan | None:
        """A plan by its id, if it is on sale or to be talked about."""
        return next((plan for plan in self.in_order if plan.id == plan_id), None)

    @property
    def bought(self) -> Mapping[str, Unit]:
        """The units that plans sell by quantity, each once, by the first price of it."""
        prices = [price for offer in self.offers for price in offer.bought]
        first = {price.unit: price.id for price in reversed(prices) if price.unit}
        return {price_id: unit for unit, price_id in reversed(first.items())}

    def quotes(
        self, used: Mapping[str, Decimal], bought: Mapping[Unit, Decimal] | None = None
    ) -> tuple[Quote, ...]:
        """What each plan costs at what is used, by metric id, and at what is bought, by unit.

        A plan that does not sell so many is left out; fewer than its least are charged as that.
        """
        found = (_quoted(plan.options[0], used, bought or {}) for plan in self.plans)
        return tuple(quote for quote in found if quote)


def _quoted(
    option: OptionAsSold, used: Mapping[str, Decimal], bought: Mapping[Unit, Decimal]
) -> Quote | None:
    quantities = {
        price.id: max(bought[unit], price.minimum_quantity)
        for price in option.offer.bought
        if (unit := price.unit) and unit in bought
    }
    try:
        return option.at(Choice(quantities=quantities)).quote(used)
    except PricingError:
        return None


def _first(one: OptionAsSold, options: Iterable[OptionAsSold]) -> tuple[OptionAsSold, ...]:
    return (one, *(other for other in options if other is not one))


def _at(sold: SoldPrice, quantities: Mapping[str, Decimal]) -> SoldPrice:
    quantity = quantities.get(sold.terms.id)
    return sold if quantity is None else sold.at(quantity)


def _repriced(offer: Offer, priced: PricedPlan) -> Offer:
    """An offer at other prices: those of chosen quantities and add-ons."""
    return replace(
        offer,
        products=tuple(dict.fromkeys(priced.products.values())),
        descriptions={one.product: one.description for one in priced.sold},
        prices=priced.terms,
        charges=priced.charges({}),
        first_bill=priced.first_bill(priced.on),
        usage=tuple(priced.usage_price(terms) for terms in priced.usage_terms),
    )
