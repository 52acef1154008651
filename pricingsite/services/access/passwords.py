"""Passwords: asking for a link that sets a new one, setting it once, and what makes a bad one."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pricingsite.models.access import PasswordReset, User
from pricingsite.models.catalog import Plan, Product
from pricingsite.models.customers import Customer
from pricingsite.services.access.users import find_user
from pricingsite.services.merchant import get_merchant


def ask_for_reset(session: Session, email: str, *, now: datetime) -> None:
    """Note that a link was asked for; the same work whether the normalised address is a user's."""
    session.add(PasswordReset(email=email, asked_at=now))
    session.flush()


def waiting_resets(session: Session) -> Sequence[int]:
    """The resets that were asked for and not yet looked at, the oldest first."""
    return session.scalars(select(PasswordReset.id).order_by(PasswordReset.id)).all()


def user_of_reset(session: Session, reset_id: int) -> User | None:
    """The user to write to about a reset; None where its address is no active user's."""
    reset = session.get(PasswordReset, reset_id)
    return _active_user(session, reset.email) if reset else None


def take_reset(session: Session, reset_id: int) -> User | None:
    """Look at a reset, which ends it; the user to write to, if the address is an active one's.

    Of several deliverers one gets it.
    """
    row = select(PasswordReset).where(PasswordReset.id == reset_id)
    reset = session.scalar(row.with_for_update(skip_locked=True))
    if reset is None:
        return None
    session.delete(reset)
    return _active_user(session, reset.email)


def _active_user(session: Session, email: str) -> User | None:
    user = find_user(session, email)
    return user if user is not None and user.active else None


def set_password(session: Session, user_id: int, uniquifier: str, password_hash: str) -> str | None:
    """Set a user's password and end their sessions, if `uniquifier` is still the user's.

    The new uniquifier, or nothing for the second of two, also at the same moment: the first
    change makes every link and session of before useless.
    """
    fresh = uuid4().hex
    changed = session.execute(
        update(User)
        .where(User.id == user_id, User.fs_uniquifier == uniquifier)
        .values(password=password_hash, fs_uniquifier=fresh)
        .execution_options(synchronize_session=False)
        .returning(User.id)
    )
    return fresh if changed.first() else None


def words_others_know(session: Session, email: str, customers: Iterable[Customer]) -> list[str]:
    """What others would try first as somebody's password: their address, companies, and ours."""
    merchant = get_merchant(session)
    known: list[str | None] = [email, merchant.name, merchant.legal_name, merchant.email]
    known += session.scalars(select(Plan.name)).all()
    known += session.scalars(select(Product.name)).all()
    for customer in customers:
        known += [customer.legal_name, customer.contact_name, customer.billing_email]
        known += [customer.line1, customer.line2, customer.town, customer.postcode]
    return [words for words in known if words]
