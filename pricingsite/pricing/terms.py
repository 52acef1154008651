"""A price as pricing sees it, and what its metric counts."""

from dataclasses import dataclass

from pricingsite.pricing.errors import PricingError
from pricingsite.pricing.periods import BillingFrequency, BillingType
from pricingsite.pricing.structures import Structure


@dataclass(frozen=True, slots=True)
class Unit:
    """What a metric counts, such as API call, API calls; `whole` where people count no halves."""

    singular: str
    plural: str
    whole: bool = False


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

    @property
    def is_free(self) -> bool:
        """Whether it never costs anything: a fee of nothing."""
        return not (self.is_usage or self.structure.parts[0].amount)
