"""Who pays: customers, and the names that usage events know them by."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Enum, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from pricingsite.database import Base
from pricingsite.models.types import UTCDateTime, new_id


class SuspensionCause(StrEnum):
    """Why a customer is suspended: the merchant chose to, or an invoice was long overdue."""

    MERCHANT = "merchant"
    OVERDUE = "overdue"


class Customer(Base):
    """A company that buys. `verified_at` is when its e-mail address was first proven.

    While it is suspended it is entitled to nothing; nothing of it is deleted.
    """

    __tablename__ = "customers"
    __table_args__ = (
        CheckConstraint("tax_id IS NOT NULL OR NOT tax_id_verified", name="tax_id_to_verify"),
        CheckConstraint("(suspended_at IS NULL) = (suspended_for IS NULL)", name="suspended"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: new_id("cus"))
    legal_name: Mapped[str]
    contact_name: Mapped[str | None]
    billing_email: Mapped[str]
    line1: Mapped[str | None]
    line2: Mapped[str | None]
    town: Mapped[str | None]
    postcode: Mapped[str | None]
    country: Mapped[str]
    tax_id: Mapped[str | None]
    tax_id_verified: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    verified_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    suspended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    suspended_for: Mapped[SuspensionCause | None] = mapped_column(
        Enum(
            SuspensionCause,
            name="suspension_cause",
            native_enum=False,
            create_constraint=True,
            length=None,
            values_callable=list,
        )
    )


class CustomerAlias(Base):
    """Another name of a customer in usage events; each names one customer at most."""

    __tablename__ = "customer_aliases"

    alias: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
