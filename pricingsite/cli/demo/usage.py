"""The usage of the demos' customers: real arrivals, thinned to what each month is to hold.

Everything follows from the customer and the hour alone, so that preparing the demo again adds only
the hours since. Hours are UTC.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate, pairwise

from pricingsite.cli.demo.customers import DemoCustomer, DemoUsage
from pricingsite.services.usage.events import Event
from pricingsite.settings import ROOT

ARRIVALS = ROOT / "pricingsite" / "demo" / "arrivals.csv"
SOURCE = "/demo"
_HOUR = timedelta(hours=1)
_NOON = 12
# A Monday's first hour, like the first of the arrivals.
_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)


def events_of(customer: DemoCustomer, since: datetime, until: datetime) -> Iterator[Event]:
    """The customer's usage of every whole hour from `since` on that ends by `until`."""
    hour = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while customer.usage and hour + _HOUR <= until:
        for usage in customer.usage:
            yield from _of_hour(customer, usage, hour)
        hour += _HOUR


def _of_hour(customer: DemoCustomer, usage: DemoUsage, hour: datetime) -> Iterator[Event]:
    kinds = [usage.event_type, *usage.data.values(), usage.property or ""]
    kind = f"-{'-'.join(kinds)}" if len(customer.usage) > 1 else ""
    name = f"{hour:%Y%m%dT%H}-{customer.key}{kind}"
    many = _amount(usage, hour)
    if usage.property is None:
        for number in range(many):
            yield _event(customer, usage, f"{name}-{number}", hour, {})
    elif many:
        yield _event(customer, usage, name, hour, {usage.property: many})


def _event(
    customer: DemoCustomer, usage: DemoUsage, name: str, hour: datetime, data: Mapping[str, int]
) -> Event:
    return Event(
        subject=customer.id,
        source=SOURCE,
        event_id=name,
        event_type=usage.event_type,
        occurred_at=hour,
        data={**usage.data, **data},
    )


def _amount(usage: DemoUsage, hour: datetime) -> int:
    """The hour's share of its month's total; shares of all hours add up to the month exactly."""
    target = usage.totals[(hour.year * 12 + hour.month) % len(usage.totals)]
    if usage.level:
        return target if hour.hour == _NOON else 0
    before, through, whole = _month(usage.series, hour.year, hour.month)[_hour_of_month(hour)]
    return target * through // whole - target * before // whole


def _hour_of_month(hour: datetime) -> int:
    return (hour.day - 1) * 24 + hour.hour


@cache
def _month(series: str, year: int, month: int) -> list[tuple[int, int, int]]:
    """For each hour of a month: the arrivals before it, through it, and in the whole month."""
    first = datetime(year, month, 1, tzinfo=UTC)
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    arrivals = _arrivals()[series]
    offset = int((first - _EPOCH) / _HOUR)
    hours = range(offset, offset + int((following - first) / _HOUR))
    sums = list(accumulate((arrivals[hour % len(arrivals)] for hour in hours), initial=0))
    return [(before, through, sums[-1]) for before, through in pairwise(sums)]


@cache
def _arrivals() -> dict[str, list[int]]:
    """Arrivals per hour of each series, from a Monday on; see the demo's README."""
    names, *rows = (line.split(",") for line in ARRIVALS.read_text().split())
    return {name: [int(row[n]) for row in rows] for n, name in enumerate(names)}
