"""Usage that no billing schedule bills: before a start, after an end, or without a price for it.

Days are the merchant's zone's. An order that is not verified yet starts today at the earliest.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pricingsite.models.catalog import Price
from pricingsite.models.customers import Customer
from pricingsite.models.orders import Order
from pricingsite.models.schedules import BillingSchedule, Phase, PhasePrice
from pricingsite.models.usage import UsageDay
from pricingsite.pricing import Period, Unit, day_start
from pricingsite.pricing.periods import FIRST_DAY, LAST_DAY
from pricingsite.services.billing.periods import BillingPeriod
from pricingsite.services.customers.aliases import in_chunks
from pricingsite.services.merchant import get_merchant
from pricingsite.services.usage.metrics import list_metrics
from pricingsite.services.usage.quantities import quantity
from pricingsite.services.usage.rollups import MeasuredEvent

_SHOWN_FOR = timedelta(days=366)

# Days `[start, end)` on which a metric is billed; no end is open.
Days = tuple[date, date | None]
# By customer id and metric id.
BilledDays = Mapping[tuple[str, str], Sequence[Days]]


def billed_days(session: Session, customer_ids: Iterable[str], *, today: date) -> BilledDays:
    """On which days usage prices bill the metrics of customers."""
    found: dict[tuple[str, str], list[Days]] = defaultdict(list)
    columns = (
        BillingSchedule.customer_id,
        Price.metric_id,
        Phase.start_date,
        Phase.end_date,
        BillingSchedule.end_date,
        Order.reference.is_not(None) & Customer.verified_at.is_(None),
    )
    for some in in_chunks(customer_ids):
        rows = session.execute(
            select(*columns)
            .join(Phase, Phase.schedule_id == BillingSchedule.id)
            .join(PhasePrice, PhasePrice.phase_id == Phase.id)
            .join(Price, Price.id == PhasePrice.price_id)
            .join(Customer, Customer.id == BillingSchedule.customer_id)
            .outerjoin(Order, Order.schedule_id == BillingSchedule.id)
            .where(BillingSchedule.customer_id.in_(some), Price.metric_id.is_not(None))
            .where(Order.ended_at.is_(None))
        )
        for customer_id, metric_id, start, phase_end, schedule_end, is_unverified in rows:
            ends = [day for day in (phase_end, schedule_end) if day is not None]
            first = max(start, today) if is_unverified else start
            found[customer_id, metric_id or ""].append((first, min(ends, default=None)))
    return found


def count_unbilled(session: Session, events: Sequence[MeasuredEvent], *, now: datetime) -> int:
    """How many events lie outside every schedule that would bill them."""
    if not events:
        return 0
    merchant = get_merchant(session)
    zone, today = merchant.zone, merchant.today(now)
    customer_ids = {customer_id for customer_id, _, _ in events}

    def instants(days: Days) -> tuple[datetime, datetime]:
        start, end = days[0], days[1] or LAST_DAY
        bounds = (min(max(day, FIRST_DAY), LAST_DAY) for day in (start, end))
        first, last = (day_start(day, zone) for day in bounds)
        return first, last

    billed = {
        key: [instants(days) for days in every]
        for key, every in billed_days(session, customer_ids, today=today).items()
    }
    return sum(
        not any(
            start <= event.occurred_at < end
            for rule, _ in measures
            for start, end in billed.get((customer_id, rule.metric_id), ())
        )
        for customer_id, event, measures in events
    )


@dataclass(frozen=True, slots=True)
class UnbilledUsage:
    """What a customer used in days of which no schedule bills it."""

    unit: Unit
    quantity: Decimal
    period: Period


def unbilled_usage(
    session: Session, billing_period: BillingPeriod, *, today: date
) -> tuple[UnbilledUsage, ...]:
    """A customer's usage that is on no bill, from a year before its schedules on.

    Of a metric that no schedule of the customer's has a price for, that of the billing period.
    """
    customer_id = billing_period.schedule.customer_id
    used = _days_used(session, customer_id, today)
    billed = billed_days(session, [customer_id], today=today) if used else {}
    found = []
    for metric in list_metrics(session) if used else ():
        ranges = sorted(billed.get((customer_id, metric.id), ()), key=lambda days: days[0])
        since = ranges[0][0] - _SHOWN_FOR if ranges else billing_period.dates.start
        if metric.id in used and (days := _cut(used[metric.id], since)):
            for gap in _gaps(days, ranges):
                if amount := quantity(session, customer_id, metric, gap):
                    unit = Unit(metric.unit, metric.unit_plural)
                    found.append(UnbilledUsage(unit, amount, gap))
    return tuple(found)


def _days_used(session: Session, customer_id: str, today: date) -> dict[str, Period]:
    """From the first to the last day with usage of each metric."""
    bounds = func.min(UsageDay.day), func.max(UsageDay.day)
    rows = session.execute(
        select(UsageDay.metric_id, *bounds)
        .where(UsageDay.customer_id == customer_id, UsageDay.day <= today)
        .group_by(UsageDay.metric_id)
    )
    return {metric_id: Period(first, last + timedelta(days=1)) for metric_id, first, last in rows}


def _cut(period: Period, since: date) -> Period | None:
    return Period(max(period.start, since), period.end) if since < period.end else None


def _gaps(period: Period, billed: Sequence[Days]) -> Iterator[Period]:
    """The days of a period that rising ranges leave out."""
    start = period.start
    for first, end in billed:
        if start < min(first, period.end):
            yield Period(start, min(first, period.end))
        start = max(start, end or period.end)
    if start < period.end:
        yield Period(start, period.end)
