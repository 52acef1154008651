"""E-mails to send: rows written in the business transaction, delivered after it, at least once."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from pricingsite.database import Base
from pricingsite.models.types import UTCDateTime


class OutboxMessage(Base):
    """One e-mail. `message_id` is its stable Message-ID; `due_at` the next moment to try.

    A message that cannot be built is parked: `last_error` says why, and it is not tried again.
    `unsubscribe_url` is where the recipient can turn such e-mails off, if they may. `quota_key` is
    what it counts towards, where a mailbox is sent only so many of a kind.

    With a `template` it has no words yet: they are written at delivery, from `invoice_id`.
    """

    __tablename__ = "outbox_messages"
    __table_args__ = (
        Index(None, "delivered_at", "due_at"),
        Index(None, "quota_key", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    recipient: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    unsubscribe_url: Mapped[str | None]
    quota_key: Mapped[str | None]
    template: Mapped[str | None]
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    delivered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    parked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
