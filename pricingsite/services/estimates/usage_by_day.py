"""Usage by day of a billing period, what each day cost, and the periods before it.

A day's cost is the difference of two totals, so that the days of a price, and what it costs at zero
usage, add up to its lines on the bill to the penny. Amounts are excl. VAT.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import Bill, Money, Period, Service, Unit, local_date
from pricingsite.services.billing.bills import Counted, bill_of, count, net_of, quantity_of
from pricingsite.services.billing.periods import BillScope, State, metered, scope_on
from pricingsite.services.billing.tax import tax_rate, tax_treatment
from pricingsite.services.merchant import get_merchant
from pricingsite.services.schedules.reading import current_schedule
from pricingsite.services.usage.quantities import counted_to, daily

_EARLIER_SHOWN = 12


class NoSuchPeriodError(LookupError):
    """No billing period of the customer, begun by now, starts in the month asked for."""


@dataclass(frozen=True, slots=True)
class DayCost:
    """A day of a usage price; the quantity is None where no event came, which is not zero."""

    day: date
    event_count: int
    quantity: Decimal | None
    cumulative: Decimal
    net: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageTable:
    """A usage price by day; `base` is what it costs at zero usage, `net` what it comes to."""

    price_name: str
    unit: Unit
    period: Period
    on_this_bill: bool
    base: Money
    days: tuple[DayCost, ...]
    quantity: Decimal
    net: Money

    @property
    def days_with_data(self) -> int:
        """On how many days events came."""
        return sum(1 for day in self.days if day.event_count)

    @property
    def by_day(self) -> Money:
        """What the days cost together, above zero usage."""
        return self.net - self.base


@dataclass(frozen=True, slots=True)
class PastPeriod:
    """An earlier period: what was used, and what it came to."""

    period: Period
    quantities: tuple[tuple[Unit, Decimal], ...]
    net: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageHistory:
    """A billing period by day, and its neighbours."""

    schedule: BillingSchedule
    state: State
    period: Period
    previous: Period | None
    next: Period | None
    as_of: datetime
    counted_to: datetime | None
    bill: Bill
    tables: tuple[UsageTable, ...]
    earlier: tuple[PastPeriod, ...]

    @property
    def fixed(self) -> Money:
        """What of the bill is there whatever is used: fixed fees, and prices at zero usage."""
        by_day = [table.by_day for table in self.tables if table.on_this_bill]
        return self.bill.net - sum(by_day, Money.zero(self.bill.currency))


def usage_history(
    session: Session, customer: Customer, *, month: date | None = None, now: datetime
) -> UsageHistory | None:
    """A customer's usage in the period that starts in a month, or in the one that runs now.

    None without a schedule. Raises `NoSuchPeriodError`.
    """
    schedule = current_schedule(session, customer.id, now=now)
    if schedule is None:
        return None
    zone = schedule.zone
    today = local_date(now, zone)
    running = scope_on(schedule, today)
    scope = running if month is None else _scope_of(running, month)
    services = _usage_services(scope)
    counted = count(session, scope, (*scope.due, *services))
    taxed = tax_treatment(get_merchant(session), customer)
    return UsageHistory(
        schedule=schedule,
        state=scope.state if scope is running else State.ENDED,
        period=scope.period,
        previous=_before(scope),
        next=_after(scope, running),
        as_of=now.astimezone(zone),
        counted_to=counted_to(session, customer.id, now.astimezone(zone)),
        bill=bill_of(scope, counted, tax_rate(session, taxed, scope.invoice_on)),
        tables=tuple(_table_of(session, scope, one, counted, today) for one in services),
        earlier=tuple(_earlier(session, scope)),
    )


def _scope_of(running: BillScope, month: date) -> BillScope:
    """The scope of the period that starts in the month of a day."""
    if running.state is State.UPCOMING or month > running.period.start:
        raise NoSuchPeriodError
    last_of_month = (month.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    if last_of_month < running.schedule.start_date:
        raise NoSuchPeriodError
    scope = scope_on(running.schedule, min(last_of_month, running.period.last_day))
    if (scope.period.start.year, scope.period.start.month) != (month.year, month.month):
        raise NoSuchPeriodError
    return running if scope.period == running.period else _whole(scope)


def _whole(scope: BillScope) -> BillScope:
    """The scope of a period that is over, seen from its last day."""
    return scope_on(scope.schedule, scope.period.last_day)


def _before(scope: BillScope) -> Period | None:
    day = scope.period.start - timedelta(days=1)
    return scope_on(scope.schedule, day).period if day >= scope.schedule.start_date else None


def _after(scope: BillScope, running: BillScope) -> Period | None:
    later = scope.period.end <= running.day
    return scope_on(scope.schedule, scope.period.end).period if later else None


def _usage_services(scope: BillScope) -> tuple[Service, ...]:
    """The usage prices on the bill, and those in force that are billed after a longer period."""
    on_bill = [service for service in scope.due if service.price.is_usage]
    return (*on_bill, *(service for service in metered(scope) if service not in on_bill))


def _table_of(
    session: Session, scope: BillScope, service: Service, counted: Counted, today: date
) -> UsageTable:
    price = service.price
    assert price.unit is not None  # noqa: S101 - every usage price has a unit
    metric = scope.metric(service)
    base = before = net_of(service, Decimal(0))
    days = []
    for one in daily(session, scope.schedule.customer_id, metric, service.period):
        if one.day > today and not one.event_count:
            continue  # It is yet to come.
        after = net_of(service, one.cumulative)
        days.append(DayCost(one.day, one.event_count, one.quantity, one.cumulative, after - before))
        before = after
    return UsageTable(
        price_name=price.name,
        unit=price.unit,
        period=service.period,
        on_this_bill=service in scope.due,
        base=base,
        days=tuple(days),
        quantity=quantity_of(service, counted) or Decimal(0),
        net=before,
    )


def _earlier(session: Session, scope: BillScope) -> Iterator[PastPeriod]:
    for _ in range(_EARLIER_SHOWN):
        before = _before(scope)
        if before is None:
            return
        scope = scope_on(scope.schedule, before.last_day)
        counted = count(session, scope, scope.due)
        used = tuple(
            (service.price.unit, quantity_of(service, counted) or Decimal(0))
            for service in scope.due
            if service.price.unit
        )
        yield PastPeriod(before, used, bill_of(scope, counted, Decimal(0)).net)
