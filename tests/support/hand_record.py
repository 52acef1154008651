"""What a customer has on each single day, and what changes make of it: the oracle's record.

By the rules of the design, told in days alone: a change writes the days from one on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from support.hand_prices import (
    DISCOUNTS,
    PLANS,
    PRICES,
    Deal,
    Fee,
    Metered,
    Pick,
    measure,
    monthly,
    period_with,
    plan_of,
)

ONE = timedelta(days=1)
# Longer than any life with a year after it.
HORIZON = 1500


@dataclass(frozen=True, slots=True)
class Held:
    """A price on a day: how many of it, and what its periods count from."""

    price: str
    many: int
    anchor: date

    @property
    def measure(self) -> tuple[int, int]:
        return measure(self.price, self.many)

    def period(self, day: date) -> tuple[date, date]:
        return period_with(day, self.anchor, PRICES[self.price].months)


@dataclass(frozen=True, slots=True)
class Day:
    """What a customer has on a day: a pause has nothing, and prices of no plan are a deal.

    `minimum` is what a period of the main price is to come to at least, in pounds; 0 is none.
    """

    plan: str | None
    held: tuple[Held, ...]
    code: str | None = None
    minimum: int = 0

    def of(self, price: str) -> Held | None:
        return next((one for one in self.held if one.price == price), None)

    @property
    def fees(self) -> list[Held]:
        return [one for one in self.held if isinstance(PRICES[one.price], Fee)]

    @property
    def months(self) -> int:
        """Those of the longest fee."""
        return max((PRICES[one.price].months for one in self.fees), default=0)

    @property
    def main(self) -> Held:
        """The price whose rhythm is that of them all."""
        return (self.fees or list(self.held))[0]


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """Each day up to the end, if there is one; `closing` days close what was in arrears."""

    start: date
    days: Mapping[date, Day]
    end: date | None = None
    closing: frozenset[date] = frozenset()

    @classmethod
    def of(cls, pick: Pick, start: date, code: str | None) -> "Record":
        held = tuple(Held(price, many, start) for price, many in pick.bought.items())
        days = {start + n * ONE: Day(pick.plan, held) for n in range(HORIZON)}
        record = cls(start, days)
        return record.with_code(code, start) if code else record

    def on(self, day: date) -> Day | None:
        """What there is on a day; None before the start and from the end on."""
        return self.days.get(day) if self.end is None or day < self.end else None

    def from_day(self, day: date, written: Mapping[date, Day]) -> "Record":
        """The same, with other days from one on."""
        return replace(self, days={**{d: v for d, v in self.days.items() if d < day}, **written})

    def since(self, day: date) -> Iterator[date]:
        return (one for one in self.days if one >= day)

    def period_end(self, today: date) -> date:
        """The end of the longest fee's period; of a pause, its own."""
        day = self.days[today]
        if not day.held:
            return next(one for one in self.since(today) if self.days[one].held)
        end = max(one.period(today)[1] for one in day.fees or day.held)
        return end if self.end is None else min(end, self.end)

    def with_code(self, code: str, day: date, periods: int | None = None) -> "Record":
        """With a code from a day on, for so many periods of the main price."""
        main, until = self.days[day].main, day
        for _ in range(DISCOUNTS[code].periods if periods is None else periods):
            until = main.period(until)[1]
        written = {
            one: replace(self.days[one], code=code if one < until else None)
            for one in self.since(day)
        }
        return self.from_day(day, written)

    def periods_left(self, day: date, main: Held) -> tuple[str | None, int]:
        """The code of a day, and for how many periods of a price it still is."""
        code, left = self.days[day].code, 0
        while code and self.days[day].code == code:
            day, left = main.period(day)[1], left + 1
        return code, left

    def is_up(self, today: date, pick: Pick) -> bool | None:
        """Whether a change is an upgrade; None where it changes nothing."""
        have = self.days[today]
        new = {price: measure(price, many) for price, many in pick.bought.items()}
        months = max(PRICES[price].months for price in new if isinstance(PRICES[price], Fee))
        if months < have.months:
            return False
        order = list(PLANS)
        if have.plan not in {None, pick.plan}:
            return order.index(pick.plan) > order.index(have.plan or "")
        old = {one.price: one.measure for one in have.held}
        if old == new:
            return None
        if have.plan is None:
            return monthly(pick.bought) > monthly({one.price: one.many for one in have.held})
        return months > have.months or any(new[one] > old.get(one, (-1, 0)) for one in new)

    def changed(self, pick: Pick, day: date, *, at_end: bool, today: date) -> "Record":
        """From a day on what is picked; what is less, and within a plan what is left out, waits."""
        have = self.days[day]
        within = self.days[today].plan == pick.plan
        placed = self._placed(pick.bought, day, at_end=at_end, within=within)
        written = {}
        for one, held in placed:
            now = self.days[one]
            minimum = now.minimum if within else 0
            written[one] = Day(pick.plan, held, now.code, minimum)
        record = _closed(self.from_day(day, written), day)
        if have.held and record.days[day].months != have.months:
            # Another rhythm: the code is for those of its periods that begin before it is over.
            code, left = self.periods_left(day, record.days[day].main)
            record = record.with_code(code, day, left) if code else record
        return record

    def agreed(self, deal: Deal, day: date, *, at_end: bool) -> "Record":
        """From a day on what the merchant agrees, and nothing of what there was besides."""
        written = {
            one: Day(plan_of([own.price for own in held]), held, None, deal.minimum)
            for one, held in self._placed(deal.bought, day, at_end=at_end, within=False)
        }
        record = _closed(self.from_day(day, written), day)
        return record.with_code(deal.discount, day) if deal.discount else record

    def is_broken(self, deal: Deal, day: date) -> bool:
        """Whether a deal meters otherwise what is metered, from within a period on."""
        return any(
            PRICES[one.price].product == PRICES[new].product
            and one.price != new
            and one.period(day)[0] != day
            for one in self.days[day].held
            for new in deal.bought
            if isinstance(PRICES[one.price], Metered) and isinstance(PRICES[new], Metered)
        )

    def _placed(
        self, bought: Mapping[str, int], day: date, *, at_end: bool, within: bool
    ) -> Iterator[tuple[date, tuple[Held, ...]]]:
        """What there is on each day from one on; within a plan, what is left out may wait."""
        have = self.days[day]
        wanted = [
            Held(price, many, self._anchor(have, price, day)) for price, many in bought.items()
        ]
        ends = {
            old.price: self._end_of(old, day, at_end=at_end, within=within) for old in have.held
        }
        for one in self.since(day):
            held = [_in_place(have, new, day, one, ends) for new in wanted]
            if within:
                left_out = [old for old in have.held if _left_out(old, wanted)]
                held += [old for old in left_out if one < ends[old.price]]
            yield one, tuple(held)

    def _end_of(self, old: Held, day: date, *, at_end: bool, within: bool) -> date:
        """Up to which day what is less goes on: within a plan, to its own period's end."""
        begins, ends = old.period(day)
        if at_end:
            return ends if within and self.start < day != begins else day
        return ends if self.end is None else min(ends, self.end)

    def less_end(self, today: date, pick: Pick) -> date | None:
        """When a change of less alone takes something away first; None for any other."""
        have = self.days[today]
        wanted = [Held(price, many, today) for price, many in pick.bought.items()]
        olds = [have.of(new.price) for new in wanted]
        if have.plan != pick.plan or not all(
            old and old.measure >= new.measure for old, new in zip(olds, wanted, strict=True)
        ):
            return None
        fewer = [
            old for old, new in zip(olds, wanted, strict=True) if old and old.measure > new.measure
        ]
        less = [*fewer, *(old for old in have.held if _left_out(old, wanted))]
        ends = [*(old.period(today)[1] for old in less), *([self.end] if self.end else [])]
        return min(ends) if less else None

    def _anchor(self, have: Day, price: str, day: date) -> date:
        """A price goes on, or takes the periods of one of its rhythm, or begins one that day."""
        if own := have.of(price):
            return own.anchor
        months = PRICES[price].months
        for one in (*have.fees, *have.held):
            if PRICES[one.price].months == months:
                return one.anchor
        return self.start if period_with(day, self.start, months)[0] == day else day

    def ended(self, day: date) -> "Record":
        return replace(self, end=day)

    def paused(self, day: date, until: date) -> "Record":
        """Nothing from one day up to another, and then what there would have been.

        A code is for as many periods as it had left.
        """
        code, left = self.periods_left(day, self.days[day].main)
        nothing = Day(self.days[day].plan, ())
        written = {
            one: nothing if one < until else replace(self.days[one], code=None)
            for one in self.since(day)
        }
        record = self.from_day(day, written)
        return record.with_code(code, until, left) if code else record


