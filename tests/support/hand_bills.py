"""The bills of a record of days, and what of them was issued: the second half of the oracle.

A day's bill is made of charges: a price over days of one of its periods. Once a day is issued its
charges stay, and only the usage in them may still change. Amounts are whole pence.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from support.hand_charges import Calls, Charge, charges, rest_of, share, total
from support.hand_minimums import Floor, floors, parts_of
from support.hand_prices import PRICES, Fee, rounded
from support.hand_record import Record


@dataclass(frozen=True, slots=True)
class Minimum:
    """What a bill comes to at least, with the charges of earlier bills that count towards it."""

    floor: Floor
    before: tuple[Charge, ...]

    def counts(self, one: Charge) -> bool:
        """Whether a charge is of its rhythm, and for any of its days."""
        own = self.floor
        is_of_days = one.start < own.end and own.start < one.end
        return PRICES[one.price].months == own.months and is_of_days

    def missing(self, charged: Iterable[Charge], calls: Calls) -> int:
        """How much less is charged."""
        bills: dict[date, list[Charge]] = defaultdict(list)
        for one in (*charged, *self.before):
            if self.counts(one):
                bills[one.due].append(one)
        return max(0, self.floor.pence - sum(total(own, calls) for own in bills.values()))


@dataclass(frozen=True, slots=True)
class Bill:
    """What is charged on a day, and what it is to come to."""

    charges: tuple[Charge, ...] = ()
    minimums: tuple[Minimum, ...] = ()

    def net(self, calls: Calls) -> int:
        """Charges less discounts, and what is missing of minimums."""
        missing = (one.missing(self.charges, calls) for one in self.minimums)
        return total(self.charges, calls) + sum(missing)

    @property
    def uncoded(self) -> set[Charge]:
        """The charges without what codes take off them."""
        return {replace(one, off=None) for one in self.charges}

    @property
    def at_zero(self) -> int:
        """The same where nothing is used."""
        return self.net(lambda *_: Decimal(0))

    @property
    def by_terms(self) -> tuple[int, int]:
        """The same before and after what is missing of minimums."""
        return total(self.charges, lambda *_: Decimal(0)), self.at_zero

    @property
    def has_arrears(self) -> bool:
        """Whether any of it is for days that have gone."""
        return any(not one.is_in_advance for one in self.charges) or any(
            not one.floor.in_advance for one in self.minimums
        )

    @property
    def has_lines(self) -> bool:
        """Whether anything of it could come to something."""
        return bool(self.at_zero) or any(one.net(lambda *_: Decimal(10**6)) for one in self.charges)


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What a change gives back of a charge: it is taken off the bill of its day, or credited."""

    charge: Charge
    pence: int
    is_off: bool


# What changes give back, by the days on which they take effect.
Given = Mapping[date, tuple[GivenBack, ...]]


def off(given: Given, day: date) -> int:
    """What is taken off a day's bill."""
    return sum(one.pence for one in given.get(day, ()) if one.is_off)


