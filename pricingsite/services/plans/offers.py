"""What is said of a plan: its offer to shoppers, and its quote at given quantities.

Ready-made by `pricing_page.py`, so that pages, `/pricing.json` and `/pricing.md` only place it.
Amounts are those of one whole period, in bills that say net, VAT and gross.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pricingsite.pricing import (
    Bill,
    BillingFrequency,
    BillingType,
    Money,
    PriceTerms,
    structure_to_dict,
)
from pricingsite.pricing.position import UsagePosition


@dataclass(frozen=True, slots=True, kw_only=True)
class Charges:
    """What a plan's prices of one billing frequency cost together for one whole period.

    `per` says what for ("a month", "once"); `is_from` that usage adds to it.
    """

    frequency: BillingFrequency
    per: str
    bill: Bill
    is_from: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A usage price at one quantity: the bill it is on, and what the next unit costs.

    `amounts` splits the bill by product, as `UsagePrice.columns` names them; `average` is what one
    unit of this price costs over all, None at zero.
    """

    quantity: Decimal
    amounts: tuple[Money, ...]
    bill: Bill
    position: UsagePosition
    average: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePrice:
    """A usage price of a plan with its worked examples.

    `highlights` are three of them for a first look, `huge` is one far beyond the last bound.
    """

    terms: PriceTerms
    product: str
    aggregation: str
    per: str
    columns: tuple[str, ...]
    last_bound: Decimal | None
    highlights: tuple[Example, ...]
    examples: tuple[Example, ...]
    huge: Example

    @property
    def included(self) -> Decimal | None:
        """How many units the first tier includes without charging for each, None without such."""
        return self.huge.position.included


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What a plan will cost from a day on: its charges then, and each price now and then."""

    valid_from: date
    charges: tuple[Charges, ...]
    prices: tuple[tuple[PriceTerms, PriceTerms], ...]

    def to_dict(self) -> dict[str, Any]:
        """The announcement in JSON."""
        return {
            "valid_from": self.valid_from.isoformat(),
            "replaces": [before.id for before, _ in self.prices],
            "prices": [_price_dict(after) for _, after in self.prices],
            "at_zero_usage": [_from_dict(charges) for charges in self.charges],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A plan on sale, ready to print.

    `charges` are those at zero usage, the headline's first; `descriptions` are the products'.
    `version` changes whenever the prices or the VAT rate do; checkout signs it.
    """

    id: str
    name: str
    tagline: str | None
    features: tuple[str, ...]
    faq: tuple[Mapping[str, str], ...]
    products: tuple[str, ...]
    descriptions: Mapping[str, str]
    currency: str
    rule: str
    prices: tuple[PriceTerms, ...]
    charges: tuple[Charges, ...]
    usage: tuple[UsagePrice, ...]
    tax_rate: Decimal
    version: str
    last_changed_on: date
    announced: Announcement | None

    @property
    def headline(self) -> Charges:
        """The price a plan is known by: what its first price's period costs at zero usage."""
        return self.charges[0]

    @property
    def nothing_due_today(self) -> bool:
        """Whether every price is billed after its period."""
        return all(price.billing_type is BillingType.IN_ARREARS for price in self.prices)

    def to_dict(self) -> dict[str, Any]:
        """The offer in JSON: its list prices, its bills at zero usage, its worked examples."""
        return {
            "id": self.id,
            "name": self.name,
            "tagline": self.tagline,
            "features": list(self.features),
            "products": list(self.products),
            "currency": self.currency,
            "billing": self.rule,
            "vat_rate": f"{self.tax_rate:f}",
            "prices": [_price_dict(price) for price in self.prices],
            "at_zero_usage": [_from_dict(charges) for charges in self.charges],
            "examples": {
                usage.terms.id: [_example_dict(example) for example in usage.examples]
                for usage in self.usage
            },
            "last_changed_on": self.last_changed_on.isoformat(),
            "announced": self.announced.to_dict() if self.announced else None,
            "version": self.version,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A plan at given quantities: its charges, and each usage price where it then stands."""

    offer: Offer
    charges: tuple[Charges, ...]
    usage: tuple[Example, ...]

    def to_dict(self) -> dict[str, Any]:
        """The bills in JSON, one a billing frequency, and what comes next of each usage price."""
        return {
            "id": self.offer.id,
            "name": self.offer.name,
            "bills": [_charges_dict(charges) for charges in self.charges],
            "usage": [_usage_dict(example) for example in self.usage],
        }


def _totals(bill: Bill) -> dict[str, str]:
    return {"net": str(bill.net), "tax": str(bill.tax), "gross": str(bill.gross)}


def _from_dict(charges: Charges) -> dict[str, Any]:
    # Without days: list prices are the same document tomorrow.
    rhythm = {"billing_frequency": charges.frequency.value, "from": charges.is_from}
    return rhythm | _totals(charges.bill)


def _charges_dict(charges: Charges) -> dict[str, Any]:
    return {"billing_frequency": charges.frequency.value, **charges.bill.to_dict()}


def _price_dict(price: PriceTerms) -> dict[str, Any]:
    return {
        "id": price.id,
        "name": price.name,
        "currency": price.currency,
        "billing_frequency": price.billing_frequency.value,
        "billing_type": price.billing_type.value,
        "metric": price.metric_id,
        "unit": price.unit.singular if price.unit else None,
        "structure": structure_to_dict(price.structure),
    }


def _example_dict(example: Example) -> dict[str, Any]:
    return {"quantity": f"{example.quantity:f}", **_totals(example.bill)}


def _usage_dict(example: Example) -> dict[str, Any]:
    position = example.position
    return {
        "name": position.price_name,
        "unit": position.unit.singular,
        "quantity": f"{example.quantity:f}",
        "net": str(position.net),
        "next_unit_cost": f"{position.next_cost:f}",
        "units_until_change": _plain(position.until_change),
        "next_unit_cost_after": _plain(position.cost_after),
        "average_unit_cost": _plain(example.average),
    }


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
