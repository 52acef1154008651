"""Terms that the merchant agrees by hand: discounts that are no promotion code's, minimums."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session
from support.changing import IN_ADVANCE, Subscriber, fixed

from pricingsite.models.promotions import Promotion
from pricingsite.pricing import AgreedDiscount
from pricingsite.services.changes.dated_effects import dated_effects_of
from pricingsite.services.changes.timing import When

AGREED = AgreedDiscount(code="as agreed", rate=Decimal("0.2"), amount=None, periods=2)


@pytest.fixture
def subscriber(session: Session) -> Subscriber:
    """A customer of Amara's whose plan changes."""
    return Subscriber(session)


def test_a_discount_that_is_agreed_is_no_code_to_redeem(subscriber: Subscriber) -> None:
    subscriber.begin("A", start=date(2026, 6, 1))
    subscriber.agree("A", on=When.PERIOD_END, discount=AGREED)
    for month in (7, 8, 9, 10):
        subscriber.bill(date(2026, month, 1))
    nets = [net for _, net, _, _ in subscriber.invoices]
    assert nets == ["500.00", "400.00", "400.00", "500.00"]


def test_an_agreed_discount_may_be_agreed_again_and_taken_back(subscriber: Subscriber) -> None:
    subscriber.begin("A", start=date(2026, 6, 1))
    subscriber.agree("A", on=When.NOW, discount=AGREED)
    subscriber.on(date(2026, 6, 10))
    made = subscriber.agree("B", on=When.PERIOD_END, discount=AGREED)
    assert dated_effects_of(made.quote).lost_discount is None
    subscriber.undo(by_customer=False)
    subscriber.bill(date(2026, 7, 1)).bill(date(2026, 8, 1)).bill(date(2026, 9, 1))
    assert [net for _, net, _, _ in subscriber.invoices] == ["400.00", "400.00", "500.00"]


def test_another_discount_in_its_place_is_told_of(subscriber: Subscriber) -> None:
    subscriber.begin("A", start=date(2026, 6, 1))
    subscriber.agree("A", on=When.NOW, discount=AGREED)
    subscriber.on(date(2026, 6, 10))
    less = replace(AGREED, rate=Decimal("0.1"))
    effects = dated_effects_of(subscriber.agree("B", on=When.PERIOD_END, discount=less).quote)
    assert effects.lost_discount
    assert effects.lost_discount.rate == Decimal("0.2")
    assert effects.new_discount
    assert effects.new_discount.rate == Decimal("0.1")
    assert effects.kept_discount is None


def test_a_minimum_of_a_year_counts_from_where_its_fee_does(subscriber: Subscriber) -> None:
    """From 16 June on 5,000.00 a year and 6,000.00 at least, a whole year of both."""
    subscriber.price("yearly", billing_frequency="yearly", **IN_ADVANCE, **fixed("5000"))
    subscriber.begin("A", start=date(2026, 6, 1)).on(date(2026, 6, 16))
    subscriber.agree("yearly", on=When.NOW, minimum=Decimal(6000))
    subscriber.bill(date(2026, 7, 1)).bill(date(2027, 6, 1)).bill(date(2027, 6, 16))
    nets = [(str(day), net) for day, net, _, _ in subscriber.invoices]
    assert nets == [("2026-06-16", "6250.00"), ("2027-06-16", "6000.00")]


def test_what_a_closed_month_was_billed_counts_towards_its_minimum(subscriber: Subscriber) -> None:
    """250.00 with the yearly fee on 16 June, and what 500.00 for half of June lacks on 1 July."""
    subscriber.price("yearly", billing_frequency="yearly", **IN_ADVANCE, **fixed("5000"))
    subscriber.begin("A", start=date(2026, 5, 1))
    subscriber.agree("A", on=date(2026, 5, 1), minimum=Decimal(1000))
    subscriber.bill(date(2026, 6, 1)).on(date(2026, 6, 16))
    subscriber.agree("yearly", on=When.NOW)
    subscriber.bill(date(2026, 7, 1))
    nets = [(str(day), net) for day, net, _, _ in subscriber.invoices]
    assert nets == [("2026-06-01", "1000.00"), ("2026-06-16", "5250.00"), ("2026-07-01", "250.00")]


