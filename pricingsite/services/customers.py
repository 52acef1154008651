"""Customers: who pays, how they are found, and whether their tax id holds.

Tax ids are checked offline, by the form and check digits of their country. One that fails is kept
as it was typed and counts as unverified; it never refuses anybody.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as gb_vat

from pricingsite.models.customers import Customer, CustomerAlias

_SEPARATORS = re.compile(r"[\s./-]")


class CustomerError(ValueError):
    """What was asked of a customer cannot be; the message says why."""


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


@dataclass(frozen=True, slots=True)
class TaxId:
    """A tax id without its separators, and whether it passed its country's check."""

    normalised: str | None
    verified: bool


def create_customer(session: Session, details: CustomerDetails, *, now: datetime) -> Customer:
    """A new customer, not yet verified; flushed, so that it has its id."""
    customer = Customer(created_at=now)
    update_customer(session, customer, details)
    session.add(customer)
    session.flush()
    return customer


def update_customer(session: Session, customer: Customer, details: CustomerDetails) -> None:
    """Write all details over a customer's; its tax id is checked anew."""
    for field in fields(details):
        setattr(customer, field.name, (getattr(details, field.name) or "").strip() or None)
    tax_id = check_tax_id(details.country, details.tax_id)
    customer.tax_id, customer.tax_id_verified = tax_id.normalised, tax_id.verified
    if customer in session:
        session.flush()


def add_alias(session: Session, customer: Customer, alias: str) -> None:
    """Let usage events name the customer by `alias`; `CustomerError` when the name is taken."""
    if not alias.strip() or alias != alias.strip():
        raise CustomerError("An alias has at least one character, and no space around it.")
    taken = CustomerError(f"The alias {alias} already names a customer.")
    if session.get(Customer, alias) is not None:
        raise taken
    try:
        with session.begin_nested():
            session.add(CustomerAlias(alias=alias, customer_id=customer.id))
    except IntegrityError:
        raise taken from None


def find_customer(session: Session, key: str) -> Customer | None:
    """The customer of an id or an alias."""
    customer = session.get(Customer, key)
    if customer is None and (alias := session.get(CustomerAlias, key)) is not None:
        customer = session.get(Customer, alias.customer_id)
    return customer


def list_customers(session: Session) -> Sequence[Customer]:
    """All customers, the first first."""
    return session.scalars(select(Customer).order_by(Customer.created_at, Customer.id)).all()


def check_tax_id(country: str, text: str | None) -> TaxId:
    """A tax id in its normal form, and whether it is a valid one of that country.

    Great Britain's and the EU's are known (`GB123456782`, `EL094259216`); another country's, or
    one of another country than the customer's, is kept as it is and counts as unverified.
    """
    number = _SEPARATORS.sub("", text or "").upper()
    if not number:
        return TaxId(None, verified=False)
    if country == "GB":
        full = number if number.startswith(("GB", "XI")) else f"GB{number}"
        verified = bool(gb_vat.is_valid(full))
    elif country.lower() in eu_vat.MEMBER_STATES:
        full = _with_eu_prefix(country, number)
        verified = bool(eu_vat.is_valid(full))
    else:
        full, verified = number, False
    return TaxId(full if verified else number, verified=verified)


def _with_eu_prefix(country: str, number: str) -> str:
    # Greece's numbers begin with EL, though its code is GR.
    prefix = "EL" if country == "GR" else country
    if country == "GR" and number.startswith("GR"):
        number = number.removeprefix("GR")
    return number if number.startswith(prefix) else f"{prefix}{number}"
