"""Lives of customers as Hypothesis makes them, as plain values: what is agreed, and what happens.

Moments are told by the days on which something falls due: near those, bills go wrong.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from pricingsite.pricing import Aggregation, BillingFrequency

Draw = st.DrawFn

# Where the merchant is, with which money; its customer is there too, or abroad.
PLACES = st.sampled_from([("GB", "GBP"), ("GB", "GBP"), ("JP", "JPY"), ("KW", "KWD")])
ZONES = st.sampled_from(["Europe/London", "America/New_York", "Pacific/Apia", "Asia/Kolkata"])
# Ends of months, leap years, days on which clocks change, and one that Apia never had.
STARTS = st.sampled_from(
    [
        date(2023, 12, 31),
        date(2024, 1, 29),
        date(2024, 1, 30),
        date(2024, 1, 31),
        date(2024, 2, 29),
        date(2024, 3, 10),
        date(2025, 10, 26),
        date(2011, 11, 30),
    ]
) | st.dates(date(2012, 1, 1), date(2032, 12, 31))
DAYS = st.integers(40, 130) | st.integers(1, 800)
AMOUNTS = st.sampled_from(["600", "99.99", "1200", "5000", "0"])
TIERS: list[list[dict[str, str]]] = [
    [
        {"upper_bound": "1000", "flat_fee": "250"},
        {"upper_bound": "2500", "unit_price": "0.45"},
        {"unit_price": "0.65"},
    ],
    [{"upper_bound": "10"}, {"unit_price": "0.015"}],
    [
        {"upper_bound": "5", "unit_price": "7", "flat_fee": "10"},
        {"flat_fee": "25", "unit_price": "3"},
    ],
]
USED: list[dict[str, Any]] = [
    {"model": "linear", "unit_price": "0.45"},
    {"model": "package", "package_size": "100", "package_price": "7.25", "included": "50"},
    {"model": "percentage", "rate": "0.029"},
]
VALUES = st.sampled_from([Decimal(text) for text in ("900", "1500.000001", "7", "2.5", "1", "0")])
SOON = [timedelta(0), timedelta(minutes=20), timedelta(hours=5)]
LATER = [timedelta(days=3), timedelta(days=25), timedelta(days=40), timedelta(days=200)]
# From the first instant of a day on which something falls due.
AROUND = st.sampled_from(
    [
        timedelta(days=-40),
        timedelta(days=-12),
        timedelta(days=-1, hours=12),
        timedelta(microseconds=-1),
        timedelta(0),
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(hours=9),
        timedelta(days=1),
        timedelta(days=4),
        timedelta(days=20),
    ]
)


@dataclass(frozen=True, slots=True)
class Sold:
    """A price: for a metric's usage, bought by quantity, or neither."""

    structure: dict[str, Any]
    frequency: BillingFrequency
    in_advance: bool = False
    aggregation: Aggregation | None = None
    bought: bool = False
    prorates: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """A phase: so many days after the start, prices by their place and how many of each."""

    after: int
    prices: dict[int, int]
    own_anchor: bool
    minimum: str | None
    discount: tuple[str | None, str | None, int | None] | None


@dataclass(frozen=True, slots=True)
class Moment:
    """Around one of the days on which something falls due."""

    place: int
    away: timedelta


@dataclass(frozen=True, slots=True)
class Use:
    """An event, when it comes, and when it is voided after that, if it is."""

    at: Moment
    value: Decimal
    delay: timedelta
    voided_after: timedelta | None


@dataclass(frozen=True, slots=True)
class Run:
    """A billing run: when, with which grace, and as of how many days before."""

    at: Moment
    grace: timedelta
    days_before: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """All that is agreed, and all that happens.

    A customer that is verified is abroad; its invoices are taxed in another way from then on.
    """

    country: str
    verified_at: Moment | None
    currency: str
    zone: str
    start: date
    anchor_days: int | None
    trial_days: int | None
    days: int
    ends: bool
    billed_daily: bool
    vat_changes_after: int | None
    sold: tuple[Sold, ...]
    stretches: tuple[Stretch, ...]
    uses: tuple[Use, ...]
    runs: tuple[Run, ...]


@st.composite
def _sold(draw: Draw) -> Sold:
    monthly = st.just(BillingFrequency.MONTHLY)
    frequency = draw(monthly | st.sampled_from(BillingFrequency))
    kind = draw(st.sampled_from(["used", "used", "fixed", "bought"]))
    if kind == "used":
        aggregation = draw(st.sampled_from(Aggregation))
        tiers = draw(st.sampled_from([None, *TIERS]))
        if tiers is None:
            return Sold(draw(st.sampled_from(USED)), frequency, aggregation=aggregation)
        structure = {"model": draw(st.sampled_from(["volume", "graduated"])), "tiers": tiers}
        prorates = draw(st.booleans())
        return Sold(structure, frequency, aggregation=aggregation, prorates=prorates)
    in_advance, structure = draw(st.booleans()), {"model": "fixed", "amount": draw(AMOUNTS)}
    if kind == "bought" and draw(st.booleans()):
        model = draw(st.sampled_from(["volume", "graduated"]))
        structure = {"model": model, "tiers": draw(st.sampled_from(TIERS[1:]))}
    return Sold(structure, frequency, in_advance, bought=kind == "bought")


@st.composite
def _stretch(draw: Draw, after: int, sold: int) -> Stretch:
    places = draw(
        st.lists(st.integers(0, sold - 1), min_size=min(2, sold), max_size=4, unique=True)
    )
    rate = st.tuples(st.sampled_from(["0.2", "1", "0.333"]), st.none())
    amount = st.tuples(st.none(), st.sampled_from(["300", "25"]))
    off = draw(st.none() | st.tuples(rate | amount, st.sampled_from([None, 1, 3])))
    return Stretch(
        after,
        {place: draw(st.integers(1, 12)) for place in places},
        draw(st.booleans()),
        draw(st.sampled_from([None, None, "1000"])),
        (*off[0], off[1]) if off else None,
    )


_MOMENTS = st.builds(Moment, st.integers(0, 40), AROUND)
_USES = st.builds(
    Use,
    _MOMENTS,
    VALUES,
    st.sampled_from(SOON + LATER),
    st.sampled_from(SOON + LATER) | st.none(),
)
_RUNS = st.builds(
    Run,
    _MOMENTS,
    st.sampled_from([timedelta(hours=1), timedelta(0), timedelta(days=3), timedelta(days=40)]),
    st.none() | st.integers(0, 40),
)


@st.composite
def lives(draw: Draw) -> Life:
    """Any life."""
    country, currency = draw(PLACES)
    sold = draw(st.lists(_sold(), min_size=2, max_size=5))
    days = draw(DAYS)
    changes = draw(st.sets(st.integers(1, days), max_size=2)) if draw(st.booleans()) else ()
    return Life(
        country=country,
        verified_at=draw(st.sampled_from([None, None]) | _MOMENTS),
        currency=currency,
        zone=draw(ZONES),
        start=draw(STARTS),
        anchor_days=draw(st.none() | st.integers(-40, 40)),
        trial_days=draw(st.sampled_from([None, None, None, 14])),
        days=days,
        ends=draw(st.booleans()),
        billed_daily=draw(st.sampled_from([True, True, False])),
        vat_changes_after=draw(st.none() | st.integers(0, days)),
        sold=tuple(sold),
        stretches=tuple(draw(_stretch(after, len(sold))) for after in [0, *sorted(changes)]),
        uses=tuple(draw(st.lists(_USES, min_size=2, max_size=12))),
        runs=tuple(draw(st.lists(_RUNS, min_size=1, max_size=5))),
    )
