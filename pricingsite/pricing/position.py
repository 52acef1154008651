"""Where a customer is in a usage price, and what the next unit of it costs.

Amounts are net, quantities those of the price's own period. Everything is worked out from the
price's terms and the quantity, by the functions that make the bill.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pricingsite.pricing.bill import make_bill
from pricingsite.pricing.charge import next_unit_cost, units_until_change
from pricingsite.pricing.lines import LineItem
from pricingsite.pricing.money import MOST_DIGITS, Money
from pricingsite.pricing.periods import Period
from pricingsite.pricing.service_periods import Service
from pricingsite.pricing.structures import Structure, TierBand
from pricingsite.pricing.terms import PriceTerms, Unit

# Past it no further unit can be priced, and none is ever used.
_LAST_PRICED = Decimal(10**MOST_DIGITS - 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class BandUsage:
    """A tier of a usage price and what fell in it so far; `here` marks the tier reached."""

    band: TierBand
    used: Decimal
    net: Money
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePosition:
    """One usage price: the quantity so far, what it costs, and what comes next.

    `included` is how many units are free, None where all are charged.
    After `until_change` more units the next one costs `cost_after`; both None if it never will.
    """

    price: PriceTerms
    period: Period
    on_this_bill: bool
    quantity: Decimal
    net: Money
    next_cost: Decimal
    until_change: Decimal | None
    cost_after: Decimal | None
    bands: tuple[BandUsage, ...]

    @property
    def unit(self) -> Unit:
        """What the price's metric counts."""
        assert self.price.unit is not None  # noqa: S101 - every usage price has a unit
        return self.price.unit

    @property
    def metric_id(self) -> str:
        """The metric that the price counts."""
        assert self.price.metric_id is not None  # noqa: S101 - every usage price has a metric
        return self.price.metric_id

    @property
    def included(self) -> Decimal | None:
        """How many units the price includes."""
        return self.price.structure.included

    @property
    def included_used(self) -> Decimal | None:
        """How many of those are used."""
        return None if self.included is None else min(self.quantity, self.included)

    @property
    def next_is_included(self) -> bool:
        """Whether the next unit is one of those that are included."""
        return self.included is not None and self.quantity < self.included


def usage_position(service: Service, quantity: Decimal, *, on_this_bill: bool) -> UsagePosition:
    """The position in a usage price over a service period, at a quantity."""
    price = service.price
    bill = make_bill(
        [(service, quantity)],
        period=service.period,
        currency=price.currency,
        tax_rate=Decimal(0),
    )
    change = _next_change(price.structure, quantity)
    return UsagePosition(
        price=price,
        period=service.period,
        on_this_bill=on_this_bill,
        quantity=quantity,
        net=bill.net,
        next_cost=next_unit_cost(price.structure, quantity),
        until_change=change[0] if change else None,
        cost_after=change[1] if change else None,
        bands=tuple(_bands(price, bill.lines)),
    )


def _next_change(structure: Structure, quantity: Decimal) -> tuple[Decimal, Decimal] | None:
    """How many more units until the next one costs something else, and what it costs then."""
    cost = next_unit_cost(structure, quantity)
    for ahead in _bounds_ahead(structure, quantity):
        if quantity + ahead > _LAST_PRICED:
            return None
        after = next_unit_cost(structure, quantity + ahead)
        if ahead and after != cost:
            return ahead, after
    return None


def _bounds_ahead(structure: Structure, quantity: Decimal) -> Iterator[Decimal]:
    """How many more units to each bound, and to the first unit past it, nearest first.

    Past it, because a tier's flat fee and a new package make one unit alone dear.
    """
    ahead = Decimal(0)
    for _ in range(len(structure.bands) + 1):
        until = units_until_change(structure, quantity + ahead)
        if until is None:
            return
        yield ahead + until
        ahead += until + 1
        yield ahead


def _bands(price: PriceTerms, lines: Sequence[LineItem]) -> Iterator[BandUsage]:
    by_first_unit = {line.tier.first_unit: line for line in lines if line.tier}
    for band in price.structure.bands:
        line = by_first_unit.get(band.first_unit)
        yield BandUsage(
            band=band,
            used=line.quantity if line else Decimal(0),
            net=line.net if line else Money.zero(price.currency),
            here=line is not None and line is lines[-1],
        )
