"""Customers, their billing schedules and entitlements in JSON (design.md §4.8).

The API answers with these, and whatever else tells programs of a customer says the same.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule, Phase, PhasePrice
from pricingsite.pricing import AgreedDiscount, exact_context, plain
from pricingsite.services.customers.pages import aliases_of_each, copies_of_each
from pricingsite.services.schedules.entitlements import Entitlements
from pricingsite.services.schedules.purchase_orders import purchase_orders_of_each
from pricingsite.services.schedules.reading import agreed_discount_of
from pricingsite.web.documents import Json, number


def customer_documents(session: Session, customers: Sequence[Customer]) -> list[Json]:
    """Customers as `customer_document` has them, in as many statements as one takes."""
    ids = [one.id for one in customers]
    aliases, copies = aliases_of_each(session, ids), copies_of_each(session, ids)
    orders = purchase_orders_of_each(session, ids)
    return [
        customer_document(
            one,
            aliases=aliases[one.id],
            copies=copies[one.id],
            purchase_order=orders.get(one.id),
        )
        for one in customers
    ]


def customer_document(
    of: Customer,
    *,
    aliases: Sequence[str] = (),
    copies: Sequence[str] = (),
    purchase_order: str | None = None,
) -> Json:
    """A customer's details, what usage events may call it besides its id, who gets copies."""
    return {
        "id": of.id,
        "legal_name": of.legal_name,
        "contact_name": of.contact_name,
        "billing_email": of.billing_email,
        "line1": of.line1,
        "line2": of.line2,
        "town": of.town,
        "postcode": of.postcode,
        "country": of.country,
        "tax_id": of.tax_id,
        "tax_verified_at": _moment(of.tax_verified_at),
        "copies_to": list(copies),
        "purchase_order": purchase_order,
        "aliases": list(aliases),
        "created_at": _moment(of.created_at),
        "verified_at": _moment(of.verified_at),
        "suspended_at": _moment(of.suspended_at),
        "closed_at": _moment(of.closed_at),
    }


def schedule_document(of: BillingSchedule, *, now: datetime) -> Json:
    """A billing schedule with its phases, and where it is on the schedule's own day."""
    return {
        "id": of.id,
        "customer": of.customer_id,
        "state": _state(of, of.today(now)),
        "currency": of.currency,
        "timezone": of.timezone,
        "start_date": of.start_date.isoformat(),
        "end_date": _day(of.end_date),
        "anchor_date": of.anchor_date.isoformat(),
        "purchase_order": of.purchase_order,
        "created_at": _moment(of.created_at),
        "phases": [phase_document(phase) for phase in of.phases],
    }


def _state(of: BillingSchedule, today: date) -> str:
    if of.withdrawn_at is not None:
        return "withdrawn"
    if today < of.start_date:
        return "upcoming"
    return "ended" if of.end_date is not None and of.end_date <= today else "active"


def phase_document(of: Phase) -> Json:
    """A phase of a schedule."""
    return {
        "start_date": of.start_date.isoformat(),
        "end_date": _day(of.end_date),
        "trial": of.trial,
        "plan": of.plan_id,
        "prices": [_phase_price(one) for one in of.phase_prices],
        "discount": discount_document(agreed_discount_of(of)),
        "minimum": number(of.minimum),
    }


def _phase_price(of: PhasePrice) -> Json:
    return {"price": of.price_id, "quantity": number(of.quantity)}


def discount_document(of: AgreedDiscount | None) -> Json | None:
    """What is agreed to be taken off, if anything is."""
    if of is None:
        return None
    with exact_context():
        percent = None if of.rate is None else of.rate * 100
    return {
        "code": of.code,
        "percent": number(percent),
        "amount": number(of.amount),
        "periods": of.periods,
    }


def entitlements_document(of: Entitlements) -> Json:
    """What a customer may use at a moment."""
    return {
        "customer": of.customer_id,
        "status": of.status.value,
        "as_of": of.as_of.isoformat(),
        "products": [
            {"id": one.id, "name": one.name, "until": _day(one.until)} for one in of.products
        ],
        "limits": {name: plain(limit) for name, limit in of.limits.items()},
        "changes_at": _moment(of.changes_at),
    }


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
