"""Who sells and who buys, as an invoice states it.

It is copied into the invoice, so that nothing changes it later. Both are JSON objects; what is not
known is None.
"""

import json
from hashlib import sha256
from operator import attrgetter
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite
from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.models.invoices import InvoiceSeller
from pricingsite.models.merchant import Merchant

_SELLER = (
    "name",
    "legal_name",
    "email",
    "country",
    "registration",
    "registered_office",
    "vat_number",
    "tax_name",
    "how_to_pay",
    "iban",
    "bic",
    "sort_code",
    "account_number",
)
# What is copied of a customer, beside when it was verified.
BUYER = (
    "id",
    "legal_name",
    "contact_name",
    "billing_email",
    "line1",
    "line2",
    "town",
    "postcode",
    "country",
    "tax_id",
    "tax_evidence",
    "tax_verified_by",
    "tax_id_consultation",
    "business_evidence",
)
_buyer = attrgetter(*BUYER)


def seller_details(merchant: Merchant) -> dict[str, Any]:
    """The merchant as its invoices state it."""
    return {name: getattr(merchant, name) for name in _SELLER}


def buyer_details(customer: Customer) -> dict[str, Any]:
    """A customer as its invoices state it."""
    details = dict(zip(BUYER, _buyer(customer), strict=True))
    at = customer.tax_verified_at
    details["tax_verified_at"] = at and at.isoformat()
    return details


def seller_id(session: Session, merchant: Merchant) -> int:
    """The id of the merchant's details as they are now, which are stored once."""
    if (found := find_seller_id(session, merchant)) is not None:
        return found
    insert = insert_on_sqlite if _is_sqlite(session) else insert_on_postgresql
    details = seller_details(merchant)
    row = insert(InvoiceSeller).values(digest=_digest(details), details=details)
    session.execute(row.on_conflict_do_nothing(index_elements=["digest"]))
    return session.scalars(_of(details)).one()


def find_seller_id(session: Session, merchant: Merchant) -> int | None:
    """The same; None where no invoice has stated them yet."""
    return session.scalar(_of(seller_details(merchant)))


def _of(details: dict[str, Any]) -> Select[int]:
    return select(InvoiceSeller.id).where(InvoiceSeller.digest == _digest(details))


def _digest(details: dict[str, Any]) -> str:
    return sha256(json.dumps(details, sort_keys=True).encode()).hexdigest()


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
