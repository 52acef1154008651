"""Changes at awkward moments: on days that have their invoice, with codes that are half used."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session
from support.billing import run_billing, totals
from support.changing import IN_ADVANCE, Subscriber, fixed, lines

from pricingsite.models.catalog import PlanPrice
from pricingsite.models.promotions import Promotion
from pricingsite.pricing import AgreedDiscount
from pricingsite.services.changes.dated_effects import dated_effects_of
from pricingsite.services.changes.timing import When
from pricingsite.services.changes.wanted import ChangeError
from pricingsite.services.orders.promotions import PromotionError
from pricingsite.services.schedules.creating import AgreedTerms

JUNE, JULY, AUGUST = date(2027, 6, 1), date(2027, 7, 1), date(2027, 8, 1)
SEPTEMBER, OCTOBER = date(2027, 9, 1), date(2027, 10, 1)
MID_JUNE = date(2027, 6, 16)


@pytest.fixture
def subscriber(session: Session) -> Subscriber:
    """Plans in advance: Small 20.00, Large 50.00; Works at 30.00 in arrears, with calls at Y2."""
    found = Subscriber(session)
    for product_id in ("small", "large", "bench"):
        found.product(product_id)
    found.price("small", product_id="small", **IN_ADVANCE, **fixed("20"))
    found.price("large", product_id="large", **IN_ADVANCE, **fixed("50"))
    found.price("bench", product_id="bench", **fixed("30"))
    found.price(
        "large-y", product_id="large", billing_frequency="yearly", **IN_ADVANCE, **fixed("500")
    )
    found.price("Y2", like="Y")
    found.plan("small", "small", position=10)
    found.plan("large", "large", position=11, option="monthly")
    found.plan("large", "large-y", position=11, option="yearly")
    found.plan("works", "bench", "Y2", position=12)
    for code, rate, periods in (("HALF", "0.5", 1), ("LAUNCH", "0.2", 2)):
        promotion: dict[str, Any] = {"plans": [], "new_customers_only": False, "position": 0}
        session.add(Promotion(id=code, rate=Decimal(rate), periods=periods, **promotion))
    session.flush()
    return found


def code(name: str, rate: str, periods: int) -> AgreedTerms:
    return AgreedTerms(
        discount=AgreedDiscount(code=name, rate=Decimal(rate), amount=None, periods=periods)
    )


def nets(subscriber: Subscriber) -> list[tuple[date, str]]:
    return [(day, net) for day, net, *_ in subscriber.invoices]


def test_a_code_counts_its_periods_once_though_a_usage_price_follows_later(
    subscriber: Subscriber,
) -> None:
    """From Scale to Works calls stay at X up to July: the code is for June all the same."""
    subscriber.begin("A", "X", start=JUNE).on(MID_JUNE)
    subscriber.choose("works", code="HALF")
    subscriber.bill(JULY).bill(AUGUST)
    # 250.00 and 250.00 of June go on; of 15.00 for half of it at the new price, half.
    assert nets(subscriber) == [(JULY, "507.50"), (AUGUST, "180.00")]
    assert subscriber.found == []


def test_a_code_is_for_the_periods_that_it_had_left_before_a_pause(subscriber: Subscriber) -> None:
    subscriber.begin("A", start=JUNE, terms=code("LAUNCH", "0.2", 2))
    subscriber.pause(AUGUST)
    for day in (JULY, AUGUST, SEPTEMBER, OCTOBER):
        subscriber.bill(day)
    assert nets(subscriber) == [(JULY, "400.00"), (SEPTEMBER, "400.00"), (OCTOBER, "500.00")]


def test_a_code_goes_on_in_another_rhythm_for_the_periods_that_begin_in_its_days(
    subscriber: Subscriber,
) -> None:
    """Two months of which one is left are one year, and not two."""
    subscriber.begin("large", start=JUNE, terms=code("LAUNCH", "0.2", 2))
    subscriber.bill(JUNE).choose("large", When.PERIOD_END, option_id="yearly")
    subscriber.bill(JULY).bill(date(2028, 7, 1))
    assert nets(subscriber) == [
        (JUNE, "40.00"),
        (JULY, "400.00"),
        (date(2028, 7, 1), "500.00"),
    ]


def test_a_code_alone_begins_with_a_period(subscriber: Subscriber) -> None:
    subscriber.begin("A", start=JUNE).on(MID_JUNE)
    assert subscriber.choices("start", code="HALF").now is None
    subscriber.choose("start", When.PERIOD_END, code="HALF")
    subscriber.bill(JULY).bill(AUGUST).bill(SEPTEMBER)
    assert [net for _, net in nets(subscriber)] == ["500.00", "250.00", "500.00"]


def test_a_code_that_is_over_is_not_given_once_more(subscriber: Subscriber) -> None:
    subscriber.begin("A", start=JUNE).choose("scale", code="HALF")
    subscriber.bill(JULY).bill(AUGUST).choose("works")
    with pytest.raises(PromotionError, match="has had promotion code HALF"):
        subscriber.choices("large", code="HALF")


def test_a_change_in_the_hour_of_grace_is_on_the_bill_of_that_day(subscriber: Subscriber) -> None:
    """The bill of 1 July waits for late usage; what begins that day in advance comes with it."""
    subscriber.begin("A", start=JUNE).on(JULY)
    run_billing(subscriber.session, datetime(2027, 6, 30, 23, 20, tzinfo=UTC))
    made = subscriber.choose("large")
    assert str(made.quote.bills[0].net) == "550.00"
    subscriber.bill(JULY)
    assert nets(subscriber) == [(JULY, "550.00")]
    assert subscriber.found == []


def test_another_rhythm_closes_what_an_earlier_change_of_that_day_has_ended(
    subscriber: Subscriber,
) -> None:
    """Small stands between Scale and a year of Large: half of June is billed with that year."""
    subscriber.begin("A", "X", start=JUNE).on(MID_JUNE)
    subscriber.choose("small")
    subscriber.choose("large", option_id="yearly")
    subscriber.bill(MID_JUNE).bill(JULY)
    assert nets(subscriber) == [(MID_JUNE, "750.00"), (JULY, "250.00")]
    assert subscriber.found == []


def test_an_end_on_the_day_of_a_change_leaves_the_code_of_that_days_invoice(
    subscriber: Subscriber,
) -> None:
    """July's 16.00 are given back for Works; it may end that very day, and leaves nothing more."""
    subscriber.begin("small", start=JUNE, terms=code("LAUNCH", "0.2", 2))
    subscriber.bill(JUNE).bill(JULY).choose("works")
    assert subscriber.end().quote.on == JULY
    subscriber.bill(AUGUST)
    assert [net for _, net in nets(subscriber)] == ["16.00", "16.00", "-16.00"]
    assert subscriber.found == []


