"""Users, their e-mail addresses, and the customers that they may act for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import uuid4

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import Select, String, bindparam, func, select
from sqlalchemy.orm import Session

from pricingsite.models.access import EndedSession, Membership, Role, User
from pricingsite.models.customers import Customer

# Nothing chosen is NULL: it puts none first.
_CHOSEN = bindparam("chosen", type_=String)
# As many names as are looked through at a glance.
CUSTOMERS_PER_PAGE = 20

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


def add_membership(
    session: Session,
    user: User,
    customer: Customer,
    *,
    role: Role = Role.BILLING_ADMIN,
    now: datetime,
) -> None:
    """Let a user act for a customer, or read of it; twice is once, in the first role."""
    if session.get(Membership, (user.id, customer.id)) is None:
        session.add(Membership(user_id=user.id, customer_id=customer.id, role=role, created_at=now))
        session.flush()


class OwnCustomer(NamedTuple):
    """A customer of a user, and what the user may do for it."""

    customer: Customer
    role: Role


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in, whether the session has ended, and two at most of the user's customers."""

    user: User
    has_ended: bool
    customers: tuple[OwnCustomer, ...]


def find_visitor(
    session: Session,
    kind: type[User],
    uniquifier: str,
    *,
    session_id: str | None,
    chosen: str | None,
) -> Visitor | None:
    """The active user of a browser's session, a `kind` of `User`, with all that pages ask of it."""
    named = {"uniquifier": uniquifier, "session_id": session_id, "chosen": chosen}
    rows = session.execute(_visitor(kind), named).all()
    if not rows:
        return None
    user, ended, *_ = rows[0]
    own = tuple(OwnCustomer(customer, role) for *_, customer, role in rows if customer)
    return Visitor(user, ended is not None, own)


@cache
def _visitor(kind: type[User]) -> Select[Any]:
    """Made once: to put it together takes longer than to execute it."""
    uniquifier = bindparam("uniquifier", type_=String)
    own = _first_memberships().join(User, User.id == Membership.user_id)
    own_of = own.where(User.fs_uniquifier == uniquifier).subquery().c
    columns: list[Any] = [kind, EndedSession.id, Customer, own_of.role]
    return (
        select(*columns)
        .select_from(kind)
        .outerjoin(EndedSession, EndedSession.id == bindparam("session_id", type_=String))
        .outerjoin(own_of.user_id.table, own_of.user_id == kind.id)
        .outerjoin(Customer, Customer.id == own_of.customer_id)
        .where(kind.fs_uniquifier == uniquifier, kind.active)
        .order_by(own_of.customer_id != _CHOSEN, own_of.created_at, own_of.customer_id)
    )


def first_customers(session: Session, user: User, *, chosen: str | None) -> tuple[OwnCustomer, ...]:
    """Two at most of the customers that a user may act for: the chosen one first, else the oldest.

    They tell whether there is one to see, and whether there are others.
    """
    own = _first_memberships().where(Membership.user_id == user.id).subquery().c
    found = select(Customer, own.role).join(own.customer_id.table, own.customer_id == Customer.id)
    order = (own.customer_id != _CHOSEN, own.created_at, own.customer_id)
    rows = session.execute(found.order_by(*order), {"chosen": chosen})
    return tuple(OwnCustomer(customer, role) for customer, role in rows)


@dataclass(frozen=True, slots=True)
class CustomersPage:
    """A page of a user's customers, each by id and legal name, and its neighbours' numbers."""

    customers: tuple[tuple[str, str], ...]
    previous: int | None = None
    next: int | None = None


def find_customers(session: Session, user: User, *, words: str, page: int) -> CustomersPage:
    """The customers of a user whose legal name holds some words, by name, page after page.

    Words that are a customer's id find it too.
    """
    if "\0" in words:  # PostgreSQL could not even be asked for a NUL.
        return CustomersPage(())
    found = session.execute(
        select(Customer.id, Customer.legal_name)
        .join(Membership, Membership.customer_id == Customer.id)
        .where(
            Membership.user_id == user.id,
            Customer.legal_name.icontains(words, autoescape=True) | (Customer.id == words),
        )
        .order_by(func.lower(Customer.legal_name), Customer.id)
        .limit(CUSTOMERS_PER_PAGE + 1)
        .offset((page - 1) * CUSTOMERS_PER_PAGE)
    ).all()
    rows = tuple((row.id, row.legal_name) for row in found)
    return CustomersPage(
        rows[:CUSTOMERS_PER_PAGE],
        previous=page - 1 or None,
        next=page + 1 if len(rows) > CUSTOMERS_PER_PAGE else None,
    )


def _first_memberships() -> Select[Any]:
    own: list[Any] = [Membership.user_id, Membership.customer_id, Membership.created_at]
    return (
        select(*own, Membership.role)
        .order_by(Membership.customer_id != _CHOSEN, Membership.created_at, Membership.customer_id)
        .limit(2)
    )


def memberships(session: Session, user: User) -> Sequence[Membership]:
    """A user's memberships, the oldest first."""
    statement = select(Membership).where(Membership.user_id == user.id)
    return session.scalars(statement.order_by(Membership.created_at, Membership.customer_id)).all()


def is_member(session: Session, user: User, customer_id: str) -> bool:
    """Whether a user may act for a customer."""
    return session.get(Membership, (user.id, customer_id)) is not None