def test_a_sum_off_is_given_back_with_what_it_is_taken_off(subscriber: Subscriber) -> None:
    """June's 20.00 were 10.00; the yearly 1,200.00 beside it were whole, 350 of 365 days."""
    subscriber.price("small", **IN_ADVANCE, **fixed("20"))
    subscriber.price("yearly", billing_frequency="yearly", **IN_ADVANCE, **fixed("1200"))
    subscriber.begin("A", start=date(2026, 5, 1))
    off = AgreedDiscount(code="as agreed", rate=None, amount=Decimal(10), periods=1)
    subscriber.on(date(2026, 6, 1)).agree("small", "yearly", on=When.NOW, discount=off)
    subscriber.bill(date(2026, 6, 1)).on(date(2026, 6, 16))
    made = subscriber.end(gives_back=True)
    given_back = [(line.price_id, line.net) for note in made.credit_notes for line in note.lines]
    assert given_back == [("small", -500), ("yearly", -1150_68)]


def test_a_minimum_in_advance_is_billed_on_the_day_on_which_it_is_agreed(
    subscriber: Subscriber,
) -> None:
    """5,000.00 of the year are paid: of 6,000.00 at least for 355 of its 365 days, the rest."""
    subscriber.price("yearly", billing_frequency="yearly", **IN_ADVANCE, **fixed("5000"))
    subscriber.begin("yearly", start=date(2026, 6, 1)).bill(date(2026, 6, 1))
    subscriber.on(date(2026, 6, 11))
    made = subscriber.agree("yearly", on=When.NOW, minimum=Decimal(6000))
    assert (made.quote.bills[0].on, str(made.quote.bills[0].net)) == (date(2026, 6, 11), "835.62")
    subscriber.bill(date(2026, 6, 11)).bill(date(2027, 6, 1))
    nets = [(str(day), net) for day, net, _, _ in subscriber.invoices]
    assert nets == [("2026-06-01", "5000.00"), ("2026-06-11", "835.62"), ("2027-06-01", "6000.00")]


def test_a_minimum_that_is_met_is_no_bill(subscriber: Subscriber) -> None:
    subscriber.price("yearly", billing_frequency="yearly", **IN_ADVANCE, **fixed("5000"))
    subscriber.begin("yearly", start=date(2026, 6, 1)).bill(date(2026, 6, 1))
    made = subscriber.agree("yearly", on=date(2026, 6, 11), minimum=Decimal(4000))
    assert [one.on for one in made.quote.bills] == [date(2027, 6, 1)]
    subscriber.bill(date(2026, 6, 11)).bill(date(2027, 6, 1))
    assert [net for _, net, _, _ in subscriber.invoices] == ["5000.00", "5000.00"]


@pytest.mark.parametrize("how", ["agreed", "ended", "given back"])
def test_a_minimum_in_advance_is_charged_for_the_whole_of_its_period(
    subscriber: Subscriber, how: str
) -> None:
    """45.00 at least for June are charged on its first day, and stay so."""
    june, mid_june = date(2026, 6, 1), date(2026, 6, 16)
    subscriber.price("small", **IN_ADVANCE, **fixed("20"))
    subscriber.begin("small", start=june)
    subscriber.agree("small", on=When.NOW, minimum=Decimal(45))
    subscriber.bill(june).on(mid_june)
    if how == "agreed":
        subscriber.agree("small", on=When.NOW, minimum=Decimal(60))
    else:
        subscriber.end(gives_back=how == "given back")
    subscriber.bill(mid_june).bill(date(2026, 7, 1))
    nets = [net for _, net, _, _ in subscriber.invoices]
    assert (
        nets
        == {
            "agreed": ["45.00", "60.00"],
            "ended": ["45.00"],
            "given back": ["45.00", "-10.00"],
        }[how]
    )
    assert subscriber.found == []