def test_a_change_bills_nothing_again_on_a_day_that_is_billed(subscriber: Subscriber) -> None:
    subscriber.begin("A", "X", start=JUNE).bill(JULY)
    made = subscriber.choose("works")
    assert made.quote.on == JULY
    subscriber.bill(JULY).bill(AUGUST)
    assert nets(subscriber) == [(JULY, "750.00"), (AUGUST, "180.00")]
    assert subscriber.found == []


def test_what_began_today_and_is_billed_is_replaced_tomorrow(subscriber: Subscriber) -> None:
    """Of its month all days but the first are given back."""
    subscriber.begin("small", start=JUNE).bill(JUNE)
    made = subscriber.choose("works")
    assert made.quote.on == date(2027, 6, 2)
    assert made.credit_notes == ()
    subscriber.bill(date(2027, 6, 2))
    assert [net for _, net in nets(subscriber)] == ["20.00", "-19.33"]
    subscriber.bill(JULY)
    assert subscriber.found == []


def test_an_end_that_would_bill_more_on_a_day_with_its_invoice_is_the_day_after(
    subscriber: Subscriber,
) -> None:
    """A year begins on 16 June, and has its invoice; calls are billed from the 1st."""
    subscriber.plan("calls", "large-y", "X", position=13)
    subscriber.begin("A", "X", start=JUNE).on(MID_JUNE).choose("calls")
    subscriber.bill(MID_JUNE).on(MID_JUNE)
    made = subscriber.end(gives_back=True)
    assert made.quote.on == date(2027, 6, 17)
    subscriber.bill(date(2027, 6, 17)).bill(AUGUST)
    assert [net for _, net in nets(subscriber)][-2:] == ["250.00", "-498.63"]
    assert subscriber.found == []


def test_a_credit_takes_no_share_of_a_discount_that_was_for_something_else(
    subscriber: Subscriber,
) -> None:
    """Half of July's 20.00 was paid, and June's 500.00 whole."""
    subscriber.begin("A", start=JUNE).on(MID_JUNE)
    subscriber.choose("small", When.PERIOD_END, code="HALF")
    subscriber.bill(JULY)
    assert nets(subscriber) == [(JULY, "510.00")]
    made = subscriber.on(date(2027, 7, 17)).end(gives_back=True)
    assert [totals(note)[0] for note in made.credit_notes] == ["-4.84"]
    assert [net for _, net in lines(made.credit_notes[0])] == ["-4.84"]


