"""What applies to whole bills besides their prices: discounts and minimums.

The order of operations is rating, discount, minimum, VAT. A minimum is met by what is charged at
its own rhythm for its days, after discounts; one that is missed is made up for. Amounts are net.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from pricingsite.pricing.errors import PricingError
from pricingsite.pricing.money import Money
from pricingsite.pricing.periods import BillingFrequency, BillingType, Period, period_of
from pricingsite.pricing.proration import Proration
from pricingsite.pricing.service_periods import Service, Span, charged_within, services_due
from pricingsite.pricing.structures import Fixed
from pricingsite.pricing.terms import PriceTerms


class _Line(Protocol):
    @property
    def price(self) -> PriceTerms: ...
    @property
    def period(self) -> Period: ...
    @property
    def net(self) -> Money: ...
    @property
    def base(self) -> PriceTerms | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """So much off what is charged for periods that begin on its days; no end is for good.

    Either `rate`, a fraction of every line, or an `amount` in major units: that is taken off what
    is billed like the `main` price, once in each of its periods, and never more than is charged:
    what is bought besides within a period is charged whole. `periods` is how many of those it was
    given for; `earlier_mains` are the main prices by id that it had before, without a gap.
    """

    code: str
    main: PriceTerms
    start: date
    end: date | None = None
    rate: Decimal | None = None
    amount: Decimal | None = None
    periods: int | None = None
    earlier_mains: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if (self.rate is None) == (self.amount is None):
            raise PricingError(f"discount {self.code}: either a rate or an amount")
        if self.rate is not None and not 0 <= self.rate <= 1:
            raise PricingError(f"discount {self.code}: the rate is a fraction, not {self.rate}")

    def counts(self, line: _Line) -> bool:
        """Whether a line is charged less by it."""
        return self.covers(line.period.start) and self.is_of(line.price)

    def covers(self, day: date) -> bool:
        """Whether periods that begin on a day have it."""
        return self.start <= day and (self.end is None or day < self.end)

    def is_of(self, price: PriceTerms) -> bool:
        """Whether it takes something off a price: an amount only off what is billed like `main`."""
        return self.rate is not None or _rhythm(price) == _rhythm(self.main)

    def goes_on_as(self, following: "Discount") -> bool:
        """Whether another, of the days after it, is the same discount: it is taken off once.

        An amount is for the periods of one rhythm; a rate is the same in any.
        """
        same = (self.code, self.rate, self.amount) == (
            following.code,
            following.rate,
            following.amount,
        )
        return self.end == following.start and same and following.is_of(self.main)

    def following(self, earlier: "Discount") -> "Discount":
        """The same discount with the days of an earlier one, which goes on as this one."""
        mains = earlier.earlier_mains | {earlier.main.id}
        is_alike = _rhythm(earlier.main) == _rhythm(self.main)
        periods = earlier.periods if is_alike else self.periods
        return replace(self, start=earlier.start, periods=periods, earlier_mains=mains)

    def off(self, lines: Iterable[_Line], currency: str) -> Money:
        """What is taken off lines of one bill, rounded once."""
        counted = [line for line in lines if self.counts(line)]
        charged = Money.total((line.net for line in counted), currency)
        if self.rate is not None:
            return charged.times(self.rate)
        if not any(self._opens(line) for line in counted):
            return Money(0, currency)
        return min(Money.rounded(self.amount or Decimal(0), currency), charged)

    def _opens(self, line: _Line) -> bool:
        """Whether a period of the main price begins with a line, or the discount does."""
        mains = {self.main.id, *self.earlier_mains}
        return line.period.start == self.start or (line.base is None and line.price.id in mains)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedDiscount:
    """A code's fraction or amount off, for so many periods of the main price, or all."""

    code: str
    rate: Decimal | None
    amount: Decimal | None
    periods: int | None

    def over(
        self, main: PriceTerms, *, start: date, anchor: date, end: date | None = None
    ) -> Discount:
        """The discount from a day on, its periods counted from an anchor; no longer than `end`."""
        until = end
        if self.periods is not None:
            day = start
            for _ in range(self.periods):
                day = period_of(anchor, main.billing_frequency, day).end
            until = day if end is None else min(day, end)
        return Discount(
            code=self.code,
            main=main,
            start=start,
            end=until,
            rate=self.rate,
            amount=self.amount,
            periods=self.periods,
        )


