"""Customers locked while their usage or what they owe is written.

Recorders share a customer; what derives rollups from events has it exclusively. Payments keep off
each other alone. All take their customers in one order, so that nobody waits in a circle, and
invoice numbers later. SQLite has one writer anyway.
"""

from collections.abc import Iterable
from functools import cache

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.services.customers.aliases import each_given


def lock_customers(session: Session, customer_ids: Iterable[str], *, exclusive: bool) -> None:
    """Lock customers until the transaction ends, shared or exclusively."""
    _lock(session, customer_ids, read=not exclusive, key_share=not exclusive)


def lock_balances(session: Session, customer_ids: Iterable[str]) -> None:
    """Lock what customers owe until the transaction ends; their usage can still be recorded."""
    _lock(session, customer_ids, read=False, key_share=True)


def _lock(session: Session, customer_ids: Iterable[str], *, read: bool, key_share: bool) -> None:
    dialect = session.get_bind().dialect.name
    if dialect != "sqlite":
        session.scalar(_locking(dialect, read, key_share), {"names": list(customer_ids)})


@cache
def _locking(dialect: str, read: bool, key_share: bool) -> Select[int]:  # noqa: FBT001 - a cache's
    of_these = Customer.id.in_(select(each_given(dialect)))
    rows = select(Customer.id).where(of_these).order_by(Customer.id)
    locked = rows.with_for_update(read=read, key_share=key_share).subquery()
    # Nobody needs their names.
    return select(func.count()).select_from(locked)
