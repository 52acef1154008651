"""Webhooks: the endpoints of the merchant's programs, the events for them, and their deliveries.

They are written in the business transaction and delivered after it, at least once, as e-mails are.
An event is a row of its own beside those of its deliveries: every endpoint gets the same bytes.
"""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pricingsite.database import Base
from pricingsite.models.types import UTCDateTime, new_id

_IS_THERE = text("removed_at IS NULL")
_WAITS = text("delivered_at IS NULL AND parked_at IS NULL")


class WebhookEndpoint(Base):
    """Where events are sent; of the `types` named, or of all where none is.

    Deliveries are signed by `secret`, and by `old_secret` too until `old_secret_until`. It is
    `disabled_at` when it answered that it is gone: it gets no more. One that the merchant removed
    stays as a row, since events may be written for it at that very moment.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        Index(
            "uq_webhook_endpoints_url",
            "url",
            unique=True,
            sqlite_where=_IS_THERE,
            postgresql_where=_IS_THERE,
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: new_id("whe"))
    url: Mapped[str]
    types: Mapped[list[str]] = mapped_column(JSON)
    secret: Mapped[str]
    old_secret: Mapped[str | None]
    old_secret_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class WebhookEvent(Base):
    """What happened to a customer. `about` is the id of what it is about, by its type.

    `body` is what is sent, written at the first delivery and kept as it is from then on.
    """

    __tablename__ = "webhook_events"

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: new_id("evt"))
    type: Mapped[str]
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    about: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    body: Mapped[str | None] = mapped_column(Text)


class WebhookDelivery(Base):
    """An event on its way to an endpoint; `due_at` is the next moment to try.

    A delivery is parked when it has failed for so long since `created_at` that it is given up, or
    cannot be written: `last_error` says why. Those of a customer go out in the order of their ids.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("event_id", "endpoint_id"),
        # What is delivered is many times what waits.
        Index(
            "ix_webhook_deliveries_due",
            "due_at",
            "id",
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
        Index(
            "ix_webhook_deliveries_order",
            "endpoint_id",
            "customer_id",
            "id",
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(ForeignKey("webhook_events.id"))
    endpoint_id: Mapped[str] = mapped_column(ForeignKey("webhook_endpoints.id"))
    customer_id: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    delivered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    parked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    event: Mapped[WebhookEvent] = relationship(lazy="joined", innerjoin=True)
    endpoint: Mapped[WebhookEndpoint] = relationship(lazy="joined", innerjoin=True)


class MidnightSweep(Base):
    """Up to which day the events of midnights have been written: one row, locked by who does it."""

    __tablename__ = "midnight_sweeps"

    name: Mapped[str] = mapped_column(primary_key=True)
    swept_until: Mapped[date]