def test_a_code_of_today_takes_nothing_off_what_is_billed_already(subscriber: Subscriber) -> None:
    subscriber.plan("both", "large", "+X", position=13)
    subscriber.drop("large")
    subscriber.begin("large", start=JUNE).bill(JUNE)
    made = subscriber.choose("both", code="HALF", add_ons={"X": Decimal(1)})
    assert made.quote.on == date(2027, 6, 2)
    subscriber.bill(JULY)
    # Half of June's 250.00 for calls, and July's 50.00 whole.
    assert nets(subscriber) == [(JUNE, "50.00"), (JULY, "175.00")]
    assert subscriber.found == []


def test_what_never_begins_owes_nothing_and_begins_as_it_was_ordered(
    subscriber: Subscriber,
) -> None:
    subscriber.begin("A", start=JUNE).on(date(2027, 5, 20))
    subscriber.choose("scale", When.PERIOD_END)
    subscriber.cancel()
    subscriber.on(date(2027, 5, 25)).undo()
    subscriber.bill(JULY)
    assert nets(subscriber) == [(JULY, "500.00")]


def test_a_cancelled_start_is_no_broken_promise(subscriber: Subscriber) -> None:
    subscriber.begin("A", start=JUNE).on(date(2027, 5, 20)).cancel()
    subscriber.bill(AUGUST)
    assert subscriber.invoices == []
    assert subscriber.found == []
    with pytest.raises(ChangeError):
        subscriber.undo()


def test_what_is_pending_for_the_first_day_is_not_the_plan_yet(subscriber: Subscriber) -> None:
    subscriber.begin("A", start=JUNE).on(date(2027, 5, 20))
    subscriber.choose("large", When.PERIOD_END)
    assert subscriber.choices("small").situation.plan_name == "Start"
    with pytest.raises(ChangeError, match="what you have already"):
        subscriber.choices("start")


def test_more_seats_within_a_period_are_not_billed_twice(subscriber: Subscriber) -> None:
    seats = {"per": "seat", "per_plural": "seats"}
    subscriber.price("seat", **IN_ADVANCE, **fixed("10"), **seats)
    subscriber.plan("team", "seat", position=13)
    subscriber.begin("seat", start=JUNE).bill(JUNE).on(MID_JUNE)
    subscriber.choose("team", quantities={"seat": Decimal(3)})
    subscriber.bill(MID_JUNE)
    assert nets(subscriber) == [(JUNE, "10.00"), (MID_JUNE, "10.00")]
    assert subscriber.found == []


@pytest.fixture
def team(subscriber: Subscriber) -> Subscriber:
    """Seats at 10.00 in arrears, of which there is one since 1 June; today is 16 June."""
    subscriber.price("seat", **fixed("10"), per="seat", per_plural="seats")
    subscriber.plan("team", "seat", position=13)
    return subscriber.begin("seat", start=JUNE).on(MID_JUNE)


def bill_to_october(subscriber: Subscriber) -> list[str]:
    """The net of each month's invoice from July on."""
    for day in (JULY, AUGUST, SEPTEMBER, OCTOBER):
        subscriber.bill(day)
    assert subscriber.found == []
    return [net for _, net in nets(subscriber)]


def test_more_seats_keep_a_pause_that_was_agreed(team: Subscriber) -> None:
    team.pause(AUGUST)
    team.choose("team", quantities={"seat": Decimal(3)})
    # Two more for 15 of June's 30 days; July pauses.
    assert bill_to_october(team) == ["20.00", "30.00", "30.00"]


def test_more_seats_keep_a_minimum_that_was_agreed_for_later(team: Subscriber) -> None:
    team.agree("seat", on=JULY, minimum=Decimal(45))
    team.choose("team", quantities={"seat": Decimal(3)})
    assert bill_to_october(team) == ["20.00", "45.00", "45.00", "45.00"]


def test_more_seats_are_for_the_days_of_their_plan(team: Subscriber) -> None:
    team.schedule.phases[0].plan_id = "team"
    team.agree("bench", on=AUGUST)
    team.choose("team", quantities={"seat": Decimal(4)})
    assert bill_to_october(team) == ["25.00", "40.00", "30.00", "30.00"]


