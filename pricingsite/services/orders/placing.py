"""Placing an order: customer, billing schedule, invitation and order in one transaction.

Prices are the plan's own list prices, resolved here; a form never names one. The order key makes
every retry find the first order, and the price version makes sure that what was seen is bought.
An order is drafted first, so that its e-mails can be rendered before its transaction opens.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pricingsite.models.access import Invitation
from pricingsite.models.catalog import Price
from pricingsite.models.orders import Order
from pricingsite.models.types import new_reference
from pricingsite.services.access.invitations import new_invitation
from pricingsite.services.access.users import normalise_email
from pricingsite.services.customers.details import CustomerDetails, new_customer
from pricingsite.services.merchant import get_merchant
from pricingsite.services.messages.webhooks import EventType, record_each
from pricingsite.services.orders.promotions import agreed_discount, redeem
from pricingsite.services.plans.as_sold import Choice
from pricingsite.services.plans.on_sale import find_plan
from pricingsite.services.plans.price_list import price_list, price_version
from pricingsite.services.schedules.creating import AgreedTerms, new_schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCommand:
    """What somebody orders: a plan as chosen, for a company, from a day on (the merchant's)."""

    plan_id: str
    choice: Choice = field(default_factory=Choice)
    details: CustomerDetails
    start: date
    purchase_order: str | None
    code: str | None = None

    @property
    def content_hash(self) -> str:
        """The same for the same order, each time it is sent."""
        content = asdict(self)
        if self.choice == Choice():
            del content["choice"]
        if self.code is None:
            del content["code"]
        return sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order that is not stored yet, and the invitation that goes with it.

    Without an invitation it is an order of an earlier attempt, which a retry has found.
    `shown_version` is of the plan's prices, `catalog_version` of the catalog they were read from.
    """

    order: Order
    invitation: Invitation | None
    shown_version: str
    catalog_version: int
    choice: Choice = field(default_factory=Choice)


class OrderKeyTakenError(ValueError):
    """The order key belongs to an order of other content."""

    def __init__(self, order: Order) -> None:
        super().__init__(f"order {order.reference} has been placed from this form")
        self.order = order


class PlanNotOnSaleError(ValueError):
    """The plan has been closed to new orders."""


class PricesChangedError(ValueError):
    """The plan's prices are not those that were shown."""


def draft_order(
    session: Session, command: OrderCommand, *, order_key: str, shown_version: str, now: datetime
) -> OrderDraft:
    """Draft an order at the prices of the version that was shown; nothing is stored.

    A retry with the same key and content gives the order of the earlier attempt. Raises
    `OrderKeyTakenError`, `PlanNotOnSaleError`, `PricesChangedError` or `PromotionError`.
    """
    merchant = get_merchant(session)
    if earlier := _earlier_order(session, order_key, command.content_hash):
        return OrderDraft(earlier, None, shown_version, merchant.version)
    prices = _prices_on_sale(session, command.plan_id, command.choice, shown_version, now)
    customer = new_customer(command.details, now=now)
    schedule = new_schedule(
        customer=customer,
        prices=prices,
        start=command.start,
        purchase_order=command.purchase_order,
        terms=_agreed_terms(session, command, next(iter(prices)).currency, now),
        plan_id=command.plan_id,
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
    invitation = new_invitation(customer, email, now=now)
    return OrderDraft(order, invitation, shown_version, merchant.version, command.choice)


def _agreed_terms(
    session: Session, command: OrderCommand, currency: str, now: datetime
) -> AgreedTerms:
    plan = find_plan(session, command.plan_id)
    assert plan is not None  # noqa: S101 - its prices have been found
    discount = None
    if command.code:
        today = get_merchant(session).today(now)
        discount = agreed_discount(session, command.code, plan.id, currency, today=today)
    return AgreedTerms(trial=plan.trial, minimum=plan.minimum, discount=discount)


def place_order(session: Session, draft: OrderDraft) -> Order:
    """Store a drafted order once: it, or the order that was placed with its key meanwhile.

    Raises what `draft_order` does, and then nothing has been changed.
    """
    order = draft.order
    if earlier := _earlier_order(session, order.order_key, order.content_hash):
        return earlier
    if get_merchant(session).version != draft.catalog_version:
        _prices_on_sale(session, order.plan_id, draft.choice, draft.shown_version, order.ordered_at)
    code = order.schedule.phases[-1].discount_code
    try:
        with session.begin_nested():
            session.add_all([order, draft.invitation])
            session.flush()
            if code is not None:
                redeem(session, code)
            _tell(session, order)
    except IntegrityError:
        # Somebody with the same key was a moment earlier: theirs is the order.
        if earlier := _earlier_order(session, order.order_key, order.content_hash):
            return earlier
        raise
    return order


def _tell(session: Session, order: Order) -> None:
    customer_id = order.customer.id
    created = {
        EventType.CUSTOMER_CREATED: customer_id,
        EventType.SCHEDULE_CREATED: order.schedule.id,
    }
    record_each(session, created, customer_id=customer_id, now=order.ordered_at)


def find_order(session: Session, reference: str) -> Order | None:
    """The order of a reference."""
    return session.get(Order, reference)


def order_with_key(session: Session, order_key: str) -> Order | None:
    """The order that a key has been used for."""
    return session.scalar(select(Order).where(Order.order_key == order_key))


def order_placed_before(session: Session, order_key: str, command: OrderCommand) -> Order | None:
    """The order that a key has been used for, if this is its content."""
    order = order_with_key(session, order_key)
    return order if order and order.content_hash == command.content_hash else None


def _earlier_order(session: Session, order_key: str, content_hash: str) -> Order | None:
    order = order_with_key(session, order_key)
    if order is not None and order.content_hash != content_hash:
        raise OrderKeyTakenError(order)
    return order


def _prices_on_sale(
    session: Session, plan_id: str, choice: Choice, shown_version: str, now: datetime
) -> Mapping[Price, Decimal | None]:
    """The prices of a plan as chosen, each with its quantity, if they are those that were shown."""
    plan = find_plan(session, plan_id)
    if plan is None or plan.archived_at is not None or plan.contact is not None:
        raise PlanNotOnSaleError
    option_id = choice.option_id or plan.option_ids[0]
    listed = price_list(session, on=get_merchant(session).today(now))
    if option_id not in plan.option_ids or price_version(plan, listed, option_id) != shown_version:
        raise PricesChangedError
    chosen = {}
    for place in plan.places_in(option_id):
        price = listed.in_place_of(place.price)
        wanted = (choice.add_ons if place.add_on else choice.quantities).get(price.id)
        if wanted or not place.add_on:
            chosen[price] = wanted
    return chosen
