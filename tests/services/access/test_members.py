"""Who may sign in to a customer's account: roles, and the last billing admin, whatever races."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pricingsite.database import db
from pricingsite.models.access import Membership, Role, User
from pricingsite.models.customers import Customer
from pricingsite.services.access.invitations import accept_invitation, invite, new_invitation
from pricingsite.services.access.members import (
    MOST_USERS,
    MembersError,
    NoSuchUserError,
    NotAllowedError,
    billing_admins,
    change_role,
    invitation_to_send,
    members_of,
    open_invitations,
    put_invitation,
    remove_member,
    withdraw_invitation,
)
from pricingsite.services.access.users import add_membership, create_user
from pricingsite.services.customers.details import CustomerDetails, create_customer
from pricingsite.web.transaction import committing

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ADA, BOB = "ada@ashdown.example", "bob@ashdown.example"


@pytest.fixture
def customer(session: Session) -> Customer:
    details = CustomerDetails(legal_name="Ashdown Ltd", billing_email=ADA, country="GB")
    return create_customer(session, details, now=NOW)


def member(
    session: Session, customer: Customer, email: str, role: Role = Role.BILLING_ADMIN
) -> User:
    user = create_user(session, email, "$hash", now=NOW)
    add_membership(session, user, customer, role=role, now=NOW)
    return user


def roles(session: Session, customer: Customer) -> dict[str, str]:
    return {one.email: one.role.value for one in members_of(session, customer.id)}


def test_who_is_invited_gains_the_role_of_the_invitation(
    session: Session, customer: Customer
) -> None:
    ada = member(session, customer, ADA)
    invitation = invitation_to_send(session, customer, BOB, Role.VIEWER, by=ada, now=NOW)
    put_invitation(session, invitation)
    [waiting] = open_invitations(session, customer.id)
    assert (waiting.email, waiting.role, waiting.invited_by) == (BOB, Role.VIEWER, ADA)
    found = session.get_one(type(invitation), waiting.id)
    accept_invitation(session, found, password_hash="$hash", now=LATER)
    assert roles(session, customer) == {ADA: "billing_admin", BOB: "viewer"}
    assert billing_admins(session, customer.id) == [ADA]
    assert open_invitations(session, customer.id) == []


def test_an_address_has_one_open_invitation_in_the_latest_role(
    session: Session, customer: Customer
) -> None:
    ada = member(session, customer, ADA)
    for role, moment in ((Role.VIEWER, NOW), (Role.BILLING_ADMIN, LATER)):
        invitation = invitation_to_send(session, customer, BOB, role, by=ada, now=moment)
        put_invitation(session, invitation)
    # The link of the first e-mail names the same invitation, and stays good.
    assert invitation.created_at == NOW
    assert [one.role for one in open_invitations(session, customer.id)] == [Role.BILLING_ADMIN]


def test_a_member_is_not_invited_again(session: Session, customer: Customer) -> None:
    ada = member(session, customer, ADA)
    with pytest.raises(MembersError, match="has access already"):
        put_invitation(session, new_invitation(customer, ADA, invited_by=ada.id, now=NOW))


def test_an_account_has_so_many_users(session: Session, customer: Customer) -> None:
    ada = member(session, customer, ADA)
    for number in range(MOST_USERS - 1):
        invite(session, customer, f"colleague{number}@ashdown.example", now=NOW)
    with pytest.raises(MembersError, match=f"up to {MOST_USERS} users"):
        put_invitation(session, new_invitation(customer, BOB, invited_by=ada.id, now=NOW))


def test_the_last_billing_admin_stays_one(session: Session, customer: Customer) -> None:
    ada, bob = member(session, customer, ADA), member(session, customer, BOB, Role.VIEWER)
    with pytest.raises(MembersError, match="the last one"):
        remove_member(session, customer.id, ada.id, by=ada)
    with pytest.raises(MembersError, match="the last one"):
        change_role(session, customer.id, ada.id, Role.VIEWER, by=ada)
    change_role(session, customer.id, bob.id, Role.BILLING_ADMIN, by=ada)
    change_role(session, customer.id, ada.id, Role.VIEWER, by=bob)
    assert roles(session, customer) == {ADA: "viewer", BOB: "billing_admin"}


def test_a_viewer_changes_nothing(session: Session, customer: Customer) -> None:
    ada, bob = member(session, customer, ADA), member(session, customer, BOB, Role.VIEWER)
    waiting = invite(session, customer, "cy@ashdown.example", now=NOW)
    with pytest.raises(NotAllowedError):
        change_role(session, customer.id, bob.id, Role.BILLING_ADMIN, by=bob)
    with pytest.raises(NotAllowedError):
        remove_member(session, customer.id, ada.id, by=bob)
    with pytest.raises(NotAllowedError):
        withdraw_invitation(session, customer.id, waiting.id, by=bob)
    with pytest.raises(NotAllowedError):
        put_invitation(session, new_invitation(customer, "d@b.example", invited_by=bob.id, now=NOW))
    assert len(open_invitations(session, customer.id)) == 1


def test_removing_takes_one_customer_away_and_what_was_still_open(
    session: Session, customer: Customer
) -> None:
    ada, bob = member(session, customer, ADA), member(session, customer, BOB)
    details = CustomerDetails(legal_name="Other Ltd", billing_email=BOB, country="GB")
    other = create_customer(session, details, now=NOW)
    add_membership(session, bob, other, now=NOW)
    invite(session, customer, BOB, now=NOW)
    invite(session, other, BOB, now=NOW)
    remove_member(session, customer.id, bob.id, by=ada)
    assert roles(session, customer) == {ADA: "billing_admin"}
    assert open_invitations(session, customer.id) == []
    assert roles(session, other) == {BOB: "billing_admin"}
    assert len(open_invitations(session, other.id)) == 1
    with pytest.raises(NoSuchUserError):
        remove_member(session, customer.id, bob.id, by=ada)


def test_nobody_reaches_another_customers_users(session: Session, customer: Customer) -> None:
    ada = member(session, customer, ADA)
    details = CustomerDetails(legal_name="Other Ltd", billing_email=BOB, country="GB")
    other = create_customer(session, details, now=NOW)
    bob = member(session, other, BOB)
    theirs = invite(session, other, "cy@other.example", now=NOW)
    with pytest.raises(NoSuchUserError):
        remove_member(session, customer.id, bob.id, by=ada)
    with pytest.raises(NotAllowedError):
        remove_member(session, other.id, bob.id, by=ada)
    with pytest.raises(NoSuchUserError):
        withdraw_invitation(session, customer.id, theirs.id, by=ada)


def test_the_database_knows_the_roles(session: Session, customer: Customer) -> None:
    ada = member(session, customer, ADA)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.connection().exec_driver_sql("UPDATE memberships SET role = 'owner'")
    assert session.get_one(Membership, (ada.id, customer.id)).role is Role.BILLING_ADMIN


@pytest.mark.parametrize("removing", [True, False], ids=["remove", "make-viewer"])
def test_of_two_admins_who_turn_on_each_other_one_wins(
    app: Flask, session: Session, customer: Customer, *, removing: bool
) -> None:
    ids = [member(session, customer, email).id for email in (ADA, BOB)]
    customer_id = customer.id
    session.commit()
    together = Barrier(2)

    def strike(own: int, other: int) -> str:
        with app.app_context():
            by = db.session.get_one(User, own)
            together.wait(timeout=20)
            try:
                with committing(db.session):
                    if removing:
                        remove_member(db.session(), customer_id, other, by=by)
                    else:
                        change_role(db.session(), customer_id, other, Role.VIEWER, by=by)
            except NotAllowedError:
                return "told"
            return "won"

    with ThreadPoolExecutor(2) as threads:
        answers = sorted(threads.map(strike, ids, reversed(ids)))
    assert answers == ["told", "won"]
    session.rollback()
    assert len(billing_admins(session, customer_id)) == 1


def test_of_two_admins_who_both_leave_one_stays(
    app: Flask, session: Session, customer: Customer
) -> None:
    ids = [member(session, customer, email).id for email in (ADA, BOB)]
    customer_id = customer.id
    session.commit()
    together = Barrier(2)

    def leave(own: int) -> str:
        with app.app_context():
            by = db.session.get_one(User, own)
            together.wait(timeout=20)
            try:
                with committing(db.session):
                    remove_member(db.session(), customer_id, own, by=by)
            except MembersError as error:
                return str(error)
            return "left"

    with ThreadPoolExecutor(2) as threads:
        answers = sorted(threads.map(leave, ids))
    assert "the last one" in answers[0]
    assert answers[1] == "left"
