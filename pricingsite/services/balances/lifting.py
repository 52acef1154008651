"""Lifting the suspension of customers who have paid what they were suspended for."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer, SuspensionCause
from pricingsite.models.invoices import Invoice, InvoiceReminder
from pricingsite.services.balances.standing import standings
from pricingsite.services.customers.locks import lock_balances
from pricingsite.services.customers.suspension import resume
from pricingsite.services.invoices.announcing import InvoiceMail


def lift_suspension(session: Session, customer_id: str, *, today: date, now: datetime) -> bool:
    """Lift a suspension for overdue invoices, if they are settled; whether it was lifted.

    To be called in the transaction that settles one.
    """
    lock_balances(session, [customer_id])
    customer = session.get_one(Customer, customer_id, populate_existing=True)
    if customer.suspended_for is not SuspensionCause.OVERDUE:
        return False
    suspending = (
        select(Invoice)
        .join(InvoiceReminder, InvoiceReminder.invoice_id == Invoice.id)
        .where(
            Invoice.customer_id == customer_id,
            InvoiceReminder.kind == InvoiceMail.SUSPENDED.value,
        )
    )
    invoices = session.scalars(suspending).all()
    found = standings(session, invoices, today=today).values()
    return all(one.balance.minor <= 0 for one in found) and resume(session, customer, now=now)
