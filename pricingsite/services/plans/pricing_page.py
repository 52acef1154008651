"""Plans on sale: what each offers and costs at list prices, in bills made by `make_bill`.

Amounts are those of one whole period from the day `on`. VAT is the domestic rate of a day: of `on`,
the shopper's today, for pages; of the invoice's day for a bill that is to come. Variants never come
here: a plan holds list prices alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256

from sqlalchemy.orm import Session

from pricingsite.models.catalog import Plan, UsageMetric
from pricingsite.pricing import (
    Bill,
    BillingFrequency,
    FirstBill,
    Money,
    Period,
    PriceTerms,
    PricingError,
    Service,
    Span,
    average_price,
    boundary,
    first_bill,
    make_bill,
)
from pricingsite.pricing.examples import example_quantities
from pricingsite.pricing.position import usage_position
from pricingsite.services.plans.offers import (
    Announcement,
    Charges,
    Example,
    Offer,
    Quote,
    UsagePrice,
)
from pricingsite.services.plans.on_sale import plans_on_sale
from pricingsite.services.plans.price_list import PriceList, price_list, price_version


def offers(session: Session, *, on: date) -> tuple[Offer, ...]:
    """Every plan on sale, in order, as a shopper sees it on a day."""
    plans, listed = plans_on_sale(session), price_list(session, on=on)
    return tuple(_offer(_Priced(plan, listed)) for plan in plans)


def offer(session: Session, plan: Plan, *, on: date) -> Offer:
    """One plan as a shopper sees it on a day."""
    return _offer(_Priced(plan, price_list(session, on=on)))


def quotes(
    session: Session, plans: Iterable[Plan], quantities: Mapping[str, Decimal], *, on: date
) -> tuple[Quote, ...]:
    """What each plan costs at quantities by metric id; a metric that is not named counts as 0."""
    listed = price_list(session, on=on)
    return tuple(_quote(_Priced(plan, listed), quantities) for plan in plans)


def bill_at(
    plan: Plan,
    listed: PriceList,
    quantities: Mapping[str, Decimal],
    *,
    period: Period,
) -> Bill:
    """The bill of one whole period at quantities by metric id: the prices billed by that period.

    VAT is that of the period's end, when its invoice is made.
    """
    terms = tuple(
        price
        for price in (one.terms for one in listed.prices_of(plan))
        if boundary(period.start, price.billing_frequency, 1) == period.end
    )
    return _bill(terms, quantities, period, listed.at(period.end).tax_rate)


def metrics_of(plans: Iterable[Plan]) -> tuple[UsageMetric, ...]:
    """The metrics that plans charge by, in the catalog's order."""
    found = {p.metric.id: p.metric for plan in plans for p in plan.prices if p.metric}
    return tuple(sorted(found.values(), key=lambda metric: metric.position))


def products_of(offered: Iterable[Offer]) -> tuple[str, ...]:
    """The names of all products that offers hold, each once, in order."""
    return tuple(dict.fromkeys(product for one in offered for product in one.products))


def usage_prices_of(
    offered: Sequence[Offer],
) -> tuple[tuple[Offer, UsagePrice, tuple[str, ...]], ...]:
    """Each usage price once: on the first offer that holds it, and the names of the others."""
    found: dict[str, tuple[Offer, UsagePrice, list[str]]] = {}
    for one in offered:
        for usage in one.usage:
            if usage.terms.id in found:
                found[usage.terms.id][2].append(one.name)
            else:
                found[usage.terms.id] = (one, usage, [])
    return tuple((one, usage, tuple(also)) for one, usage, also in found.values())


def prices_version(offered: Iterable[Offer]) -> str:
    """A hash that changes whenever a price of any plan on sale does, or the VAT rate."""
    return sha256("/".join(one.version for one in offered).encode()).hexdigest()[:12]


def _offer(priced: "_Priced") -> Offer:
    plan = priced.plan
    return Offer(
        id=plan.id,
        name=plan.name,
        tagline=plan.tagline,
        features=tuple(plan.features),
        faq=tuple(plan.faq),
        products=tuple(dict.fromkeys(priced.products.values())),
        descriptions={p.product.name: p.product.description or "" for p in priced.prices},
        currency=priced.terms[0].currency,
        prices=priced.terms,
        charges=priced.charges({}),
        first_bill=priced.first_bill(),
        usage=tuple(priced.usage_price(terms) for terms in priced.usage_terms),
        tax_rate=priced.listed.tax_rate,
        version=price_version(plan, priced.listed),
        last_changed_on=priced.listed.last_change(plan),
        announced=_announced(priced),
    )


