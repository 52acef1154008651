"""A plan at the prices of a day, from which every figure of it is made.

It is made of frozen values, so that it may outlive the session that its rows were read by. Amounts
are those of one whole period from that day on, in bills made by `make_bill`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from pricingsite.models.catalog import Price
from pricingsite.pricing import (
    Aggregation,
    AgreedDiscount,
    Bill,
    BillingFrequency,
    BillTerms,
    DueTerms,
    FirstBill,
    MinimumDue,
    Money,
    Period,
    PriceTerms,
    PricingError,
    Service,
    Span,
    Trial,
    VatRate,
    average_price,
    bill_rate_on,
    boundary,
    charge,
    first_bill,
    main_price,
    make_bill,
    minimum_price,
)
from pricingsite.pricing.position import usage_position
from pricingsite.services.plans.offers import Charges, Example, UsagePrice


@dataclass(frozen=True, slots=True)
class SoldPrice:
    """A price as it is sold: its terms, its product, and how its metric counts."""

    terms: PriceTerms
    product: str
    description: str
    aggregation: Aggregation | None

    @classmethod
    def of(cls, price: Price) -> "SoldPrice":
        """A price, with what is said of it."""
        product, metric = price.product, price.metric
        aggregation = metric.aggregation if metric else None
        return cls(price.terms, product.name, product.description or "", aggregation)

    def at(self, quantity: Decimal) -> "SoldPrice":
        """The price as it is bought at a quantity. Raises `PricingError` outside its bounds."""
        return replace(self, terms=self.terms.at(quantity))


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """What a plan says besides its prices: a trial, a minimum, a code's discount."""

    trial: Trial | None = None
    minimum: Decimal | None = None
    discount: AgreedDiscount | None = None


_NO_TERMS = PlanTerms()


