"""The same lives where the merchant agrees deals, plans and pauses too, also for days to come."""

from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run
from services.changes.test_lives import Lives, settings_for
from sqlalchemy.orm import Session
from support.changing_lives import By, Expected
from support.hand_choices import ON, WHEN, deals, picks
from support.hand_days import ONE
from support.hand_prices import Deal, Pick

from pricingsite.models.changes import ChangeKind
from pricingsite.services.changes.timing import When


class AgreedLives(Lives):
    """A customer of Amara with whom the merchant agrees what no customer can choose."""

    @precondition(lambda self: self.subscriptions)
    @rule(deal=deals(), on=ON)
    def deal(self, deal: Deal, on: When | int) -> None:
        self.agree(deal, on)

    def agree(self, deal: Deal, on: When | int) -> Expected | None:
        """The merchant agrees other prices, or terms of those that there are."""
        own = self.own_to(By.MERCHANT)
        held = {one.price: one.many for one in own.first(self.today).held}
        deal = replace(deal, bought=deal.bought or held or {"A": 1})
        day = self.today + on * ONE if isinstance(on, int) else None
        expected = own.expect_agreed(deal, day, now=on is When.NOW, today=self.today)
        meant = day or When(on)
        self.made(self.product.agreeing(deal, meant, self.now), expected)
        return expected

    @precondition(lambda self: self.subscriptions)
    @rule(pick=picks(), on=ON)
    def agree_plan(self, pick: Pick, on: When | int) -> None:
        """The merchant agrees a plan, or more or less of it."""
        own = self.own_to(By.MERCHANT)
        day = self.today + on * ONE if isinstance(on, int) else None
        expected = own.expect_plan_agreed(pick, day, now=on is When.NOW, today=self.today)
        self.made(self.product.agreeing_plan(pick, day or When(on), self.now), expected)

    @precondition(lambda self: self.subscriptions)
    @rule(days=st.sampled_from([10, 45, 100]))
    def pause(self, days: int) -> None:
        until = self.today + days * ONE
        expected = self.own_to(By.MERCHANT).expect_pause(until, self.today)
        self.made(self.product.pausing(until, self.now), expected, kind=ChangeKind.PAUSE)

    @precondition(lambda self: self.subscriptions)
    @rule(deal=deals(), on=WHEN, other=picks(), when=WHEN)
    def merchant_first(self, deal: Deal, on: When, other: Pick, when: When) -> None:
        """A deal is agreed while the customer reads the quote of something else."""

        def first() -> Expected | None:
            before = self.own.base
            expected = self.agree(deal, on)
            is_same = self.own.base.days == before.days
            return None if is_same else expected

        self.change_beside(other, when, first)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_bills_are_the_oracles_whatever_is_agreed(amara: Session) -> None:
    run(lambda: AgreedLives(amara), settings=settings_for(10))
