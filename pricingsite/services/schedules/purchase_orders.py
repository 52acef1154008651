"""The purchase order that a customer wants on its invoices, from the next one on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pricingsite.models.invoices import Invoice
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.customers.aliases import is_any_of

LONGEST_PURCHASE_ORDER = 60


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    """What a customer's invoices name; None where they name nothing."""

    reference: str | None


def purchase_order_of(session: Session, customer_id: str) -> PurchaseOrder | None:
    """The purchase order of a customer's latest schedule; None without a schedule."""
    found = purchase_orders_of_each(session, [customer_id])
    return PurchaseOrder(found[customer_id]) if found else None


def purchase_orders_of_each(
    session: Session, customer_ids: Iterable[str]
) -> Mapping[str, str | None]:
    """The purchase order of each customer's latest schedule, by the ids of those who have one."""
    rows = session.execute(
        select(BillingSchedule.customer_id, BillingSchedule.purchase_order)
        .where(
            is_any_of(session, BillingSchedule.customer_id, customer_ids),
            BillingSchedule.withdrawn_at.is_(None),
        )
        .order_by(BillingSchedule.start_date, BillingSchedule.created_at)
    )
    return {row.customer_id: row.purchase_order for row in rows}


def put_purchase_order(session: Session, customer_id: str, reference: str | None) -> bool:
    """Name a purchase order on all invoices of a customer that are still to be issued.

    Drafts have it at once. Schedules are locked before drafts, and those before their customer, as
    billing runs do. Whether it is another one than before.
    """
    changed = BillingSchedule.purchase_order.is_distinct_from(reference)
    schedules = update(BillingSchedule).where(BillingSchedule.customer_id == customer_id, changed)
    named = schedules.values(purchase_order=reference).returning(BillingSchedule.id)
    is_changed = bool(session.scalars(named).all())
    drafts = update(Invoice).where(
        Invoice.customer_id == customer_id,
        Invoice.number.is_(None),
        Invoice.voided_at.is_(None),
        Invoice.purchase_order.is_distinct_from(reference),
    )
    session.execute(drafts.values(purchase_order=reference))
    return is_changed
