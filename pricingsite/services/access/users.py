"""Users, their e-mail addresses, and the customers that they may act for."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.access import Membership, User
from pricingsite.models.customers import Customer

_NO_ADDRESS = "Enter an e-mail address in the right format, like name@example.com"
_NOT_ASCII = (
    "Enter another e-mail address: we can only write to one that has letters from A to Z, digits "
    "and punctuation before the @"
)


class EmailError(ValueError):
    """Text that is no e-mail address we can write to; the message says what to enter."""


def normalise_email(text: str) -> str:
    """An address in the one form that is stored: lower case, no space around it.

    Raises `EmailError`; whether anybody reads mail there is not asked.
    """
    try:
        checked = validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError:
        raise EmailError(_NO_ADDRESS) from None
    if checked.ascii_email is None:
        raise EmailError(_NOT_ASCII)
    if "=?" in checked.local_part:
        # Mail programs would read it as encoded text, not as an address.
        raise EmailError(_NO_ADDRESS)
    return checked.normalized.lower()


def find_user(session: Session, email: str) -> User | None:
    """The user of a normalised address."""
    return session.scalar(select(User).where(User.email == email))


def create_user(session: Session, email: str, password_hash: str, *, now: datetime) -> User:
    """A new user; the address is unique."""
    user = User(
        email=email,
        password=password_hash,
        active=True,
        fs_uniquifier=uuid4().hex,
        created_at=now,
    )
    session.add(user)
    session.flush()
    return user


def add_membership(session: Session, user: User, customer: Customer, *, now: datetime) -> None:
    """Let a user act for a customer; twice is once."""
    if session.get(Membership, (user.id, customer.id)) is None:
        session.add(Membership(user_id=user.id, customer_id=customer.id, created_at=now))
        session.flush()


def memberships(session: Session, user: User) -> Sequence[Membership]:
    """A user's memberships, the oldest first."""
    statement = select(Membership).where(Membership.user_id == user.id)
    return session.scalars(statement.order_by(Membership.created_at, Membership.customer_id)).all()


def is_member(session: Session, user: User, customer_id: str) -> bool:
    """Whether a user may act for a customer."""
    return session.get(Membership, (user.id, customer_id)) is not None
