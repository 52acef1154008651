"""Who may act: users and their passwords, memberships, invitations, and programs' API keys.

What programs were answered is kept for a while, so that a request can be sent again.

E-mail addresses are stored in their normalised form, so that the unique key means one person.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Enum, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pricingsite.database import Base
from pricingsite.models.customers import Customer
from pricingsite.models.types import UTCDateTime, new_id


class Role(StrEnum):
    """What a user may do for a customer: change what it has, or read it."""

    BILLING_ADMIN = "billing_admin"
    VIEWER = "viewer"


class User(Base):
    """A person with a password. `fs_uniquifier` stands in sessions: a new one ends them all."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


def _role() -> Enum:
    return Enum(
        Role,
        name="role",
        native_enum=False,
        create_constraint=True,
        length=None,
        values_callable=list,
    )


class Membership(Base):
    """A user's right to act for a customer, or to read of it: their role says which."""

    __tablename__ = "memberships"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    customer_id: Mapped[str] = mapped_column(
        ForeignKey("customers.id"), primary_key=True, index=True
    )
    role: Mapped[Role] = mapped_column(_role(), default=Role.BILLING_ADMIN)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    customer: Mapped[Customer] = relationship(lazy="joined")


class Invitation(Base):
    """A membership to be: who follows its e-mailed link proves the address. It works once.

    `invited_by` is the member who invited a colleague; nobody where an order or the merchant did.
    """

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    email: Mapped[str]
    role: Mapped[Role] = mapped_column(_role(), default=Role.BILLING_ADMIN)
    invited_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    customer: Mapped[Customer] = relationship(lazy="joined")


class PasswordReset(Base):
    """Somebody asked for a link that sets a new password.

    Whose address it is, is looked up later: asking takes the same time for every address.
    """

    __tablename__ = "password_resets"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)


class EndedSession(Base):
    """A browser's session that was ended: its cookie signs nobody in."""

    __tablename__ = "ended_sessions"

    id: Mapped[str] = mapped_column(primary_key=True)
    ended_at: Mapped[datetime] = mapped_column(UTCDateTime)


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


class IdempotencyKey(Base):
    """A request of a program that was done, with its answer, so that it is not done again.

    `content_hash` is of all that the request says; it is kept a day from `made_at` on.
    """

    __tablename__ = "idempotency_keys"

    api_key_id: Mapped[str] = mapped_column(ForeignKey("api_keys.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    content_hash: Mapped[str]
    status: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    location: Mapped[str | None]
    made_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
