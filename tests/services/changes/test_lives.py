"""Whatever customers do, and whenever billing runs: bills are those of an oracle in plain days."""

import sys
from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run
from sqlalchemy.orm import Session
from support.changed_customer import ChangedCustomer, QuoteIt
from support.changing_lives import LONDON, By, Expected, Figures, Subscription, Used, moment
from support.hand_catalog import sell
from support.hand_choices import (
    CODE,
    EVERY_PICK,
    ONCE_IN_4,
    STARTS,
    TIMES,
    WHEN,
    WHERE,
    picks,
)
from support.hand_days import ONE
from support.hand_prices import Pick
from support.hand_record import Record
from support.hand_rights import rights

from pricingsite.models.changes import ChangeKind
from pricingsite.services.changes.changing import QuoteChangedError
from pricingsite.services.changes.quoting import ChangeQuote
from pricingsite.services.changes.timing import When
from pricingsite.services.changes.wanted import ChangeError
from pricingsite.services.orders.promotions import PromotionError

REFUSED = (ChangeError, PromotionError)
# No life goes on for longer.
YEARS = timedelta(days=800)


class Lives(RuleBasedStateMachine):
    """One customer of Amara in the product, and what the oracle makes of it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        session.rollback()
        sell(session)
        self.session, self.product = session, ChangedCustomer(session)
        self.used = Used()
        self.codes: set[str] = set()
        self.subscriptions: list[Subscription] = []
        self.ordered: tuple[Pick, date, str | None] | None = None

    @property
    def today(self) -> date:
        return self.now.astimezone(LONDON).date()

    @property
    def own(self) -> Subscription:
        """The last subscription, which the customer is about to change."""
        return self.own_to(By.CUSTOMER)

    def own_to(self, by: By) -> Subscription:
        """The last subscription, which one of the two is about to change."""
        own = self.subscriptions[-1]
        own.by = by
        own.come_to(self.today)
        return own

    @initialize(
        start=STARTS,
        pick=picks(),
        code=CODE,
        where=WHERE,
        before=st.integers(0, 2),
        at=TIMES,
        waits=ONCE_IN_4,
    )
    def order(
        self,
        start: date,
        pick: Pick,
        code: str | None,
        where: str,
        before: int,
        at: time,
        *,
        waits: bool,
    ) -> None:
        self.now, self.where = moment(start - before * ONE, at), where
        self.first = self.today
        self.until = start + YEARS
        self.product.order(pick, start, code, where, self.now)
        self.ordered = pick, start, code
        self.compare_rights()
        if not waits:
            self.verify()

    @precondition(lambda self: self.ordered)
    @rule()
    def verify(self) -> None:
        assert self.ordered is not None
        pick, start, code = self.ordered
        self.product.verify(self.where, self.now)
        self.codes |= {code} if code else set()
        record = Record.of(pick, max(start, self.today), code)
        self.subscriptions.append(Subscription(record, self.used, self.codes, self.where))
        self.ordered = None
        self.compare_rights()

    @precondition(lambda self: self.ordered)
    @rule(pick=picks())
    def change_unverified(self, pick: Pick) -> None:
        self.refused(lambda: self.change_in_product(pick, When.PERIOD_END, None))

    # Time

    @rule(days=st.sampled_from([0, 1, 1, 2, 5, 13, 28, 40, 150]), at=TIMES, bills=st.booleans())
    def go_on(self, days: int, at: time, *, bills: bool) -> None:
        self.come(self.today + days * ONE, at)
        if bills:
            self.bill()

    @precondition(lambda self: self.subscriptions)
    @rule(at=TIMES, bills=st.booleans(), before=ONCE_IN_4)
    def go_on_to_the_next_bill(self, at: time, *, bills: bool, before: bool) -> None:
        known = self.own.ledger.bills(self.own.record)
        if days := [day for day in known if day > self.today]:
            self.come(min(days) - before * ONE, at)
        if bills:
            self.bill()

    def come(self, day: date, at: time) -> None:
        self.now = max(self.now, min(moment(day, at), moment(self.until, time(12))))

    # Billing

    @rule()
    def bill(self) -> None:
        self.product.bill(self.now)
        for own in self.subscriptions:
            own.come_to(self.today)
            own.bill(self.now, self.today)
        self.compare()

    def compare(self) -> None:
        """Every invoice is the oracle's, to the penny."""
        schedules = self.product.schedules
        for own, schedule in zip(self.subscriptions, schedules, strict=self.ordered is None):
            expected = {
                day: own.figures(net)
                for day, net in own.ledger.issued_net.items()
                if own.ledger.issued[day].has_lines
            }
            issued = self.product.issued(schedule.id)
            for day, (net, *_) in issued.items():
                # What was used late may stand on it too.
                if issued[day] == (net, 0, 0) and day in expected:
                    expected[day] = expected[day][0], 0, 0
            assert issued == expected
        if self.ordered is not None:
            assert self.product.issued(schedules[0].id) == {}

    # Usage

    @rule(calls=st.sampled_from(["1", "999.5", "1500", "2600"]), days=st.sampled_from([0, 0, 20]))
    def use(self, calls: str, days: int) -> None:
        at = self.now - timedelta(days=days)
        event_id = self.product.use(Decimal(calls), at, self.now)
        self.used.events[event_id] = at.astimezone(LONDON).date(), Decimal(calls)

    @precondition(lambda self: self.used.events)
    @rule(data=st.data())
    def void(self, data: st.DataObject) -> None:
        event_id = data.draw(st.sampled_from(sorted(self.used.events)))
        self.product.void(event_id, self.now)
        del self.used.events[event_id]

    # Changes

    def change_in_product(self, pick: Pick, when: When, code: str | None) -> Any:
        return self.product.make(self.product.quoting(pick, when, code, self.now), self.now)

    @precondition(lambda self: self.subscriptions)
    @rule(pick=picks(), when=WHEN, code=CODE)
    def change(self, pick: Pick, when: When, code: str | None) -> None:
        is_now = when is When.NOW
        expected = self.own.expect_change(pick, now=is_now, code=code, today=self.today)
        self.made(self.product.quoting(pick, when, code, self.now), expected, code=code)

    @precondition(lambda self: self.subscriptions and not self.own.has_ended(self.today))
    @rule(data=st.data(), code=CODE)
    def upgrade(self, data: st.DataObject, code: str | None) -> None:
        first, base = self.own.first_day(self.today), self.own.base
        if ups := [pick for pick in EVERY_PICK if base.is_up(first, pick)]:
            self.change(data.draw(st.sampled_from(ups)), When.NOW, code)

    @precondition(lambda self: self.subscriptions and not self.own.has_ended(self.today))
    @rule(one=picks(), other=picks())
    def change_the_mind(self, one: Pick, other: Pick) -> None:
        self.change(one, When.PERIOD_END, None)
        self.change(other, When.PERIOD_END, None)
        self.undo(By.CUSTOMER)

    @precondition(lambda self: self.subscriptions)
    @rule()
    def cancel(self) -> None:
        expected = self.own.expect_end(None, gives_back=False, today=self.today)
        self.made(self.product.cancelling(self.now), expected, kind=ChangeKind.CANCELLATION)

    @precondition(lambda self: self.subscriptions)
    @rule(gives_back=st.booleans(), at_last=ONCE_IN_4, days=st.sampled_from([0, 0, 3, 20, 45, 100]))
    def end(self, *, gives_back: bool, at_last: bool, days: int) -> None:
        """The merchant ends it, today or on a day to come."""
        if not (at_last or days):
            return
        day = self.today + days * ONE
        expected = self.own_to(By.MERCHANT).expect_end(day, gives_back=gives_back, today=self.today)
        meant = day if days else When.NOW
        ending = self.product.ending(meant, gives_back=gives_back, now=self.now)
        self.made(ending, expected, kind=ChangeKind.END)

    @precondition(lambda self: self.subscriptions)
    @rule(by=st.sampled_from(By))
    def undo(self, by: By = By.CUSTOMER) -> None:
        """What the merchant has made is not the customer's to undo."""
        own, by_customer = self.own_to(by), by is By.CUSTOMER
        if own.replaced is None:
            self.refused(lambda: self.product.undo(self.now, by_customer=by_customer))
            return
        self.product.undo(self.now, by_customer=by_customer)
        own.undo()
        self.compare_rights()

    @precondition(lambda self: self.subscriptions and self.own.has_ended(self.today))
    @rule(pick=picks(), code=CODE)
    def subscribe_again(self, pick: Pick, code: str | None) -> None:
        if code in self.codes:
            self.refused(lambda: self.product.subscribe(pick, code, self.now))
            return
        self.product.subscribe(pick, code, self.now)
        self.codes |= {code} if code else set()
        record = Record.of(pick, self.today, code)
        self.subscriptions.append(Subscription(record, self.used, self.codes, self.where))
        self.compare_rights()

    @precondition(lambda self: self.subscriptions)
    @rule(one=picks(), other=picks(), when=WHEN, second=WHEN)
    def two_at_once(self, one: Pick, other: Pick, when: When, second: When) -> None:
        """Both are quoted for the same schedule: the first to confirm wins."""

        def first() -> Expected | None:
            is_now = when is When.NOW
            expected = self.own.expect_change(one, now=is_now, code=None, today=self.today)
            self.made(self.product.quoting(one, when, None, self.now), expected)
            return expected

        self.change_beside(other, second, first)

    def change_beside(self, other: Pick, when: When, first: Callable[[], Expected | None]) -> None:
        """A change is quoted before the first one is made, and refused after it."""
        later = self.product.quoting(other, when, None, self.now)
        try:
            shown = self.product.digest(later)
        except REFUSED:
            return
        if first() is not None:
            again = self.own.expect_change(other, now=when is When.NOW, code=None, today=self.today)
            told = QuoteChangedError if again else ChangeError
            self.refused(lambda: self.product.make(later, self.now, shown=shown), told)

    def made(
        self,
        quote_it: QuoteIt,
        expected: Expected | None,
        *,
        code: str | None = None,
        kind: ChangeKind = ChangeKind.PLAN,
    ) -> None:
        """A change is refused, or made as the oracle says, with the same bills."""
        if expected is None:
            self.refused(lambda: self.product.make(quote_it, self.now))
            return
        own = self.subscriptions[-1]
        by_customer = own.by is By.CUSTOMER
        made = self.product.make(quote_it, self.now, kind=kind, by_customer=by_customer)
        quote = made.quote
        assert quote.on == expected.on
        ends = kind in {ChangeKind.CANCELLATION, ChangeKind.END}
        own.make(expected, self.today, code=code, is_end=ends)
        compare_quote(quote, expected)
        self.compare_rights()

    def refused(
        self, do: Callable[[], Any], told: type[Exception] | tuple[type[Exception], ...] = REFUSED
    ) -> None:
        before = self.product.dump()
        with pytest.raises(told):
            do()
        assert self.product.dump() == before

    def compare_rights(self) -> None:
        """At every midnight the customer may use what the oracle says."""
        told = list(self.product.entitled(moment(self.first, time(0))))
        if self.ordered is not None:
            assert told == [(moment(self.first, time(0)), ("unverified", {}))]
            return
        expected = rights([one.record for one in self.subscriptions], self.first)
        assert told == [(moment(day, time(0)), one) for day, one in expected]

    def teardown(self) -> None:
        try:
            if self.subscriptions and sys.exception() is None:
                self.settle()
        finally:
            self.session.rollback()

    def settle(self) -> None:
        """Bill all there is, twice: what was used late waits for the next invoice.

        An end may be agreed for the hundredth day, and give back then.
        """
        self.until += YEARS
        for days in (0, 45, 50, 10):
            self.come(self.today + days * ONE, time(23, 30))
            self.bill()
        self.compare_rights()
        for own, schedule in zip(self.subscriptions, self.product.schedules, strict=True):
            nets = {
                day: own.ledger.net(bill, day, self.used.calls)
                for day, bill in own.ledger.issued.items()
            }
            expected = {day: net for day, net in nets.items() if net}
            assert self.product.sums(schedule.id) == (expected, own.ledger.credited)
        assert self.product.broken(self.now) == []


