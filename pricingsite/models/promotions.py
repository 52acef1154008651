"""Promotion codes, and which companies have had what is given once."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import JSON, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from pricingsite.database import Base
from pricingsite.models.types import DecimalText, UTCDateTime


class Promotion(Base):
    """A code that takes a `rate` (a fraction) or an `amount` off so many billing periods, or all.

    Written by `flask catalog apply`, but for `redeemed`: how many orders hold it. `id` is the code;
    without `plans` it is for every plan; `valid_until` is its last day.
    """

    __tablename__ = "promotions"
    __table_args__ = (
        CheckConstraint("(rate IS NULL) <> (amount IS NULL)", name="rate_or_amount"),
        CheckConstraint("(amount IS NULL) = (currency IS NULL)", name="amount_in_currency"),
        CheckConstraint("redeemed >= 0", name="redeemed"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    rate: Mapped[Decimal | None] = mapped_column(DecimalText)
    amount: Mapped[Decimal | None] = mapped_column(DecimalText)
    currency: Mapped[str | None]
    periods: Mapped[int | None]
    plans: Mapped[list[str]] = mapped_column(JSON)
    new_customers_only: Mapped[bool]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    maximum_redemptions: Mapped[int | None]
    redeemed: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class CompanyClaim(Base):
    """What a company has had that is given once: a trial, or a promotion code.

    `company` is a hash of its tax id, or of its address's domain.
    """

    __tablename__ = "company_claims"

    subject: Mapped[str] = mapped_column(primary_key=True)
    company: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
