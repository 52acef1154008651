"""Customers locked while their usage or what they owe is written.

Recorders share a customer; what derives rollups from events has it exclusively. Payments keep off
each other alone. All take their customers in one order, so that nobody waits in a circle, and
invoice numbers later. SQLite has one writer anyway.
"""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.services.customers.aliases import is_any_of


def lock_customers(session: Session, customer_ids: Iterable[str], *, exclusive: bool) -> None:
    """Lock customers until the transaction ends, shared or exclusively."""
    _lock(session, customer_ids, read=not exclusive, key_share=not exclusive)


def lock_balances(session: Session, customer_ids: Iterable[str]) -> None:
    """Lock what customers owe until the transaction ends; their usage can still be recorded."""
    _lock(session, customer_ids, read=False, key_share=True)


def _lock(session: Session, customer_ids: Iterable[str], *, read: bool, key_share: bool) -> None:
    if session.get_bind().dialect.name == "sqlite":
        return
    of_these = is_any_of(session, Customer.id, customer_ids)
    rows = select(Customer.id).where(of_these).order_by(Customer.id)
    locked = rows.with_for_update(read=read, key_share=key_share).subquery()
    # Nobody needs their names.
    session.scalar(select(func.count()).select_from(locked))
