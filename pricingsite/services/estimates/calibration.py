"""How the rest of past periods compared with their pace: what a likely range is calibrated by.

Split conformal prediction over customers' past months. On each day of a month, the pace of the days
just past says what is still to come; the ratio of what really came to that is kept, and of all
months' ratios on that day of the period the outer tenths are cut off. Eight in ten periods like
them then end inside. Daily quantities are those of whole days, in the schedule's zone.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import delete
from sqlalchemy.orm import Session

from pricingsite.models.catalog import UsageMetric
from pricingsite.models.customers import Customer
from pricingsite.models.ranges import UsageRange
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import BillingFrequency, Period, Span, periods
from pricingsite.services.customers.details import list_customers
from pricingsite.services.schedules.reading import current_schedule, metric_of, spans_of
from pricingsite.services.usage.quantities import CustomerUsage

# Two whole weeks, so that weekends weigh as much as they do.
PACE_DAYS = 14
# With fewer months behind it, a range is not worth its words.
FEWEST_MONTHS = 50
_LOOKED_BACK = timedelta(days=366)
# What comes to more than this many times the expected has no range to speak of.
_MOST_RATIO = 10**6


@dataclass(frozen=True, slots=True)
class PastMonth:
    """A whole period that is over: the days up to its end, of which the last `length` are its own.

    Days before it are those that the pace of its first days looks back on, as far as there are any.
    """

    days: tuple[Decimal, ...]
    length: int

    @property
    def start(self) -> int:
        """Where among the days the period begins."""
        return len(self.days) - self.length

    @property
    def total(self) -> Decimal:
        """What the period came to."""
        return sum(self.days[self.start :], Decimal(0))

    def so_far(self, gone: int) -> Decimal:
        """What it had come to after so many of its days."""
        return sum(self.days[self.start : self.start + gone], Decimal(0))

    def expected(self, gone: int) -> Decimal:
        """What was still to come after so many of its days, by the pace of the days just past."""
        return pace(self.days[: self.start + gone], over=self.length - gone)

    def ratio(self, gone: int) -> Decimal | None:
        """How what came compares with what was expected; None where nothing was."""
        expected = self.expected(gone)
        return (self.total - self.so_far(gone)) / expected if expected else None


def pace(days: Sequence[Decimal], over: int = 1) -> Decimal:
    """What so many days come to like the days just past, at most fourteen; 0 without any."""
    recent = days[-PACE_DAYS:]
    # Divided last: 7 in three days are 70 in thirty, not 69.999….
    return sum(recent, Decimal(0)) * over / len(recent) if recent else Decimal(0)


def quantiles(ratios: Iterable[Decimal]) -> tuple[Decimal, Decimal] | None:
    """The ratios between which eight in ten of a new period's lie; None from too few of them.

    The ranks are those of split conformal prediction for one more than were seen.
    """
    ranked = sorted(ratios)
    if len(ranked) < FEWEST_MONTHS:
        return None
    tenth = (len(ranked) + 1) // 10
    return ranked[tenth - 1], ranked[-tenth]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What past months say: how many they are, and by (metric id, days gone) the ratios found."""

    months: int
    ratios: Mapping[tuple[str, int], Sequence[Decimal]]


def read_past(
    session: Session,
    *,
    now: datetime,
    for_each: Callable[[str], AbstractContextManager[object]] = nullcontext,
) -> Calibration:
    """Read the last year's months of all customers; nothing is written, so nobody waits.

    What is read of a customer is read inside `for_each` of its id, which may let it fail.
    """
    ratios: dict[tuple[str, int], list[Decimal]] = defaultdict(list)
    months = 0
    for customer in list_customers(session):
        with for_each(customer.id):
            own_months = list(_months_of(session, customer, now=now))
            months += len(own_months)
            for metric, month in own_months:
                for gone in range(1, month.length):
                    if (ratio := month.ratio(gone)) is not None:
                        ratios[metric.id, gone].append(ratio)
    return Calibration(months, ratios)


def put_ranges(session: Session, past: Calibration, *, now: datetime) -> None:
    """Replace the ranges by those of past months."""
    session.execute(delete(UsageRange))
    for (metric_id, gone), ratios in past.ratios.items():
        cut = quantiles(ratios)
        if cut and cut[1] <= _MOST_RATIO:
            low, high = (round(ratio, 6) for ratio in cut)
            row = {"metric_id": metric_id, "days_gone": gone, "low": low, "high": high}
            session.add(UsageRange(**row, months=len(ratios), made_at=now))
    session.flush()


def _months_of(
    session: Session, customer: Customer, *, now: datetime
) -> Iterator[tuple[UsageMetric, PastMonth]]:
    if schedule := current_schedule(session, customer.id, now=now):
        usage = CustomerUsage(session, customer.id)
        yield from past_months(usage, schedule, today=schedule.today(now))


def past_months(
    usage: CustomerUsage,
    schedule: BillingSchedule,
    *,
    today: date,
    most: int | None = None,
) -> Iterator[tuple[UsageMetric, PastMonth]]:
    """The whole months of the last year that a customer's usage was priced by, the oldest first.

    Of each price they are the last so many at `most`.
    """
    for span in spans_of(schedule):
        metric = metric_of(schedule, span.price)
        monthly = span.price.billing_frequency is BillingFrequency.MONTHLY
        if metric is None or not monthly or not metric.aggregation.days_add_up:
            continue  # A maximum may stay as it is, a distinct value may return.
        over = tuple(_whole_months(span, schedule.anchor_date, today))[-(most or 0) :]
        if not over:
            continue
        first = max(schedule.start_date, over[0].start - timedelta(days=PACE_DAYS))
        known = Period(first, over[-1].end)
        days = usage.by_day(metric, known)
        for period in over:
            end = (period.end - first).days
            start = max(0, end - period.days - PACE_DAYS)
            yield metric, PastMonth(tuple(days[start:end]), period.days)


def _whole_months(span: Span, anchor: date, today: date) -> Iterator[Period]:
    end = min(span.end or today, today)
    start = max(span.start, today - _LOOKED_BACK)
    for period in periods(anchor, BillingFrequency.MONTHLY, start, max(start, end)):
        if span.start <= period.start and period.end <= end:
            yield period
