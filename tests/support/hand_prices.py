"""A small catalog and its arithmetic, written by hand: what the oracle of changes bills with.

Nothing here is the product's: amounts are whole pence, and parts are rounded half up, once.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache

VAT = Fraction(1, 5)
# Where a customer is: abroad it has a tax id, which is verified or not.
AT_HOME, ABROAD, VERIFIED_ABROAD = "at home", "abroad", "verified abroad"


@dataclass(frozen=True, slots=True)
class Fee:
    """So many pounds every so many months, for each seat where it is sold by the seat.

    From `many` seats on each of them is cheaper.
    """

    product: str
    pounds: int
    months: int = 1
    in_advance: bool = False
    by_seat: bool = False
    many: int | None = None
    cheaper: int = 0


@dataclass(frozen=True, slots=True)
class Metered:
    """API calls by tiers of (upper bound, pounds a call, flat fee), monthly in arrears."""

    product: str
    tiers: tuple[tuple[int | None, str, int], ...]
    prorates: bool = False
    months: int = 1
    in_advance: bool = False


PRICES: Mapping[str, Fee | Metered] = {
    "A": Fee("platform", 500),
    "X": Metered("ai-add-on", ((1000, "0", 250), (2500, "0.45", 0), (None, "0.65", 0))),
    "solo": Fee("solo", 20, in_advance=True),
    "solo-y": Fee("solo", 200, 12, in_advance=True),
    "seat": Fee("team", 10, in_advance=True, by_seat=True),
    "seat-y": Fee("team", 100, 12, in_advance=True, by_seat=True),
    "vault": Fee("vault", 15, in_advance=True),
    "watch": Metered("watch", ((100, "0", 40), (None, "0.015", 0)), prorates=True),
    "crew": Fee("crew", 10, in_advance=True, by_seat=True, many=5, cheaper=6),
    "bench": Fee("works", 30, by_seat=True),
    "bench-y": Fee("works", 300, 12, by_seat=True),
    "X2": Metered("ai-add-on", ((2000, "0", 150), (None, "0.40", 0))),
}


def by_seat(price: str) -> bool:
    """Whether a price is sold by the seat."""
    return getattr(PRICES[price], "by_seat", False)


@dataclass(frozen=True, slots=True)
class Option:
    """A way to pay a plan: its prices, the one that is bought by the seat, and its add-ons."""

    prices: tuple[str, ...]
    add_ons: tuple[str, ...] = ()

    @property
    def by_seat(self) -> str | None:
        return next((one for one in self.prices if by_seat(one)), None)


# In their order: what comes later is up.
PLANS: Mapping[str, Mapping[str, Option]] = {
    "start": {"default": Option(("A",))},
    "scale": {"default": Option(("A", "X"))},
    "solo": {"monthly": Option(("solo",)), "yearly": Option(("solo-y",))},
    "team": {
        "monthly": Option(("seat",), ("vault", "watch")),
        "yearly": Option(("seat-y",), ("watch",)),
    },
    "crew": {"default": Option(("crew",), ("vault",))},
    "works": {"monthly": Option(("bench", "X2")), "yearly": Option(("bench-y", "X2"))},
}


@dataclass(frozen=True, slots=True)
class Code:
    """A promotion code for so many periods: so much of every charge, or so many pounds off.

    Pounds are taken off what is charged like the main price, once in each of its periods.
    """

    periods: int
    rate: Fraction = Fraction(0)
    pounds: int = 0


CODES: Mapping[str, Code] = {
    "LAUNCH": Code(2, rate=Fraction(1, 5)),
    "HALF": Code(1, rate=Fraction(1, 2)),
    "SUM": Code(2, pounds=25),
}
# What is agreed by hand, and is no code.
AGREED: Mapping[str, Code] = {
    "as agreed": Code(3, rate=Fraction(1, 10)),
    "a sum": Code(1, pounds=40),
}
DISCOUNTS = {**CODES, **AGREED}


@dataclass(frozen=True, slots=True)
class Deal:
    """What the merchant agrees: how many of each price, a minimum in pounds, and a discount."""

    bought: Mapping[str, int]
    minimum: int = 0
    discount: str | None = None


@dataclass(frozen=True, slots=True)
class Pick:
    """What somebody chooses: a plan in an option, its seats, its add-ons."""

    plan: str
    option: str
    seats: int = 1
    add_ons: frozenset[str] = field(default_factory=frozenset)

    @property
    def bought(self) -> dict[str, int]:
        """How many of each price that is."""
        option = PLANS[self.plan][self.option]
        named = [*option.prices, *(one for one in option.add_ons if one in self.add_ons)]
        return {one: self.seats if one == option.by_seat else 1 for one in named}


def rounded(exact: Fraction) -> int:
    """Half up, away from zero."""
    whole = int(abs(exact) + Fraction(1, 2))
    return whole if exact >= 0 else -whole


def vat(net: int, where: str) -> int:
    """The VAT of a net amount; who buys abroad with a verified tax id accounts for it itself."""
    return 0 if where == VERIFIED_ABROAD else rounded(net * VAT)


def pence_of(price: str, many: int) -> int:
    """What a whole period of a fee costs; of a metered price nothing is fixed."""
    terms = PRICES[price]
    if not isinstance(terms, Fee):
        return 0
    each = terms.cheaper if terms.many and many >= terms.many else terms.pounds
    return each * 100 * many


def measure(price: str, many: int) -> tuple[int, int]:
    """What less of a price is told by: what it costs, then how many there are."""
    return pence_of(price, many), many


def rhythm(price: str) -> tuple[int, bool]:
    """How often a price is charged, and whether in advance."""
    return PRICES[price].months, PRICES[price].in_advance


# What prices are alike by: product, whether a fee, months, whether in advance, by the seat.
Kind = tuple[str, bool, int, bool, bool]


def kind(price: str) -> Kind:
    """What a price is for, and how; one may take the place of another of its kind."""
    terms = PRICES[price]
    fee = isinstance(terms, Fee)
    return terms.product, fee, terms.months, terms.in_advance, by_seat(price)


def monthly(bought: Mapping[str, int]) -> Fraction:
    """What prices cost a month where nothing is used, to be compared."""
    return sum(
        (
            Fraction(pence_of(price, many), terms.months)
            if isinstance(terms := PRICES[price], Fee)
            else Fraction(rated(price, Decimal(0), Fraction(1)))
            for price, many in bought.items()
        ),
        Fraction(0),
    )


def plan_of(prices: Iterable[str]) -> str | None:
    """The plan that sells prices, with add-ons or without; None for a deal."""
    held = set(prices)
    for plan, options in PLANS.items():
        for option in options.values():
            if set(option.prices) <= held <= {*option.prices, *option.add_ons}:
                return plan
    return None


def rated(price: str, calls: Decimal, part: Fraction) -> int:
    """What calls cost by tiers, each rounded; flat fees are scaled where the price says so."""
    terms, total, lower = PRICES[price], 0, Decimal(0)
    assert isinstance(terms, Metered)
    for bound, each, flat in terms.tiers:
        if lower and calls <= lower:
            break
        upper = calls if bound is None else min(calls, Decimal(bound))
        fee = flat * (part if terms.prorates else 1)
        total += rounded((Fraction(upper - lower) * Fraction(each) + fee) * 100)
        lower = upper if bound is None else Decimal(bound)
    return total


@cache
def boundary(anchor: date, months: int) -> date:
    """So many months from an anchor; a day that its month lacks is the month's last."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


@cache
def period_with(day: date, anchor: date, months: int) -> tuple[date, date]:
    """The period of so many months that a day lies in."""
    begun = (day.year - anchor.year) * 12 + day.month - anchor.month
    begun -= begun % months
    if boundary(anchor, begun) > day:
        begun -= months
    return boundary(anchor, begun), boundary(anchor, begun + months)
