"""A usage price by day: what each day added to the quantity, and to the bill.

A day's cost is the difference of two totals, so that the days of a price, and what it costs at zero
usage, add up to its lines on the bill to the penny. Amounts are net.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pricingsite.pricing import Money, Period, Service, Unit, service_net_at
from pricingsite.services.billing.bills import Counted, quantity_of
from pricingsite.services.billing.periods import BillingPeriod
from pricingsite.services.usage.quantities import CustomerUsage
from pricingsite.wording.bills import priced_name


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

    `name` is the price's, with its metric's where that says more. `billed` is what the invoice
    charged for it that the reader came from.
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
    billed: Money | None = None

    @property
    def came_later(self) -> Money | None:
        """What usage has changed since it was billed; None where nothing has."""
        changed = self.billed is not None and self.net != self.billed
        return self.net - self.billed if self.billed is not None and changed else None

    @property
    def days_with_data(self) -> int:
        """On how many days events came."""
        return sum(1 for day in self.days if day.event_count)

    @property
    def by_day(self) -> Money:
        """What the days cost together, above zero usage."""
        return self.net - self.base


def table_of(
    usage: CustomerUsage,
    billing_period: BillingPeriod,
    service: Service,
    counted: Counted,
    today: date,
    billed: Money | None,
) -> UsageTable:
    """A usage price of a billing period by day; `billed` is what an invoice charged for it."""
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
        billed=billed,
    )
