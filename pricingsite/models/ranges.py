"""Likely ranges: a small table that is made of past months' usage."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pricingsite.database import Base
from pricingsite.models.types import Micros, UTCDateTime


class UsageRange(Base):
    """Between which ratios to their pace the rest of past months came, by day of the period.

    `days_gone` are whole days of the period; `months` are those that the two were taken from.
    """

    __tablename__ = "usage_ranges"
    __table_args__ = (CheckConstraint("low <= high", name="low_to_high"),)

    metric_id: Mapped[str] = mapped_column(primary_key=True)
    days_gone: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    low: Mapped[Decimal] = mapped_column(Micros)
    high: Mapped[Decimal] = mapped_column(Micros)
    months: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
