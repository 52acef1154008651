"""Suspending customers and lifting it: they are entitled to nothing meanwhile, and lose nothing."""

from datetime import datetime

from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer, SuspensionCause
from pricingsite.services.customers.locks import lock_balances
from pricingsite.services.messages.webhooks import EventType, record_event


def suspend(session: Session, customer: Customer, cause: SuspensionCause, *, now: datetime) -> bool:
    """Suspend a customer; whether it was not suspended before.

    What the merchant chose is above what follows from an invoice: paying does not lift it.
    """
    _lock(session, customer)
    if customer.suspended_for in {cause, SuspensionCause.MERCHANT}:
        return False
    is_new = customer.suspended_at is None
    customer.suspended_at = customer.suspended_at or now
    customer.suspended_for = cause
    session.flush()
    if is_new:
        _tell(session, customer, now)
    return is_new


def resume(session: Session, customer: Customer, *, now: datetime) -> bool:
    """Lift a customer's suspension; whether it was suspended."""
    _lock(session, customer)
    if customer.suspended_at is None:
        return False
    customer.suspended_at = customer.suspended_for = None
    session.flush()
    _tell(session, customer, now)
    return True


def _tell(session: Session, customer: Customer, now: datetime) -> None:
    about = {"customer_id": customer.id, "about": customer.id}
    record_event(session, EventType.ENTITLEMENTS_CHANGED, **about, now=now)


def _lock(session: Session, customer: Customer) -> None:
    """Wait for others who are about to change it, and read what they left."""
    lock_balances(session, [customer.id])
    session.refresh(customer, ["suspended_at", "suspended_for"])
