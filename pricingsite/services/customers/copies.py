"""Further addresses that get copies of a customer's e-mails about invoices, in their order."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pricingsite.models.customers import BillingCopy

# The database holds no more of one customer.
MOST_COPIES = 5


def copies_of(session: Session, customer_id: str) -> Sequence[str]:
    """The addresses that get copies."""
    own = select(BillingCopy.email).where(BillingCopy.customer_id == customer_id)
    return session.scalars(own.order_by(BillingCopy.position)).all()


def put_copies(session: Session, customer_id: str, emails: Sequence[str]) -> bool:
    """Let these normalised addresses get copies, and no others. The customer is locked.

    Whether they are others than before.
    """
    if list(copies_of(session, customer_id)) == list(emails):
        return False
    session.execute(delete(BillingCopy).where(BillingCopy.customer_id == customer_id))
    rows = (
        BillingCopy(customer_id=customer_id, position=position, email=one)
        for position, one in enumerate(emails, 1)
    )
    session.add_all(rows)
    session.flush()
    return True
