"""What is for sale: metrics, products, prices, features and plans.

A row of these is written by `flask catalog apply` alone. A price's terms never change once applied;
what the catalog file no longer names is archived, not deleted, because schedules refer to it.
"""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.json import decode, encode
from sqlalchemy import (
    JSON,
    CheckConstraint,
    Enum,
    ForeignKey,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pricingsite.database import Base
from pricingsite.models.types import DecimalText, Micros, UTCDateTime
from pricingsite.pricing import (
    Aggregation,
    BillingFrequency,
    BillingType,
    PriceTerms,
    Structure,
    Trial,
    Unit,
    local_date,
    structure_from_dict,
)

# One that was withdrawn leaves its place to another.
_IN_FORCE = text("archived_at IS NULL")
_WITHOUT_PROPERTY = ", ".join(f"'{one}'" for one in Aggregation if not one.needs_property)


class UsageMetric(Base):
    """How events of a type become a quantity."""

    __tablename__ = "usage_metrics"
    __table_args__ = (
        CheckConstraint(
            f"(aggregation IN ({_WITHOUT_PROPERTY})) = (property IS NULL)", name="property"
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    event_type: Mapped[str]
    # As text that the database checks, its length left open.
    aggregation: Mapped[Aggregation] = mapped_column(
        Enum(
            Aggregation,
            name="aggregation",
            native_enum=False,
            create_constraint=True,
            length=None,
            values_callable=list,
        )
    )
    property: Mapped[str | None]
    default: Mapped[Decimal | None] = mapped_column(DecimalText)
    unit: Mapped[str]
    unit_plural: Mapped[str]
    # Whether people type whole units alone; none = as its aggregation has it.
    whole: Mapped[bool | None]
    # What it is called where its unit does not say it all; none = by its unit.
    name: Mapped[str | None]
    # For how many units prices are shown; none = for one.
    display_per: Mapped[Decimal | None] = mapped_column(DecimalText)
    # Only events whose data have these values are counted; empty = all of the type.
    where: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, server_default="{}")
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


def unit_of(metric: UsageMetric) -> Unit:
    """A metric's unit as pricing knows it; `whole` binds what people type, never events."""
    whole = metric.aggregation.is_whole if metric.whole is None else metric.whole
    # A name that says no more than the unit is none of its own.
    is_named = metric.name and metric.name.casefold() != metric.unit_plural.casefold()
    return Unit(
        metric.unit,
        metric.unit_plural,
        whole,
        metric.name if is_named else None,
        metric.display_per or Decimal(1),
    )


@lru_cache(maxsize=1024)
def _structure(document: bytes) -> Structure:
    """The structure of a price, parsed once: an applied price keeps its terms."""
    return structure_from_dict(decode(document))


class Product(Base):
    """What is provisioned to a customer."""

    __tablename__ = "products"

    id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    name: Mapped[str]
    description: Mapped[str | None]
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    prices: Mapped[list["Price"]] = relationship(
        back_populates="product", order_by="Price.position", lazy="selectin"
    )


class Price(Base):
    """What a product costs: a public list price, or a variant of one for custom deals.

    An announced price takes the place of the list price that it `replaces`, in every plan, on the
    day that it is `valid_from`.
    """

    __tablename__ = "prices"
    __table_args__ = (
        CheckConstraint("list_price = (variant_of IS NULL)", name="list_or_variant"),
        CheckConstraint("variant_of <> id", name="variant_of_another"),
        CheckConstraint(
            "metric_id IS NULL OR billing_type = 'in_arrears'", name="usage_in_arrears"
        ),
        CheckConstraint("(replaces IS NULL) = (valid_from IS NULL)", name="replaces_from"),
        CheckConstraint("metric_id IS NULL OR per IS NULL", name="used_or_bought"),
        Index(
            "uq_prices_replaces",
            "replaces",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), index=True)
    name: Mapped[str]
    list_price: Mapped[bool]
    variant_of: Mapped[str | None] = mapped_column(ForeignKey("prices.id"))
    replaces: Mapped[str | None] = mapped_column(ForeignKey("prices.id"))
    valid_from: Mapped[date | None]
    currency: Mapped[str]
    structure: Mapped[dict[str, Any]] = mapped_column(JSON)
    billing_frequency: Mapped[str]
    billing_type: Mapped[str]
    metric_id: Mapped[str | None] = mapped_column(ForeignKey("usage_metrics.id"))
    prorate_flat_fees: Mapped[bool] = mapped_column(default=False)
    # What it is bought by, such as a seat, and how many at least and at most.
    per: Mapped[str | None]
    per_plural: Mapped[str | None]
    minimum_quantity: Mapped[Decimal | None] = mapped_column(Micros)
    maximum_quantity: Mapped[Decimal | None] = mapped_column(Micros)
    applied_at: Mapped[datetime] = mapped_column(UTCDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    product: Mapped[Product] = relationship(back_populates="prices", lazy="joined")
    metric: Mapped[UsageMetric | None] = relationship(lazy="joined")

    @property
    def terms(self) -> PriceTerms:
        """The price as pricing sees it: the one way from a row to something that rates."""
        metric = self.metric
        return PriceTerms(
            id=self.id,
            name=self.name,
            currency=self.currency,
            structure=_structure(encode(self.structure)),
            billing_frequency=self.frequency,
            billing_type=self.type,
            unit=unit_of(metric) if metric else self._bought_unit,
            metric_id=metric.id if metric else None,
            prorate_flat_fees=self.prorate_flat_fees,
            minimum_quantity=(least := self.minimum_quantity or Decimal(1)),
            maximum_quantity=self.maximum_quantity,
            quantity=least,
        )

    @property
    def _bought_unit(self) -> Unit | None:
        return Unit(self.per, self.per_plural or f"{self.per}s", whole=True) if self.per else None

    def in_force_from(self, zone: ZoneInfo) -> date:
        """The first day it could be ordered at: when it was applied, or as it was announced."""
        applied = local_date(self.applied_at, zone)
        return max(self.valid_from, applied) if self.valid_from else applied

    @property
    def frequency(self) -> BillingFrequency:
        """The billing frequency as pricing knows it."""
        return BillingFrequency(self.billing_frequency)

    @property
    def type(self) -> BillingType:
        """The billing type as pricing knows it."""
        return BillingType(self.billing_type)


class Feature(Base):
    """A row of the table that compares plans; each plan says its value."""

    __tablename__ = "features"

    id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    name: Mapped[str]
    group_name: Mapped[str | None]
    description: Mapped[str | None]


class Plan(Base):
    """What shoppers see: list prices in one or more options, each a way to pay in one currency.

    `options` are tables of `id` and `note` in their order, the default first. A plan without any is
    one to talk about, by `contact`: an e-mail or https address. `feature_values` are true, false or
    text by feature id; `limits` decimals in text by metric or feature id. `recommended` says why it
    is the one to choose. `minimum` is what a period costs at least, in major units of
    the option's currency. `trial_then` says what follows `trial_days`: "ends" or "continues".
    """

    __tablename__ = "plans"

    id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    name: Mapped[str]
    tagline: Mapped[str | None]
    features: Mapped[list[str]] = mapped_column(JSON)
    faq: Mapped[list[dict[str, str]]] = mapped_column(JSON, server_default="[]")
    options: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    feature_values: Mapped[dict[str, bool | str]] = mapped_column(JSON, server_default="{}")
    limits: Mapped[dict[str, str]] = mapped_column(JSON, server_default="{}")
    contact: Mapped[str | None]
    recommended: Mapped[str | None]
    minimum: Mapped[Decimal | None] = mapped_column(DecimalText)
    trial_days: Mapped[int | None]
    trial_then: Mapped[str | None]
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    plan_prices: Mapped[list["PlanPrice"]] = relationship(
        order_by="PlanPrice.position", cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def prices(self) -> list[Price]:
        """The list prices of its default option in their order, as the catalog file names them.

        What is charged on a day is on its `PriceList`, where announced prices have their places.
        """
        return self.prices_in(self.option_ids[0]) if self.options else []

    @property
    def option_ids(self) -> list[str]:
        """Its options' ids, the default's first."""
        return [option["id"] for option in self.options]

    def prices_in(self, option_id: str) -> list[Price]:
        """The list prices of an option in their order, without add-ons."""
        return [one.price for one in self.places_in(option_id) if not one.add_on]

    @property
    def trial(self) -> Trial | None:
        """Its trial, if it has one."""
        if self.trial_days is None:
            return None
        return Trial(self.trial_days, continues=self.trial_then == "continues")

    def places_in(self, option_id: str) -> list["PlanPrice"]:
        """The places of an option, add-ons last."""
        return [one for one in self.plan_prices if one.option_id == option_id]


DEFAULT_OPTION = "default"


class PlanPrice(Base):
    """A price's place in an option of a plan, or that of an add-on to it.

    Of an add-on up to `maximum_quantity` can be chosen; without one, one.
    """

    __tablename__ = "plan_prices"
    __table_args__ = (UniqueConstraint("plan_id", "option_id", "position"),)

    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"), primary_key=True)
    option_id: Mapped[str] = mapped_column(primary_key=True)
    price_id: Mapped[str] = mapped_column(ForeignKey("prices.id"), primary_key=True)
    position: Mapped[int]
    add_on: Mapped[bool] = mapped_column(default=False)
    maximum_quantity: Mapped[Decimal | None] = mapped_column(Micros)
    price: Mapped[Price] = relationship(lazy="joined")
