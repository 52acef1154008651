"""The demo's ten customers, and their usage: real arrivals, thinned to what each month is to hold.

Everything follows from the customer and the hour alone, so that preparing the demo again adds only
the hours since. Hours are UTC; `calls` are those of one calendar month each, in turn.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate, pairwise

from pricingsite.services.usage.events import Event
from pricingsite.settings import ROOT

ARRIVALS = ROOT / "pricingsite" / "demo" / "arrivals.csv"
SOURCE = "/demo"
_HOUR = timedelta(hours=1)
# A Monday's first hour, like the first of the arrivals.
_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """A customer of the demo: who, on which prices, since when, and how much it uses."""

    key: str
    name: str
    prices: tuple[str, ...]
    series: str = "KO"
    calls: tuple[int, ...] = ()
    months_ago: int = 6
    day: int = 1

    @property
    def id(self) -> str:
        """The same on every run."""
        return f"cus_demo_{self.key}"

    @property
    def email(self) -> str:
        """Where its bills go."""
        return f"bills@{self.key.replace('_', '-')}.example"


SCALE, START = ("A", "X"), ("A",)
CUSTOMERS = (
    DemoCustomer("ashdown", "Ashdown Ltd", SCALE, "CRM", (900, 1500, 2400, 3300, 1900, 2900, 3600)),
    DemoCustomer(
        "brightwater", "Brightwater Analytics Ltd", SCALE, "UPS", (420, 610, 780, 950), 12
    ),
    DemoCustomer("northgate", "Northgate Retail plc", SCALE, "FB", (2600, 5200, 8100), day=15),
    DemoCustomer("quarry", "Quarry Labs Ltd", SCALE, "AAPL", (38_000, 52_000, 61_000), day=31),
    DemoCustomer("pilcrow", "Pilcrow Press Ltd", SCALE),
    DemoCustomer("lantern", "Lantern Games Ltd", SCALE, "KO", (200, 700, 1300, 2200, 3100), 12, 10),
    DemoCustomer("fenwick", "Fenwick and Sons Ltd", START),
    DemoCustomer("tidal", "Tidal Books Ltd", START, day=20),
    DemoCustomer("orchard", "Orchard Health Ltd", ("B", "Y"), "CRM", (1700, 2300, 2600), 12),
    DemoCustomer("mill_lane", "Mill Lane Studio Ltd", SCALE, months_ago=-1),
)


def events_of(customer: DemoCustomer, since: datetime, until: datetime) -> Iterator[Event]:
    """The customer's usage of every whole hour from `since` on that ends by `until`."""
    hour = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while customer.calls and hour + _HOUR <= until:
        calls = _calls(customer, hour)
        if calls:
            yield Event(
                subject=customer.id,
                source=SOURCE,
                event_id=f"{hour:%Y%m%dT%H}-{customer.key}",
                event_type="api_call",
                occurred_at=hour,
                data={"calls": calls},
            )
        hour += _HOUR


def _calls(customer: DemoCustomer, hour: datetime) -> int:
    """The hour's share of its month's calls; shares of all hours add up to the month exactly."""
    before, through, whole = _month(customer.series, hour.year, hour.month)[_hour_of_month(hour)]
    target = customer.calls[(hour.year * 12 + hour.month) % len(customer.calls)]
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
