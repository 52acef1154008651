"""Who may act for a customer: users, memberships, and invitations that become memberships.

An invitation is a membership to be. Whoever follows its e-mailed link proves the address; it works
once, and it verifies its customer.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pricingsite.models.access import Invitation, Membership, User
from pricingsite.models.customers import Customer


class EmailError(ValueError):
    """Text that is no e-mail address."""


class InvitationUsed(ValueError):
    """An invitation that was followed before."""


class PasswordNeeded(ValueError):
    """A new user's invitation cannot be accepted without a password."""


def normalise_email(text: str) -> str:
    """An address in the one form that is stored: lower case, no space around it.

    Raises `EmailError`; whether anybody reads mail there is not asked.
    """
    try:
        checked = validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError as error:
        raise EmailError(str(error)) from None
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


def invite(session: Session, customer: Customer, email: str, *, now: datetime) -> Invitation:
    """A new membership to be, for whoever reads mail at a normalised address."""
    invitation = Invitation(customer_id=customer.id, email=email, created_at=now)
    session.add(invitation)
    session.flush()
    return invitation


def pending_invitation(session: Session, customer_id: str) -> Invitation | None:
    """The customer's latest invitation that nobody has followed yet."""
    return session.scalar(
        select(Invitation)
        .where(Invitation.customer_id == customer_id, Invitation.accepted_at.is_(None))
        .order_by(Invitation.id.desc())
        .limit(1)
    )


def accept_invitation(
    session: Session, invitation: Invitation, *, password_hash: str | None, now: datetime
) -> User:
    """Turn an invitation into a membership, and verify its customer.

    The address's user gains the membership and keeps their password; a new user needs one. Raises
    `InvitationUsed` for whoever comes second, also at the same moment, and `PasswordNeeded`.
    """
    user = find_user(session, invitation.email)
    if user is None and password_hash is None:
        raise PasswordNeeded
    if not _use_up(session, invitation, now=now):
        raise InvitationUsed
    if user is None:
        user = _create_or_find(session, invitation.email, password_hash or "", now=now)
    customer = session.get_one(Customer, invitation.customer_id)
    add_membership(session, user, customer, now=now)
    customer.verified_at = customer.verified_at or now
    session.flush()
    return user


def _use_up(session: Session, invitation: Invitation, *, now: datetime) -> bool:
    """Whether the invitation was still good. Its address's others for the customer end with it."""
    # Locked in one order: of two acceptances at the same moment the second waits, and finds none.
    pending = session.scalars(
        select(Invitation)
        .where(
            Invitation.customer_id == invitation.customer_id,
            Invitation.email == invitation.email,
            Invitation.accepted_at.is_(None),
        )
        .order_by(Invitation.id)
        .with_for_update(of=Invitation)
    ).all()
    for used in pending:
        used.accepted_at = now
    return invitation in pending


def _create_or_find(session: Session, email: str, password_hash: str, *, now: datetime) -> User:
    try:
        with session.begin_nested():
            return create_user(session, email, password_hash, now=now)
    except IntegrityError:
        # They accepted another customer's invitation at the same moment.
        return session.scalars(select(User).where(User.email == email)).one()