def test_a_yearly_plan_keeps_a_deal_that_was_agreed_after_another(subscriber: Subscriber) -> None:
    """The year is charged up to August, 46 of its 366 days, less 25.00 for half of June."""
    subscriber.begin("large", start=JUNE).bill(JUNE).on(MID_JUNE)
    subscriber.schedule.phases[0].plan_id = None
    subscriber.agree("bench", on=AUGUST)
    subscriber.choose("large", option_id="yearly")
    subscriber.bill(MID_JUNE)
    assert bill_to_october(subscriber) == ["50.00", "37.84", "30.00", "30.00"]


def test_more_seats_keep_how_many_the_merchant_agreed_for_later(team: Subscriber) -> None:
    team.schedule.phases[0].plan_id = "team"
    team.agree_plan("team", on=AUGUST, quantities={"seat": Decimal(5)})
    quoted = team.choices("team", quantities={"seat": Decimal(3)}).quote(When.NOW)
    told = dated_effects_of(quoted).of("more")
    assert [(one.on, one.following and one.following.quantity) for one in told] == [
        (MID_JUNE, 3),
        (AUGUST, 5),
    ]
    team.choose("team", quantities={"seat": Decimal(3)})
    assert bill_to_october(team) == ["20.00", "30.00", "50.00", "50.00"]


def test_more_seats_than_were_agreed_for_later_stay_to_the_end_of_their_period(
    team: Subscriber,
) -> None:
    """One seat is paid for a year; of six more, 351 of its 366 days, and two from then on."""
    yearly = {"billing_frequency": "yearly", **IN_ADVANCE, **fixed("100")}
    team.price("seat-y", per="seat", per_plural="seats", **yearly)
    team.plan("team", "seat-y", position=13, option="yearly")
    team.agree("seat-y", on=When.NOW)
    team.bill(MID_JUNE).on(date(2027, 7, 1))
    team.agree(("seat-y", 2), on=AUGUST)
    team.choose("team", option_id="yearly", quantities={"seat-y": Decimal(7)})
    team.bill(date(2027, 7, 1)).bill(AUGUST).bill(date(2028, 6, 16))
    assert nets(team) == [
        (MID_JUNE, "105.00"),
        (date(2027, 7, 1), "575.41"),
        (date(2028, 6, 16), "200.00"),
    ]


def test_more_seats_keep_an_add_on_that_the_merchant_agreed_for_later(team: Subscriber) -> None:
    team.product("backup")
    team.price("backup", product_id="backup", **fixed("7"))
    place: dict[str, Any] = {"plan_id": "team", "option_id": "default", "position": 1}
    team.session.add(PlanPrice(price_id="backup", add_on=True, **place))
    team.schedule.phases[0].plan_id = "team"
    added = {"backup": Decimal(1)}
    team.agree_plan("team", on=AUGUST, add_ons=added)
    team.choose("team", quantities={"seat": Decimal(3)})
    assert bill_to_october(team) == ["20.00", "30.00", "37.00", "37.00"]


def test_a_code_with_more_seats_is_for_its_own_periods_over_a_later_phase(
    team: Subscriber,
) -> None:
    team.agree("seat", on=JULY, minimum=Decimal(5))
    team.choose("team", When.PERIOD_END, quantities={"seat": Decimal(3)}, code="LAUNCH")
    assert bill_to_october(team) == ["10.00", "24.00", "24.00", "30.00"]


def test_what_is_billed_today_and_ends_today_is_credited(subscriber: Subscriber) -> None:
    """July's 20.00 are on the invoice of 1 July: nothing can be taken off that."""
    subscriber.begin("small", start=JUNE).bill(JUNE).bill(JULY)
    made = subscriber.choose("works")
    assert made.quote.on == JULY
    assert [totals(note)[0] for note in made.credit_notes] == ["-20.00"]
    subscriber.bill(AUGUST)
    assert [net for _, net in nets(subscriber)][-1] == "180.00"
    assert subscriber.found == []


def test_the_second_change_of_a_day_gives_back_what_the_first_has_kept(
    subscriber: Subscriber,
) -> None:
    """Calls are added on 16 June, and then Works takes the place of both."""
    subscriber.plan("both", "large", "+X", position=11)
    subscriber.drop("large")
    subscriber.begin("large", start=JUNE).bill(JUNE).on(MID_JUNE)
    subscriber.choose("both", add_ons={"X": Decimal(1)})
    made = subscriber.choose("works")
    assert [totals(note)[0] for note in made.credit_notes] == ["-25.00"]
    subscriber.bill(JULY)
    assert subscriber.found == []


