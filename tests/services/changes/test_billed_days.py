"""Changes and what is billed already: nothing is billed twice, and nothing is forgotten."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session
from support.changing import IN_ADVANCE, Subscriber, fixed, noon

from pricingsite.pricing import AgreedDiscount
from pricingsite.services.changes.timing import When
from pricingsite.services.schedules.creating import AgreedTerms

JUNE, JULY, AUGUST = date(2027, 6, 1), date(2027, 7, 1), date(2027, 8, 1)
ONE_DAY = timedelta(days=1)


@pytest.fixture
def subscriber(session: Session) -> Subscriber:
    """A product at 20.00 in advance, or bought by the seat at 10.00, or 6.00 from five on."""
    found = Subscriber(session)
    for product_id in ("small", "crew"):
        found.product(product_id)
    found.price("small", product_id="small", **IN_ADVANCE, **fixed("20"))
    tiers = [{"upper_bound": "4", "unit_price": "10"}, {"unit_price": "6"}]
    volume: dict[str, Any] = {"structure": {"model": "volume", "tiers": tiers}}
    found.price("crew", product_id="crew", per="seat", **IN_ADVANCE, **volume)
    found.plan("crew", "crew", position=11)
    return found


def nets(subscriber: Subscriber) -> list[tuple[date, str]]:
    return [(day, net) for day, net, *_ in subscriber.invoices]


def test_an_end_on_a_day_with_its_invoice_bills_its_usage_no_second_time(
    subscriber: Subscriber,
) -> None:
    """July was billed in advance beside the calls of June: its credit is all that follows."""
    subscriber.begin("small", "X", start=JUNE).bill(JUNE).bill(JULY)
    quote = subscriber.end(gives_back=True).quote
    assert (quote.bills, quote.next_invoice_on) == ((), None)
    subscriber.bill(JULY).bill(AUGUST)
    assert nets(subscriber) == [(JUNE, "20.00"), (JULY, "270.00"), (JULY, "-20.00")]


def test_late_usage_leaves_the_discount_of_what_was_given_back(subscriber: Subscriber) -> None:
    """Half off: of 10.00 for July all is given back, and June's 100 late calls are 22.50."""
    agreed = AgreedDiscount(code="HALF", rate=Decimal("0.5"), amount=None, periods=3)
    subscriber.begin("small", "X", start=JUNE, terms=AgreedTerms(discount=agreed))
    subscriber.use(1000, at=noon(JUNE))
    subscriber.bill(JUNE).bill(JULY).end(gives_back=True)
    subscriber.use_late(100, at=noon(JUNE), now=noon(JULY))
    subscriber.bill(JULY + ONE_DAY)
    assert nets(subscriber) == [
        (JUNE, "10.00"),
        (JULY, "135.00"),
        (JULY, "-10.00"),
        (JULY + ONE_DAY, "22.50"),
    ]


def test_what_was_chosen_before_the_start_leaves_the_first_day_to_be_billed(
    subscriber: Subscriber,
) -> None:
    """Start is billed in arrears; what takes its place is billed in advance, as it was ordered."""
    subscriber.begin("small", start=JUNE).on(JUNE - ONE_DAY)
    subscriber.choose("start", When.PERIOD_END)
    assert [one.on for one in subscriber.agree("small", on=JUNE).quote.bills] == [JUNE, JULY]
    assert nets(subscriber.bill(JUNE)) == [(JUNE, "20.00")]


def test_more_seats_that_cost_no_more_are_had_now(subscriber: Subscriber) -> None:
    """Five seats cost what three do; back to three waits for the period's end."""
    subscriber.begin("crew", start=JUNE).choose("crew", quantities={"crew": Decimal(3)})
    subscriber.bill(JUNE).on(JUNE + ONE_DAY)
    assert subscriber.choose("crew", quantities={"crew": Decimal(5)}).quote.is_immediate
    assert subscriber.choices("crew", quantities={"crew": Decimal(3)}).now is None
    assert nets(subscriber.bill(JULY)) == [(JUNE, "30.00"), (JULY, "30.00")]


