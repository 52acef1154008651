"""A price as pricing sees it, and what it is charged by: units that are used, or bought."""

from dataclasses import dataclass, replace
from decimal import Decimal

from pricingsite.pricing.errors import PricingError
from pricingsite.pricing.periods import BillingFrequency, BillingType
from pricingsite.pricing.structures import Structure


@dataclass(frozen=True, slots=True)
class Unit:
    """What is charged by, such as API call, API calls; `whole` where people count no halves.

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
    """A price as pricing sees it.

    With a metric it charges for usage of its unit. With a unit alone it is bought by quantity, such
    as seats: its structure is over that `quantity`, a fixed amount is for each.
    """

    id: str
    name: str
    currency: str
    structure: Structure
    billing_frequency: BillingFrequency
    billing_type: BillingType
    unit: Unit | None = None
    metric_id: str | None = None
    prorate_flat_fees: bool = False
    minimum_quantity: Decimal = Decimal(1)
    maximum_quantity: Decimal | None = None
    quantity: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        if self.metric_id is not None:
            if not self.structure.is_usage:
                raise PricingError(f"price {self.id}: a fixed price has no metric")
            if self.unit is None:
                raise PricingError(f"price {self.id}: a usage price needs a metric")
            if self.billing_type is not BillingType.IN_ARREARS:
                raise PricingError(f"price {self.id}: a usage price is billed in arrears")
        elif self.structure.is_usage and self.unit is None:
            raise PricingError(f"price {self.id}: a usage price needs a metric")

    @property
    def is_usage(self) -> bool:
        """Whether what is used decides what is charged."""
        return self.metric_id is not None

    @property
    def is_free(self) -> bool:
        """Whether it never costs anything: fees of nothing, and no usage."""
        return not (self.is_usage or any(part.amount for part in self.structure.parts))

    @property
    def is_bought(self) -> bool:
        """Whether it is bought by quantity."""
        return self.unit is not None and self.metric_id is None

    def at(self, quantity: Decimal) -> "PriceTerms":
        """The price as it is bought at a quantity. Raises `PricingError` outside its bounds."""
        if not self.is_bought:
            raise PricingError(f"price {self.id} is not bought by quantity")
        most = self.maximum_quantity
        if quantity < self.minimum_quantity or (most is not None and quantity > most):
            raise PricingError(f"price {self.id} is not sold at a quantity of {quantity}")
        return replace(self, quantity=quantity)
