"""What a customer is entitled to: the products of the phase in force, and the limits of its plan.

Everything is read in one statement. A phase is in force from the midnight that its first day begins
with in its schedule's zone; an end date is the first day no longer covered.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import groupby, islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from pricingsite.models.catalog import Plan, PlanPrice, Price, Product
from pricingsite.models.customers import Customer, CustomerAlias
from pricingsite.models.orders import Order
from pricingsite.models.schedules import BillingSchedule, Phase, PhasePrice
from pricingsite.pricing import day_start
from pricingsite.services.customers.aliases import is_any_of

_Chosen = aliased(Plan)
_Other = aliased(PlanPrice)
_REQUIRED = (
    select(func.count())
    .where(
        _Other.plan_id == PlanPrice.plan_id,
        _Other.option_id == PlanPrice.option_id,
        _Other.add_on.is_(False),
    )
    .scalar_subquery()
)
_NAME: ColumnElement[str] = bindparam("name")
_NAMED = select(CustomerAlias.customer_id).where(CustomerAlias.alias == _NAME).scalar_subquery()
# A row for each price of each phase, and each place in a plan that the price, the list price that
# it is a variant of, or the one that it replaces has.
_EVERY = (
    select(
        Customer.id.label("customer_id"),
        Customer.verified_at,
        Customer.suspended_at,
        BillingSchedule.id.label("schedule_id"),
        BillingSchedule.timezone,
        BillingSchedule.end_date.label("schedule_end"),
        Order.reference,
        Order.ended_at,
        Phase.id.label("phase_id"),
        Phase.start_date,
        Phase.end_date,
        _Chosen.limits.label("chosen_limits"),
        Price.id.label("price_id"),
        Product.id.label("product_id"),
        Product.name.label("product_name"),
        PlanPrice.plan_id,
        PlanPrice.option_id,
        PlanPrice.add_on,
        Plan.limits,
        _REQUIRED.label("required"),
    )
    .select_from(Customer)
    .outerjoin(
        BillingSchedule,
        and_(BillingSchedule.customer_id == Customer.id, BillingSchedule.withdrawn_at.is_(None)),
    )
    .outerjoin(Order, Order.schedule_id == BillingSchedule.id)
    .outerjoin(Phase, Phase.schedule_id == BillingSchedule.id)
    .outerjoin(_Chosen, _Chosen.id == Phase.plan_id)
    .outerjoin(PhasePrice, PhasePrice.phase_id == Phase.id)
    .outerjoin(Price, Price.id == PhasePrice.price_id)
    .outerjoin(Product, Product.id == Price.product_id)
    .outerjoin(PlanPrice, PlanPrice.price_id.in_([Price.id, Price.variant_of, Price.replaces]))
    .outerjoin(Plan, Plan.id == PlanPrice.plan_id)
    .order_by(
        Customer.id,
        BillingSchedule.start_date,
        BillingSchedule.created_at,
        Phase.start_date,
        PhasePrice.position,
        Plan.archived_at.is_not(None),
        Plan.position,
    )
)
_AGREED = _EVERY.where(or_(Customer.id == _NAME, Customer.id == _NAMED))
_AT_ONCE = 500
_INSTANT = timedelta(microseconds=1)


class EntitlementStatus(StrEnum):
    """Whether a customer may use what it has agreed; ended is also what has not begun."""

    UNVERIFIED = "unverified"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


def entitlement_status(
    *, in_force: bool, is_unverified: bool, is_suspended: bool
) -> EntitlementStatus:
    """The status of a customer whose schedule is `in_force` or not.

    `is_unverified`: by an order whose address nobody has confirmed. A deal needs no confirming.
    """
    if is_unverified:
        return EntitlementStatus.UNVERIFIED
    if not in_force:
        return EntitlementStatus.ENDED
    return EntitlementStatus.SUSPENDED if is_suspended else EntitlementStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class EntitledProduct:
    """A product that may be used, up to the last day `until` that is agreed; None is open."""

    id: str
    name: str
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlements:
    """What a customer may use at `as_of`; `limits` by feature or metric id.

    `changes_at` is the next instant at which that changes by what is agreed now, None if never.
    """

    customer_id: str
    status: EntitlementStatus
    as_of: datetime
    products: tuple[EntitledProduct, ...] = ()
    limits: Mapping[str, Decimal] = field(default_factory=dict)
    changes_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    """A phase as it is in force: its instants, its last day, its products' names by id."""

    begins_at: datetime
    ends_at: datetime | None
    last_day: date | None
    products: Mapping[str, str]
    limits: Mapping[str, str]

    def covers(self, instant: datetime) -> bool:
        return self.begins_at <= instant and (self.ends_at is None or instant < self.ends_at)


