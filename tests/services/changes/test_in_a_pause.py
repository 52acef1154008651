"""Changes during a pause: the customer comes back early, with what it had before."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session
from support.changing import Subscriber, fixed

from pricingsite.models.promotions import Promotion
from pricingsite.pricing import AgreedDiscount
from pricingsite.services.changes.timing import When
from pricingsite.services.schedules.creating import AgreedTerms

MAY, JUNE, JULY, AUGUST = (date(2027, month, 1) for month in (5, 6, 7, 8))
SEPTEMBER, OCTOBER, NOVEMBER = (date(2027, month, 1) for month in (9, 10, 11))


@pytest.fixture
def shop(session: Session) -> Subscriber:
    """A seat of Team is 10.00 a month, Works is 30.00; a code takes 20 % off for three months."""
    found = Subscriber(session)
    found.product("bench")
    found.price("bench", product_id="bench", **fixed("30"))
    found.price("seat", per="seat", per_plural="seats", **fixed("10"))
    found.plan("team", "seat", position=13)
    found.plan("works", "bench", position=14)
    promotion: dict[str, Any] = {"plans": [], "new_customers_only": False, "position": 0}
    session.add(Promotion(id="LAUNCH", rate=Decimal("0.2"), periods=3, **promotion))
    session.flush()
    return found


@pytest.fixture
def team(shop: Subscriber) -> Subscriber:
    """A seat of Team since 1 May, 20.00 at least, with the code.

    It pauses from June to August; today is 1 July.
    """
    off = AgreedDiscount(code="LAUNCH", rate=Decimal("0.2"), amount=None, periods=3)
    shop.begin("seat", start=MAY, terms=AgreedTerms(minimum=Decimal(20), discount=off))
    shop.schedule.phases[0].plan_id = "team"
    shop.session.flush()
    shop.session.expire_all()
    shop.pause(SEPTEMBER)
    return shop.bill(JUNE).on(JULY)


def nets(subscriber: Subscriber) -> list[tuple[date, str]]:
    return [(day, net) for day, net, *_ in subscriber.invoices]


def later_nets(subscriber: Subscriber) -> list[tuple[date, str]]:
    """What is billed from August to November: the month before each."""
    for day in (AUGUST, SEPTEMBER, OCTOBER, NOVEMBER):
        subscriber.bill(day)
    return [(day, net) for day, net in nets(subscriber) if day > JULY]


def test_its_plan_goes_on_with_the_minimum_and_the_months_of_its_code(team: Subscriber) -> None:
    """Three seats less 20 % for two months, and then whole."""
    team.choose("team", quantities={"seat": Decimal(3)})
    assert later_nets(team) == [
        (AUGUST, "24.00"),
        (SEPTEMBER, "24.00"),
        (OCTOBER, "30.00"),
        (NOVEMBER, "30.00"),
    ]
    assert {one.minimum for one in team.schedule.phases if one.phase_prices} == {Decimal(20)}


def test_another_plan_has_the_months_of_the_code_that_are_left(team: Subscriber) -> None:
    team.choose("works")
    assert later_nets(team) == [
        (AUGUST, "24.00"),
        (SEPTEMBER, "24.00"),
        (OCTOBER, "30.00"),
        (NOVEMBER, "30.00"),
    ]


def test_what_was_agreed_for_later_still_comes_and_the_code_is_no_longer(
    team: Subscriber,
) -> None:
    """July and August have had its two months: October's five seats are whole."""
    team.agree_plan("team", on=OCTOBER, quantities={"seat": Decimal(5)})
    team.choose("team", quantities={"seat": Decimal(3)})
    assert later_nets(team) == [
        (AUGUST, "24.00"),
        (SEPTEMBER, "24.00"),
        (OCTOBER, "30.00"),
        (NOVEMBER, "50.00"),
    ]


def test_a_code_chosen_before_a_pause_is_for_the_months_that_it_has_left_after_it(
    shop: Subscriber,
) -> None:
    """Of its three months one is before the pause, and two are after it."""
    shop.begin("bench", start=MAY).agree_plan("team", on=When.NOW)
    shop.pause(AUGUST)
    shop.choose("team", quantities={"seat": Decimal(3)}, code="LAUNCH")
    assert nets(shop.bill(JUNE)) == [(JUNE, "24.00")]
    assert later_nets(shop) == [(SEPTEMBER, "24.00"), (OCTOBER, "24.00"), (NOVEMBER, "30.00")]
