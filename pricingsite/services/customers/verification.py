"""What is verified of a customer for its tax: its tax id, or that it is a business.

It is recorded when, by whom, and how it can be shown later. A customer abroad is charged the
merchant's own tax until then.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.pricing import TaxEvidence
from pricingsite.services.customers.tax_ids import have_vat_numbers
from pricingsite.services.messages.webhooks import EventType, record_event

BY_MERCHANT = "merchant"


class VerificationError(ValueError):
    """There is nothing of that kind to verify; the message says why."""


def verify_tax_id(
    session: Session,
    customer: Customer,
    *,
    consultation: str | None,
    by: str = BY_MERCHANT,
    now: datetime,
) -> None:
    """Record that a customer's tax id is its own; `consultation` is the number that proves it.

    Raises `VerificationError` where it has none.
    """
    lock_details(session, customer)
    if customer.tax_id is None:
        raise VerificationError(f"{customer.legal_name} has no tax id to verify.")
    customer.tax_evidence, customer.business_evidence = TaxEvidence.TAX_ID, None
    customer.tax_verified_at, customer.tax_verified_by = now, by
    customer.tax_id_consultation = consultation
    _tell(session, customer, now)


def approve_business(session: Session, customer: Customer, *, evidence: str, now: datetime) -> None:
    """Record on what evidence a customer is a business, where companies have no tax id.

    Raises `VerificationError` for a country whose companies have one.
    """
    lock_details(session, customer)
    if have_vat_numbers([customer.country]):
        raise VerificationError(
            f"Companies in {customer.country} have VAT numbers: verify the number of "
            f"{customer.legal_name} instead."
        )
    customer.tax_evidence, customer.business_evidence = TaxEvidence.BUSINESS, evidence
    customer.tax_verified_at, customer.tax_verified_by = now, BY_MERCHANT
    customer.tax_id_consultation = None
    _tell(session, customer, now)


def _tell(session: Session, customer: Customer, now: datetime) -> None:
    session.flush()
    about = {"customer_id": customer.id, "about": customer.id}
    record_event(session, EventType.CUSTOMER_UPDATED, **about, now=now)


def withdraw_verification(customer: Customer) -> None:
    """Take back what was verified of a customer."""
    customer.tax_evidence = customer.business_evidence = None
    customer.tax_verified_at = customer.tax_verified_by = customer.tax_id_consultation = None


def lock_details(session: Session, customer: Customer) -> None:
    """Read a customer again, and let nobody change it until the transaction ends.

    What is verified is verified of the details that are stored then.
    """
    session.refresh(customer, with_for_update={"key_share": True})
