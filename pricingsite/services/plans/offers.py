"""What is said of a plan: its offer to shoppers, and its quote at given quantities.

Ready-made by `pricing_page.py`, so that pages, `/pricing.json` and `/pricing.md` only place it.
Amounts are those of one whole period, in bills that say net, VAT and gross.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pricingsite.pricing import (
    Aggregation,
    Bill,
    BillingFrequency,
    FirstBill,
    Money,
    PriceTerms,
)
from pricingsite.pricing.position import UsagePosition


@dataclass(frozen=True, slots=True, kw_only=True)
class Charges:
    """What a plan's prices of one billing frequency cost together for one whole period.

    `is_from` says that usage adds to it.
    """

    frequency: BillingFrequency
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
    aggregation: Aggregation
    columns: tuple[str, ...]
    last_bound: Decimal | None
    highlights: tuple[Example, ...]
    examples: tuple[Example, ...]
    huge: Example

    @property
    def included(self) -> Decimal | None:
        """How many units the first tier includes without charging for each, None without such."""
        return self.terms.structure.included


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What a plan will cost from a day on: its charges then, and each price now and then."""

    valid_from: date
    charges: tuple[Charges, ...]
    prices: tuple[tuple[PriceTerms, PriceTerms], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A plan on sale, ready to print.

    `charges` are those at zero usage, the headline's first; `first_bill` is that of an order that
    starts today; `descriptions` are the products'. `version` changes whenever the prices or the
    VAT rate do; checkout signs it.
    """

    id: str
    name: str
    tagline: str | None
    features: tuple[str, ...]
    faq: tuple[Mapping[str, str], ...]
    products: tuple[str, ...]
    descriptions: Mapping[str, str]
    currency: str
    prices: tuple[PriceTerms, ...]
    charges: tuple[Charges, ...]
    first_bill: FirstBill
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
    def due_today(self) -> Bill | None:
        """What an order that starts today is billed today; None where nothing is in advance."""
        return self.first_bill.bill if self.first_bill.is_in_advance else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A plan at given quantities: its charges, and each usage price where it then stands."""

    offer: Offer
    charges: tuple[Charges, ...]
    usage: tuple[Example, ...]
