"""Closing an account: refused while something runs or is owed, and what is erased."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.accounts import NOW, Account
from support.billing import at, run_billing
from support.invoices import make_credit_note

from pricingsite.models.access import Invitation, Membership, User
from pricingsite.models.customers import BillingCopy
from pricingsite.models.invoices import Invoice
from pricingsite.models.webhooks import WebhookDelivery, WebhookEndpoint, WebhookEvent
from pricingsite.services.access.invitations import invite
from pricingsite.services.access.users import add_membership, create_user
from pricingsite.services.balances.closing import (
    NotClosableError,
    close_account,
    reasons_against_closing,
)
from pricingsite.services.balances.payments import mark_paid
from pricingsite.services.customers.copies import put_copies
from pricingsite.services.invoices.reading import get_invoice
from pricingsite.services.messages.webhooks import EventType, record_event

ADA, BOB = "ada@ashdown.example", "bob@ashdown.example"


def ended(account: Account) -> Invoice:
    """A plan of September to October whose last bill was issued."""
    account.subscribe("A", start=date(2026, 10, 1), end=date(2026, 11, 1))
    run_billing(account.session, at(2026, 11, 1))
    return account.session.scalars(select(Invoice)).one()


def refusal(account: Account) -> str:
    with pytest.raises(NotClosableError) as refused:
        close_account(account.session, account.customer, now=NOW)
    assert account.customer.closed_at is None
    return str(refused.value)


def test_a_running_plan_keeps_an_account_open(account: Account) -> None:
    account.subscribe("A")
    assert "The plan has not ended. Cancel it under Plan" in refusal(account)


def test_a_plan_to_begin_keeps_it_open_too(account: Account) -> None:
    account.subscribe("A", start=date(2027, 1, 1))
    assert "The plan has not ended" in refusal(account)


def test_the_last_bill_comes_first(account: Account) -> None:
    account.subscribe("A", start=date(2026, 10, 1), end=date(2026, 11, 1))
    assert "The last bill is still to come" in refusal(account)
    run_billing(account.session, at(2026, 11, 1, 0))
    assert "An invoice is being prepared" in refusal(account)


def test_what_is_owed_is_paid_first(account: Account, session: Session) -> None:
    invoice = ended(account)
    assert "An invoice is not paid yet. Pay it" in refusal(account)
    mark_paid(session, invoice, now=NOW)
    make_credit_note(session, account, get_invoice(session, invoice.id), "10.00")
    assert "Money is in your favour" in refusal(account)


def test_what_is_closed_is_erased_but_for_invoices(account: Account, session: Session) -> None:
    mark_paid(session, ended(account), now=NOW)
    first = account.customer
    first.contact_name = "Ada Byron"
    ada, bob = (create_user(session, email, "$hash", now=NOW) for email in (ADA, BOB))
    add_membership(session, ada, first, now=NOW)
    add_membership(session, bob, first, now=NOW)
    invite(session, first, "cy@ashdown.example", now=NOW)
    put_copies(session, first.id, ["copies@ashdown.example"])
    session.add(WebhookEndpoint(url="https://a.example/", types=[], secret="", created_at=NOW))
    session.flush()
    told = {"customer_id": first.id, "about": first.id}
    for event_type in (EventType.CUSTOMER_VERIFIED, EventType.ENTITLEMENTS_CHANGED):
        record_event(session, event_type, **told, now=NOW)
    verified = WebhookEvent.type == EventType.CUSTOMER_VERIFIED.value
    session.scalars(select(WebhookEvent).where(verified)).one().body = '{"data": "Ada Byron"}'
    account.another()
    add_membership(session, bob, account.customer, now=NOW)
    session.commit()
    assert reasons_against_closing(session, first, now=NOW) == []
    close_account(session, first, now=NOW)
    close_account(session, first, now=NOW)
    session.commit()
    session.expire_all()
    assert (first.closed_at, first.contact_name) == (NOW, None)
    kept = session.scalars(select(Membership)).all()
    assert [(one.user_id, one.customer_id) for one in kept] == [(bob.id, account.customer.id)]
    assert session.scalars(select(Invitation)).all() == []
    assert session.scalars(select(BillingCopy)).all() == []
    # What was said is erased; what nobody has sent yet is sent, and that it is closed.
    deliveries = session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)).all()
    events = [(one.event.customer_id, one.event.type) for one in deliveries]
    assert events == [
        (first.id, "entitlements.changed"),
        (account.customer.id, "customer.created"),
        (first.id, "customer.updated"),
    ]
    assert len(session.scalars(select(WebhookEvent)).all()) == len(events)
    users = session.scalars(select(User).order_by(User.id)).all()
    assert [(one.email, one.active) for one in users] == [(f"erased-{ada.id}", False), (BOB, True)]
    [invoice] = session.scalars(select(Invoice)).all()
    assert invoice.buyer["billing_email"] == ADA