@pytest.mark.parametrize(
    ("billed", "nets"),
    [
        pytest.param(True, ["20.00", "40.00"], id="billed: 60.00 for half of June"),
        pytest.param(False, ["20.00"], id="not billed: 16.00 for four days, which are paid"),
    ],
)
def test_a_minimum_in_advance_that_nobody_has_billed_is_for_its_own_days(
    subscriber: Subscriber, nets: list[str], *, billed: bool
) -> None:
    """120.00 a month at least, from 16 June, beside 20.00 that are paid for June."""
    mid_june, july = date(2026, 6, 16), date(2026, 7, 1)
    subscriber.price("small", **IN_ADVANCE, **fixed("20"))
    subscriber.begin("small", start=date(2026, 6, 1)).bill(date(2026, 6, 1))
    subscriber.agree("small", on=mid_june, minimum=Decimal(120))
    if billed:
        subscriber.bill(mid_june)
    subscriber.on(date(2026, 6, 20)).end(gives_back=False)
    subscriber.bill(mid_june).bill(july)
    assert [net for _, net, _, _ in subscriber.invoices] == nets
    assert subscriber.found == []


def test_a_minimum_that_is_over_is_not_charged_for_what_ends_on_that_day(
    subscriber: Subscriber,
) -> None:
    """45.00 at least for June, and none for July, of which 20.00 are billed and given back."""
    june, july = date(2026, 6, 1), date(2026, 7, 1)
    subscriber.price("small", **IN_ADVANCE, **fixed("20"))
    subscriber.begin("small", start=june).agree("small", on=When.NOW, minimum=Decimal(45))
    subscriber.bill(june).on(date(2026, 6, 16)).agree("small", on=When.NOW)
    subscriber.bill(july).agree("A", on=When.NOW)
    subscriber.bill(july).bill(date(2026, 8, 1))
    assert [net for _, net, _, _ in subscriber.invoices] == ["45.00", "20.00", "-20.00", "500.00"]
    assert subscriber.found == []


def test_a_minimum_that_is_billed_is_not_charged_again_for_more_seats(
    subscriber: Subscriber,
) -> None:
    """700.00 at least for June are billed; four more seats are for two days up to Start."""
    june, second, fourth = (date(2026, 6, day) for day in (1, 2, 4))
    subscriber.price("seat", per="seat", per_plural="seats", **IN_ADVANCE, **fixed("10"))
    subscriber.plan("team", "seat", position=13)
    subscriber.begin("seat", start=june).agree("seat", on=When.NOW, minimum=Decimal(700))
    subscriber.bill(june).agree("A", on=fourth)
    subscriber.on(second).choose("team", quantities={"seat": Decimal(5)})
    subscriber.bill(second).bill(fourth).bill(date(2026, 7, 1))
    nets = [net for _, net, _, _ in subscriber.invoices]
    assert nets == ["700.00", "2.67", "-9.00", "450.00"]
    assert subscriber.found == []


def test_a_period_does_not_meet_the_minimum_of_the_next(subscriber: Subscriber) -> None:
    """On 1 July 250.00 for half of June come beside 45.00 at least for July, in advance."""
    subscriber.price("small", **IN_ADVANCE, **fixed("20"))
    subscriber.begin("A", start=date(2026, 6, 1))
    subscriber.agree("A", on=When.NOW, minimum=Decimal(30))
    subscriber.on(date(2026, 6, 16)).agree("small", on=When.NOW, minimum=Decimal(45))
    subscriber.bill(date(2026, 6, 16)).bill(date(2026, 7, 1))
    assert [net for _, net, _, _ in subscriber.invoices] == ["22.50", "295.00"]