def test_a_quote_tells_what_an_earlier_change_takes_off_the_bill(subscriber: Subscriber) -> None:
    subscriber.begin("small", start=JUNE).bill(JUNE).on(MID_JUNE)
    subscriber.choose("large", option_id="monthly")
    made = subscriber.cancel()
    assert [(one.on, str(one.net)) for one in made.quote.bills] == [(MID_JUNE, "15.00")]
    assert [str(one.net) for one in made.quote.bills[0].unused] == ["10.00"]
    subscriber.bill(MID_JUNE).bill(AUGUST)
    assert nets(subscriber) == [(JUNE, "20.00"), (MID_JUNE, "15.00")]
    assert subscriber.found == []


def test_what_an_earlier_change_has_on_a_bill_to_come_is_billed_first(
    subscriber: Subscriber,
) -> None:
    """10.00 come off the bill of Large: without that, the bill would owe them."""
    subscriber.begin("small", start=JUNE).bill(JUNE).on(MID_JUNE)
    subscriber.choose("large", option_id="monthly")
    with pytest.raises(ChangeError, match="The bill of 16 June 2027 is not made yet"):
        subscriber.choose("works")
    subscriber.bill(MID_JUNE).choose("works")
    subscriber.bill(JULY)
    assert [net for _, net in nets(subscriber)][:2] == ["20.00", "15.00"]
    assert subscriber.found == []


def test_what_may_begin_today_does_though_it_could_not_at_the_periods_end(
    subscriber: Subscriber,
) -> None:
    """The bill of 16 June, to which Lite is 1.50 up to July, takes 10.00 of Small off."""
    yearly = {"billing_frequency": "yearly", **IN_ADVANCE}
    subscriber.price("lite", product_id="large", **yearly, **fixed("36.60"))
    subscriber.begin("small", start=JUNE).bill(JUNE).on(date(2027, 6, 2))
    subscriber.agree("lite", on=MID_JUNE)
    wanted = {"option_id": "monthly"}
    with pytest.raises(ChangeError, match="The bill of 16 June 2027 is not made yet"):
        subscriber.choose("large", When.PERIOD_END, **wanted)
    assert subscriber.choices("large", **wanted).preselected is When.NOW
    subscriber.choose("large", **wanted)
    subscriber.bill(date(2027, 6, 2)).bill(MID_JUNE).bill(JULY)
    assert nets(subscriber)[1:] == [(date(2027, 6, 2), "29.00"), (JULY, "50.00")]
    assert subscriber.found == []


def test_a_code_is_for_every_month_that_begins_in_its_year(subscriber: Subscriber) -> None:
    """Months count from the 29th, as calls do: that of 29 June begins in the year to 1 July."""
    calls = {"model": "graduated", "tiers": [{"unit_price": "0.10"}]}
    subscriber.price("calls", like="X", structure=calls)
    subscriber.plan("mixed", "small", "calls", position=14)
    subscriber.begin("calls", start=date(2027, 5, 29)).on(date(2027, 7, 1))
    off = AgreedDiscount(code="as agreed", rate=Decimal("0.1"), amount=None, periods=1)
    subscriber.agree("large-y", "calls", on=When.NOW, discount=off)
    subscriber.bill(date(2027, 7, 1)).on(date(2028, 6, 1))
    subscriber.agree_plan("mixed", on=When.NOW)
    subscriber.bill(date(2028, 6, 29)).bill(date(2028, 7, 29))
    assert nets(subscriber)[-2:] == [(date(2028, 6, 29), "18.00"), (date(2028, 7, 29), "20.00")]


def test_months_off_that_were_agreed_for_later_are_no_years_off(subscriber: Subscriber) -> None:
    """Three months from July are over when the second year begins."""
    subscriber.begin("large", start=JUNE).bill(JUNE).on(MID_JUNE)
    off = AgreedDiscount(code="as agreed", rate=Decimal("0.1"), amount=None, periods=3)
    subscriber.agree("large", on=JULY, discount=off)
    subscriber.choose("large", option_id="yearly")
    subscriber.bill(MID_JUNE).bill(date(2028, 6, 16))
    assert nets(subscriber) == [
        (JUNE, "50.00"),
        (MID_JUNE, "475.00"),
        (date(2028, 6, 16), "500.00"),
    ]
