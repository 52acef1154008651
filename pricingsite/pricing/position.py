"""Meters: where a customer stands in a usage price, and what the next unit of it costs.

Amounts are excl. VAT, quantities those of the price's own period. Pure: everything is worked out
from the price's terms and the quantity, by the functions that make the bill.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from pricingsite.pricing.bill import LineItem, make_bill
from pricingsite.pricing.charge import next_unit_cost, tiers_of, units_until_change
from pricingsite.pricing.labels import tier_labels
from pricingsite.pricing.money import Money
from pricingsite.pricing.periods import Period
from pricingsite.pricing.service_periods import Service
from pricingsite.pricing.structures import Graduated, Structure
from pricingsite.pricing.words import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A tier of a usage price and what fell in it so far; `here` marks the tier reached.

    `tone` is its label's: "good" where units are included, "warm" where one costs the most.
    """

    first_unit: Decimal
    range: str
    reassurance: str
    unit_price: Decimal
    flat_fee: Decimal
    used: Decimal
    net: Money
    here: bool
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePosition:
    """One usage price: the quantity so far, what it costs, and what comes next.

    `included` is the upper bound of a first tier whose units are free, None without one.
    After `until_change` more units the next one costs `cost_after`; both None if it never will.
    """

    price_id: str
    price_name: str
    metric_id: str
    unit: Unit
    currency: str
    period: Period
    on_this_bill: bool
    quantity: Decimal
    net: Money
    included: Decimal | None
    included_used: Decimal | None
    next_cost: Decimal
    until_change: Decimal | None
    cost_after: Decimal | None
    bands: tuple[Band, ...]

    @property
    def next_is_included(self) -> bool:
        """Whether the next unit is one of those that the first tier's fee includes."""
        return self.included is not None and self.quantity < self.included


def usage_position(service: Service, quantity: Decimal, *, on_this_bill: bool) -> UsagePosition:
    """The position of a usage price over a service period, at a quantity."""
    price = service.price
    assert price.unit is not None  # noqa: S101 - every usage price has a unit
    assert price.metric_id is not None  # noqa: S101 - and a metric
    bill = make_bill(
        [(service, quantity)],
        period=service.period,
        currency=price.currency,
        tax_rate=Decimal(0),
    )
    change = _next_change(price.structure, quantity)
    included = _included(price.structure)
    return UsagePosition(
        price_id=price.id,
        price_name=price.name,
        metric_id=price.metric_id,
        unit=price.unit,
        currency=price.currency,
        period=service.period,
        on_this_bill=on_this_bill,
        quantity=quantity,
        net=bill.net,
        included=included,
        included_used=None if included is None else min(quantity, included),
        next_cost=next_unit_cost(price.structure, quantity),
        until_change=change[0] if change else None,
        cost_after=change[1] if change else None,
        bands=_bands(service, bill.lines),
    )


def _next_change(structure: Structure, quantity: Decimal) -> tuple[Decimal, Decimal] | None:
    """How many more units until the next one costs something else, and what it costs then."""
    cost = next_unit_cost(structure, quantity)
    for ahead in _bounds_ahead(structure, quantity):
        after = next_unit_cost(structure, quantity + ahead)
        if ahead and after != cost:
            return ahead, after
    return None


def _bounds_ahead(structure: Structure, quantity: Decimal) -> Iterator[Decimal]:
    """How many more units to each bound, and to the first unit past it, nearest first.

    Past it, because a tier's flat fee and a new package make one unit alone dear.
    """
    ahead = Decimal(0)
    for _ in range(len(tiers_of(structure)) + 1):
        until = units_until_change(structure, quantity + ahead)
        if until is None:
            return
        yield ahead + until
        ahead += until + 1
        yield ahead


def _included(structure: Structure) -> Decimal | None:
    # In a volume price the first tier's rate is gone once the next is reached: nothing is included.
    if not isinstance(structure, Graduated):
        return None
    first = structure.tiers[0]
    return first.upper_bound if first.unit_price == 0 else None


def _bands(service: Service, lines: tuple[LineItem, ...]) -> tuple[Band, ...]:
    price = service.price
    if price.unit is None:
        return ()
    labels = tier_labels(price.structure, price.unit, price.currency, _plain)
    by_first_unit = {line.first_unit: line for line in lines}
    nothing = Money.zero(price.currency)
    bands = []
    for tier, label in zip(tiers_of(price.structure), labels, strict=True):
        line = by_first_unit.get(tier.first_unit)
        bands.append(
            Band(
                first_unit=tier.first_unit,
                range=label.range,
                reassurance=label.reassurance,
                unit_price=tier.unit_price,
                flat_fee=tier.flat_fee,
                used=line.quantity if line else Decimal(0),
                net=line.net if line else nothing,
                here=line is not None and line is lines[-1],
                tone=label.tone,
            )
        )
    return tuple(bands)


def _plain(rate: Decimal, currency: str) -> str:
    return f"{rate:f} {currency}"