def test_the_days_of_a_minimum_that_is_met_are_none_of_the_invoices(
    subscriber: Subscriber,
) -> None:
    """250.00 for half of June meet its 200.00; on 1 July the vault alone is billed, for July."""
    subscriber.price("yearly", billing_frequency="yearly", **IN_ADVANCE, **fixed("5000"))
    subscriber.product("vault")
    subscriber.price("vault", product_id="vault", **IN_ADVANCE, **fixed("15"))
    subscriber.begin("A", start=date(2026, 6, 1))
    subscriber.agree("A", on=When.NOW, minimum=Decimal(400))
    subscriber.on(date(2026, 6, 16)).agree("yearly", "vault", on=When.NOW)
    subscriber.bill(date(2026, 7, 1))
    last = subscriber.documents[-1]
    assert [line.price_id for line in last.lines] == ["vault"]
    assert (last.period_start, last.period_end) == (date(2026, 7, 1), date(2026, 8, 1))


def test_a_rate_is_taken_off_once_a_bill_though_the_rhythm_changes(subscriber: Subscriber) -> None:
    """On 1 July a quarter of 10.02 for June and 100.02 for a year: 27.51, not 2.51 and 25.01."""
    subscriber.price("monthly", **fixed("10.02"))
    subscriber.price("yearly", billing_frequency="yearly", **IN_ADVANCE, **fixed("100.02"))
    subscriber.begin("A", start=date(2026, 6, 1))
    quarter = AgreedDiscount(code="DEAL", rate=Decimal("0.25"), amount=None, periods=None)
    subscriber.agree("monthly", on=When.NOW, discount=quarter)
    subscriber.agree("yearly", on=date(2026, 7, 1), discount=quarter)
    subscriber.bill(date(2026, 7, 1))
    assert [net for _, net, _, _ in subscriber.invoices] == ["82.53"]


def test_the_same_discount_agreed_again_is_taken_off_again(subscriber: Subscriber) -> None:
    """One month of a fifth off is over by August, for which it is agreed once more."""
    june, august = date(2026, 6, 1), date(2026, 8, 1)
    once = replace(AGREED, periods=1)
    subscriber.begin("A", start=june)
    subscriber.agree("A", on=june, discount=once)
    subscriber.bill(date(2026, 7, 1)).agree("A", on=When.PERIOD_END, discount=once)
    subscriber.bill(august).bill(date(2026, 9, 1))
    assert [net for _, net, _, _ in subscriber.invoices] == ["400.00", "500.00", "400.00"]


def test_a_new_code_is_for_the_plan_also_where_that_was_agreed_for_later(
    subscriber: Subscriber,
) -> None:
    """The seat is a deal's until July; half off for two months goes on in Team."""
    subscriber.price("seat", per="seat", per_plural="seats", **fixed("10"))
    subscriber.plan("team", "seat", position=13)
    promotion: dict[str, Any] = {"plans": [], "new_customers_only": False, "position": 0}
    subscriber.session.add(Promotion(id="HALF", rate=Decimal("0.5"), periods=2, **promotion))
    subscriber.begin("seat", start=date(2026, 6, 1))
    subscriber.agree(("seat", 3), on=When.NOW)
    subscriber.agree_plan("team", on=date(2026, 7, 1), quantities={"seat": Decimal(3)})
    subscriber.choose("team", quantities={"seat": Decimal(4)}, code="HALF")
    for month in (7, 8, 9):
        subscriber.bill(date(2026, month, 1))
    assert [net for _, net, _, _ in subscriber.invoices] == ["20.00", "15.00", "30.00"]


def test_the_next_bill_is_told_though_a_minimum_that_is_met_falls_due_before(
    subscriber: Subscriber,
) -> None:
    """On 11 June 4,000.00 at least for the year are met; the calls of June are 250.00."""
    subscriber.price("yearly", billing_frequency="yearly", **IN_ADVANCE, **fixed("5000"))
    subscriber.begin("yearly", "X", start=date(2026, 6, 1)).bill(date(2026, 6, 1))
    subscriber.agree("yearly", "X", on=date(2026, 6, 11), minimum=Decimal(4000))
    quote = subscriber.cancel().quote
    assert [(one.on, str(one.net)) for one in quote.bills] == [
        (date(2026, 7, 1), "250.00"),
        (date(2027, 6, 1), "250.00"),
    ]
