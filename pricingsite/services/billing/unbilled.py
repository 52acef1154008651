"""Usage that no billing schedule covers: before its start, after its end, or without one.

Days are the merchant's zone's. An order that is not verified yet starts today at the earliest.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, select, true
from sqlalchemy.orm import Session

from pricingsite.models.catalog import unit_of
from pricingsite.models.customers import Customer
from pricingsite.models.merchant import Merchant
from pricingsite.models.orders import Order
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import Period, Unit, day_start, local_date
from pricingsite.pricing.periods import FIRST_DAY, LAST_DAY
from pricingsite.services.customers.aliases import each_given
from pricingsite.services.usage.metrics import list_metrics
from pricingsite.services.usage.quantities import CustomerUsage
from pricingsite.services.usage.rollups import MeasuredEvent

_SHOWN_FOR = timedelta(days=366)

# Days `[start, end)` of a schedule; no end is open.
Days = tuple[date, date | None]
# A schedule's customer and days, whether its order is not verified yet, and the merchant's zone.
_Schedule = Row[str, date, date | None, bool, str]


def covered_days(
    session: Session, customer_ids: Iterable[str], *, today: date
) -> Mapping[str, Sequence[Days]]:
    """The days of each customer's schedules, the first first."""
    return _days_of(_schedules(session, customer_ids), today)


def _schedules(session: Session, customer_ids: Iterable[str]) -> Sequence[_Schedule]:
    statement = _schedules_of(session.get_bind().dialect.name)
    return session.execute(statement, {"names": list(customer_ids)}).all()


def _days_of(schedules: Iterable[_Schedule], today: date) -> Mapping[str, Sequence[Days]]:
    found: dict[str, list[Days]] = defaultdict(list)
    for customer_id, start, end, is_unverified, _ in schedules:
        found[customer_id].append((max(start, today) if is_unverified else start, end))
    return found


@cache
def _schedules_of(dialect: str) -> Select[str, date, date | None, bool, str]:
    """The schedules of the parameter `names`, which are customers' ids."""
    columns = (
        BillingSchedule.customer_id,
        BillingSchedule.start_date,
        BillingSchedule.end_date,
        Order.reference.is_not(None) & Customer.verified_at.is_(None),
        Merchant.timezone,
    )
    of_these = BillingSchedule.customer_id.in_(select(each_given(dialect)))
    return (
        select(*columns)
        .join(Customer, Customer.id == BillingSchedule.customer_id)
        .join(Merchant, true())
        .outerjoin(Order, Order.schedule_id == BillingSchedule.id)
        .where(of_these, BillingSchedule.withdrawn_at.is_(None), Order.ended_at.is_(None))
        .order_by(BillingSchedule.start_date)
    )


def count_unbilled(session: Session, events: Sequence[MeasuredEvent], *, now: datetime) -> int:
    """How many events lie outside every schedule of their customer."""
    if not events:
        return 0
    moments: dict[str, list[datetime]] = defaultdict(list)
    for customer_id, event, _ in events:
        moments[customer_id].append(event.occurred_at)
    schedules = _schedules(session, moments)
    if not schedules:
        return len(events)
    zone = ZoneInfo(schedules[0].timezone)
    covered = _days_of(schedules, local_date(now, zone))

    @cache  # Many customers have the same days.
    def instants(days: Days) -> tuple[datetime, datetime]:
        bounds = (min(max(day, FIRST_DAY), LAST_DAY) for day in (days[0], days[1] or LAST_DAY))
        start, end = (day_start(day, zone) for day in bounds)
        return start, end

    return sum(
        _outside(found, [instants(days) for days in covered.get(customer_id, ())])
        for customer_id, found in moments.items()
    )


def _outside(moments: Sequence[datetime], ranges: Sequence[tuple[datetime, datetime]]) -> int:
    """How many moments lie in no range."""
    first, last = min(moments), max(moments)
    # Nearly always one schedule holds them all.
    if any(start <= first and last < end for start, end in ranges):
        return 0
    return sum(not any(start <= one < end for start, end in ranges) for one in moments)


@dataclass(frozen=True, slots=True)
class UnbilledUsage:
    """What a customer used in days that no schedule covers."""

    unit: Unit
    quantity: Decimal
    period: Period


def unbilled_usage(
    session: Session, schedule: BillingSchedule, usage: CustomerUsage, *, today: date
) -> tuple[UnbilledUsage, ...]:
    """A customer's usage that is on no bill, from a year before its schedules on."""
    used, customer_id = usage.used, schedule.customer_id
    # Nearly always the schedule that it is on covers it all: the others need not be asked for.
    own = (schedule.start_date, schedule.end_date)
    if not any(list(_gaps(days, [own])) for days in used.values()):
        return ()
    ranges = covered_days(session, [customer_id], today=today)[customer_id]
    found = []
    for metric in list_metrics(session) if ranges else ():
        since = ranges[0][0] - _SHOWN_FOR
        if metric.id in used and (days := _cut(used[metric.id], since)):
            for gap in _gaps(days, ranges):
                if amount := usage.quantity(metric, gap):
                    unit = unit_of(metric)
                    found.append(UnbilledUsage(unit, amount, gap))
    return tuple(found)


def _cut(period: Period, since: date) -> Period | None:
    return Period(max(period.start, since), period.end) if since < period.end else None


def _gaps(period: Period, covered: Sequence[Days]) -> Iterator[Period]:
    """The days of a period that rising ranges leave out."""
    start = period.start
    for first, end in covered:
        if start < min(first, period.end):
            yield Period(start, min(first, period.end))
        start = max(start, end or period.end)
    if start < period.end:
        yield Period(start, period.end)
