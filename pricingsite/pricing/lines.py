"""The lines of a bill: one fixed fee, or one tier of a usage price with its flat fee.

A line is rounded once, half up, and nowhere else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from pricingsite.pricing.bill_terms import Discount, MinimumDue
from pricingsite.pricing.charge import charge
from pricingsite.pricing.errors import PricingError
from pricingsite.pricing.money import Money, exact_context
from pricingsite.pricing.periods import Period
from pricingsite.pricing.proration import Proration, prorate
from pricingsite.pricing.service_periods import Service
from pricingsite.pricing.structures import BandCharge, Charge, ChargeLine, Linear, TierCharge
from pricingsite.pricing.terms import PriceTerms


class LineKind(StrEnum):
    """What a line is for."""

    FIXED = "fixed"
    USAGE = "usage"
    ADJUSTMENT = "adjustment"
    DISCOUNT = "discount"
    MINIMUM = "minimum"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineItem:
    """A line of a bill; `proration` is None when its period is whole, or days scale nothing in it.

    `net` is quantity x unit price + flat fee, the fees scaled by `proration`, rounded once. `tier`
    is the range of units that it is for; only a tier's has a flat fee. `tax_rate` is None on a
    bill that names no tax. With a `base` it is for buying more than that from its first day on.
    """

    price: PriceTerms
    kind: LineKind
    period: Period
    quantity: Decimal
    unit_price: Decimal
    flat_fee: Decimal | None
    proration: Proration | None
    tax_rate: Decimal | None
    net: Money
    tier: BandCharge | None = None
    base: PriceTerms | None = None

    @property
    def price_id(self) -> str:
        """The id of the price that it is for."""
        return self.price.id


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsLine:
    """A line for no price of its own: a discount, or what a minimum is short of.

    `net` is quantity x unit price; a discount's quantity is -1, since no price is negative. For a
    minimum, `floor` is what is due at least, of which `counted` is charged already.
    """

    kind: LineKind
    period: Period
    quantity: Decimal
    unit_price: Decimal
    proration: Proration | None = None
    tax_rate: Decimal | None
    net: Money
    discount: Discount | None = None
    minimum: MinimumDue | None = None
    floor: Money | None = None
    counted: Money | None = None

    @property
    def price_id(self) -> None:
        """None: it is for no price."""
        return None

    @property
    def flat_fee(self) -> None:
        """None: it has no tier."""
        return None


def lines_of(
    service: Service, quantity: Decimal | None, tax_rate: Decimal | None
) -> Iterator[LineItem]:
    """The lines of one service, each rounded here and only here; see `make_bill`."""
    price, proration = service.price, service.partial
    if service.base is not None:
        yield _increase(service, service.base, tax_rate)
        return
    kind = LineKind.USAGE if price.is_usage else LineKind.FIXED
    for part in _charged(price, quantity).lines:
        scaled = _scaled(price, part) if proration else None
        exact: Decimal | Fraction = part.amount
        if proration and scaled is not None:
            exact = Fraction(part.amount) - Fraction(scaled) + prorate(scaled, proration)
        yield LineItem(
            price=price,
            kind=kind,
            period=service.period,
            quantity=part.quantity,
            unit_price=part.unit_price,
            flat_fee=part.flat_fee if isinstance(part, TierCharge) else None,
            proration=None if scaled is None else proration,
            tax_rate=tax_rate,
            net=Money.rounded(exact, price.currency),
            tier=part if isinstance(part, BandCharge) else None,
        )


def _increase(service: Service, base: PriceTerms, tax_rate: Decimal | None) -> LineItem:
    """The one line for buying more: the difference of two totals, by days.

    It says how many more where each costs the same, else it is one of the difference.
    """
    price, proration = service.price, service.partial
    with exact_context():
        more = price.quantity - base.quantity
        total = fixed_amount(price) - fixed_amount(base)
        each = price.structure.parts[0].amount if len(price.structure.parts) == 1 else None
        is_even = each is not None and each * more == total
    return LineItem(
        price=price,
        kind=LineKind.FIXED,
        period=service.period,
        quantity=more if is_even else Decimal(1),
        unit_price=each if is_even and each is not None else total,
        flat_fee=None,
        proration=proration,
        tax_rate=tax_rate,
        net=Money.rounded(prorate(total, proration) if proration else total, price.currency),
        base=base,
    )


def fixed_amount(price: PriceTerms) -> Decimal:
    """What one whole period of a price that usage does not decide comes to, before rounding.

    Nothing of a usage price.
    """
    return Decimal(0) if price.is_usage else _charged(price, None).amount


def _charged(price: PriceTerms, quantity: Decimal | None) -> Charge:
    if price.is_usage and quantity is None:
        raise PricingError(f"price {price.id} needs a quantity")
    if not price.is_usage and quantity is not None:
        raise PricingError(f"price {price.id} takes no quantity")
    if not price.is_bought:
        return charge(price.structure, quantity or Decimal(0))
    if price.structure.is_usage:
        return charge(price.structure, price.quantity)
    # A fixed amount is for each that is bought.
    return charge(Linear(price.structure.parts[0].amount), price.quantity)


def _scaled(price: PriceTerms, part: ChargeLine) -> Decimal | None:
    """What of a line is scaled by days; None where days decide nothing.

    That is a fixed amount, and a tier's fee where its price says so; never units, never a bound.
    """
    if not price.is_usage:
        return part.amount
    return (part.flat_fee or None) if price.prorate_flat_fees else None
