"""Who pays: customers, what is verified of them, and the names that usage events know them by."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from pricingsite.database import Base
from pricingsite.models.types import UTCDateTime, new_id
from pricingsite.pricing import TaxEvidence

_TO_CHECK = text("tax_id_valid AND tax_evidence IS NULL")


class SuspensionCause(StrEnum):
    """Why a customer is suspended: the merchant chose to, or an invoice was long overdue."""

    MERCHANT = "merchant"
    OVERDUE = "overdue"


class Customer(Base):
    """A company that buys. `verified_at` is when its e-mail address was first proven.

    `tax_id_valid` says that its tax id has the form and check digits of its country, which proves
    nothing. `tax_evidence` is what has been verified for its tax: its tax id, or that it is a
    business; when, by whom, and with which consultation number or on what evidence.

    While it is suspended it is entitled to nothing; nothing of it is deleted. One that was closed
    has no users any more, and of its details what its invoices state.
    """

    __tablename__ = "customers"
    __table_args__ = (
        Index(
            "ix_customers_tax_id_to_check",
            "country",
            sqlite_where=_TO_CHECK,
            postgresql_where=_TO_CHECK,
        ),
        # Lists page by page are in the order of making.
        Index("ix_customers_created_at", "created_at", "id"),
        CheckConstraint("(suspended_at IS NULL) = (suspended_for IS NULL)", name="suspended"),
        CheckConstraint("tax_id IS NOT NULL OR NOT tax_id_valid", name="valid_tax_id"),
        CheckConstraint(
            "(tax_evidence IS NULL) = (tax_verified_at IS NULL)"
            " AND (tax_evidence IS NULL) = (tax_verified_by IS NULL)",
            name="tax_verified",
        ),
        CheckConstraint(
            "tax_evidence IS NULL OR tax_evidence <> 'tax_id' OR tax_id IS NOT NULL",
            name="verified_tax_id",
        ),
        CheckConstraint(
            "tax_id_consultation IS NULL OR coalesce(tax_evidence, '') = 'tax_id'",
            name="consultation",
        ),
        CheckConstraint(
            "(business_evidence IS NULL) = (coalesce(tax_evidence, '') <> 'business')",
            name="business_evidence",
        ),
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
    tax_id_valid: Mapped[bool] = mapped_column(default=False)
    tax_evidence: Mapped[TaxEvidence | None] = mapped_column(
        Enum(
            TaxEvidence,
            name="tax_evidence",
            native_enum=False,
            create_constraint=True,
            length=None,
            values_callable=list,
        )
    )
    tax_verified_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    tax_verified_by: Mapped[str | None]
    tax_id_consultation: Mapped[str | None]
    business_evidence: Mapped[str | None] = mapped_column(Text)
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
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class BillingCopy(Base):
    """An address that gets copies of a customer's e-mails about invoices: of five at most."""

    __tablename__ = "billing_copies"
    __table_args__ = (
        UniqueConstraint("customer_id", "email"),
        CheckConstraint("position BETWEEN 1 AND 5", name="position"),
    )

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]


class TaxIdCheck(Base):
    """The online check of a customer's tax id: what was asked, and the latest answer to it.

    `due_at` is the next moment to ask, `valid` None until there was an answer. It says nothing of
    the customer's tax by itself: that is what `Customer.tax_evidence` does.
    """

    __tablename__ = "tax_id_checks"

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    tax_id: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    valid: Mapped[bool | None]
    consultation: Mapped[str | None]
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    last_error: Mapped[str | None] = mapped_column(Text)


class CustomerAlias(Base):
    """Another name of a customer in usage events; each names one customer at most."""

    __tablename__ = "customer_aliases"

    alias: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
