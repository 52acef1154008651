"""The demos' customers, and their usage: real arrivals, thinned to what each month is to hold.

Everything follows from the customer and the hour alone, so that preparing the demo again adds only
the hours since. Hours are UTC; totals are those of one calendar month each, in turn.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate, pairwise

from pricingsite.services.usage.events import Event
from pricingsite.settings import ROOT

ARRIVALS = ROOT / "pricingsite" / "demo" / "arrivals.csv"
SOURCE = "/demo"
_HOUR = timedelta(hours=1)
_NOON = 12
# A Monday's first hour, like the first of the arrivals.
_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DemoUsage:
    """What a customer uses: `totals` are spread over their months as the arrivals of a series are.

    Without a property each use is an event of its own; `level` is a value that is reported once a
    day. `data` is in every event.
    """

    totals: tuple[int, ...]
    series: str = "KO"
    event_type: str = "api_call"
    property: str | None = "calls"
    level: bool = False
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """A customer of a demo: who, on which prices, since when, and how much it uses.

    A price may say how many of it are bought: `seat-month=7`.
    """

    key: str
    name: str
    prices: tuple[str, ...]
    usage: tuple[DemoUsage, ...] = ()
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


def _calls(series: str, *totals: int) -> tuple[DemoUsage, ...]:
    return (DemoUsage(totals, series),)


def _each(event_type: str, series: str, *totals: int) -> DemoUsage:
    return DemoUsage(totals, series, event_type, property=None)


SCALE, START = ("A", "X"), ("A",)
_AMARA = (
    DemoCustomer(
        "ashdown", "Ashdown Ltd", SCALE, _calls("CRM", 900, 1500, 2400, 3300, 1900, 2900, 3600)
    ),
    DemoCustomer(
        "brightwater", "Brightwater Analytics Ltd", SCALE, _calls("UPS", 420, 610, 780, 950), 12
    ),
    DemoCustomer(
        "northgate", "Northgate Retail plc", SCALE, _calls("FB", 2600, 5200, 8100), day=15
    ),
    DemoCustomer(
        "quarry", "Quarry Labs Ltd", SCALE, _calls("AAPL", 38_000, 52_000, 61_000), day=31
    ),
    DemoCustomer("pilcrow", "Pilcrow Press Ltd", SCALE),
    DemoCustomer(
        "lantern", "Lantern Games Ltd", SCALE, _calls("KO", 200, 700, 1300, 2200, 3100), 12, 10
    ),
    DemoCustomer("fenwick", "Fenwick and Sons Ltd", START),
    DemoCustomer("tidal", "Tidal Books Ltd", START, day=20),
    DemoCustomer("orchard", "Orchard Health Ltd", ("B", "Y"), _calls("CRM", 1700, 2300, 2600), 12),
    DemoCustomer("mill_lane", "Mill Lane Studio Ltd", SCALE, months_ago=-1),
)

_KELDER = (
    DemoCustomer(
        "ashdown",
        "Museum Ashdown",
        ("archive-year", "seats", "gigabytes", "pages"),
        (
            DemoUsage((6, 8, 11), event_type="seats_taken", property="seats", level=True),
            DemoUsage((1800, 2600, 3100), "CRM", "stored", "gigabytes"),
            _each("page_scanned", "UPS", 40, 130, 210),
        ),
        months_ago=14,
    ),
    DemoCustomer("parish", "Parochie Sint Bavo", ("archive-year",), months_ago=8, day=12),
)

_ROSTER = (
    DemoCustomer(
        "ashdown",
        "Ashdown Kitchens LLC",
        ("seat-month=7", "site-month=2", "texts"),
        (_each("text_sent", "CRM", 120, 180, 240),),
    ),
    DemoCustomer("harbor", "Harbor Wards Inc.", ("seat-year=40",), months_ago=5, day=10),
    DemoCustomer("corner", "The Corner Shop", ("free",), months_ago=3),
)


def _gigabytes(event_type: str, *totals: int, series: str = "CRM", network: str = "") -> DemoUsage:
    data = {"network": network} if network else {}
    level = not network
    return DemoUsage(totals, series, event_type, "gigabytes", level=level, data=data)


_DATABASE = ("launch", "compute", "storage", "history", "backups", "egress", "private-egress")
_BASIN = (
    DemoCustomer(
        "ashdown",
        "Ashdown Apps Pty Ltd",
        (*_DATABASE, "replica=2", "support"),
        (
            DemoUsage((280, 410, 520), "CRM", "compute", "hours"),
            _gigabytes("stored", 8, 14, 22),
            _gigabytes("history", 12, 18, 26),
            _gigabytes("backed_up", 30, 45, 60),
            _gigabytes("sent", 90, 180, 260, network="public"),
            _gigabytes("sent", 120, 340, 410, series="UPS", network="private"),
        ),
    ),
    DemoCustomer(
        "reef",
        "Reef Surveys Pty Ltd",
        _DATABASE,
        (DemoUsage((60, 120), "FB", "compute", "hours"), _gigabytes("stored", 3, 4)),
        months_ago=4,
        day=9,
    ),
)


def _tokens(model: str, series: str, *totals: int) -> DemoUsage:
    return DemoUsage(totals, series, "completion", "input_tokens", data={"model": model})


def _answers(model: str, series: str, *totals: int) -> DemoUsage:
    return DemoUsage(totals, series, "completion", "output_tokens", data={"model": model})


_MODELS = ("small-in", "small-out", "large-in", "large-out", "store")
_VELLUM = (
    DemoCustomer(
        "ashdown",
        "Ashdown Agents Inc.",
        _MODELS,
        (
            _tokens("small", "CRM", 420_000_000, 610_000_000),
            _answers("small", "CRM", 60_000_000, 90_000_000),
            _tokens("large", "UPS", 90_000_000, 140_000_000),
            _answers("large", "UPS", 11_000_000, 19_000_000),
            DemoUsage((1200, 2600), "FB", "sale", "amount"),
        ),
    ),
    DemoCustomer(
        "harrow",
        "Harrow Letters LLC",
        _MODELS,
        (_tokens("small", "KO", 40_000_000), _answers("small", "KO", 8_000_000)),
        months_ago=2,
        day=20,
    ),
)

# By the names of their catalog files.
DEMOS: Mapping[str, tuple[DemoCustomer, ...]] = {
    "amara": _AMARA,
    "kelder": _KELDER,
    "roster": _ROSTER,
    "basin": _BASIN,
    "vellum": _VELLUM,
}


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