def test_another_rhythm_waits_where_closing_the_month_would_alter_todays_invoice(
    subscriber: Subscriber,
) -> None:
    """16 June has its invoice, of half a month of Small: 16 of 30 days of Start are on the next."""
    subscriber.price("A-year", billing_frequency="yearly", **fixed("7200"))
    subscriber.plan("year", "A-year", "+small", position=12)
    subscriber.begin("A", start=JUNE).on(date(2027, 6, 16))
    subscriber.agree("A", "small", on=When.NOW)
    subscriber.bill(date(2027, 6, 16))
    made = subscriber.choose("year", add_ons={"small": Decimal(1)})
    assert made.quote.on == date(2027, 6, 17)
    subscriber.bill(date(2027, 6, 17)).bill(JULY)
    assert nets(subscriber) == [
        (date(2027, 6, 16), "10.00"),
        (date(2027, 6, 17), "266.67"),
        (JULY, "20.00"),
    ]


@pytest.mark.parametrize("is_billed", [False, True])
def test_what_a_change_closed_stays_closed_once_it_is_billed(
    subscriber: Subscriber, *, is_billed: bool
) -> None:
    """A year closes Start for ten days of June; on that day Beside replaces it, in arrears too."""
    eleventh = date(2027, 6, 11)
    subscriber.price("year", product_id="small", billing_frequency="yearly", **fixed("7300"))
    subscriber.price("beside", product_id="crew", **fixed("30"))
    subscriber.begin("A", start=JUNE).on(eleventh).agree("year", on=When.NOW)
    if is_billed:
        subscriber.bill(eleventh)
    subscriber.agree("beside", on=When.NOW)
    subscriber.bill(eleventh).bill(JULY).bill(date(2027, 7, 11))
    closed_on = eleventh if is_billed else JULY
    assert nets(subscriber) == [(closed_on, "166.67"), (date(2027, 7, 11), "30.00")]


def test_a_minimum_from_a_day_on_that_is_billed_bills_it_no_second_time(
    subscriber: Subscriber,
) -> None:
    """1 July was billed up to an end on the 15th; with a minimum it goes on, for the rest then."""
    mid_july = date(2027, 7, 15)
    subscriber.begin("small", start=JUNE).bill(JUNE)
    subscriber.end(mid_july)
    subscriber.bill(JULY)
    quote = subscriber.agree("small", on=When.NOW, minimum=Decimal(15)).quote
    assert quote.on == JULY
    assert [one.on for one in quote.bills] == [mid_july]
    subscriber.bill(JULY).bill(mid_july).bill(AUGUST)
    assert nets(subscriber) == [
        (JUNE, "20.00"),
        (JULY, "9.03"),
        (mid_july, "10.97"),
        (AUGUST, "20.00"),
    ]


def test_fewer_that_are_billed_today_are_replaced_tomorrow(subscriber: Subscriber) -> None:
    """Three seats up to July, and one from then on, of which one day is used."""
    subscriber.begin("A", start=JUNE).agree(("crew", 3), on=When.NOW)
    subscriber.bill(JUNE).agree(("crew", 1), on=JULY)
    made = subscriber.bill(JULY).agree("A", on=When.NOW)
    assert made.quote.on == JULY + ONE_DAY
    subscriber.bill(AUGUST)
    assert nets(subscriber) == [
        (JUNE, "30.00"),
        (JULY, "10.00"),
        (AUGUST, "483.87"),
        (JULY, "-9.68"),
    ]
    assert subscriber.found == []


def test_what_is_billed_on_from_today_is_replaced_tomorrow(subscriber: Subscriber) -> None:
    """June was billed up to the 2nd, its end, and then on from there."""
    second, third = JUNE + ONE_DAY, JUNE + 2 * ONE_DAY
    subscriber.begin("small", start=JUNE)
    subscriber.end(on=second)
    subscriber.bill(JUNE).undo(by_customer=False)
    made = subscriber.bill(second).agree("A", on=When.NOW)
    assert made.quote.on == third
    assert nets(subscriber)[:2] == [(JUNE, "0.67"), (second, "19.33")]
    assert subscriber.found == []


