"""The demos' customers: who they are, what they pay for, how much they use, and when they pay."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from pricingsite.pricing import Trial
from pricingsite.services.schedules.creating import AgreedTerms


@dataclass(frozen=True, slots=True)
class DemoUsage:
    """What a customer uses: `totals` are spread over their months as the arrivals of a series are.

    Totals are those of one calendar month each, in turn. Without a property each use is an event of
    its own; `level` is a value that is reported once a day. `data` is in every event.
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

    A price may say how many of it are bought: `seat-month=7`. It pays so many days after an invoice
    is due, earlier where they are negative; on two days, a part on the first.

    `late` is the monthly period, counted from 0, whose last day's usage arrives days after its
    bill; `voided` the one whose last day's usage is taken out then.
    """

    key: str
    name: str
    prices: tuple[str, ...]
    usage: tuple[DemoUsage, ...] = ()
    months_ago: int = 6
    day: int = 1
    place: tuple[str, str] = ("London", "E1 6AN")
    abroad: tuple[str, str] | None = None
    terms: AgreedTerms | None = None
    pays: tuple[int, ...] = (-6,)
    late: int | None = None
    voided: int | None = None

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
        "ashdown",
        "Ashdown Ltd",
        SCALE,
        _calls("CRM", 1200, 1500, 2400, 3300, 1900, 2900, 3600),
        pays=(-1,),  # So that one is open nearly always.
        late=3,
        voided=4,
    ),
    DemoCustomer(
        "brightwater",
        "Brightwater Analytics Ltd",
        SCALE,
        _calls("UPS", 420, 610, 780, 950),
        months_ago=12,
        pays=(-18, 20),  # So that one is always paid in part.
    ),
    DemoCustomer(
        "northgate", "Northgate Retail plc", SCALE, _calls("FB", 2600, 5200, 8100), day=15
    ),
    DemoCustomer(
        "quarry", "Quarry Labs Ltd", SCALE, _calls("AAPL", 38_000, 52_000, 61_000), day=31
    ),
    DemoCustomer("pilcrow", "Pilcrow Press Ltd", SCALE),
    DemoCustomer(
        "lantern", "Lantern Games Ltd", SCALE, _calls("KO", 200, 700, 1300, 2200, 3100), 12, 15
    ),
    # So late that one is always overdue.
    DemoCustomer("fenwick", "Fenwick and Sons Ltd", START, place=("York", "YO1 7HH"), pays=(45,)),
    DemoCustomer(
        "tidal",
        "Tidal Books DAC",
        START,
        day=20,
        place=("Dublin", "D02 X285"),
        abroad=("IE", "IE9999000D"),
    ),
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
        place=("Utrecht", "3511 AA"),
    ),
    DemoCustomer(
        "parish",
        "Parochie Sint Bavo",
        ("archive-year",),
        months_ago=8,
        day=12,
        place=("Haarlem", "2011 AA"),
    ),
)

_ROSTER = (
    DemoCustomer(
        "ashdown",
        "Ashdown Kitchens LLC",
        ("seat-month=7", "site-month=2", "texts"),
        (_each("text_sent", "CRM", 120, 180, 240),),
        place=("Portland ME", "04101"),
    ),
    DemoCustomer(
        "harbor",
        "Harbor Wards Inc.",
        ("seat-year=40",),
        months_ago=5,
        day=10,
        place=("Boston MA", "02110"),
        terms=AgreedTerms(trial=Trial(14, continues=True)),
    ),
    DemoCustomer(
        "corner", "The Corner Shop", ("free",), months_ago=3, place=("Bangor ME", "04401")
    ),
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
        place=("Sydney NSW", "2000"),
    ),
    DemoCustomer(
        "reef",
        "Reef Surveys Pty Ltd",
        _DATABASE,
        (DemoUsage((60, 120), "FB", "compute", "hours"), _gigabytes("stored", 3, 4)),
        months_ago=4,
        day=9,
        place=("Cairns QLD", "4870"),
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
        place=("San Jose CA", "95110"),
    ),
    DemoCustomer(
        "harrow",
        "Harrow Letters LLC",
        _MODELS,
        (_tokens("small", "KO", 40_000_000), _answers("small", "KO", 8_000_000)),
        months_ago=2,
        day=20,
        place=("Fresno CA", "93721"),
        terms=AgreedTerms(minimum=Decimal(1000)),
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
