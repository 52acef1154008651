"""Unverified orders: verified late, they start that day; never verified, they end and are erased.

A verification and the end of the same order both lock its invitations: the first of them decides.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from pricingsite.models.access import Invitation, User
from pricingsite.models.customers import Customer, TaxIdCheck
from pricingsite.models.orders import Order
from pricingsite.models.outbox import OutboxMessage
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.access.invitations import accept_invitation
from pricingsite.services.customers.verification import withdraw_verification
from pricingsite.services.messages.outbox import quota_key
from pricingsite.services.messages.webhooks import (
    EventType,
    forget_events,
    record_each,
)
from pricingsite.services.orders.once import (
    CODE,
    NOTHING_LOST,
    Lost,
    LostError,
    claim_offers,
    go_without,
)
from pricingsite.services.orders.promotions import give_back
from pricingsite.services.schedules.reading import starting_on

# How long an order that ended keeps what its customer typed.
KEPT_FOR = timedelta(days=30)


def verify_customer(
    session: Session,
    invitation: Invitation,
    *,
    password_hash: str | None,
    accepted: Lost = NOTHING_LOST,
    now: datetime,
) -> User:
    """Accept an invitation, and start the order that it verifies today if that is later.

    What its company has had before the order goes without. Raises `LostError` where that is more
    than was `accepted`, and what `accept_invitation` does.
    """
    user = accept_invitation(session, invitation, password_hash=password_hash, now=now)
    customer = session.get_one(Customer, invitation.customer_id)
    order = session.scalar(select(Order).where(Order.customer_id == customer.id))
    if order is not None and customer.verified_at == now:
        schedule = _lock_schedule(session, order)
        lost = claim_offers(session, schedule, customer)
        if not lost <= accepted:
            raise LostError
        if CODE in lost:
            give_back(session, schedule.phases[-1].discount_code or "")
        go_without(session, schedule, lost)
        is_moved = _start_at_the_earliest(session, schedule, now)
        verified = {EventType.SCHEDULE_CHANGED: schedule.id} if lost or is_moved else {}
        verified[EventType.ENTITLEMENTS_CHANGED] = customer.id
        record_each(session, verified, customer_id=customer.id, now=now)
    return user


def _lock_schedule(session: Session, order: Order) -> BillingSchedule:
    return session.scalars(
        select(BillingSchedule)
        .where(BillingSchedule.id == order.schedule_id)
        .with_for_update(of=BillingSchedule)
        .execution_options(populate_existing=True)
    ).one()


def _start_at_the_earliest(session: Session, schedule: BillingSchedule, now: datetime) -> bool:
    """Whether that is later than it was ordered for."""
    today = schedule.today(now)
    if schedule.start_date >= today:
        return False
    for row, column, value in list(starting_on(schedule, today)):
        setattr(row, column, value)
    session.flush()
    return True


def orders_to_end(session: Session, *, ordered_before: datetime) -> Sequence[str]:
    """The references of unverified orders of before a moment."""
    return session.scalars(
        select(Order.reference)
        .join(Customer, Customer.id == Order.customer_id)
        .where(
            Order.ended_at.is_(None),
            Order.ordered_at <= ordered_before,
            Customer.verified_at.is_(None),
        )
        .order_by(Order.reference)
    ).all()


def end_order(session: Session, reference: str, *, now: datetime) -> None:
    """End an order, unless it is verified or ended meanwhile: its links work no more."""
    order = _lock(session, reference)
    if order is None or order.ended_at is not None:
        return
    pending = Invitation.customer_id == order.customer_id, Invitation.accepted_at.is_(None)
    invitations = session.scalars(
        select(Invitation).where(*pending).order_by(Invitation.id).with_for_update(of=Invitation)
    ).all()
    # Asked for anew: a verification that was a moment earlier is seen now.
    verified_at = select(Customer.verified_at).where(Customer.id == order.customer_id)
    if session.scalar(verified_at) is not None:
        return
    for invitation in invitations:
        session.delete(invitation)
    if code := order.schedule.phases[-1].discount_code:
        give_back(session, code)
    order.ended_at = now
    order.schedule.next_invoice_on = None
    session.flush()
    ended = {
        EventType.SCHEDULE_ENDED: order.schedule_id,
        EventType.ENTITLEMENTS_CHANGED: order.customer_id,
    }
    record_each(session, ended, customer_id=order.customer_id, now=now)


def orders_to_erase(session: Session, *, now: datetime) -> Sequence[str]:
    """The references of ended orders whose customer's data have been kept long enough."""
    kept = Order.ended_at <= now - KEPT_FOR, Order.email != ""
    return session.scalars(select(Order.reference).where(*kept).order_by(Order.reference)).all()


def erase_order(session: Session, reference: str) -> None:
    """Erase who placed an order that ended, and the e-mails about it; its row stays."""
    order = _lock(session, reference)
    if order is None or order.ended_at is None or not order.email:
        return
    _delete_emails(session, order)
    session.execute(delete(Invitation).where(Invitation.customer_id == order.customer_id))
    customer = order.customer
    customer.legal_name = customer.billing_email = ""
    for column in ("contact_name", "line1", "line2", "town", "postcode", "tax_id"):
        setattr(customer, column, None)
    customer.tax_id_valid = False
    withdraw_verification(customer)
    session.execute(delete(TaxIdCheck).where(TaxIdCheck.customer_id == customer.id))
    forget_events(session, customer.id)
    order.schedule.purchase_order = None
    order.email = order.content_hash = ""
    session.flush()


def _delete_emails(session: Session, order: Order) -> None:
    """Delete the e-mails about an order: the merchant's notice, and those with a link."""
    assert order.ended_at is not None  # noqa: S101 - only what ended is erased
    kinds = ("order_acknowledgement", "invitation")
    linked = OutboxMessage.quota_key.in_([quota_key(kind, order.email) for kind in kinds])
    about = OutboxMessage.text.contains(order.reference, autoescape=True)
    since = OutboxMessage.created_at >= order.ordered_at
    until = OutboxMessage.created_at <= order.ended_at
    session.execute(delete(OutboxMessage).where(since, until, or_(linked, about)))


def _lock(session: Session, reference: str) -> Order | None:
    """The order, until the transaction ends; none where another sweep is at it."""
    return session.scalar(
        select(Order)
        .where(Order.reference == reference)
        .with_for_update(of=Order, skip_locked=True)
        .execution_options(populate_existing=True)
    )
