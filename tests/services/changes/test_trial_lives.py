"""Whatever is chosen in a trial: nothing of it is billed, and then what is chosen for its end is.

A trial that ends does so on its day, unless the customer confirms it; one that continues goes on,
unless it is cancelled. A code is for the periods after it.
"""

import sys
from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from hypothesis.stateful import run_state_machine_as_test as run
from sqlalchemy import update
from sqlalchemy.orm import Session
from support.changed_customer import ChangedCustomer
from support.changing_lives import LONDON, Subscription, Used, moment
from support.hand_catalog import sell
from support.hand_choices import CODE, STARTS, TIMES, WHEN, WHERE, picks
from support.hand_days import ONE
from support.hand_prices import Pick
from support.hand_record import Record
from support.hand_rights import rights

from pricingsite.models.catalog import Plan
from pricingsite.models.changes import ChangeKind
from pricingsite.services.changes.timing import When
from pricingsite.services.changes.wanted import ChangeError
from pricingsite.services.schedules.confirming import confirm_trial

TRIAL_DAYS = 14


class Trials(RuleBasedStateMachine):
    """One customer in its trial: what it has, and what it has chosen from the trial's end on."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        session.rollback()
        sell(session)
        self.session, self.product = session, ChangedCustomer(session)
        self.is_cancelled = False
        self.later: Pick | None = None

    @initialize(
        start=STARTS, pick=picks(), code=CODE, where=WHERE, at=TIMES, continues=st.booleans()
    )
    def order(
        self, start: date, pick: Pick, code: str | None, where: str, at: time, *, continues: bool
    ) -> None:
        then = "continues" if continues else "ends"
        self.session.execute(update(Plan).values(trial_days=TRIAL_DAYS, trial_then=then))
        self.session.expire_all()
        self.start, self.end, self.now = start, start + TRIAL_DAYS * ONE, moment(start, at)
        self.pick, self.code, self.where, self.is_kept = pick, code, where, continues
        self.product.order(pick, start, code, where, self.now)
        self.product.verify(where, self.now)
        self.compare_rights()

    @property
    def today(self) -> date:
        return self.now.astimezone(LONDON).date()

    @rule(days=st.sampled_from([1, 3, 5]), at=TIMES)
    def go_on(self, days: int, at: time) -> None:
        self.now = max(self.now, moment(min(self.today + days * ONE, self.end - ONE), at))
        self.product.bill(self.now)
        assert self.product.issued(self.product.schedules[0].id) == {}

    @rule(pick=picks(), when=WHEN)
    def change(self, pick: Pick, when: When) -> None:
        """Up or down, at once or from the trial's end on."""
        quoting = self.product.quoting(pick, when, None, self.now)
        if (pick.plan, pick.bought) == (self.pick.plan, self.pick.bought):
            self.refused(lambda: self.product.make(quoting, self.now))
            return
        quote = self.product.make(quoting, self.now).quote
        assert quote.on == (self.today if when is When.NOW else self.end)
        assert all(bill.on >= self.end for bill in quote.bills)
        self.is_cancelled = False
        self.later = pick if when is When.PERIOD_END else None
        if when is When.NOW:
            self.pick = pick
        self.compare_rights()

    @rule()
    def cancel(self) -> None:
        cancelling = self.product.cancelling(self.now)
        if self.is_cancelled or not self.is_kept:
            self.refused(lambda: self.product.make(cancelling, self.now))
            return
        made = self.product.make(cancelling, self.now, kind=ChangeKind.CANCELLATION)
        assert (made.quote.on, made.quote.bills) == (self.end, ())
        self.is_cancelled, self.later = True, None
        self.compare_rights()

    @rule()
    def confirm(self) -> None:
        """What is confirmed is kept, cancelled or not."""
        confirm_trial(self.session, self.product.customer.id, now=self.now)
        self.session.expire_all()
        self.is_kept, self.is_cancelled = True, False
        self.compare_rights()

    @rule()
    def undo(self) -> None:
        if not self.is_cancelled and self.later is None:
            self.refused(lambda: self.product.undo(self.now))
            return
        self.product.undo(self.now)
        self.is_cancelled, self.later = False, None
        self.compare_rights()

    def refused(self, do: Callable[[], Any]) -> None:
        before = self.product.dump()
        with pytest.raises(ChangeError):
            do()
        assert self.product.dump() == before

    @property
    def paid(self) -> Record:
        """What is billed: from the trial's end on, if anything."""
        record = Record.of(self.later or self.pick, self.end, self.code)
        return record if self.is_kept and not self.is_cancelled else record.ended(self.end)

    def compare_rights(self) -> None:
        """What is in the trial may be used up to its end."""
        trial = Record.of(self.pick, self.start, None).ended(self.end)
        expected = rights([trial, self.paid], self.today)
        told = list(self.product.entitled(moment(self.today, time(0))))
        assert told == [(moment(day, time(0)), one) for day, one in expected]

    def teardown(self) -> None:
        try:
            if hasattr(self, "end") and sys.exception() is None:
                self.settle()
        finally:
            self.session.rollback()

    def settle(self) -> None:
        """Bill a hundred days after the trial's end."""
        own = Subscription(self.paid, Used(), set(), self.where)
        for days in (0, 1, 32, 70, 100):
            self.now = moment(self.end + days * ONE, time(12))
            self.product.bill(self.now)
            own.come_to(self.today)
            own.bill(self.now, self.today)
        expected = {
            day: own.figures(net)
            for day, net in own.ledger.issued_net.items()
            if own.ledger.issued[day].has_lines
        }
        assert self.product.issued(self.product.schedules[0].id) == expected
        assert self.product.broken(self.now) == []


def live(session: Session, number: int) -> None:
    chosen = settings(
        max_examples=number,
        stateful_step_count=10,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run(lambda: Trials(session), settings=chosen)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_trial_is_never_billed_and_what_follows_it_is(amara: Session) -> None:
    live(amara, 10)


@pytest.mark.every_life
def test_so_it_is_in_any_of_many_trials(amara: Session) -> None:
    live(amara, 500)