class PricedPlan:
    """The prices of a plan on a day; the VAT rates are domestic ones."""

    def __init__(
        self,
        sold: Sequence[SoldPrice],
        *,
        on: date,
        rates: tuple[VatRate, ...],
        plan_terms: PlanTerms = _NO_TERMS,
    ) -> None:
        self.sold, self.on, self._rates = tuple(sold), on, rates
        self.plan_terms = plan_terms
        self.tax_rate = bill_rate_on(rates, on)
        self.terms = tuple(one.terms for one in sold)
        self.products = {one.terms.id: one.product for one in sold}
        self._aggregations = {one.terms.id: one.aggregation for one in sold}

    def with_prices(self, sold: Sequence[SoldPrice]) -> "PricedPlan":
        """Other prices on the same day, such as these with others or at other quantities."""
        return PricedPlan(sold, on=self.on, rates=self._rates, plan_terms=self.plan_terms)

    def with_discount(self, discount: AgreedDiscount) -> "PricedPlan":
        """The same with a code's discount, in its first bill alone."""
        terms = replace(self.plan_terms, discount=discount)
        return PricedPlan(self.sold, on=self.on, rates=self._rates, plan_terms=terms)

    @property
    def usage_terms(self) -> tuple[PriceTerms, ...]:
        """Its usage prices."""
        return tuple(terms for terms in self.terms if terms.is_usage)

    def charges(self, quantities: Mapping[str, Decimal]) -> tuple[Charges, ...]:
        """What it costs at quantities by metric id, for each billing frequency."""
        return tuple(
            Charges(
                frequency=frequency,
                bill=self._bill(frequency, quantities),
                is_from=any(map(_may_add, self._billed(frequency))),
                may_fall=not all(
                    terms.structure.least_is_at_zero
                    for terms in self._billed(frequency)
                    if terms.is_usage
                ),
            )
            for frequency in dict.fromkeys(terms.billing_frequency for terms in self.terms)
        )

    def first_bill(self, start: date) -> FirstBill:
        """The first bill of an order that starts on a day, at the tax rate of its own day."""
        trial, discount = self.plan_terms.trial, self.plan_terms.discount
        paid_from = start + timedelta(days=trial.days) if trial else start
        minimum = self.minimum
        terms = BillTerms(
            (Span(price=minimum, start=paid_from),) if minimum else (),
            (discount.over(main_price(self.terms), start=paid_from, anchor=paid_from),)
            if discount
            else (),
        )
        spans = [Span(price=price, start=paid_from) for price in self.terms]
        rates = self._rates
        return first_bill(spans, paid_from, lambda day: bill_rate_on(rates, day), terms)

    @property
    def minimum(self) -> PriceTerms | None:
        """What a period costs at least, as a price."""
        amount = self.plan_terms.minimum
        return None if amount is None else minimum_price(amount, self.terms)

    def example(self, terms: PriceTerms, quantities: Mapping[str, Decimal]) -> Example:
        """One of its usage prices at quantities by metric id."""
        quantity = _quantity(terms, quantities) or Decimal(0)
        frequency = terms.billing_frequency
        period = self._period(frequency)
        service = Service(price=terms, period=period, full_period=period)
        position = usage_position(service, quantity, on_this_bill=True)
        bill = self._bill(frequency, quantities)
        return Example(
            quantity=quantity,
            amounts=tuple(self._amount(bill, product) for product in self._columns(frequency)),
            bill=bill,
            position=position,
            average=average_price(position.net.amount, quantity) if quantity else None,
        )

    def usage_price(self, terms: PriceTerms) -> UsagePrice:
        """One of its usage prices, with worked examples."""
        return UsagePrice(
            terms=terms,
            product=self.products[terms.id],
            aggregation=self._aggregation(terms),
            columns=self._columns(terms.billing_frequency),
            example_at=lambda quantity: self.example(terms, {terms.metric_id or "": quantity}),
        )

    def _aggregation(self, terms: PriceTerms) -> Aggregation:
        aggregation = self._aggregations[terms.id]
        assert aggregation is not None  # noqa: S101 - a usage price has a metric
        return aggregation

    def _billed(self, frequency: BillingFrequency) -> tuple[PriceTerms, ...]:
        return tuple(terms for terms in self.terms if terms.billing_frequency is frequency)

    def _period(self, frequency: BillingFrequency) -> Period:
        return Period(self.on, boundary(self.on, frequency, 1))

    def _bill(self, frequency: BillingFrequency, quantities: Mapping[str, Decimal]) -> Bill:
        period = self._period(frequency)
        billed = self._billed(frequency)
        return whole_bill(billed, quantities, period, self.tax_rate, self.minimum)

    def _columns(self, frequency: BillingFrequency) -> tuple[str, ...]:
        columns = dict.fromkeys(self.products[terms.id] for terms in self._billed(frequency))
        minimum = self.minimum
        if minimum and minimum.billing_frequency is frequency:
            columns[minimum.name] = None
        return tuple(columns)

    def _amount(self, bill: Bill, product: str) -> Money:
        if self.minimum and product == self.minimum.name:
            return bill.by_terms
        nets = (line.net for line in bill.lines if self.products[line.price_id] == product)
        return Money.total(nets, bill.currency)


def whole_bill(
    prices: Iterable[PriceTerms],
    quantities: Mapping[str, Decimal],
    period: Period,
    tax_rate: Decimal | None,
    minimum: PriceTerms | None = None,
) -> Bill:
    """The bill of prices for one whole period, at quantities by metric id.

    The `minimum` applies where it is of their rhythm.
    """
    services = [
        (Service(price=terms, period=period, full_period=period), _quantity(terms, quantities))
        for terms in prices
    ]
    if not services:
        raise PricingError(
            f"the plan has no price that is billed by {period.start} to {period.end}"
        )
    currency = services[0][0].price.currency
    terms = DueTerms()
    if minimum and any(minimum.billing_frequency is s.price.billing_frequency for s, _ in services):
        terms = DueTerms((MinimumDue((Service(minimum, period, period),)),))
    return make_bill(services, period=period, currency=currency, tax_rate=tax_rate, terms=terms)


def _may_add(terms: PriceTerms) -> bool:
    """Whether usage, or buying more of it, adds to a price; not where more may cost less."""
    if not terms.is_bought:
        return terms.is_usage
    least = charge(terms.structure, terms.quantity).amount
    most = terms.maximum_quantity
    further = (band.first_unit for band in terms.structure.bands)
    return all(
        charge(terms.structure, one).amount >= least
        for one in further
        if one > terms.quantity and (most is None or one <= most)
    )


def _quantity(terms: PriceTerms, quantities: Mapping[str, Decimal]) -> Decimal | None:
    return quantities.get(terms.metric_id, Decimal(0)) if terms.metric_id else None