def _announced(priced: "_Priced") -> Announcement | None:
    """What a plan will cost from the next day on for which other prices are announced."""
    day = priced.listed.next_change(priced.plan)
    if day is None:
        return None
    then = _Priced(priced.plan, priced.listed.at(day))
    both = zip(priced.terms, then.terms, strict=True)
    changes = tuple((before, after) for before, after in both if before.id != after.id)
    return Announcement(valid_from=day, charges=then.charges({}), prices=changes)


def _quote(priced: "_Priced", quantities: Mapping[str, Decimal]) -> Quote:
    return Quote(
        offer=_offer(priced),
        charges=priced.charges(quantities),
        usage=tuple(priced.example(terms, quantities) for terms in priced.usage_terms),
    )


class _Priced:
    """A plan on a price list, from which every figure of it is made."""

    def __init__(self, plan: Plan, listed: PriceList) -> None:
        self.plan, self.listed = plan, listed
        self.prices = listed.prices_of(plan)
        self.terms = tuple(price.terms for price in self.prices)
        self.products = {price.id: price.product.name for price in self.prices}
        self.aggregations = {p.id: p.metric.aggregation for p in self.prices if p.metric}

    @property
    def usage_terms(self) -> tuple[PriceTerms, ...]:
        return tuple(terms for terms in self.terms if terms.is_usage)

    def billed(self, frequency: BillingFrequency) -> tuple[PriceTerms, ...]:
        return tuple(terms for terms in self.terms if terms.billing_frequency is frequency)

    def period(self, frequency: BillingFrequency) -> Period:
        return Period(self.listed.on, boundary(self.listed.on, frequency, 1))

    def bill(self, frequency: BillingFrequency, quantities: Mapping[str, Decimal]) -> Bill:
        period = self.period(frequency)
        return _bill(self.billed(frequency), quantities, period, self.listed.tax_rate)

    def charges(self, quantities: Mapping[str, Decimal]) -> tuple[Charges, ...]:
        return tuple(
            Charges(
                frequency=frequency,
                bill=self.bill(frequency, quantities),
                is_from=any(terms.is_usage for terms in self.billed(frequency)),
            )
            for frequency in dict.fromkeys(terms.billing_frequency for terms in self.terms)
        )

    def first_bill(self) -> FirstBill:
        spans = [Span(price=terms, start=self.listed.on) for terms in self.terms]
        return first_bill(spans, self.listed.on, lambda day: self.listed.at(day).tax_rate)

    def columns(self, frequency: BillingFrequency) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.products[terms.id] for terms in self.billed(frequency)))

    def example(self, terms: PriceTerms, quantities: Mapping[str, Decimal]) -> Example:
        quantity = _quantity(terms, quantities) or Decimal(0)
        frequency = terms.billing_frequency
        period = self.period(frequency)
        service = Service(price=terms, period=period, full_period=period)
        position = usage_position(service, quantity, on_this_bill=True)
        bill = self.bill(frequency, quantities)
        return Example(
            quantity=quantity,
            amounts=tuple(self._amount(bill, product) for product in self.columns(frequency)),
            bill=bill,
            position=position,
            average=average_price(position.net.amount, quantity) if quantity else None,
        )

    def _amount(self, bill: Bill, product: str) -> Money:
        nets = (line.net for line in bill.lines if self.products[line.price_id] == product)
        return sum(nets, Money.zero(bill.currency))

    def usage_price(self, terms: PriceTerms) -> UsagePrice:
        quantities = example_quantities(terms.structure)

        def examples(*of: Decimal) -> tuple[Example, ...]:
            return tuple(self.example(terms, {terms.metric_id or "": number}) for number in of)

        return UsagePrice(
            terms=terms,
            product=self.products[terms.id],
            aggregation=self.aggregations[terms.id],
            columns=self.columns(terms.billing_frequency),
            last_bound=quantities.last_bound,
            highlights=examples(*quantities.highlights),
            examples=examples(*quantities.all),
            huge=examples(quantities.huge)[0],
        )


def _bill(
    prices: Iterable[PriceTerms],
    quantities: Mapping[str, Decimal],
    period: Period,
    tax_rate: Decimal,
) -> Bill:
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
