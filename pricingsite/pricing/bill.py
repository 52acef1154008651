"""The one function that turns prices and quantities into a bill of line items.

The calculator, the checkout, the estimate and the invoice all call `make_bill`. A line is one fixed
fee, or one tier of a usage price with its flat fee; it is rounded once, half up. Totals are sums of
rounded lines, so what is shown adds up. Discounts come off these lines; then minimums are met.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pricingsite.pricing.bill_terms import DueTerms
from pricingsite.pricing.errors import CurrencyMismatchError
from pricingsite.pricing.lines import LineItem, LineKind, TermsLine, lines_of
from pricingsite.pricing.money import Money
from pricingsite.pricing.periods import Period
from pricingsite.pricing.service_periods import Service
from pricingsite.pricing.tax import TaxLine, tax_line
from pricingsite.pricing.terms import PriceTerms

# Any whole period: its days decide nothing.
_WHOLE = Period(date(2000, 1, 1), date(2000, 2, 1))
_NO_TERMS = DueTerms()


@dataclass(frozen=True, slots=True)
class Bill:
    """Line items and their totals; `taxes` holds the tax of each rate, if the bill names any.

    `terms_lines` follow the others: the discount, then what a minimum adds.
    """

    currency: str
    period: Period
    lines: tuple[LineItem, ...]
    terms_lines: tuple[TermsLine, ...]
    net: Money
    taxes: tuple[TaxLine, ...]
    tax: Money
    gross: Money

    @property
    def every_line(self) -> tuple[LineItem | TermsLine, ...]:
        """All of its lines, in their order."""
        return (*self.lines, *self.terms_lines)

    @property
    def by_terms(self) -> Money:
        """What discounts and minimums come to together; negative where more is taken off."""
        return Money.total((line.net for line in self.terms_lines), self.currency)

    @property
    def is_below_minimum(self) -> bool:
        """Whether a minimum adds to it, so that a little more usage would not."""
        return any(line.kind is LineKind.MINIMUM for line in self.terms_lines)

    @property
    def is_discounted(self) -> bool:
        """Whether something is taken off it."""
        return any(line.kind is LineKind.DISCOUNT for line in self.terms_lines)

    @property
    def covers(self) -> Period:
        """The period that all of its lines are for; its own where they differ."""
        periods = {line.period for line in self.lines}
        return periods.pop() if len(periods) == 1 else self.period


def make_bill(
    services: Sequence[tuple[Service, Decimal | None]],
    *,
    period: Period,
    currency: str,
    tax_rate: Decimal | None,
    terms: DueTerms = _NO_TERMS,
) -> Bill:
    """The bill of services with what was used (None for a fixed price), for a billing period.

    `terms` are the discounts and minimums that apply; `tax_rate` is a fraction, None where the bill
    names no tax. Raises `CurrencyMismatchError` on a price of another currency, and `PricingError`
    where a quantity is missing or one too many.
    """
    lines: list[LineItem] = []
    for service, quantity in services:
        lines += lines_of(service, quantity, tax_rate)
    return bill_of_lines(lines, period=period, currency=currency, tax_rate=tax_rate, terms=terms)


def bill_of_lines(
    lines: Sequence[LineItem],
    *,
    period: Period,
    currency: str,
    tax_rate: Decimal | None,
    terms: DueTerms = _NO_TERMS,
) -> Bill:
    """The bill of lines, which `lines_of` made at the same tax rate; as `make_bill`."""
    for line in lines:
        if line.price.currency != currency:
            raise CurrencyMismatchError(
                f"price {line.price.id} is in {line.price.currency}, the bill in {currency}"
            )
    terms_lines = tuple(_terms_lines(lines, terms, currency, tax_rate))
    every_line: list[LineItem | TermsLine] = [*lines, *terms_lines]
    net = Money.total((line.net for line in every_line), currency)
    # All of its lines have the one rate.
    by_rate = () if tax_rate is None or not every_line else (tax_line(tax_rate, net),)
    tax = by_rate[0].tax if by_rate else Money.zero(currency)
    return Bill(currency, period, tuple(lines), terms_lines, net, by_rate, tax, net + tax)


def net_at(price: PriceTerms, quantity: Decimal) -> Money:
    """What one whole period of a usage price comes to at a quantity: the sum of its lines."""
    return service_net_at(Service(price, _WHOLE, _WHOLE), quantity)


def service_net_at(service: Service, quantity: Decimal) -> Money:
    """What a usage price comes to over a service period at a quantity: the sum of its lines."""
    lines = lines_of(service, quantity, Decimal(0))
    return Money.total((line.net for line in lines), service.price.currency)


def _terms_lines(
    lines: Sequence[LineItem], terms: DueTerms, currency: str, tax_rate: Decimal | None
) -> Iterator[TermsLine]:
    """What discounts take off, one line each as all lines have one rate; then minimums."""
    for discount in terms.discounts:
        off = discount.off(lines, currency)
        if off.minor > 0:
            periods = [line.period for line in lines if discount.counts(line)]
            yield TermsLine(
                kind=LineKind.DISCOUNT,
                period=Period(min(p.start for p in periods), max(p.end for p in periods)),
                quantity=Decimal(-1),
                unit_price=off.amount,
                tax_rate=tax_rate,
                net=-off,
                discount=discount,
            )
    for minimum in terms.minimums:
        before = [line for one in minimum.before for line in lines_of(one, None, tax_rate)]
        counted = Money.total(
            (
                _discounted([line for line in billed if minimum.counts(line)], terms, currency)
                for billed in (lines, before)
            ),
            currency,
        )
        missing = minimum.floor - counted
        if missing.minor > 0:
            yield TermsLine(
                kind=LineKind.MINIMUM,
                period=minimum.period,
                quantity=Decimal(1),
                unit_price=missing.amount,
                proration=minimum.partial,
                tax_rate=tax_rate,
                net=missing,
                minimum=minimum,
                floor=minimum.floor,
                counted=counted,
            )


def _discounted(lines: Sequence[LineItem], terms: DueTerms, currency: str) -> Money:
    """What lines of one bill come to after discounts."""
    charged = Money.total((line.net for line in lines), currency)
    return charged - Money.total((one.off(lines, currency) for one in terms.discounts), currency)