def _rhythm(price: PriceTerms) -> tuple[BillingFrequency, BillingType]:
    return price.billing_frequency, price.billing_type


def main_price(prices: Sequence[PriceTerms]) -> PriceTerms:
    """The price whose rhythm is that of them all: the first fixed one, else the first."""
    return next((price for price in prices if not price.is_usage), prices[0])


def minimum_price(amount: Decimal, prices: Sequence[PriceTerms]) -> PriceTerms:
    """A minimum as a fixed price of the main price's rhythm.

    It falls due with the last of what counts towards it: in advance only where all of that does.
    """
    main = main_price(prices)
    frequency = main.billing_frequency
    types = {price.billing_type for price in prices if price.billing_frequency is frequency}
    in_arrears = BillingType.IN_ARREARS in types
    return PriceTerms(
        id="minimum",
        name="Minimum commitment",
        currency=main.currency,
        structure=Fixed(amount),
        billing_frequency=frequency,
        billing_type=BillingType.IN_ARREARS if in_arrears else BillingType.IN_ADVANCE,
    )


@dataclass(frozen=True, slots=True)
class BillTerms:
    """What a schedule agrees besides its prices: minimums as the days they apply, discounts."""

    minimums: tuple[Span, ...] = ()
    discounts: tuple[Discount, ...] = ()


@dataclass(frozen=True, slots=True)
class MinimumDue:
    """What one bill is to come to at least, for services of one rhythm.

    `services` are the minimum over its days, several where it changes within a period; `before` is
    what counts towards it and was billed earlier.
    """

    services: tuple[Service, ...]
    before: tuple[Service, ...] = ()

    @property
    def price(self) -> PriceTerms:
        """The minimum as a price."""
        return self.services[0].price

    @property
    def period(self) -> Period:
        """The days it is for."""
        periods = [service.period for service in self.services]
        return Period(min(p.start for p in periods), max(p.end for p in periods))

    @property
    def partial(self) -> Proration | None:
        """The part of a full period it is for; None for a whole one, and where there are two."""
        return self.services[0].partial if len(self.services) == 1 else None

    @property
    def floor(self) -> Money:
        """What is due at least: by days in a partial period, rounded once."""
        parts = (
            Fraction(service.price.structure.parts[0].amount)
            * (service.partial.fraction if service.partial else 1)
            for service in self.services
        )
        return Money.rounded(sum(parts, Fraction(0)), self.price.currency)

    def counts(self, line: _Line) -> bool:
        """Whether a line of a bill counts towards it."""
        own = self.period
        return (
            line.price.billing_frequency is self.price.billing_frequency
            and line.period.start < own.end
            and own.start < line.period.end
        )


@dataclass(frozen=True, slots=True)
class DueTerms:
    """The minimums and discounts of one bill."""

    minimums: tuple[MinimumDue, ...] = ()
    discounts: tuple[Discount, ...] = ()


def terms_due(terms: BillTerms, spans: Iterable[Span], anchor: date, due_on: date) -> DueTerms:
    """What applies to the bill of a day."""
    due = services_due(terms.minimums, anchor, due_on)
    spans = tuple(spans) if due else ()
    minimums = []
    # One period's minimum is not met by what is charged for another's.
    for key in dict.fromkeys(map(_period_of, due)):
        own = tuple(one for one in due if _period_of(one) == key)
        minimums.append(MinimumDue(own, tuple(_billed_before(own, spans, anchor, due_on))))
    return DueTerms(tuple(minimums), terms.discounts)


def _period_of(minimum: Service) -> tuple[BillingFrequency, Period]:
    return minimum.price.billing_frequency, minimum.full_period


def _billed_before(
    minimums: Sequence[Service], spans: Sequence[Span], anchor: date, due_on: date
) -> Iterable[Service]:
    """The fees for the days of a minimum that were on an earlier bill: in advance, or closed.

    Usage is never closed before its period has ended.
    """
    frequency = minimums[0].price.billing_frequency
    for span in spans:
        if span.price.billing_frequency is not frequency or span.price.is_usage:
            continue
        for full in dict.fromkeys(service.full_period for service in minimums):
            for service, day in charged_within(span, full, anchor):
                if day < due_on:
                    yield service
