"""The one function that turns prices and quantities into a bill of line items.

The calculator, the checkout, the estimate and the invoice all call `make_bill`. A line is one fixed
fee, or one tier of a usage price with its flat fee; it is rounded once, half up. Totals are sums of
rounded lines, so what is shown adds up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from pricingsite.pricing.charge import TierCharge, charge, packages_begun
from pricingsite.pricing.errors import CurrencyMismatch, PricingError
from pricingsite.pricing.labels import line_description
from pricingsite.pricing.money import Money, plain
from pricingsite.pricing.periods import Period
from pricingsite.pricing.proration import Proration, prorate
from pricingsite.pricing.service_periods import PriceTerms, Service
from pricingsite.pricing.structures import Fixed, Linear, Package
from pricingsite.pricing.tax import TaxLine, taxes

# Any whole period: its days decide nothing.
_WHOLE = Period(date(2000, 1, 1), date(2000, 2, 1))


class LineKind(StrEnum):
    """What a line is for."""

    FIXED = "fixed"
    USAGE = "usage"
    ADJUSTMENT = "adjustment"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineItem:
    """A line of a bill; `proration` is None when its period is whole, or days scale nothing in it.

    `net` is quantity x unit price + flat fee, the fees scaled by `proration`, rounded once.
    """

    price_id: str
    kind: LineKind
    description: str
    period: Period
    quantity: Decimal
    unit_price: Decimal | None
    flat_fee: Decimal | None
    proration: Proration | None
    tax_rate: Decimal
    net: Money
    first_unit: Decimal | None = None
    last_unit: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """Line items and their totals; `taxes` holds the VAT of each rate."""

    currency: str
    period: Period
    lines: tuple[LineItem, ...]
    net: Money
    taxes: tuple[TaxLine, ...]
    tax: Money
    gross: Money

    def to_dict(self) -> dict[str, Any]:
        """The bill in JSON: amounts and quantities as decimal strings, days in ISO 8601."""
        return {
            "currency": self.currency,
            "net": str(self.net),
            "tax": str(self.tax),
            "gross": str(self.gross),
            "period": _period(self.period),
            "lines": [_line(line) for line in self.lines],
        }


def _period(period: Period) -> dict[str, str]:
    return {"start": period.start.isoformat(), "end": period.end.isoformat()}


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _line(line: LineItem) -> dict[str, Any]:
    proration = line.proration and {
        "days_used": line.proration.days_used,
        "days_in_period": line.proration.days_in_period,
    }
    return {
        "price_id": line.price_id,
        "kind": line.kind.value,
        "description": line.description,
        "period": _period(line.period),
        "quantity": _plain(line.quantity),
        "unit_price": _plain(line.unit_price),
        "flat_fee": _plain(line.flat_fee),
        "proration": proration,
        "tax_rate": _plain(line.tax_rate),
        "net": str(line.net),
    }


def make_bill(
    services: Sequence[tuple[Service, Decimal | None]],
    *,
    period: Period,
    currency: str,
    tax_rate: Decimal,
) -> Bill:
    """The bill of services with their quantities (None for a fixed price), for a billing period.

    `tax_rate` is a fraction. Raises `CurrencyMismatch` on a price of another currency, and
    `PricingError` where a quantity is missing or one too many.
    """
    lines: list[LineItem] = []
    for service, quantity in services:
        if service.price.currency != currency:
            raise CurrencyMismatch(
                f"price {service.price.id} is in {service.price.currency}, the bill in {currency}"
            )
        lines += _lines_of(service, quantity, tax_rate)
    net = sum((line.net for line in lines), Money.zero(currency))
    by_rate = taxes((line.tax_rate, line.net) for line in lines)
    tax = sum((line.tax for line in by_rate), Money.zero(currency))
    return Bill(currency, period, tuple(lines), net, by_rate, tax, net + tax)


def net_at(price: PriceTerms, quantity: Decimal) -> Money:
    """What one whole period of a usage price comes to at a quantity: the sum of its lines."""
    service = Service(price, _WHOLE, _WHOLE)
    lines = _lines_of(service, quantity, Decimal(0))
    return sum((line.net for line in lines), Money.zero(price.currency))


def _lines_of(service: Service, quantity: Decimal | None, tax_rate: Decimal) -> Iterator[LineItem]:
    """The lines of one service; `exact` is each one's amount before its only rounding."""
    price, proration = service.price, service.proration
    partial = None if proration.is_whole else proration
    for kind, part, exact, shown in _parts(service, quantity):
        yield LineItem(
            price_id=price.id,
            kind=kind,
            description=line_description(price.name, price.structure, price.unit, part, quantity),
            period=service.period,
            proration=partial if _has_prorated_fee(service, part) else None,
            tax_rate=tax_rate,
            net=Money.rounded(exact, price.currency),
            first_unit=part.first_unit if part else None,
            last_unit=part.last_unit if part else None,
            **shown,
        )


def _has_prorated_fee(service: Service, tier: TierCharge | None) -> bool:
    """Whether days decide anything in a line: a usage line's units are never scaled."""
    if tier is None:
        return not service.price.is_usage
    return service.price.prorate_flat_fees and tier.flat_fee != 0


Part = tuple[LineKind, TierCharge | None, Fraction | Decimal, dict[str, Any]]


def _parts(service: Service, quantity: Decimal | None) -> Iterator[Part]:
    structure = service.price.structure
    if isinstance(structure, Fixed):
        if quantity is not None:
            raise PricingError(f"price {service.price.id} takes no quantity")
        exact: Fraction | Decimal = prorate(structure.amount, service.proration)
        yield LineKind.FIXED, None, exact, _shown(Decimal(1), structure.amount, None)
        return
    if quantity is None:
        raise PricingError(f"price {service.price.id} needs a quantity")
    charged = charge(structure, quantity)
    if isinstance(structure, Linear):
        shown = _shown(quantity, structure.unit_price, None)
        yield LineKind.USAGE, None, charged.amount, shown
    elif isinstance(structure, Package):
        begun = packages_begun(structure, quantity)
        yield LineKind.USAGE, None, charged.amount, _shown(begun, structure.package_price, None)
    for tier in charged.tiers:
        shown = _shown(tier.quantity, tier.unit_price, tier.flat_fee)
        yield LineKind.USAGE, tier, _tier_amount(service, tier), shown


def _shown(
    quantity: Decimal, unit_price: Decimal | None, flat_fee: Decimal | None
) -> dict[str, Any]:
    return {"quantity": quantity, "unit_price": unit_price, "flat_fee": flat_fee}


def _tier_amount(service: Service, tier: TierCharge) -> Fraction:
    """A tier's units and fee together; a price may scale its fees by days, never its bounds."""
    fee = Fraction(tier.flat_fee)
    if service.price.prorate_flat_fees:
        fee *= service.proration.fraction
    return Fraction(tier.amount) - Fraction(tier.flat_fee) + fee
