"""A plan at the prices of a day, from which every figure of it is made.

It is made of frozen values, so that it may outlive the session that its rows were read by. Amounts
are those of one whole period from that day on, in bills made by `make_bill`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from pricingsite.models.catalog import Price
from pricingsite.pricing import (
    Aggregation,
    Bill,
    BillingFrequency,
    FirstBill,
    Money,
    Period,
    PriceTerms,
    PricingError,
    Service,
    Span,
    VatRate,
    average_price,
    boundary,
    first_bill,
    make_bill,
    rate_on,
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


class PricedPlan:
    """The prices of a plan on a day; the VAT rates are domestic ones."""

    def __init__(self, sold: Sequence[SoldPrice], *, on: date, rates: tuple[VatRate, ...]) -> None:
        self.sold, self._on, self._rates = tuple(sold), on, rates
        self.tax_rate = rate_on(rates, on)
        self.terms = tuple(one.terms for one in sold)
        self.products = {one.terms.id: one.product for one in sold}
        self._aggregations = {one.terms.id: one.aggregation for one in sold}

    def with_prices(self, sold: Sequence[SoldPrice]) -> "PricedPlan":
        """Other prices on the same day, such as these with others or at other quantities."""
        return PricedPlan(sold, on=self._on, rates=self._rates)

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
                is_from=any(terms.is_usage or terms.is_bought for terms in self._billed(frequency)),
                may_fall=not all(
                    terms.structure.least_is_at_zero
                    for terms in self._billed(frequency)
                    if terms.is_usage
                ),
            )
            for frequency in dict.fromkeys(terms.billing_frequency for terms in self.terms)
        )

    def first_bill(self, start: date) -> FirstBill:
        """The first bill of an order that starts on a day, at the VAT rate of its own day."""
        spans = [Span(price=terms, start=start) for terms in self.terms]
        return first_bill(spans, start, lambda day: rate_on(self._rates, day))

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
        return Period(self._on, boundary(self._on, frequency, 1))

    def _bill(self, frequency: BillingFrequency, quantities: Mapping[str, Decimal]) -> Bill:
        period = self._period(frequency)
        return whole_bill(self._billed(frequency), quantities, period, self.tax_rate)

    def _columns(self, frequency: BillingFrequency) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.products[terms.id] for terms in self._billed(frequency)))

    def _amount(self, bill: Bill, product: str) -> Money:
        nets = (line.net for line in bill.lines if self.products[line.price_id] == product)
        return Money.total(nets, bill.currency)


def whole_bill(
    prices: Iterable[PriceTerms],
    quantities: Mapping[str, Decimal],
    period: Period,
    tax_rate: Decimal,
) -> Bill:
    """The bill of prices for one whole period, at quantities by metric id."""
    services = [
        (Service(price=terms, period=period, full_period=period), _quantity(terms, quantities))
        for terms in prices
    ]
    if not services:
        raise PricingError(
            f"the plan has no price that is billed by {period.start} to {period.end}"
        )
    currency = services[0][0].price.currency
    return make_bill(services, period=period, currency=currency, tax_rate=tax_rate)


def _quantity(terms: PriceTerms, quantities: Mapping[str, Decimal]) -> Decimal | None:
    return quantities.get(terms.metric_id, Decimal(0)) if terms.metric_id else None