def _in_place(have: Day, new: Held, day: date, one: date, ends: Mapping[str, date]) -> Held:
    """What stands in a new price's place on a day: what it replaces may have to end first."""
    if isinstance(PRICES[new.price], Metered):
        for old in have.held:
            replaced = isinstance(PRICES[old.price], Metered) and old.price != new.price
            if replaced and PRICES[old.price].product == PRICES[new.price].product:
                begins, ends = old.period(day)
                return old if one < (day if begins == day else ends) else new
    old_one = have.of(new.price)
    if old_one and old_one.measure > new.measure and one < ends[new.price]:
        return old_one
    return new


def _closed(record: Record, day: date) -> Record:
    """Another rhythm that begins within a period closes what was in arrears."""
    before, after = record.on(day - ONE), record.days[day]
    if before is None or not before.held or not after.held:
        return record
    old, new = PRICES[before.main.price], PRICES[after.main.price]
    other = (old.months, old.in_advance) != (new.months, new.in_advance)
    closes = other and after.main.anchor == day
    return replace(record, closing=record.closing | {day}) if closes else record


def _left_out(old: Held, wanted: list[Held]) -> bool:
    """Whether a price is left out, and no other of its product takes its place."""
    return not any(
        PRICES[new.price].product == PRICES[old.price].product
        and isinstance(PRICES[new.price], Fee) == isinstance(PRICES[old.price], Fee)
        for new in wanted
    )
