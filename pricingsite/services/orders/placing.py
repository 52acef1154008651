"""Placing an order: customer, billing schedule, invitation and order in one transaction.

Prices are the plan's own list prices, resolved here; a form never names one. The order key makes
every retry find the first order, and the price version makes sure that what was seen is bought.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pricingsite.models.access import Invitation
from pricingsite.models.catalog import Price
from pricingsite.models.merchant import Merchant
from pricingsite.models.orders import Order
from pricingsite.models.types import new_reference
from pricingsite.services.access.invitations import invite
from pricingsite.services.access.users import normalise_email
from pricingsite.services.customers.details import CustomerDetails, create_customer
from pricingsite.services.merchant import get_merchant
from pricingsite.services.plans.on_sale import find_plan
from pricingsite.services.plans.price_list import price_list, price_version
from pricingsite.services.schedules.creating import create_schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCommand:
    """What somebody orders: a plan, for a company, from a day on (the merchant's)."""

    plan_id: str
    details: CustomerDetails
    start: date
    purchase_order: str | None

    @property
    def content_hash(self) -> str:
        """The same for the same order, each time it is sent."""
        content = json.dumps(asdict(self), sort_keys=True, default=str)
        return sha256(content.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Placed:
    """An order, with the invitation to e-mail; not `created` when a retry found it."""

    order: Order
    invitation: Invitation | None
    created: bool


class OrderKeyTakenError(ValueError):
    """The order key belongs to an order of other content."""

    def __init__(self, order: Order) -> None:
        super().__init__(f"order {order.reference} has been placed from this form")
        self.order = order


class PlanNotOnSaleError(ValueError):
    """The plan has been closed to new orders."""


class PricesChangedError(ValueError):
    """The plan's prices are not those that were shown."""


def place_order(
    session: Session, command: OrderCommand, *, order_key: str, shown_version: str, now: datetime
) -> Placed:
    """Place an order once, at the prices of the version that was shown.

    A retry with the same key and content gives the same order. Raises `OrderKeyTakenError`,
    `PlanNotOnSaleError` or `PricesChangedError`, and then nothing has been changed.
    """
    if found := _order_of(session, order_key, command):
        return found
    merchant = get_merchant(session)
    plan = find_plan(session, command.plan_id)
    if plan is None or plan.archived_at is not None:
        raise PlanNotOnSaleError
    today = merchant.today(now)
    listed = price_list(session, on=today)
    if price_version(plan, listed) != shown_version:
        raise PricesChangedError
    try:
        with session.begin_nested():
            return _create(session, command, listed.prices_of(plan), merchant, order_key, now)
    except IntegrityError:
        # Somebody with the same key was a moment earlier: theirs is the order.
        if found := _order_of(session, order_key, command):
            return found
        raise


def order_with_key(session: Session, order_key: str) -> Order | None:
    """The order that a key has been used for."""
    return session.scalar(select(Order).where(Order.order_key == order_key))


def order_placed_before(session: Session, order_key: str, command: OrderCommand) -> Order | None:
    """The order that a key has been used for, if this is its content."""
    order = order_with_key(session, order_key)
    return order if order and order.content_hash == command.content_hash else None


def _order_of(session: Session, order_key: str, command: OrderCommand) -> Placed | None:
    order = order_with_key(session, order_key)
    if order is None:
        return None
    if order.content_hash != command.content_hash:
        raise OrderKeyTakenError(order)
    return Placed(order, None, created=False)


def _create(
    session: Session,
    command: OrderCommand,
    prices: Sequence[Price],
    merchant: Merchant,
    order_key: str,
    now: datetime,
) -> Placed:
    customer = create_customer(session, command.details, now=now)
    schedule = create_schedule(
        session,
        customer=customer,
        prices=prices,
        start=command.start,
        purchase_order=command.purchase_order,
        merchant=merchant,
        now=now,
    )
    email = normalise_email(command.details.billing_email)
    order = Order(
        reference=new_reference(),
        order_key=order_key,
        content_hash=command.content_hash,
        plan_id=command.plan_id,
        email=email,
        terms_version=merchant.terms_version,
        ordered_at=now,
        customer=customer,
        schedule=schedule,
    )
    session.add(order)
    invitation = invite(session, customer, email, now=now)
    return Placed(order, invitation, created=True)
