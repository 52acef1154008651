"""Usage by day of a billing period, what each day cost, and the periods before it.

A day's cost is the difference of two totals, so that the days of a price, and what it costs at zero
usage, add up to its lines on the bill to the penny. Amounts are net.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import (
    Bill,
    Money,
    Period,
    Service,
    Unit,
    local_date,
    service_net_at,
)
from pricingsite.services.billing.bills import Counted, bill_of, count, counted_by, quantity_of
from pricingsite.services.billing.periods import BillingPeriod, State, billing_period_on
from pricingsite.services.billing.tax import tax_rate, tax_treatment
from pricingsite.services.billing.unbilled import UnbilledUsage, unbilled_usage
from pricingsite.services.merchant import Seller, read_seller
from pricingsite.services.schedules.reading import current_schedule
from pricingsite.services.usage.quantities import CustomerUsage
from pricingsite.wording.bills import priced_name

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
    """A usage price by day; `base` is what it costs at zero usage, `net` what it comes to.

    `name` is the price's, with its metric's where that says more.
    """

    price_name: str
    name: str
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

    seller: Seller
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
    unbilled: tuple[UnbilledUsage, ...]

    @property
    def fixed(self) -> Money:
        """What is charged whatever is used: fixed fees, and prices at zero usage."""
        by_day = [table.by_day for table in self.tables if table.on_this_bill]
        zero = Money.zero(self.bill.currency)
        return self.bill.net - self.bill.by_terms - sum(by_day, zero)


def usage_history(
    session: Session,
    customer: Customer,
    *,
    month: date | None = None,
    first_day: date | None = None,
    now: datetime,
) -> UsageHistory | None:
    """A customer's usage in the period that starts in a month, or in the one that runs now.

    A trial may start in the month of another period: it is named by its first day. None without a
    schedule. Raises `NoSuchPeriodError`.
    """
    schedule = current_schedule(session, customer.id, now=now)
    if schedule is None:
        return None
    zone = schedule.zone
    today = local_date(now, zone)
    current = billing_period_on(schedule, today)
    if first_day is not None:
        shown = _period_starting_on(first_day, current)
    else:
        shown = current if month is None else _period_starting_in(month, current)
    services = _usage_services(shown)
    earlier = tuple(_earlier(shown))
    usage = CustomerUsage(session, customer.id, today=today)
    usage.read(
        one
        for period in (shown, *earlier)
        for one in counted_by(period, (*period.due, *(services if period is shown else ())))
    )
    counted = count(usage, shown, (*shown.due, *services))
    seller = read_seller(session)
    taxed = tax_treatment(seller.merchant, customer)
    previous, following = shown.previous(), _following(shown, current)
    return UsageHistory(
        seller=seller,
        schedule=schedule,
        state=shown.state if shown is current else State.ENDED,
        period=shown.dates,
        previous=previous.dates if previous else None,
        next=following.dates if following else None,
        as_of=now.astimezone(zone),
        counted_to=usage.counted_to(now.astimezone(zone)),
        bill=bill_of(shown, counted, tax_rate(seller.rates, taxed, shown.invoice_on)),
        tables=tuple(_table_of(usage, shown, service, counted, today) for service in services),
        earlier=tuple(_past_period(usage, period) for period in earlier),
        unbilled=unbilled_usage(session, schedule, usage, today=today),
    )


def _period_starting_in(month: date, current: BillingPeriod) -> BillingPeriod:
    """The billing period that starts in the month of a day, no later than the current one."""
    if current.state is State.UPCOMING or month > current.dates.start:
        raise NoSuchPeriodError
    last_of_month = (month.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    if last_of_month < current.schedule.start_date:
        raise NoSuchPeriodError
    asked = billing_period_on(current.schedule, min(last_of_month, current.dates.last_day))
    if (asked.dates.start.year, asked.dates.start.month) != (month.year, month.month):
        raise NoSuchPeriodError
    if asked.dates == current.dates:
        return current
    return billing_period_on(current.schedule, asked.dates.last_day)


def _period_starting_on(day: date, current: BillingPeriod) -> BillingPeriod:
    """The billing period that starts on a day, no later than the current one."""
    if day == current.dates.start:
        return current
    if not current.schedule.start_date <= day < current.dates.start:
        raise NoSuchPeriodError
    last_day = billing_period_on(current.schedule, day).dates.last_day
    asked = billing_period_on(current.schedule, last_day)
    if asked.dates.start != day:
        raise NoSuchPeriodError
    return asked


def _following(shown: BillingPeriod, current: BillingPeriod) -> BillingPeriod | None:
    """The billing period after the one shown, if it has begun."""
    has_begun = shown.dates.end <= current.day
    return billing_period_on(shown.schedule, shown.dates.end) if has_begun else None


def _usage_services(billing_period: BillingPeriod) -> tuple[Service, ...]:
    """The usage prices on the bill, and those in force that are billed after a longer period."""
    due, in_force = billing_period.usage_services_due, billing_period.usage_services_in_force
    return (*due, *(service for service in in_force if service not in due))


def _table_of(
    usage: CustomerUsage,
    billing_period: BillingPeriod,
    service: Service,
    counted: Counted,
    today: date,
) -> UsageTable:
    price = service.price
    assert price.unit is not None  # noqa: S101 - every usage price has a unit
    metric = billing_period.metric(service)
    base = before = service_net_at(service, Decimal(0))
    days = []
    for one in usage.daily(metric, service.period):
        if one.day > today and not one.event_count:
            continue  # It is yet to come.
        after = service_net_at(service, one.cumulative)
        days.append(DayCost(one.day, one.event_count, one.quantity, one.cumulative, after - before))
        before = after
    return UsageTable(
        price_name=price.name,
        name=priced_name(price),
        unit=price.unit,
        period=service.period,
        on_this_bill=service in billing_period.due,
        base=base,
        days=tuple(days),
        quantity=quantity_of(service, counted) or Decimal(0),
        net=before,
    )


def _earlier(shown: BillingPeriod) -> Iterator[BillingPeriod]:
    """The periods before the one shown, the latest first."""
    for _ in range(_EARLIER_SHOWN):
        before = shown.previous()
        if before is None:
            return
        yield before
        shown = before


def _past_period(usage: CustomerUsage, billing_period: BillingPeriod) -> PastPeriod:
    counted = count(usage, billing_period, billing_period.due)
    used = tuple(
        (service.price.unit, quantity_of(service, counted) or Decimal(0))
        for service in billing_period.due
        if service.price.unit
    )
    net = bill_of(billing_period, counted, Decimal(0)).net
    return PastPeriod(billing_period.dates, used, net)
