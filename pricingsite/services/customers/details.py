"""Customers: who pays, and what they say of themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.models.types import new_id
from pricingsite.services.customers.copies import put_copies
from pricingsite.services.customers.tax_ids import check_tax_id
from pricingsite.services.customers.verification import lock_details, withdraw_verification
from pricingsite.services.messages.webhooks import EventType, record_event


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDetails:
    """What a customer says of itself; `country` is an ISO 3166 alpha-2 code."""

    legal_name: str
    billing_email: str
    country: str
    contact_name: str | None = None
    line1: str | None = None
    line2: str | None = None
    town: str | None = None
    postcode: str | None = None
    tax_id: str | None = None


def new_customer(details: CustomerDetails, *, now: datetime) -> Customer:
    """A new customer, not yet verified; it has its id, and is not stored yet."""
    customer = Customer(id=new_id("cus"), created_at=now)
    _write(customer, details)
    return customer


def create_customer(session: Session, details: CustomerDetails, *, now: datetime) -> Customer:
    """Store a new customer, not yet verified."""
    customer = new_customer(details, now=now)
    store_customer(session, customer, now=now)
    return customer


def store_customer(session: Session, customer: Customer, *, now: datetime) -> None:
    """Store a customer that is new."""
    session.add(customer)
    session.flush()
    about = {"customer_id": customer.id, "about": customer.id}
    record_event(session, EventType.CUSTOMER_CREATED, **about, now=now)


def update_customer(
    session: Session,
    customer: Customer,
    details: CustomerDetails,
    *,
    copies: Sequence[str] | None = None,
    is_changed: bool = False,
    now: datetime,
) -> None:
    """Write all details over a customer's; its tax id is checked again.

    What was verified of it counts no more where `unverifies` says so. `copies` are the addresses
    that get copies from now on; they stay where none are given. With `is_changed` something else of
    the customer has changed in this transaction, and that is told too: as one event.
    """
    lock_details(session, customer)
    if unverifies(customer, details):
        withdraw_verification(customer)
    _write(customer, details)
    is_changed |= session.is_modified(customer)
    session.flush()
    if copies is not None:
        is_changed |= put_copies(session, customer.id, copies)
    if is_changed:
        about = {"customer_id": customer.id, "about": customer.id}
        record_event(session, EventType.CUSTOMER_UPDATED, **about, now=now)


def unverifies(customer: Customer, details: CustomerDetails) -> bool:
    """Whether new details are of another company than what was verified of a customer."""
    tax_id = check_tax_id(details.country, details.tax_id).normalised
    named = (details.legal_name.strip(), details.country, tax_id)
    same = named == (customer.legal_name, customer.country, customer.tax_id)
    return customer.tax_evidence is not None and not same


def _write(customer: Customer, details: CustomerDetails) -> None:
    for field in fields(details):
        setattr(customer, field.name, (getattr(details, field.name) or "").strip() or None)
    tax_id = check_tax_id(details.country, details.tax_id)
    customer.tax_id, customer.tax_id_valid = tax_id.normalised, tax_id.valid


def list_customers(session: Session) -> Sequence[Customer]:
    """All customers, the first first."""
    return session.scalars(select(Customer).order_by(Customer.created_at, Customer.id)).all()
