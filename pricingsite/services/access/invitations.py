"""Invitations: memberships to be.

Following an invitation's e-mailed link proves the address; it works once, and it verifies its
customer.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlalchemy.orm import Session

from pricingsite.models.access import Invitation, Role, User
from pricingsite.models.customers import Customer
from pricingsite.services.access.users import add_membership, create_user, find_user
from pricingsite.services.messages.webhooks import EventType, record_event


class InvitationUsedError(ValueError):
    """An invitation that was followed before."""


class PasswordNeededError(ValueError):
    """A new user's invitation cannot be accepted without a password."""


def new_invitation(
    customer: Customer,
    email: str,
    *,
    role: Role = Role.BILLING_ADMIN,
    invited_by: int | None = None,
    now: datetime,
) -> Invitation:
    """A new invitation of a normalised address, not stored yet."""
    return Invitation(
        customer_id=customer.id,
        customer=customer,
        email=email,
        role=role,
        invited_by=invited_by,
        created_at=now,
    )


def invite(session: Session, customer: Customer, email: str, *, now: datetime) -> Invitation:
    """Store a new invitation of a normalised address."""
    invitation = new_invitation(customer, email, now=now)
    session.add(invitation)
    session.flush()
    return invitation


def find_invitation(
    session: Session, customer_id: str, email: str, created_at: datetime
) -> Invitation | None:
    """The invitation of an address to a customer that was made at a moment.

    Of several that nothing tells apart, one that was used: what was used must not work again.
    """
    return session.scalar(
        select(Invitation)
        .where(
            Invitation.customer_id == customer_id,
            Invitation.email == email,
            Invitation.created_at == created_at,
        )
        .order_by(Invitation.accepted_at.is_(None), Invitation.id)
        .limit(1)
    )


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

    The address's user gains the membership and keeps their password; a new user needs one, or
    `PasswordNeededError` is raised. Of two acceptances, also at the same moment, the second raises
    `InvitationUsedError`.
    """
    try:
        session.refresh(invitation)
    except InvalidRequestError:  # It has gone, with its order.
        raise InvitationUsedError from None
    user = find_user(session, invitation.email)
    if user is None and password_hash is None:
        raise PasswordNeededError
    if not _use_up(session, invitation, now=now):
        raise InvitationUsedError
    if user is None:
        user = _create_or_find(session, invitation.email, password_hash or "", now=now)
    customer = session.get_one(Customer, invitation.customer_id)
    add_membership(session, user, customer, role=invitation.role, now=now)
    is_new = customer.verified_at is None
    customer.verified_at = customer.verified_at or now
    session.flush()
    if is_new:
        about = {"customer_id": customer.id, "about": customer.id}
        record_event(session, EventType.CUSTOMER_VERIFIED, **about, now=now)
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
