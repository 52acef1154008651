"""Changes of billing schedules, as they were made, and the lines that they add to bills."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Enum,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pricingsite.database import Base
from pricingsite.models.schedules import BillingSchedule
from pricingsite.models.types import DecimalText, UTCDateTime
from pricingsite.pricing import Period

_IS_LATEST = text("is_latest")
_IS_CREDIT = text("invoice_id IS NOT NULL")


class ChangeKind(StrEnum):
    """What a change does to a schedule."""

    PLAN = "plan"
    CANCELLATION = "cancellation"
    END = "end"
    PAUSE = "pause"
    PRICE_MOVE = "price_move"


class ScheduleChange(Base):
    """A change of a schedule that takes effect on `starts_on`.

    The latest one of a schedule can be undone until then: `before` is what the schedule was.
    `from_plan` and `to_plan` are names, None for a deal of the customer's own or none at all.
    Where it ends the schedule for one in another currency, that is `following`.
    """

    __tablename__ = "schedule_changes"
    __table_args__ = (
        # One pending change at most, whatever races.
        Index(
            "uq_schedule_changes_latest",
            "schedule_id",
            unique=True,
            sqlite_where=_IS_LATEST,
            postgresql_where=_IS_LATEST,
        ),
        CheckConstraint("NOT is_latest OR undone_at IS NULL", name="undone"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[str] = mapped_column(ForeignKey("billing_schedules.id"), index=True)
    kind: Mapped[ChangeKind] = mapped_column(
        Enum(
            ChangeKind,
            name="change_kind",
            native_enum=False,
            create_constraint=True,
            length=None,
            values_callable=list,
        )
    )
    starts_on: Mapped[date]
    from_plan: Mapped[str | None]
    to_plan: Mapped[str | None]
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    is_latest: Mapped[bool] = mapped_column(default=True)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    following_id: Mapped[str | None] = mapped_column(ForeignKey("billing_schedules.id"))
    following: Mapped[BillingSchedule | None] = relationship(foreign_keys=[following_id])


class ChangeLine(Base):
    """A line that a change adds to the bill of a day: what was paid in advance for days after it.

    `net` is in whole minor units, negative, its share of a discount taken off. With an `invoice_id`
    it is on no bill: it waits to be credited of that invoice's line, its `place` from 1.
    """

    __tablename__ = "change_lines"
    __table_args__ = (
        UniqueConstraint("schedule_id", "due_on", "position"),
        CheckConstraint("period_end > period_start", name="period"),
        CheckConstraint("net < 0", name="net"),
        CheckConstraint("(invoice_id IS NULL) = (place IS NULL)", name="credited"),
        # Billing runs look for credits that are due.
        Index(
            "ix_change_lines_credited",
            "due_on",
            sqlite_where=_IS_CREDIT,
            postgresql_where=_IS_CREDIT,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[str] = mapped_column(ForeignKey("billing_schedules.id"))
    due_on: Mapped[date]
    position: Mapped[int]
    price_id: Mapped[str] = mapped_column(ForeignKey("prices.id"))
    period_start: Mapped[date]
    period_end: Mapped[date]
    description: Mapped[str] = mapped_column(Text)
    tax_rate: Mapped[Decimal | None] = mapped_column(DecimalText)
    net: Mapped[int] = mapped_column(BigInteger)
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"))
    place: Mapped[int | None]

    @property
    def period(self) -> Period:
        """The days that it is for."""
        return Period(self.period_start, self.period_end)