_NOTHING: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Agreed:
    """All that a customer has agreed, the first first."""

    stretches: tuple[_Stretch, ...]
    is_unverified: bool
    is_suspended: bool

    def at(
        self, instant: datetime
    ) -> tuple[EntitlementStatus, Mapping[str, str], Mapping[str, str]]:
        """The status at an instant, the products and the limits."""
        current = self.in_force(instant)
        status = entitlement_status(
            in_force=current is not None,
            is_unverified=self.is_unverified,
            is_suspended=self.is_suspended,
        )
        if current is None or status is not EntitlementStatus.ACTIVE:
            return status, *_NOTHING
        return status, current.products, current.limits

    def in_force(self, instant: datetime) -> _Stretch | None:
        return next((one for one in self.stretches if one.covers(instant)), None)

    def changes_at(self, instant: datetime) -> datetime | None:
        """The first instant later at which anything is otherwise."""
        edges = {edge for one in self.stretches for edge in (one.begins_at, one.ends_at) if edge}
        later = sorted(edge for edge in edges if edge > instant)
        return next((edge for edge in later if self.at(edge) != self.at(instant)), None)

    def until(self, product_id: str, instant: datetime) -> date | None:
        """The last day that a product is agreed for without a gap."""
        current = self.in_force(instant)
        while current is not None and current.ends_at is not None:
            following = self.in_force(current.ends_at)
            if following is None or product_id not in following.products:
                return current.last_day
            current = following
        return None


def entitlements(session: Session, name: str, *, now: datetime) -> Entitlements | None:
    """What the customer of an id or alias may use now; None if there is no such customer."""
    # PostgreSQL cannot even be asked for a NUL.
    rows = [] if "\0" in name else session.execute(_AGREED, {"name": name}).all()
    if not rows:
        return None
    # An id comes before an alias.
    ids = {row.customer_id for row in rows}
    customer_id = name if name in ids else rows[0].customer_id
    agreed = _agreed([row for row in rows if row.customer_id == customer_id])
    status, products, limits = agreed.at(now)
    return Entitlements(
        customer_id=customer_id,
        status=status,
        as_of=now,
        products=tuple(
            EntitledProduct(product_id, product_name, agreed.until(product_id, now))
            for product_id, product_name in products.items()
        ),
        limits={name: Decimal(limit) for name, limit in limits.items()},
        changes_at=agreed.changes_at(now),
    )


def changes_of(
    session: Session, moments: Iterable[tuple[str, datetime]]
) -> set[tuple[str, datetime]]:
    """Those of customers, each with a moment, who may use something else from then on."""
    of_customer: dict[str, list[datetime]] = {}
    for customer_id, moment in moments:
        of_customer.setdefault(customer_id, []).append(moment)
    found = set()
    ids = iter(of_customer)
    while some := list(islice(ids, _AT_ONCE)):
        rows = session.execute(_EVERY.where(is_any_of(session, Customer.id, some)))
        for customer_id, of_one in groupby(rows, lambda row: row.customer_id):
            agreed = _agreed(list(of_one))
            found |= {
                (customer_id, moment)
                for moment in of_customer[customer_id]
                if agreed.at(moment) != agreed.at(moment - _INSTANT)
            }
    return found


def _agreed(rows: Sequence[Any]) -> _Agreed:
    first = rows[0]
    live = [row for row in rows if row.phase_id is not None and row.ended_at is None]
    return _Agreed(
        stretches=tuple(
            stretch
            for _, of_schedule in groupby(live, lambda row: row.schedule_id)
            for stretch in _stretches(list(of_schedule))
        ),
        is_unverified=first.verified_at is None and any(row.reference for row in live),
        is_suspended=first.suspended_at is not None,
    )


def _stretches(rows: Sequence[Any]) -> Iterator[_Stretch]:
    """The phases of a schedule, none of them longer than it."""
    zone, last = ZoneInfo(rows[0].timezone), rows[0].schedule_end
    for _, rows_of_phase in groupby(rows, lambda row: row.phase_id):
        of_phase = list(rows_of_phase)
        start, end = of_phase[0].start_date, of_phase[0].end_date
        if last is not None:
            end = last if end is None else min(end, last)
            if start >= last:
                continue
        yield _Stretch(
            begins_at=day_start(start, zone),
            ends_at=day_start(end, zone) if end else None,
            last_day=end - timedelta(days=1) if end else None,
            products={row.product_id: row.product_name for row in of_phase if row.product_id},
            limits=_limits(of_phase),
        )


def _limits(rows: Sequence[Any]) -> Mapping[str, str]:
    """The limits of a phase's plan; where prices were agreed, of the first plan that sells them.

    A variant stands for its list price. A deal that is like no plan has none.
    """
    chosen: Mapping[str, str] | None = rows[0].chosen_limits
    if chosen is not None:
        return chosen
    prices = {row.price_id for row in rows}
    options: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        if row.plan_id is not None:
            options.setdefault((row.plan_id, row.option_id), []).append(row)
    for own in options.values():
        required = {row.price_id for row in own if not row.add_on}
        if {row.price_id for row in own} == prices and len(required) == own[0].required:
            found: Mapping[str, str] = own[0].limits
            return found
    return {}