def test_what_was_billed_up_to_another_end_stays_so_once_that_is_gone(
    subscriber: Subscriber,
) -> None:
    """The end is moved from the 2nd to the 21st, and on the 6th there is Start instead of it."""
    second, sixth = JUNE + ONE_DAY, JUNE + 5 * ONE_DAY
    subscriber.begin("small", start=JUNE)
    subscriber.end(on=second)
    subscriber.bill(JUNE).end(on=JUNE + 20 * ONE_DAY)
    subscriber.bill(second).on(sixth)
    subscriber.agree("A", on=When.NOW)
    assert nets(subscriber) == [(JUNE, "0.67"), (second, "12.67"), (second, "-10.00")]
    assert subscriber.found == []


def test_what_is_bought_again_once_it_is_given_back_is_charged(subscriber: Subscriber) -> None:
    """Small ends on the 11th and begins again: it is charged, also where it ends with June."""
    eleventh = JUNE + 10 * ONE_DAY
    subscriber.begin("small", start=JUNE).bill(JUNE).on(eleventh)
    subscriber.agree("A", on=When.NOW)
    subscriber.agree("A", "small", on=When.NOW)
    subscriber.agree("small", on=JULY)
    subscriber.bill(eleventh).bill(JULY).bill(AUGUST)
    assert nets(subscriber) == [
        (JUNE, "20.00"),
        (JUNE, "-13.33"),
        (eleventh, "13.33"),
        (JULY, "353.33"),
        (AUGUST, "20.00"),
    ]


def test_what_is_bought_again_and_goes_on_over_another_deal_is_charged_on(
    subscriber: Subscriber,
) -> None:
    """Small begins again on the 11th, and on the 21st goes on without Start."""
    eleventh = JUNE + 10 * ONE_DAY
    subscriber.begin("small", start=JUNE).bill(JUNE).on(eleventh)
    subscriber.agree("A", on=When.NOW)
    subscriber.agree("A", "small", on=When.NOW)
    subscriber.agree("small", on=JUNE + 20 * ONE_DAY)
    subscriber.bill(JULY).bill(AUGUST)
    assert nets(subscriber)[-1] == (AUGUST, "20.00")


def test_another_fee_in_arrears_is_billed_with_what_begins_another_rhythm(
    subscriber: Subscriber,
) -> None:
    """Long is 300.00 for three days, though it is chosen once 100.00 are agreed for the 4th."""
    fourth = JUNE + 3 * ONE_DAY
    yearly = {"billing_frequency": "yearly"}
    subscriber.price("Y1", product_id="small", **yearly, **fixed("36600"))
    subscriber.price("year", product_id="crew", **yearly, **IN_ADVANCE, **fixed("100"))
    subscriber.price("M1", product_id="small", **fixed("30"))
    subscriber.plan("long", "M1", position=12, option="monthly")
    subscriber.plan("long", "Y1", position=12, option="yearly")
    subscriber.begin("A", start=JUNE)
    subscriber.agree_plan("long", on=When.NOW, option_id="monthly")
    subscriber.agree("year", on=fourth)
    subscriber.choose("long", option_id="yearly")
    subscriber.bill(fourth)
    assert nets(subscriber) == [(fourth, "400.00")]


def test_other_terms_begin_tomorrow_though_today_came_to_the_same(subscriber: Subscriber) -> None:
    """2.00 are taken off, and 2.00 are missing of 20.00: the invoice says both."""
    off = AgreedDiscount(code="off", rate=Decimal("0.1"), amount=None, periods=3)
    terms = AgreedTerms(discount=off, minimum=Decimal(20))
    subscriber.begin("small", start=JUNE, terms=terms).bill(JUNE)
    assert subscriber.agree("small", on=When.NOW).quote.on == JUNE + ONE_DAY
    assert subscriber.found == []