def compare_quote(quote: ChangeQuote, expected: Expected) -> None:
    """A quote tells the next bill that there will be, and those from the day of the change on."""
    # The oracle's days are numbered.
    until = max(expected.after.days) - 366 * ONE
    quoted: list[Figures] = [
        (one.on, one.net.minor, one.tax.minor, one.gross.minor)
        for one in quote.bills
        if one.on < until
    ]
    last = max((day for day, *_ in quoted), default=date.min)
    told = (*expected.bills[:1], *(one for one in expected.bills[1:] if one[0] >= expected.on))
    bills = [one for one in told if one[0] <= last]
    assert quoted == bills
    if not quoted:
        assert [one for one in expected.bills if one[0] < until] == []
    assert sum(one.net.minor for one in quote.unused) == expected.taken_off
    assert sum(one.net.minor for one in quote.credited) == expected.credited


def settings_for(number: int) -> settings:
    return settings(
        max_examples=number,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def live(session: Session, number: int) -> None:
    run(lambda: Lives(session), settings=settings_for(number))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_bills_are_the_oracles_whatever_is_changed(amara: Session) -> None:
    live(amara, 10)


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_so_they_are_on_postgresql(amara: Session) -> None:
    live(amara, 2)


@pytest.mark.every_life
def test_so_they_are_in_any_of_many_lives(amara: Session) -> None:
    live(amara, 1000)
