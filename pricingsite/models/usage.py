"""Usage events, and their rollup by customer, metric and day.

The only tables that grow with usage. Every unique key of theirs contains the customer, and they
hold no foreign key but to the customer, so that they shard by customer. Quantities are whole
millionths; days are the merchant's zone's.
"""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from pricingsite.database import Base
from pricingsite.models.types import Micros, UTCDateTime

# Ordered by code point on every database, as Python orders text.
_BY_CODE_POINT = Text().with_variant(Text(collation="C"), "postgresql")


class UsageEvent(Base):
    """One CloudEvent as it came. Its id comes first in the key: ids in order of time store fast."""

    __tablename__ = "usage_events"
    __table_args__ = (Index("ix_usage_events_block", "block", "customer_id", "occurred_at"),)

    event_id: Mapped[str] = mapped_column(Text, primary_key=True)
    source: Mapped[str] = mapped_column(Text, primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    event_type: Mapped[str] = mapped_column(Text)
    occurred_at: Mapped[datetime] = mapped_column(UTCDateTime)
    data: Mapped[str] = mapped_column(Text)
    stored_at: Mapped[datetime] = mapped_column(UTCDateTime)
    voided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # So many rows as they were stored: see services/usage/blocks.py.
    block: Mapped[int] = mapped_column(server_default="0")


# In whole millionths of a unit. A month without such a day is less than half full.
_LARGE = "total > 16129032258000000"
# By a column that hardly ever changes: where an index's condition reads one that does, PostgreSQL
# adds to every index with each update.
LARGE_DAY = text("is_large")


class UsageDay(Base):
    """A customer's day of one metric, kept in the transaction that stores its events.

    `latest` is the value of the day's last event by (time, source, id), kept for metrics that go by
    it; its time is `last_event_at`.
    """

    __tablename__ = "usage_days"
    __table_args__ = (
        CheckConstraint("event_count >= 0", name="event_count"),
        CheckConstraint(
            "(latest IS NULL) = (latest_source IS NULL) AND "
            "(latest IS NULL) = (latest_event_id IS NULL)",
            name="latest",
        ),
        Index(
            "ix_usage_days_large",
            "customer_id",
            "day",
            sqlite_where=LARGE_DAY,
            postgresql_where=LARGE_DAY,
        ),
        # In SQLite, rows lie in their key's order: one tree to write instead of two. In PostgreSQL,
        # more than half of each page is left for what its rows become.
        {"sqlite_with_rowid": False, "postgresql_with": {"fillfactor": 40}},
    )

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    metric_id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    event_count: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[Decimal] = mapped_column(Micros)
    maximum: Mapped[Decimal | None] = mapped_column(Micros)
    latest: Mapped[Decimal | None] = mapped_column(Micros)
    latest_source: Mapped[str | None] = mapped_column(_BY_CODE_POINT)
    latest_event_id: Mapped[str | None] = mapped_column(_BY_CODE_POINT)
    last_event_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    is_large: Mapped[bool] = mapped_column(Computed(_LARGE, persisted=True))


class UsageValue(Base):
    """A value that a `unique` metric saw on a day; distinct values of days do not add up."""

    __tablename__ = "usage_values"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - as SQLAlchemy reads it

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    metric_id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(Text, primary_key=True)
