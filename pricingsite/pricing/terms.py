"""A price as pricing sees it, and what its metric counts."""

from dataclasses import dataclass
from decimal import Decimal

from pricingsite.pricing.errors import PricingError
from pricingsite.pricing.periods import BillingFrequency, BillingType
from pricingsite.pricing.structures import Structure


@dataclass(frozen=True, slots=True)
class Unit:
    """What a metric counts, such as API call, API calls; `whole` where people count no halves.

    `name` is what the metric itself is called, such as Egress of gigabytes; None where its unit
    says it all. Prices of units are shown for `per` units, and billed for each.
    """

    singular: str
    plural: str
    whole: bool = False
    name: str | None = None
    per: Decimal = Decimal(1)

    @property
    def title(self) -> str:
        """The metric's name: its own, or what its unit is called."""
        return self.name or f"{self.plural[:1].upper()}{self.plural[1:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTerms:
    """A price as pricing sees it."""

    id: str
    name: str
    currency: str
    structure: Structure
    billing_frequency: BillingFrequency
    billing_type: BillingType
    unit: Unit | None = None
    metric_id: str | None = None
    prorate_flat_fees: bool = False

    def __post_init__(self) -> None:
        if self.structure.is_usage:
            if self.unit is None or self.metric_id is None:
                raise PricingError(f"price {self.id}: a usage price needs a metric")
            if self.billing_type is not BillingType.IN_ARREARS:
                raise PricingError(f"price {self.id}: a usage price is billed in arrears")
        elif self.metric_id is not None:
            raise PricingError(f"price {self.id}: a fixed price has no metric")

    @property
    def is_usage(self) -> bool:
        """Whether a quantity decides what is charged."""
        return self.structure.is_usage