@dataclass(slots=True)
class Ledger:
    """The bill of each day that was issued, and what changes gave back."""

    issued: dict[date, Bill] = field(default_factory=dict)
    issued_net: dict[date, int] = field(default_factory=dict)
    # Which part of each charge a code took off when it was issued.
    shares: dict[Charge, Fraction] = field(default_factory=dict)
    given: Given = field(default_factory=dict)

    @property
    def credited(self) -> int:
        """What credit notes give back."""
        return sum(one.pence for own in self.given.values() for one in own if not one.is_off)

    def bills(self, record: Record) -> dict[date, Bill]:
        """The bill of every day: as issued, else as the record has it now."""
        charged: dict[date, list[Charge]] = defaultdict(list)
        resumed = tuple(self._resumed(record))
        for one in (*charges(record), *resumed):
            if cut := _up_to(resumed, one):
                charged[one.due].append(cut)
        due = self._floors(record, resumed)
        known = charged | {day: list(one.charges) for day, one in self.issued.items()}
        fees = (
            [one for own in known.values() for one in own if isinstance(PRICES[one.price], Fee)]
            if due
            else []
        )
        found = {
            day: Bill(
                tuple(charged.get(day, ())),
                tuple(_minimum(floor, day, fees) for floor in due.get(day, ())),
            )
            for day in charged.keys() | due.keys()
        }
        return found | self.issued

    def _floors(self, record: Record, resumed: Iterable[Charge]) -> dict[date, list[Floor]]:
        """The minimums of every day; where the main price is of two parts, so is one in advance."""
        main = (one for one in resumed if record.days[one.start].main.price == one.price)
        cuts = {(one.start, PRICES[one.price].months) for one in main}
        cuts |= {
            (one.floor.end, one.floor.months)
            for bill in self.issued.values()
            for one in bill.minimums
            if one.floor.in_advance
        }
        due: dict[date, list[Floor]] = defaultdict(list)
        for day, own in floors(record).items():
            for whole in own:
                days = sorted(
                    cut
                    for cut, months in cuts
                    if whole.in_advance and months == whole.months and whole.start < cut < whole.end
                )
                for part in parts_of(record, whole, days):
                    due[day if part.start == whole.start else part.start].append(part)
        return due

    def _resumed(self, record: Record) -> Iterator[Charge]:
        """What was charged in advance up to an end that does not come is charged on from there."""
        issued = [one for bill in self.issued.values() for one in bill.charges if one.is_in_advance]
        if not issued:
            return
        for whole in charges(record):
            if whole.is_more or whole.due not in self.issued:
                continue
            ends = [
                one.end
                for one in issued
                if one.price == whole.price and whole.start <= one.start < whole.end
            ]
            if ends and max(ends) < whole.end:
                yield rest_of(record, whole, max(ends))

    def has_ended(self, price: str, day: date) -> bool:
        """Whether a price was charged in advance up to a day."""
        charged = (one for bill in self.issued.values() for one in bill.charges)
        return any(one.is_in_advance and (one.price, one.end) == (price, day) for one in charged)

    def net(self, bill: Bill, day: date, calls: Calls) -> int:
        """What a day's bill comes to, less what changes take off."""
        return bill.net(calls) - off(self.given, day)

    def issue(self, record: Record, day: date, calls: Calls) -> None:
        """Let a day's bill be as it is."""
        self.issued[day] = self.bills(record).get(day, Bill())
        self.issued_net[day] = self.net(self.issued[day], day, calls)
        charged = self.issued[day].charges
        self.shares |= {one: share(one, charged, calls) for one in charged}

    def unused(self, after: Record, day: date, back: Container[Charge]) -> dict[Charge, int]:
        """What was charged in advance for days from one on that a record does not have.

        What was given `back` of a charge when it ended was all of it.
        """
        found: dict[Charge, int] = {}
        nothing: Calls = lambda *_: Decimal(0)  # noqa: E731
        for one in (one for bill in self.issued.values() for one in bill.charges):
            gone = one.is_in_advance and one.end > day and not goes_on(one, after, day)
            if not gone or one in back:
                continue
            code = self.shares[one]
            days = Fraction((one.end - max(one.start, day)).days, (one.end - one.start).days)
            if left := rounded(one.net(nothing) * (1 - code) * days):
                found[one] = left
        return found


def goes_on(one: Charge, after: Record, day: date) -> bool:
    """Whether a record has the price of a charge on a day, in the same period."""
    later = after.on(max(one.start, day))
    held = later.of(one.price) if later else None
    if held is None:
        return False
    begins, ends = held.period(max(one.start, day))
    return begins <= one.start and one.end <= ends


def _up_to(resumed: Iterable[Charge], more: Charge) -> Charge | None:
    """What is charged of more of a price before it is charged on, which is all of it then."""
    if not more.is_more:
        return more
    alike = (one for one in resumed if one.price == more.price and one.end == more.end)
    days = [one.start for one in alike if more.start <= one.start < more.end]
    if not days:
        return more
    day = max(days)
    if day == more.start:
        return None
    whole = (more.end - more.start).days
    return replace(more, end=day, part=more.part * Fraction((day - more.start).days, whole))


def _minimum(floor: Floor, day: date, fees: Iterable[Charge]) -> Minimum:
    own = Minimum(floor, ())
    return replace(own, before=tuple(one for one in fees if one.due < day and own.counts(one)))
