"""Customers: who pays, and what they say of themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.models.types import new_id
from pricingsite.services.customers.tax_ids import check_tax_id


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
    session.add(customer)
    session.flush()
    return customer


def update_customer(session: Session, customer: Customer, details: CustomerDetails) -> None:
    """Write all details over a customer's; its tax id is checked again."""
    _write(customer, details)
    session.flush()


def _write(customer: Customer, details: CustomerDetails) -> None:
    for field in fields(details):
        setattr(customer, field.name, (getattr(details, field.name) or "").strip() or None)
    tax_id = check_tax_id(details.country, details.tax_id)
    customer.tax_id, customer.tax_id_verified = tax_id.normalised, tax_id.verified


def find_customer(session: Session, customer_id: str) -> Customer | None:
    """The customer of an id."""
    # PostgreSQL cannot even be asked for a NUL.
    return None if "\0" in customer_id else session.get(Customer, customer_id)


def list_customers(session: Session) -> Sequence[Customer]:
    """All customers, the first first."""
    return session.scalars(select(Customer).order_by(Customer.created_at, Customer.id)).all()
