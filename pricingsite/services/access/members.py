"""Who may sign in to a customer's account: its members, those invited, and what each may do.

A customer never loses its last billing admin by its members' hands. Every change locks its
memberships first: of two at the same moment the second decides on what the first has left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pricingsite.models.access import Invitation, Membership, Role, User
from pricingsite.models.customers import Customer
from pricingsite.services.access.invitations import new_invitation

# Members and open invitations of one customer: more than share the work of its bills.
MOST_USERS = 50


class MembersError(ValueError):
    """A change of who may sign in that is refused; the message says why."""


class NotAllowedError(MembersError):
    """The user who asked is no billing admin of the customer any more."""


class NoSuchUserError(LookupError):
    """No member, or no open invitation, of the customer."""


@dataclass(frozen=True, slots=True)
class Member:
    """A user who may sign in to a customer's account, and since when."""

    user_id: int
    email: str
    role: Role
    since: datetime


def members_of(session: Session, customer_id: str) -> Sequence[Member]:
    """The members of a customer, billing admins first, by address."""
    rows = session.execute(
        select(User.id, User.email, Membership.role, Membership.created_at)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.customer_id == customer_id)
        .order_by(Membership.role, User.email)
    )
    return [Member(*row) for row in rows]


def member_of(session: Session, customer_id: str, user_id: int) -> Member:
    """One of them. Raises `NoSuchUserError`."""
    found = (one for one in members_of(session, customer_id) if one.user_id == user_id)
    if (member := next(found, None)) is None:
        raise NoSuchUserError
    return member


def billing_admins(session: Session, customer_id: str) -> Sequence[str]:
    """The addresses of those who may change what a customer has."""
    members = members_of(session, customer_id)
    return [one.email for one in members if one.role is Role.BILLING_ADMIN]


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation that nobody has followed yet, and who invited, if a member did."""

    id: int
    email: str
    role: Role
    invited_at: datetime
    invited_by: str | None


def open_invitations(session: Session, customer_id: str) -> Sequence[OpenInvitation]:
    """A customer's invitations that nobody has followed yet, by address."""
    rows = session.execute(
        select(Invitation.id, Invitation.email, Invitation.role, Invitation.created_at, User.email)
        .outerjoin(User, User.id == Invitation.invited_by)
        .where(Invitation.customer_id == customer_id, Invitation.accepted_at.is_(None))
        .order_by(Invitation.email, Invitation.id)
    )
    return [OpenInvitation(*row) for row in rows]


def find_open_invitation(session: Session, customer_id: str, invitation_id: int) -> Invitation:
    """An invitation of a customer that nobody has followed yet. Raises `NoSuchUserError`."""
    invitation = session.get(Invitation, invitation_id)
    if invitation is None or invitation.customer_id != customer_id or invitation.accepted_at:
        raise NoSuchUserError
    return invitation


def invitation_to_send(
    session: Session, customer: Customer, email: str, role: Role, *, by: User, now: datetime
) -> Invitation:
    """The invitation that a colleague is to be sent; `put_invitation` stores it.

    One that the address has already goes on, so that the link of its earlier e-mail stays good.
    """
    earlier = session.scalar(
        select(Invitation.created_at)
        .where(
            Invitation.customer_id == customer.id,
            Invitation.email == email,
            Invitation.accepted_at.is_(None),
        )
        .order_by(Invitation.id.desc())
        .limit(1)
    )
    return new_invitation(customer, email, role=role, invited_by=by.id, now=earlier or now)


def put_invitation(session: Session, invitation: Invitation) -> None:
    """Store an invitation of a colleague, or give an open one of the address its role.

    Raises `MembersError` where the address is a member's already, or where there are too many.
    """
    customer_id, by = invitation.customer_id, invitation.invited_by
    _lock_members(session, customer_id, by=by)
    members, others = members_of(session, customer_id), open_invitations(session, customer_id)
    if any(one.email == invitation.email for one in members):
        raise MembersError(
            f"{invitation.email} has access already. Change the role in the list instead."
        )
    same = [one.id for one in others if one.email == invitation.email]
    for invitation_id in same:
        session.get_one(Invitation, invitation_id).role = invitation.role
    if not same:
        if len(members) + len(others) >= MOST_USERS:
            raise MembersError(
                f"An account has up to {MOST_USERS} users, invitations included. "
                "Remove somebody, or withdraw an invitation, first."
            )
        # A copy: the one that the e-mail was rendered from belongs to an earlier transaction.
        session.add(
            Invitation(
                customer_id=customer_id,
                email=invitation.email,
                role=invitation.role,
                invited_by=by,
                created_at=invitation.created_at,
            )
        )
    session.flush()


def withdraw_invitation(session: Session, customer_id: str, invitation_id: int, *, by: User) -> str:
    """End an invitation that nobody has followed yet; its address. Its links work no more.

    Raises `NoSuchUserError` where it was followed meanwhile.
    """
    _lock_members(session, customer_id, by=by.id)
    row = select(Invitation).where(Invitation.id == invitation_id).with_for_update(of=Invitation)
    session.scalar(row.execution_options(populate_existing=True))
    invitation = find_open_invitation(session, customer_id, invitation_id)
    session.delete(invitation)
    session.flush()
    return invitation.email


def change_role(session: Session, customer_id: str, user_id: int, role: Role, *, by: User) -> None:
    """Give a member another role. Raises `MembersError` for the last billing admin's."""
    membership = _membership_to_change(session, customer_id, user_id, by=by, role=role)
    membership.role = role
    session.flush()


def remove_member(session: Session, customer_id: str, user_id: int, *, by: User) -> None:
    """Take a member's access away, at once. Raises `MembersError` for the last billing admin's.

    What else they are a member of stays theirs.
    """
    membership = _membership_to_change(session, customer_id, user_id, by=by, role=None)
    session.delete(membership)
    own = select(User.email).where(User.id == user_id).scalar_subquery()
    session.execute(
        delete(Invitation).where(
            Invitation.customer_id == customer_id,
            Invitation.email == own,
            Invitation.accepted_at.is_(None),
        )
    )
    session.flush()


def _membership_to_change(
    session: Session, customer_id: str, user_id: int, *, by: User, role: Role | None
) -> Membership:
    """The locked membership that gets a role, or none, if the customer keeps a billing admin."""
    members = _lock_members(session, customer_id, by=by.id)
    found = next((one for one in members if one.user_id == user_id), None)
    if found is None:
        raise NoSuchUserError
    admins = [one.user_id for one in members if one.role is Role.BILLING_ADMIN]
    if role is not Role.BILLING_ADMIN and admins == [user_id]:
        raise MembersError(
            "An account needs a billing admin, and this is the last one. "
            "Make somebody else a billing admin first."
        )
    return found


def _lock_members(session: Session, customer_id: str, *, by: int | None) -> Sequence[Membership]:
    """A customer's memberships as they are now, which nobody changes until the transaction ends."""
    members = session.scalars(
        select(Membership)
        .where(Membership.customer_id == customer_id)
        .order_by(Membership.user_id)
        .with_for_update(of=Membership)
        .execution_options(populate_existing=True)
    ).all()
    admins = {one.user_id for one in members if one.role is Role.BILLING_ADMIN}
    if by not in admins:
        raise NotAllowedError("You are no longer a billing admin of this account.")
    return members
