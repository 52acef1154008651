"""An order starts when its address is verified, at the earliest; unverified for long, it ends."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.accounts import NOW, Account

from pricingsite.database import db
from pricingsite.models.access import Invitation
from pricingsite.models.customers import Customer
from pricingsite.models.orders import Order
from pricingsite.models.outbox import OutboxMessage
from pricingsite.models.schedules import BillingSchedule
from pricingsite.models.webhooks import WebhookDelivery, WebhookEndpoint
from pricingsite.services.access.invitations import InvitationUsedError, new_invitation
from pricingsite.services.customers.details import CustomerDetails, update_customer
from pricingsite.services.customers.verification import verify_tax_id
from pricingsite.services.estimates.estimates import estimate
from pricingsite.services.messages.outbox import enqueue, quota_key
from pricingsite.services.orders.unverified import (
    KEPT_FOR,
    end_order,
    erase_order,
    orders_to_end,
    orders_to_erase,
    verify_customer,
)
from pricingsite.web.transaction import committing

ADA = "ada@ashdown.example"
VERIFIED = ("tax_evidence", "tax_verified_at", "tax_verified_by", "tax_id_consultation")
ENDED = NOW + timedelta(days=30)


@pytest.fixture
def order(session: Session) -> Order:
    """An order of Scale from the 25th on, two days after it was made."""
    account = Account(session)
    details = {"contact_name": "Ada Byron", "line1": "1 Row", "postcode": "E1", "tax_id": "GB1"}
    update_customer(
        session,
        account.customer,
        CustomerDetails(legal_name="Ashdown", billing_email=ADA, country="GB", **details),
        now=NOW,
    )
    schedule = account.subscribe("A", "X", start=date(2026, 11, 25), purchase_order="PO 7")
    order = Order(
        reference="7K3M9-QX2P0",
        order_key="key",
        content_hash="hash",
        customer=account.customer,
        schedule=schedule,
        plan_id="scale",
        email=ADA,
        terms_version="1",
        ordered_at=NOW,
    )
    session.add_all([order, new_invitation(account.customer, ADA, now=NOW)])
    session.commit()
    return order


def verify(session: Session, now: datetime) -> None:
    invitation = session.scalars(select(Invitation)).one()
    verify_customer(session, invitation, password_hash="$hash", now=now)
    session.commit()


@pytest.mark.parametrize(
    ("verified_at", "start"),
    [
        (NOW, date(2026, 11, 25)),
        (datetime(2026, 11, 25, 23, 59, tzinfo=UTC), date(2026, 11, 25)),
        (datetime(2026, 11, 26, tzinfo=UTC), date(2026, 11, 26)),
        (datetime(2026, 12, 20, 12, tzinfo=UTC), date(2026, 12, 20)),
    ],
)
def test_a_schedule_starts_on_the_day_of_verification_if_that_is_later(
    session: Session, order: Order, verified_at: datetime, start: date
) -> None:
    hook = WebhookEndpoint(url="https://a.example/", types=[], secret="x", created_at=NOW)
    session.add(hook)
    session.flush()
    before = estimate(session, order.customer, now=verified_at)
    verify(session, verified_at)
    session.expire_all()
    schedule = order.schedule
    assert (schedule.start_date, schedule.anchor_date) == (start, start)
    assert [phase.start_date for phase in schedule.phases] == [start]
    after = estimate(session, order.customer, now=verified_at)
    # Until then it is read as if it were verified at that moment.
    assert before is not None
    assert after is not None
    assert (before.period, before.bill) == (after.period, after.bill)
    sent = session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id))
    moved = ["schedule.changed"] if start > date(2026, 11, 25) else []
    expected = ["customer.verified", *moved, "entitlements.changed"]
    assert [one.event.type for one in sent] == expected


def test_reading_an_order_stores_no_other_start(session: Session, order: Order) -> None:
    estimate(session, order.customer, now=ENDED)
    session.commit()
    session.expire_all()
    assert order.schedule.start_date == date(2026, 11, 25)
    verify(session, ENDED)
    session.expire_all()
    assert order.schedule.start_date == ENDED.date()


def test_an_order_ends_once_unless_it_is_verified(session: Session, order: Order) -> None:
    reference = order.reference
    assert orders_to_end(session, ordered_before=NOW - timedelta(seconds=1)) == []
    assert orders_to_end(session, ordered_before=NOW) == [reference]
    end_order(session, reference, now=ENDED)
    session.commit()
    assert orders_to_end(session, ordered_before=NOW) == []
    end_order(session, reference, now=ENDED + timedelta(days=1))
    assert order.ended_at == ENDED
    assert session.scalars(select(Invitation)).all() == []
    assert estimate(session, order.customer, now=ENDED) is None


def test_a_verified_order_does_not_end(session: Session, order: Order) -> None:
    verify(session, ENDED)
    end_order(session, order.reference, now=ENDED)
    assert order.ended_at is None
    assert orders_to_end(session, ordered_before=ENDED) == []


def test_of_a_verification_and_an_end_at_once_one_alone_is_done(app: Flask, order: Order) -> None:
    reference, together = order.reference, Barrier(2)

    def end() -> None:
        with app.app_context():
            together.wait(timeout=20)
            with committing(db.session):
                end_order(db.session(), reference, now=ENDED)

    def verify_there() -> bool:
        with app.app_context():
            invitation = db.session.scalars(select(Invitation)).one()
            together.wait(timeout=20)
            try:
                with committing(db.session):
                    verify_customer(db.session(), invitation, password_hash="$hash", now=ENDED)
            except InvitationUsedError:
                return False
            return True

    with ThreadPoolExecutor(2) as threads:
        ending, verifying = threads.submit(end), threads.submit(verify_there)
        ending.result()
        was_verified = verifying.result()
    with app.app_context():
        row = db.session.get_one(Order, reference)
        assert (row.ended_at is None) is was_verified
        assert (row.customer.verified_at is not None) is was_verified


def test_who_placed_it_is_erased_later_and_the_row_stays(session: Session, order: Order) -> None:
    reference, key = order.reference, quota_key("order_acknowledgement", ADA)
    verify_tax_id(session, order.customer, consultation="WAPI7", now=NOW)
    words = {"subject": "Order", "text": f"Order {reference}"}
    enqueue(session, key="a", to=ADA, quota_key=key, now=NOW, subject="A", text="no number")
    enqueue(session, key="b", to="billing@amara.example", now=NOW, **words)
    enqueue(session, key="c", to=ADA, now=NOW, subject="Of another account", text="Words")
    end_order(session, reference, now=ENDED)
    enqueue(session, key="d", to=ADA, quota_key=key, now=ENDED + KEPT_FOR, subject="New", text="-")
    erase_order(session, "unknown")
    session.commit()
    assert orders_to_erase(session, now=ENDED + KEPT_FOR - timedelta(seconds=1)) == []
    assert orders_to_erase(session, now=ENDED + KEPT_FOR) == [reference]
    for _ in range(2):
        erase_order(session, reference)
        session.commit()
    session.expire_all()
    assert orders_to_erase(session, now=ENDED + KEPT_FOR) == []
    assert (order.email, order.content_hash, order.terms_version) == ("", "", "1")
    customer = session.scalars(select(Customer)).one()
    typed = ("contact_name", "line1", "line2", "town", "postcode", "tax_id", *VERIFIED)
    assert not any(getattr(customer, column) for column in typed)
    assert (customer.legal_name, customer.billing_email, customer.country) == ("", "", "GB")
    assert session.scalars(select(BillingSchedule)).one().purchase_order is None
    kept = session.scalars(select(OutboxMessage.subject).order_by(OutboxMessage.id)).all()
    assert kept == ["Of another account", "New"]


def test_what_has_not_ended_is_not_erased(session: Session, order: Order) -> None:
    erase_order(session, order.reference)
    assert order.email == ADA
