"""Keys that the merchant's own programs call the API with."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from pricingsite.database import Base
from pricingsite.models.types import UTCDateTime, new_id


class ApiKey(Base):
    """A key, of which only a hash is kept; `scopes` are separated by spaces.

    `last_used_at` is right to a minute.
    """

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: new_id("psk"))
    secret_hash: Mapped[str]
    scopes: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
