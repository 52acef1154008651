"""Moving customers to a new price: from boundaries of their own, whatever else is changed."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.changing import Subscriber, fixed, lines, noon

from pricingsite.models.changes import ChangeKind, ScheduleChange
from pricingsite.pricing import AgreedDiscount, Trial
from pricingsite.services.changes.dated_effects import dated_effects_of
from pricingsite.services.changes.timing import When
from pricingsite.services.changes.wanted import NothingChangesError
from pricingsite.services.price_moves.moving import (
    MoveChangedError,
    MoveError,
    PlannedMove,
    make_move,
    plan_move,
    price_move,
    schedules_to_move,
)
from pricingsite.services.schedules.creating import AgreedTerms, ScheduleError

JUNE = date(2026, 6, 1)
PER_SEAT = {"per": "seat", "per_plural": "seats", "minimum_quantity": 1}


@pytest.fixture
def subscriber(session: Session) -> Subscriber:
    """A customer of Amara's, where A2 at £550.00 is to take A's place."""
    found = Subscriber(session)
    found.price("A2", **fixed("550"))
    return found


def move(subscriber: Subscriber, old: str, new: str, on: date | None = None) -> list[PlannedMove]:
    """Move whoever has a price, as the command does."""
    session, now = subscriber.session, subscriber.now
    session.flush()
    asked = price_move(session, old, new, on=on, now=now)
    planned = [
        found
        for schedule_id in schedules_to_move(session, asked, now=now)
        if (found := plan_move(session, schedule_id, asked, now=now))
    ]
    for one in planned:
        make_move(session, one, asked, now=now)
    return planned


def phases(subscriber: Subscriber) -> list[tuple[date, date | None, list[str]]]:
    subscriber.session.refresh(subscriber.schedule)
    return [
        (one.start_date, one.end_date, [price.id for price in one.prices])
        for one in subscriber.schedule.phases
    ]


def test_a_price_is_moved_on_its_own_boundary(subscriber: Subscriber) -> None:
    subscriber.begin("A", "X", start=date(2026, 5, 17)).on(JUNE)
    (planned,) = move(subscriber, "A", "A2")
    # 30 days from 1 June are over on 1 July; the next month of this customer begins on the 17th.
    assert (planned.on, planned.in_force) == (date(2026, 7, 17), True)
    assert phases(subscriber) == [
        (date(2026, 5, 17), date(2026, 7, 17), ["A", "X"]),
        (date(2026, 7, 17), None, ["A2", "X"]),
    ]
    for month in (6, 7, 8, 9):
        subscriber.bill(date(2026, month, 17))
    nets = [net for _, net, _, _ in subscriber.invoices]
    assert nets == ["750.00", "750.00", "800.00", "800.00"]
    changes = subscriber.session.scalars(select(ScheduleChange)).all()
    assert [(one.kind, one.is_latest) for one in changes] == [(ChangeKind.PRICE_MOVE, False)]


def test_a_boundary_on_the_day_itself_is_taken_and_moving_again_changes_nothing(
    subscriber: Subscriber,
) -> None:
    subscriber.begin("A", start=date(2026, 5, 1)).on(JUNE)
    (planned,) = move(subscriber, "A", "A2", date(2026, 8, 1))
    assert planned.on == date(2026, 8, 1)
    assert move(subscriber, "A", "A2", date(2026, 8, 1)) == []
    # Nor does a later day, on which it has the new price.
    assert move(subscriber, "A", "A2", date(2026, 9, 1)) == []
    # An earlier one, in good time, does.
    (earlier,) = move(subscriber, "A", "A2", date(2026, 7, 1))
    assert earlier.on == date(2026, 7, 1)
    assert phases(subscriber)[1:] == [(date(2026, 7, 1), None, ["A2"])]


def test_a_yearly_price_goes_on_to_the_end_of_its_year(subscriber: Subscriber) -> None:
    yearly = {"billing_frequency": "yearly", "billing_type": "in_advance"}
    subscriber.price("year", **yearly, **fixed("5000"))
    subscriber.price("year2", **yearly, **fixed("5500"))
    subscriber.begin("year", "X", start=date(2026, 3, 10)).on(JUNE)
    (planned,) = move(subscriber, "year", "year2")
    assert planned.on == date(2027, 3, 10)


def test_a_move_is_in_force_whatever_the_customer_undoes(subscriber: Subscriber) -> None:
    subscriber.begin("A", start=JUNE).on(date(2026, 6, 10))
    subscriber.choose("scale", When.PERIOD_END)
    (planned,) = move(subscriber, "A", "A2")
    assert planned.on == date(2026, 8, 1)
    assert phases(subscriber) == [
        (JUNE, date(2026, 7, 1), ["A"]),
        (date(2026, 7, 1), date(2026, 8, 1), ["A", "X"]),
        (date(2026, 8, 1), None, ["A2", "X"]),
    ]
    subscriber.undo()
    assert phases(subscriber) == [
        (JUNE, date(2026, 8, 1), ["A"]),
        (date(2026, 8, 1), None, ["A2"]),
    ]


@pytest.mark.parametrize("when", When)
def test_a_move_is_in_force_whatever_is_changed_within_the_plan(
    subscriber: Subscriber, when: When
) -> None:
    """Now, and when the period ends: on the very day of the move."""
    subscriber.price("seat", **PER_SEAT, **fixed("10"))
    subscriber.price("seat2", **PER_SEAT, **fixed("12"))
    subscriber.plan("team", "seat", position=20)
    subscriber.begin("seat", start=JUNE).on(JUNE)
    move(subscriber, "seat", "seat2", date(2026, 7, 1))
    made = subscriber.choose("team", when, quantities={"seat": Decimal(3)})
    told = [(one.fate, one.on) for one in dated_effects_of(made.quote).prices]
    if when is When.NOW:
        assert told == [("more", JUNE), ("replaced", date(2026, 7, 1))]
    subscriber.bill(date(2026, 7, 1)).bill(date(2026, 8, 1))
    nets = [net for _, net, _, _ in subscriber.invoices]
    assert nets == ["30.00" if when is When.NOW else "10.00", "36.00"]


def test_who_has_cancelled_is_moved_only_if_that_is_undone(subscriber: Subscriber) -> None:
    subscriber.begin("A", start=JUNE).on(date(2026, 6, 10))
    subscriber.cancel()
    (planned,) = move(subscriber, "A", "A2")
    assert (planned.on, planned.in_force) == (date(2026, 8, 1), False)
    assert phases(subscriber) == [(JUNE, None, ["A"])]
    assert move(subscriber, "A", "A2") == []
    subscriber.undo()
    assert phases(subscriber)[1:] == [(date(2026, 8, 1), None, ["A2"])]


def test_who_leaves_the_old_price_for_another_plan_is_not_moved(subscriber: Subscriber) -> None:
    subscriber.begin("A", start=JUNE).on(date(2026, 6, 10))
    subscriber.agree("B", on=When.PERIOD_END)
    (planned,) = move(subscriber, "A", "A2")
    assert not planned.in_force
    assert phases(subscriber)[1:] == [(date(2026, 7, 1), None, ["B"])]
    subscriber.on(date(2026, 7, 1))
    # What took effect cannot be undone, and what it was before is nobody's any more.
    assert move(subscriber, "A", "A2", date(2026, 9, 1)) == []


def test_who_has_gone_or_never_had_it_is_left_alone(subscriber: Subscriber) -> None:
    subscriber.begin("B", start=JUNE)
    subscriber.another()
    subscriber.begin("A", start=JUNE).on(date(2026, 6, 10)).end()
    subscriber.another()
    subscriber.begin("A", start=date(2026, 8, 1)).on(date(2026, 6, 11)).end()
    assert move(subscriber, "A", "A2") == []


def test_a_phase_to_come_has_the_new_price_from_its_first_day(subscriber: Subscriber) -> None:
    subscriber.begin("B", start=JUNE)
    subscriber.agree("A", on=date(2026, 7, 15))
    move(subscriber, "A", "A2")
    # The deal that is pending would begin in time.
    assert phases(subscriber)[1:] == [(date(2026, 7, 15), None, ["A2"])]


def test_a_discount_goes_on_for_the_periods_that_it_has_left(subscriber: Subscriber) -> None:
    discount = AgreedDiscount(code="as agreed", rate=Decimal("0.1"), amount=None, periods=3)
    subscriber.begin("A", start=JUNE).agree("A", on=When.NOW, discount=discount)
    move(subscriber, "A", "A2", date(2026, 7, 5))
    for month in (7, 8, 9, 10):
        subscriber.bill(date(2026, month, 1))
    nets = [net for _, net, _, _ in subscriber.invoices]
    assert nets == ["450.00", "450.00", "495.00", "550.00"]


def test_a_trial_is_moved_with_what_follows_it(subscriber: Subscriber) -> None:
    subscriber.begin("A", start=JUNE, terms=AgreedTerms(trial=Trial(40, continues=True)))
    (planned,) = move(subscriber, "A", "A2")
    assert planned.on == date(2026, 7, 11)
    assert phases(subscriber) == [
        (JUNE, date(2026, 7, 11), ["A"]),
        (date(2026, 7, 11), None, ["A2"]),
    ]


def test_what_was_free_is_billed_once_it_costs_something(subscriber: Subscriber) -> None:
    subscriber.price("free", **fixed("0"))
    subscriber.begin("free", start=JUNE).bill(date(2026, 7, 1))
    assert subscriber.invoices == []
    move(subscriber, "free", "A2")
    for month in (8, 9, 10):
        subscriber.bill(date(2026, month, 1))
    assert [(day, net) for day, net, _, _ in subscriber.invoices] == [
        (date(2026, 9, 1), "550.00"),
        (date(2026, 10, 1), "550.00"),
    ]


def test_the_customers_own_usage_is_priced_at_both(subscriber: Subscriber) -> None:
    tiers = [{"upper_bound": "2500", "flat_fee": "300"}, {"unit_price": "0.60"}]
    subscriber.price("X2", like="X", structure={"model": "graduated", "tiers": tiers})
    subscriber.begin("A", "X", start=date(2026, 3, 1))
    for month, calls in ((3, 1), (4, 1500), (5, 5000)):
        subscriber.use(calls, at=noon(date(2026, month, 20)))
    subscriber.on(date(2026, 6, 20))
    (planned,) = move(subscriber, "X", "X2")
    found = [
        (one.period.start, str(one.quantity), str(one.old), str(one.new), str(one.difference))
        for one in planned.past
    ]
    assert found == [
        (date(2026, 3, 1), "1", "250.00", "300.00", "50.00"),
        (date(2026, 4, 1), "1500", "475.00", "300.00", "-175.00"),
        (date(2026, 5, 1), "5000", "2550.00", "1800.00", "-750.00"),
    ]


def test_a_quantity_that_the_new_price_is_not_sold_at_is_refused(subscriber: Subscriber) -> None:
    subscriber.price("seat", **PER_SEAT, **fixed("8"))
    subscriber.price("seat2", **PER_SEAT | {"minimum_quantity": 5}, **fixed("7"))
    subscriber.begin("A", start=JUNE).agree("A", ("seat", 3), on=When.NOW)
    with pytest.raises(ScheduleError, match="Price seat2 is sold at a quantity of 5 or more, not"):
        move(subscriber, "seat", "seat2")
    assert phases(subscriber) == [(JUNE, None, ["A", "seat"])]


def test_how_many_are_bought_stays(subscriber: Subscriber) -> None:
    subscriber.price("seat", **PER_SEAT, **fixed("8"))
    subscriber.price("seat2", **PER_SEAT, **fixed("9"))
    subscriber.begin("A", start=JUNE).agree("A", ("seat", 3), on=When.NOW)
    move(subscriber, "seat", "seat2", date(2026, 7, 1))
    subscriber.bill(date(2026, 7, 1)).bill(date(2026, 8, 1))
    seats = [lines(one)[1] for one in subscriber.documents]
    assert [net for _, net in seats] == ["24.00", "27.00"]


@pytest.mark.parametrize(
    ("old", "new", "changes", "why"),
    [
        ("A", "A", {}, "A is one price: name the old one and the new one."),
        ("A", "Q", {}, "The catalog has no price Q: `flask catalog show` lists them."),
        ("A", "X", {}, "Price X is for another product than A"),
        ("A", "new", {"archived_at": noon(JUNE)}, "Price new is archived"),
        ("A", "new", {"currency": "EUR"}, "Price new is in another currency than A"),
        ("A", "new", PER_SEAT, "Price new is bought by another unit than A"),
        ("A", "new", {"billing_frequency": "yearly"}, "is billed at another interval than A"),
        ("A", "new", {"billing_type": "in_advance"}, "is billed at the other end of its period"),
    ],
)
def test_prices_that_are_not_the_same_kind_are_refused(
    subscriber: Subscriber, old: str, new: str, changes: dict[str, Any], why: str
) -> None:
    subscriber.price("new", **fixed("1") | changes)
    with pytest.raises(MoveError, match=why):
        price_move(subscriber.session, old, new, on=None, now=noon(JUNE))


def test_less_notice_than_30_days_is_refused_with_the_first_day(subscriber: Subscriber) -> None:
    asked = {"now": noon(JUNE)}
    with pytest.raises(MoveError, match="2026-07-01 is the first possible day"):
        price_move(subscriber.session, "A", "A2", on=date(2026, 6, 30), **asked)
    assert price_move(subscriber.session, "A", "A2", on=None, **asked).on == date(2026, 7, 1)


def test_a_schedule_that_changed_since_it_was_looked_at_is_planned_again(
    subscriber: Subscriber,
) -> None:
    session = subscriber.begin("A", start=JUNE).session
    asked = price_move(session, "A", "A2", on=None, now=subscriber.now)
    planned = plan_move(session, subscriber.schedule.id, asked, now=subscriber.now)
    assert planned is not None
    subscriber.choose("scale")
    with pytest.raises(MoveChangedError):
        make_move(session, planned, asked, now=subscriber.now)


def test_fewer_seats_that_the_merchant_agreed_stay_its_own(subscriber: Subscriber) -> None:
    """Two from September; a backup comes meanwhile, and in August another price of a seat."""
    subscriber.product("backup")
    subscriber.price("seat", **PER_SEAT, **fixed("10"))
    subscriber.price("seat2", **PER_SEAT, **fixed("12"))
    subscriber.price("backup", product_id="backup", **fixed("7"))
    subscriber.plan("team", "seat", "+backup", position=13)
    five, backup = {"seat": Decimal(5)}, {"backup": Decimal(1)}
    subscriber.begin("seat", start=JUNE).on(date(2026, 6, 2))
    subscriber.choose("team", When.NOW, quantities=five)
    subscriber.agree_plan("team", on=date(2026, 9, 1), quantities={"seat": Decimal(2)})
    subscriber.choose("team", When.NOW, quantities=five, add_ons=backup)
    move(subscriber, "seat", "seat2", on=date(2026, 8, 1))
    with pytest.raises(NothingChangesError):
        subscriber.choices("team", quantities=five, add_ons=backup)
