"""Usage by day of a billing period, what it became, and the periods before it. Amounts are net."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.models.invoices import Invoice
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import (
    Bill,
    LineKind,
    Money,
    Period,
    Service,
    Unit,
    local_date,
)
from pricingsite.services.balances.latest import seller_and_billed
from pricingsite.services.billing.bills import bill_of, count, counted_by, quantity_of
from pricingsite.services.billing.periods import BillingPeriod, State, billing_period_on
from pricingsite.services.billing.tax import tax_rate, tax_treatment
from pricingsite.services.billing.unbilled import UnbilledUsage, unbilled_usage
from pricingsite.services.estimates.usage_tables import UsageTable, table_of
from pricingsite.services.merchant import Seller
from pricingsite.services.schedules.reading import current_schedule, schedule_of
from pricingsite.services.usage.quantities import CustomerUsage

_EARLIER_SHOWN = 12


class NoSuchPeriodError(LookupError):
    """No billing period of the customer, begun by now, starts in the month asked for."""


@dataclass(frozen=True, slots=True)
class PastPeriod:
    """An earlier period: what was used, what it came to, and the number of its invoice."""

    period: Period
    quantities: tuple[tuple[Unit, Decimal], ...]
    net: Money
    invoice: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageHistory:
    """A billing period by day, and its neighbours; `invoice` is the number of what it became."""

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
    invoice: str | None = None

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
    current = billing_period_on(schedule, local_date(now, schedule.zone))
    if first_day is not None:
        shown = _period_starting_on(first_day, current)
    else:
        shown = current if month is None else _period_starting_in(month, current)
    return _history(session, customer, shown, current, now=now)


def usage_billed(
    session: Session, customer: Customer, invoice: Invoice, billed_on: date, *, now: datetime
) -> UsageHistory:
    """The usage that fell due on a day on which an invoice of the customer has lines.

    Raises `NoSuchPeriodError`.
    """
    schedule = schedule_of(session, customer.id, invoice.schedule_id)
    lines = [line for line in invoice.lines if line.billed_on == billed_on]
    if not lines:
        raise NoSuchPeriodError
    current = billing_period_on(schedule, local_date(now, schedule.zone))
    last_day = max(billed_on - timedelta(days=1), schedule.start_date)
    billed: dict[str | None, Money] = {}
    for line in lines:
        if line.kind is LineKind.USAGE:
            net = invoice.money(line.net)
            billed[line.price_id] = billed.get(line.price_id, invoice.money(0)) + net
    shown = billing_period_on(schedule, last_day)
    return _history(session, customer, shown, current, now=now, billed=billed)


def _history(
    session: Session,
    customer: Customer,
    shown: BillingPeriod,
    current: BillingPeriod,
    *,
    now: datetime,
    billed: Mapping[str | None, Money] | None = None,
) -> UsageHistory:
    schedule, today = shown.schedule, local_date(now, shown.schedule.zone)
    services, earlier = _usage_services(shown), tuple(_earlier(shown))
    usage = CustomerUsage(session, customer.id, today=today)
    usage.read(
        one
        for period in (shown, *earlier)
        for one in counted_by(period, (*period.due, *(services if period is shown else ())))
    )
    counted = count(usage, shown, (*shown.due, *services))
    days = [period.invoice_on for period in (*earlier, shown)]
    seller, invoices = seller_and_billed(session, schedule.id, first=min(days), last=max(days))
    taxed = tax_treatment(seller.merchant, customer)
    previous, following = shown.previous(), _following(shown, current)
    is_current = shown.dates == current.dates
    return UsageHistory(
        seller=seller,
        schedule=schedule,
        state=current.state if is_current else State.ENDED,
        period=shown.dates,
        previous=previous.dates if previous else None,
        next=following.dates if following else None,
        as_of=now.astimezone(schedule.zone),
        counted_to=usage.counted_to(now.astimezone(schedule.zone)),
        bill=bill_of(shown, counted, tax_rate(seller.rates, taxed, shown.invoice_on)),
        tables=tuple(
            table_of(usage, shown, service, counted, today, (billed or {}).get(service.price.id))
            for service in services
        ),
        earlier=tuple(
            _past_period(usage, period, invoices.get(period.invoice_on)) for period in earlier
        ),
        unbilled=unbilled_usage(session, schedule, usage, today=today),
        invoice=invoices.get(shown.invoice_on),
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


def _earlier(shown: BillingPeriod) -> Iterator[BillingPeriod]:
    """The periods before the one shown, the latest first."""
    for _ in range(_EARLIER_SHOWN):
        before = shown.previous()
        if before is None:
            return
        yield before
        shown = before


def _past_period(
    usage: CustomerUsage, billing_period: BillingPeriod, invoice: str | None
) -> PastPeriod:
    counted = count(usage, billing_period, billing_period.due)
    used = tuple(
        (service.price.unit, quantity_of(service, counted) or Decimal(0))
        for service in billing_period.usage_services_due
        if service.price.unit
    )
    net = bill_of(billing_period, counted, Decimal(0)).net
    return PastPeriod(billing_period.dates, used, net, invoice)
