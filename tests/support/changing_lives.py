"""Lives of customers who change, leave and come back: what is done, and what is to come of it.

Each step is done to the product and told to the oracle, and both are compared. Nothing of the
oracle is the product's: see `hand_prices`, `hand_record` and `hand_bills`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from support.hand_bills import Bill, Given, GivenBack, Ledger, goes_on, off
from support.hand_charges import Charge, with_codes_of
from support.hand_days import ONE, Day
from support.hand_later import steps, taken_back
from support.hand_prices import Deal, Pick, vat
from support.hand_record import Record

LONDON = ZoneInfo("Europe/London")
# A bill: its day, net, VAT and gross in pence.
Figures = tuple[date, int, int, int]


def moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, LONDON).astimezone(UTC)


class By(StrEnum):
    """Who makes a change."""

    CUSTOMER = "customer"
    MERCHANT = "merchant"


@dataclass(frozen=True, slots=True)
class Pending:
    """What there was before a change that is still to come, and who has made that."""

    by: By
    before: Record
    starts_on: date
    is_end: bool
    codes: frozenset[str]
    given: Given
    own: frozenset[Any]


@dataclass(slots=True)
class Expected:
    """What a change is to come to: the days after it, from which day on, and its money.

    `unused` is what it gives back itself, `given` all that is given back then.
    """

    after: Record
    on: date
    unused: tuple[GivenBack, ...] = ()
    given: Given = field(default_factory=dict)
    bills: list[Figures] = field(default_factory=list)

    @property
    def taken_off(self) -> int:
        """What the bill of its day is less by."""
        return sum(one.pence for one in self.unused if one.is_off)

    @property
    def credited(self) -> int:
        return sum(one.pence for one in self.unused if not one.is_off)


class Subscription:
    """The oracle of one schedule: its days, its money, and the change that is pending."""

    def __init__(self, record: Record, used: "Used", codes: set[str], where: str) -> None:
        self.record, self.used, self.codes, self.where = record, used, codes, where
        self.ledger = Ledger()
        self.pending: Pending | None = None
        # Who is about to change something.
        self.by = By.CUSTOMER
        # What the customer has chosen itself of how much there is on later days.
        self.own: frozenset[Any] = frozenset()
        # The days that billing runs have drafted, at least.
        self.drafted: set[date] = set()

    def come_to(self, today: date) -> None:
        """What took effect is pending no more."""
        self.today = today
        if self.pending and self.pending.starts_on <= today:
            self.pending = None

    def figures(self, net: int) -> tuple[int, int, int]:
        """The net, VAT and gross of a bill."""
        tax = vat(net, self.where)
        return net, tax, net + tax

    @property
    def replaced(self) -> Pending | None:
        """What is pending, and a new change replaces: the merchant's is not the customer's to."""
        is_others = self.pending and self.pending.by != self.by == By.CUSTOMER
        return None if is_others else self.pending

    @property
    def base(self) -> Record:
        """The days without what a new change replaces."""
        return self.replaced.before if self.replaced else self.record

    def has_ended(self, today: date) -> bool:
        """Whether it is over, or will never begin."""
        end = self.record.end
        return end is not None and (end <= today or end == self.record.start)

    def first_day(self, today: date) -> date:
        return max(today, self.record.start)

    def first(self, today: date) -> Day:
        """What there is, or will be first, without what is pending."""
        return self.base.days[self.first_day(today)]

    def period_end(self, today: date) -> date:
        """The end of the period, or the start that is to come."""
        start = self.record.start
        return start if start > today else self.base.period_end(today)

    def expect_change(
        self, pick: Pick, *, now: bool, code: str | None, today: date
    ) -> Expected | None:
        """What a change comes to; None where it is refused."""
        before = self.replaced.codes if self.replaced else frozenset(self.codes)
        if self.has_ended(today) or (code and code in before):
            return None
        first, end = self.first_day(today), self.period_end(today)
        up = self.base.is_up(first, pick)
        if up is None and code is None:
            return self._expect_kept(first) if not now else None
        if not code and self.record.start <= today:
            end = self.base.less_end(first, pick) or end
        if not now:
            return self._expect_at_end(self._after(pick, end, code, first, at_end=True), end)
        if not up:
            return None
        day = first
        while self._is_taken(self._after(pick, day, code, first, at_end=False), day):
            day += ONE
        if day >= end:
            return None
        return self._expect(self._after(pick, day, code, first, at_end=False), day)

    def _after(
        self, pick: Pick, day: date, code: str | None, first: date, *, at_end: bool
    ) -> Record:
        own = self.replaced.own if self.replaced else self.own
        later = [one for one in steps(self.base.days, day) if one.is_move or one.key not in own]
        after = self._as_billed(
            self.base.changed(pick, day, at_end=at_end, first=first, today=self.today, steps=later),
            day,
        )
        return after.with_code(code, day) if code else after

    def _expect_at_end(self, after: Record, day: date) -> Expected | None:
        """What a change at the period's end comes to; None where all of it ends by then."""
        ends_first = self.base.end is not None and day >= self.base.end
        return None if ends_first else self._expect(after, day)

    def _as_billed(self, after: Record, day: date) -> Record:
        """What is billed stays so: in arrears up to a day, and what is given back on it."""
        billed = self.base.closing & self.ledger.issued.keys()
        after = replace(after, closing=after.closing | billed)
        back = {one.charge.price for one in self.ledger.given.get(day, ())}
        gone = {price for price in back if not self.base.days[day].of(price)}
        return after.bought_again(gone, day) if day <= self.today and gone else after

    def _expect_kept(self, today: date) -> Expected | None:
        """What keeping what there is comes to: what is to be less stays, if one has chosen that."""
        own = self.replaced.own if self.replaced else self.own
        less = [
            one
            for one in steps(self.base.days, today)
            if one.is_less and (self.by is By.MERCHANT or one.key in own)
        ]
        if not less:
            return None
        after = self.base
        for step in less:
            after = after.from_day(step.on, taken_back(after.days, step))
        if self.replaced and after.days == self.record.days:
            return None
        return self._expect(after, less[0].on)

    def expect_agreed(
        self, deal: Deal, on: date | None, *, now: bool, today: date
    ) -> Expected | None:
        """What a deal comes to: from a day on, now, or from the period's end; None: refused."""
        if self.has_ended(today):
            return None
        first = self.first_day(today)
        day = on or (first if now else self.period_end(today))
        if on and (day < first or (self.base.end is not None and day >= self.base.end)):
            return None
        if on and day > first and self.base.is_broken(deal, day):
            return None
        waits = on is None and not now

        def agreed(day: date) -> Record:
            after = self.base.agreed(deal, day, at_end=waits, today=self.today)
            return self._as_billed(after, day)

        while not waits and self._is_taken(agreed(day), day):
            day += ONE
        return (self._expect_at_end if waits else self._expect)(agreed(day), day)

    def _is_taken(self, after: Record, day: date) -> bool:
        """Whether a day that has its invoice would be charged something else."""
        if day not in self.ledger.issued:
            return False
        due, before = self._before_and_after(after, day)
        issued = self.ledger.issued[day]
        if any(one.charge in due.charges for one in self.ledger.given.get(day, ())):
            return True
        as_issued = Bill(with_codes_of(after, issued.charges), due.minimums)
        if due.uncoded == issued.uncoded and as_issued.by_terms == issued.by_terms:
            return False
        charged, was = due.uncoded, before.uncoded
        begun = {one for one in was if one.start == day and not self._had(one, day)}
        # What began on a day has the codes and the minimums of that day.
        other = Bill(with_codes_of(after, before.charges), due.minimums)
        if not charged <= was or not begun <= charged or other.by_terms != before.by_terms:
            return True
        # A new code would be of what was charged on that day too.
        begun_then = Bill(tuple(one for one in issued.charges if one.start == day))
        return Bill(with_codes_of(after, begun_then.charges)).at_zero != begun_then.at_zero

    def _before_and_after(self, after: Record, day: date) -> tuple[Bill, Bill]:
        """The bill of a day as a change would have it, and as it would be without."""
        unbilled = Ledger({on: bill for on, bill in self.ledger.issued.items() if on != day})
        found, was = (unbilled.bills(own).get(day, Bill()) for own in (after, self.base))
        return found, was

    def _had(self, one: Charge, day: date) -> bool:
        """Whether as much of a price was there the day before: what ends can be given back.

        Not what was charged up to that day only, and is charged on from it.
        """
        earlier = self.base.on(day - ONE)
        held, own = earlier.of(one.price) if earlier else None, self.base.days[day].of(one.price)
        if held != own or one.is_more:
            return False
        return own.period(day)[0] == day or not self.ledger.has_ended(one.price, day)

    def _expect(self, after: Record, on: date, *, gives_back: bool = True) -> Expected | None:
        """What a change comes to; None where a bill that is to come would owe the customer."""
        given = dict(self._still_given(after, on))
        known = {one.charge for own in given.values() for one in own}
        unused = self.ledger.unused(after, on, known) if gives_back else {}
        bills = self.ledger.bills(after)
        for day in given.keys() - self.ledger.issued.keys():
            if bills.get(day, Bill()).at_zero < off(given, day):
                return None
        at_zero = bills.get(on, Bill()).at_zero - off(given, on)
        is_off = at_zero >= sum(unused.values()) and on not in self.ledger.issued
        own = tuple(GivenBack(charge, pence, is_off) for charge, pence in unused.items())
        given[on] = (*given.get(on, ()), *own)
        found = Expected(after, on, own, given)
        found.bills = [
            (day, *self.figures(net))
            for day in sorted(bills)
            if day not in self.ledger.issued
            and (bills[day].charges or bills[day].at_zero)
            and (day not in self.drafted or self._is_altered(found.after, day, on))
            and ((net := bills[day].net(self.used.calls) - off(given, day)) or True)
        ]
        return found

    def _still_given(self, after: Record, on: date) -> Iterator[tuple[date, tuple[GivenBack, ...]]]:
        """What earlier changes give back: of later days, where what they end goes on up to them.

        What one to come gives back on the very day of a change is that one's to give.
        """
        before = self.replaced.given if self.replaced else self.ledger.given
        for day, own in before.items():
            then, was = after.on(day), self.base.days[day]
            is_kept = then is not None and (then.terms, then.held) == (was.terms, was.held)
            if day <= self.today or day < on:
                yield day, own
            elif is_kept and day > on:
                yield day, tuple(one for one in own if goes_on(one.charge, after, day - ONE))

    def _is_altered(self, after: Record, day: date, on: date) -> bool:
        """Whether a draft of the day of the change is made again with it."""
        if day != on:
            return False
        due, before = self._before_and_after(after, day)
        return (due.uncoded, due.at_zero) != (before.uncoded, before.at_zero)

    def expect_end(self, on: date | None, *, gives_back: bool, today: date) -> Expected | None:
        """What an end comes to: at the period's end where no day is named."""
        if self.has_ended(today):
            return None
        is_ending = self.replaced is not None and self.replaced.is_end
        end = self.period_end(today) if on is None else max(on, self.record.start)
        if on is None and (is_ending or (self.base.end is not None and end >= self.base.end)):
            return None
        if end <= self.record.start <= today:
            return None
        while self._is_taken(self.base.ended(end), end):
            end += ONE
        if self.base.end is not None and end > self.base.end:
            return None
        return self._expect(self.base.ended(end), end, gives_back=gives_back)

    def expect_plan_agreed(
        self, pick: Pick, on: date | None, *, now: bool, today: date
    ) -> Expected | None:
        """What a plan comes to that the merchant agrees, up or down; None where it is refused."""
        if self.has_ended(today):
            return None
        first = self.first_day(today)
        if on is None and self.base.is_up(first, pick) is None:
            kept = self._expect_kept(first)
            if kept is not None:
                return kept
        end = self.period_end(today)
        if self.record.start <= today:
            end = self.base.less_end(first, pick) or end
        day = on or (first if now else end)
        if on and (day < first or (self.base.end is not None and day >= self.base.end)):
            return None
        if on and day > first and self.base.is_broken(Deal(pick.bought), day):
            return None
        at_end = on is None and not now
        while not at_end and self._is_taken(self._after(pick, day, None, first, at_end=False), day):
            day += ONE
        after = self._after(pick, day, None, first, at_end=at_end)
        return (self._expect_at_end if at_end else self._expect)(after, day)

    def expect_pause(self, until: date, today: date) -> Expected | None:
        start = self.period_end(today)
        if self.has_ended(today) or until <= start:
            return None
        if self.base.end is not None and until >= self.base.end:
            return None
        return self._expect(self.base.paused(start, until), start)

    def make(self, found: Expected, today: date, *, code: str | None, is_end: bool = False) -> None:
        """Let a change be made."""
        if self.replaced:
            self.undo()
        self.pending = None
        if found.on > today:
            self.pending = Pending(
                self.by,
                self.record,
                found.on,
                is_end,
                frozenset(self.codes),
                self.ledger.given,
                self.own,
            )
        if self.by is By.CUSTOMER:
            known = {one.key for one in steps(self.record.days)}
            self.own |= {one.key for one in steps(found.after.days)} - known
        self.record, self.ledger.given = found.after, found.given
        if code:
            self.codes.add(code)

    def undo(self) -> None:
        """Let nothing be left of what is pending."""
        assert self.pending
        pending, self.pending = self.pending, None
        self.record = pending.before
        self.codes.clear()
        self.codes.update(pending.codes)
        self.ledger.given, self.own = pending.given, pending.own

    def due(self, today: date) -> Iterator[date]:
        """The days up to today on which something is charged that is not issued."""
        taken_off = {day for day in self.ledger.given if off(self.ledger.given, day)}
        for day in sorted({*self.ledger.bills(self.record), *taken_off}):
            if day <= today and day not in self.ledger.issued:
                yield day

    def bill(self, now: datetime, today: date) -> None:
        """A billing run: what is in arrears waits for an hour."""
        bills, due = self.ledger.bills(self.record), list(self.due(today))
        self.drafted.update(due)
        for day in due:
            bill = bills.get(day, Bill())
            arrears = bill.has_arrears
            # A minimum that is met is no invoice.
            if not (bill.charges or bill.at_zero or off(self.ledger.given, day)):
                continue
            if now >= moment(day, time(0)) + timedelta(hours=arrears):
                self.ledger.issue(self.record, day, self.used.calls)


class Used:
    """The calls of each day, as they are known now."""

    def __init__(self) -> None:
        self.events: dict[str, tuple[date, Decimal]] = {}

    def calls(self, start: date, end: date) -> Decimal:
        return sum(
            (many for day, many in self.events.values() if start <= day < end), start=Decimal(0)
        )
