"""Closing a customer's account: when its plan has ended, and nobody owes anybody anything.

Nobody can sign in to it from then on. What tax law asks to keep stays: invoices, and the details
that they state. Who used the account, whom it sent copies to, what they were sent, and what the
merchant's programs were told of it is erased; that it was closed they are told.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from pricingsite.models.access import Invitation, Membership, User
from pricingsite.models.alerts import Alert
from pricingsite.models.customers import BillingCopy, Customer
from pricingsite.models.outbox import OutboxMessage
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.balances.standing import standings
from pricingsite.services.customers.locks import lock_customers
from pricingsite.services.invoices.reading import invoices_of
from pricingsite.services.merchant import get_merchant
from pricingsite.services.messages.webhooks import EventType, forget_events, record_event


class NotClosableError(ValueError):
    """An account that cannot be closed yet; `reasons` say why, and what to do."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


def reasons_against_closing(session: Session, customer: Customer, *, now: datetime) -> list[str]:
    """Why an account cannot be closed yet, each with what to do; none where it can."""
    return [*_running(session, customer, now), *_owed(session, customer, now)]


def _running(session: Session, customer: Customer, now: datetime) -> Iterator[str]:
    live = BillingSchedule.customer_id == customer.id, BillingSchedule.withdrawn_at.is_(None)
    schedules = session.scalars(select(BillingSchedule).where(*live)).all()
    running = [one for one in schedules if one.end_date is None or one.end_date > one.today(now)]
    if running:
        yield "The plan has not ended. Cancel it under Plan, and close the account when it has."
    elif any(one.next_invoice_on is not None for one in schedules):
        yield "The last bill is still to come. Close the account when it is paid."


def _owed(session: Session, customer: Customer, now: datetime) -> Iterator[str]:
    found = invoices_of(session, customer.id)
    standing = standings(session, found, today=get_merchant(session).today(now))
    if any(one.number is None for one in found):
        yield "An invoice is being prepared. Close the account when it is paid."
    issued = [standing[one.id].balance.minor for one in found if one.number]
    if any(balance > 0 for balance in issued):
        yield "An invoice is not paid yet. Pay it, and close the account then."
    if any(balance < 0 for balance in issued):
        yield "Money is in your favour. Write to us to have it back, and close the account then."


def close_account(session: Session, customer: Customer, *, now: datetime) -> None:
    """Close an account; twice is once. Raises `NotClosableError`."""
    lock_customers(session, [customer.id], exclusive=True)
    session.refresh(customer)
    if customer.closed_at is not None:
        return
    if reasons := reasons_against_closing(session, customer, now=now):
        raise NotClosableError(reasons)
    customer.closed_at, customer.contact_name = now, None
    own = select(Membership.user_id).where(Membership.customer_id == customer.id)
    users = session.scalars(own.order_by(Membership.user_id).with_for_update()).all()
    copies = session.scalars(
        select(BillingCopy.email).where(BillingCopy.customer_id == customer.id)
    ).all()
    for table in (Membership, Invitation, BillingCopy, Alert):
        session.execute(delete(table).where(table.customer_id == customer.id))
    forget_events(session, customer.id)
    emails = [*copies, *_erase_users(session, users)]
    session.execute(
        delete(OutboxMessage).where(
            OutboxMessage.recipient.in_(emails),
            OutboxMessage.invoice_id.is_(None),
            OutboxMessage.delivered_at.is_not(None),
        )
    )
    session.flush()
    about = {"customer_id": customer.id, "about": customer.id}
    record_event(session, EventType.CUSTOMER_UPDATED, **about, now=now)


def _erase_users(session: Session, user_ids: Sequence[int]) -> Sequence[str]:
    """Erase those of the users who may sign in to nothing else; what their addresses were."""
    without = ~exists().where(Membership.user_id == User.id)
    users = session.scalars(select(User).where(User.id.in_(user_ids), without)).all()
    emails = [user.email for user in users]
    for user in users:
        # The row stays: changes of plans say who made them.
        session.execute(
            update(User)
            .where(User.id == user.id)
            .values(
                email=f"erased-{user.id}",
                password=None,
                active=False,
                fs_uniquifier=uuid4().hex,
            )
        )
    return emails
