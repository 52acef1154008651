"""What a customer has on each single day, and what changes make of it: the oracle's record.

By the rules of the design, told in days alone: a change writes the days from one on.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from support.hand_days import ONE, Day, Held, left_out
from support.hand_later import Step, with_less_waiting, with_steps
from support.hand_prices import (
    DISCOUNTS,
    PLANS,
    PRICES,
    Deal,
    Fee,
    Metered,
    Pick,
    kind,
    measure,
    monthly,
    period_with,
    plan_of,
)

# Longer than any life with a year after it.
HORIZON = 1500
_WITHOUT_CODE = Day(None, ())


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
        day = Day(pick.plan, held, terms=pick.plan)
        days = {start + n * ONE: day for n in range(HORIZON)}
        record = cls(start, days)
        return record.with_code(code, start) if code else record

    def on(self, day: date) -> Day | None:
        """What there is on a day; None before the start and from the end on."""
        return self.days.get(day) if self.end is None or day < self.end else None

    def from_day(self, day: date, written: Mapping[date, Day]) -> "Record":
        """The same, with other days from one on."""
        closing = frozenset(
            one for one in self.closing if one < day or written[one].held == self.days[one].held
        )
        days = {**{d: v for d, v in self.days.items() if d < day}, **written}
        return replace(self, days=days, closing=closing)

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
        """With a code from a day on, for so many periods of the main price.

        A pause has none of them. What else was agreed for later days has its own code.
        """
        left, until = (DISCOUNTS[code].periods if periods is None else periods), day
        written, terms = dict.fromkeys(self.since(day)), self.days[day].terms
        for one in written:
            now = self.days[one]
            written[one] = now
            if not now.held or now.terms != terms:
                until = one + ONE if now.terms != terms else max(until, one + ONE)
                continue
            if one >= until and left:
                left, until = left - 1, now.main.period(one)[1]
            has = (code, left + 1) if one < until else (None, 0)
            written[one] = replace(now, code=has[0], periods=has[1])
        return self.from_day(day, written)

    def periods_left(self, day: date, main: Held) -> tuple[str | None, int]:
        """The code of a day, and for how many periods of a price it still is.

        In another rhythm, those of its periods that begin before it is over.
        """
        now, until, left = self.days[day], day, 0
        if now.code is None or PRICES[main.price].months == PRICES[now.main.price].months:
            return now.code, now.periods
        for _ in range(now.periods):
            until = now.main.period(until)[1]
        while day < until:
            day, left = main.period(day)[1], left + 1
        return now.code, left

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

    def changed(
        self,
        pick: Pick,
        day: date,
        *,
        at_end: bool,
        first: date,
        today: date,
        steps: Sequence[Step] = (),
    ) -> "Record":
        """From a day on what is picked; what is less, and within a plan what is left out, waits.

        `first` is today, or the start that is to come. Within a plan, what is agreed for later days
        stays: a pause, another deal, a minimum, a code, and of the `steps` how much there is.
        """
        have = self.days[day]
        within = self.days[first].plan == pick.plan
        back = self.goes_on_from(day)
        written, running = {}, self.days[back]
        for one, held in self._placed(pick.bought, day, at_end=at_end, within=within, today=today):
            written[one] = Day(pick.plan, held, terms=pick.plan)
            if not within:
                continue
            now = self.days[max(one, back)]
            own = with_steps(held, (step for step in steps if step.on <= one))
            if one < back or now == have or _goes_on(running, now, own):
                running = now if now.held else running
                written[one] = replace(now, plan=pick.plan, held=own, terms=pick.plan)
            else:
                # Another pause, another deal, or the other way to pay.
                written[one] = now
        record = self.from_day(day, with_less_waiting(day, written) if within else written)
        later = {day, *(one for one in record.closing if one >= day)}
        record = replace(record, closing=record.closing - later)
        for one in sorted(later):
            record = _closed(record, one)
        if within:
            return self._coded(record, day, back)
        code, left = self.periods_left(back, record.days[day].main)
        return record.with_code(code, day, left) if code else record

    def goes_on_from(self, day: date) -> date:
        """The day itself; in a pause its end, if what follows is of the same plan."""
        have = self.days[day]
        if have.held:
            return day
        end = next((one for one in self.since(day) if self.days[one] != have), day)
        return end if self.days[end].chosen == have.chosen else day

    def _coded(self, after: "Record", day: date, back: date) -> "Record":
        """The days after a change within a plan, with the codes that there were on them.

        Each is for the whole of those periods that begin before it is over. What was to follow a
        pause goes on at once: its code is used up by then, and others are as they were agreed.
        """
        written, until = {}, day
        code, left = self.periods_left(back, after.days[day].main)
        as_it_was = self.with_code(code, back, self.days[back].periods).days if code else {}
        for one in after.since(day):
            now = written[one] = after.days[one]
            if not now.held or now.terms != after.days[day].terms:
                # What comes back has the code that it was to come back with.
                until = one + ONE
                continue
            if one >= until:
                on = max(one, back)
                was = as_it_was.get(on, _WITHOUT_CODE)
                is_own = (self.days[on].code, self.days[on].periods) != (was.code, was.periods)
                if one > day and (back == day or is_own):
                    back = day
                    code, left = self.periods_left(one, now.main)
                elif one > day:
                    code, left = (code, left - 1) if left > 1 else (None, 0)
                until = now.main.period(one)[1] if code else one + ONE
            written[one] = replace(now, code=code, periods=left)
        return after.from_day(day, written)

    def agreed(self, deal: Deal, day: date, *, at_end: bool, today: date) -> "Record":
        """From a day on what the merchant agrees, and nothing of what there was besides."""
        terms = frozenset(kind(price) for price in deal.bought)
        written = {
            one: Day(plan_of([own.price for own in held]), held, None, deal.minimum, terms)
            for one, held in self._placed(
                deal.bought, day, at_end=at_end, within=False, today=today
            )
        }
        record = _closed(self.from_day(day, written), day)
        return record.with_code(deal.discount, day) if deal.discount else record

    def bought_again(self, prices: Container[str], day: date) -> "Record":
        """The same, where prices that were given back on a day are bought again from it."""
        written = {}
        for one in self.since(day):
            held = (
                replace(own, again=day) if own.price in prices else own
                for own in self.days[one].held
            )
            written[one] = replace(self.days[one], held=tuple(held))
        return replace(self, days={**self.days, **written})

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
        self, bought: Mapping[str, int], day: date, *, at_end: bool, within: bool, today: date
    ) -> Iterator[tuple[date, tuple[Held, ...]]]:
        """What there is on each day from one on; within a plan, what is left out may wait."""
        have = self.days[day]
        wanted = [
            Held(price, many, self._anchor(have, price, day)) for price, many in bought.items()
        ]
        ends = {
            old.price: self._end_of(old, day, at_end=at_end, within=within, today=today)
            for old in have.held
        }
        for one in self.since(day):
            held = [_in_place(have, new, day, one, ends) for new in wanted]
            if within:
                ending = [old for old in have.held if left_out(old, wanted)]
                held += [old for old in ending if one < ends[old.price]]
            yield one, tuple(held)

    def _end_of(self, old: Held, day: date, *, at_end: bool, within: bool, today: date) -> date:
        """Up to which day what is less goes on: within a plan, to its own period's end.

        Of a period that is to begin on that day it is less from the first day.
        """
        begins, ends = old.period(day)
        if at_end:
            return ends if within and self.start < day != begins else day
        if begins == day > today:
            return day
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
        less = [*fewer, *(old for old in have.held if left_out(old, wanted))]
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

        A code is for as many periods as it had left, or has if it is agreed for a day in between.
        """
        terms = self.days[until].terms
        later = ((one, self.days[one]) for one in self.since(day))
        alike = (one for one, now in later if now.held and now.terms == terms)
        first = next(alike, until)
        held = self.days[first].held
        # In another pause there may be nothing that comes back as it was.
        code, left = self.periods_left(first, self.days[first].main) if held else (None, 0)
        plan = self.days[day].terms
        nothing = Day(plan if isinstance(plan, str) else None, (), terms=plan)
        written = {one: nothing if one < until else self.days[one] for one in self.since(day)}
        record = self.from_day(day, written)
        return record.with_code(code, until, left) if code else record


def _goes_on(before: Day, now: Day, own: Sequence[Held]) -> bool:
    """Whether what is agreed for a day goes on with what there is before, which is `own` by then.

    Not the other way to pay, unless that is chosen meanwhile.
    """
    if not now.held or now.terms != before.terms:
        return False
    gone = [one for one in before.held if not now.of(one.price)]
    mine = {one.price for one in own}
    come = [one for one in now.held if not before.of(one.price) and one.price not in mine]
    return all(left_out(one, gone) for one in come)


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
