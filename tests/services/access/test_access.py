"""Who may act for a customer: addresses, users, memberships and the invitations they come from."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.database import db
from pricingsite.models.access import Invitation, Membership, User
from pricingsite.models.customers import Customer
from pricingsite.services.access.invitations import (
    InvitationUsedError,
    PasswordNeededError,
    accept_invitation,
    invite,
    pending_invitation,
)
from pricingsite.services.access.users import (
    EmailError,
    add_membership,
    create_user,
    find_user,
    is_member,
    memberships,
    normalise_email,
)
from pricingsite.services.customers.details import CustomerDetails, create_customer
from pricingsite.web.transaction import committing

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ADA = "ada@ashdown.example"


@pytest.fixture
def company(session: Session) -> Callable[[str], Customer]:
    def make(name: str = "Ashdown Ltd") -> Customer:
        details = CustomerDetails(legal_name=name, billing_email=ADA, country="GB")
        return create_customer(session, details, now=NOW)

    return make


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("ada@ashdown.example", "ada@ashdown.example"),
        ("  Ada@Ashdown.Example ", "ada@ashdown.example"),
        ("ADA+bills@ASHDOWN.EXAMPLE", "ada+bills@ashdown.example"),
        ("ada@BÜCHER.example", "ada@bücher.example"),
    ],
)
def test_an_address_has_one_form(typed: str, stored: str) -> None:
    assert normalise_email(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "ada@",
        "@ashdown.example",
        "ada@held out.example",
        "a@b.example, c@d.example",
        "<ada@b.example>",
        "ada@ashdown.example\nBcc: eve@evil.example",
        "ada\0@ashdown.example",
        "üser@ashdown.example",
        "=?utf-8?q?x=0ABcc=3Avictim=40v.example=0AX=3A1?=@evil.example",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(EmailError):
        normalise_email(typed)


def test_a_new_address_needs_a_password_and_verifies_its_customer(
    session: Session, company: Callable[[], Customer]
) -> None:
    customer = company()
    invitation = invite(session, customer, ADA, now=NOW)
    assert customer.verified_at is None
    with pytest.raises(PasswordNeededError):
        accept_invitation(session, invitation, password_hash=None, now=LATER)
    user = accept_invitation(session, invitation, password_hash="$hash", now=LATER)
    assert (user.email, user.password, user.active) == (ADA, "$hash", True)
    assert find_user(session, ADA) is user
    assert is_member(session, user, customer.id)
    assert (customer.verified_at, invitation.accepted_at) == (LATER, LATER)


def test_a_known_address_gains_the_membership_and_keeps_its_password(
    session: Session, company: Callable[[str], Customer]
) -> None:
    first, second = company("First Ltd"), company("Second Ltd")
    user = create_user(session, ADA, "$old", now=NOW)
    add_membership(session, user, first, now=NOW)
    invitation = invite(session, second, ADA, now=NOW)
    assert accept_invitation(session, invitation, password_hash="$new", now=LATER) is user
    assert user.password == "$old"
    names = [membership.customer.legal_name for membership in memberships(session, user)]
    assert names == ["First Ltd", "Second Ltd"]


def test_an_invitation_works_once_and_ends_those_sent_before_it(
    session: Session, company: Callable[[str], Customer]
) -> None:
    customer, other = company("Ashdown Ltd"), company("Other Ltd")
    earlier = invite(session, customer, ADA, now=NOW)
    colleague = invite(session, customer, "bob@ashdown.example", now=NOW)
    elsewhere = invite(session, other, ADA, now=NOW)
    latest = invite(session, customer, ADA, now=NOW)
    accept_invitation(session, latest, password_hash="$hash", now=LATER)
    for used in (latest, earlier):
        with pytest.raises(InvitationUsedError):
            accept_invitation(session, used, password_hash=None, now=LATER)
    assert other.verified_at is None
    accept_invitation(session, elsewhere, password_hash=None, now=LATER)
    accept_invitation(session, colleague, password_hash="$hash", now=LATER)
    assert len(session.scalars(select(Membership)).all()) == 3


def test_a_customer_is_verified_when_its_address_was_first_proven(
    session: Session, company: Callable[[], Customer]
) -> None:
    customer = company()
    customer.verified_at = NOW
    invitation = invite(session, customer, "bob@ashdown.example", now=NOW)
    accept_invitation(session, invitation, password_hash="$hash", now=LATER)
    assert customer.verified_at == NOW


def test_the_latest_invitation_is_the_pending_one(
    session: Session, company: Callable[[], Customer]
) -> None:
    customer = company()
    assert pending_invitation(session, customer.id) is None
    invite(session, customer, ADA, now=NOW)
    latest = invite(session, customer, ADA, now=NOW)
    assert pending_invitation(session, customer.id) is latest
    accept_invitation(session, latest, password_hash="$hash", now=LATER)
    assert pending_invitation(session, customer.id) is None


def test_a_membership_twice_is_one(session: Session, company: Callable[[], Customer]) -> None:
    customer, user = company(), create_user(session, ADA, "$hash", now=NOW)
    add_membership(session, user, customer, now=NOW)
    add_membership(session, user, customer, now=LATER)
    assert len(memberships(session, user)) == 1


@pytest.mark.parametrize("same_customer", [True, False], ids=["one-customer", "two-customers"])
def test_links_followed_at_the_same_moment(
    app: Flask, session: Session, company: Callable[[str], Customer], *, same_customer: bool
) -> None:
    first = company("First Ltd")
    second = first if same_customer else company("Second Ltd")
    invitations = [invite(session, customer, ADA, now=NOW).id for customer in (first, second)]
    session.commit()
    together = Barrier(2)

    def follow(number: int) -> str:
        with app.app_context():
            together.wait(timeout=20)
            try:
                with committing(db.session):
                    invitation = db.session.get_one(Invitation, number)
                    accept_invitation(db.session(), invitation, password_hash="$hash", now=LATER)
            except InvitationUsedError:
                return "used"
            return "accepted"

    with ThreadPoolExecutor(2) as threads:
        answers = sorted(threads.map(follow, invitations))
    assert answers == (["accepted", "used"] if same_customer else ["accepted", "accepted"])
    session.rollback()
    assert len(session.scalars(select(User)).all()) == 1
    assert len(session.scalars(select(Membership)).all()) == (1 if same_customer else 2)
