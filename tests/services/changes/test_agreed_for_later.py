"""What the merchant has agreed for a day to come, and what is changed meanwhile."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session
from support.changing import IN_ADVANCE, Subscriber, fixed

from pricingsite.pricing import Trial
from pricingsite.services.changes.drafts import draft_of
from pricingsite.services.changes.timing import When
from pricingsite.services.schedules.creating import AgreedTerms

JUNE, JULY, AUGUST = date(2027, 6, 1), date(2027, 7, 1), date(2027, 8, 1)
SEPTEMBER = date(2027, 9, 1)
TRIAL_END = date(2027, 6, 15)


def june(day: int) -> date:
    return date(2027, 6, day)


@pytest.fixture
def subscriber(session: Session) -> Subscriber:
    """Products in advance: Small at 20.00 a month, Large at 366.00 a year."""
    found = Subscriber(session)
    for product_id in ("small", "large"):
        found.product(product_id)
    found.price("small", product_id="small", **IN_ADVANCE, **fixed("20"))
    yearly = {"billing_frequency": "yearly", **IN_ADVANCE}
    found.price("large", product_id="large", **yearly, **fixed("366"))
    found.plan("small", "small", position=11)
    found.plan("large", "large", position=12)
    return found


def nets(subscriber: Subscriber) -> list[tuple[date, str]]:
    return [(day, net) for day, net, *_ in subscriber.invoices]


def test_what_it_would_give_back_is_given_back_once(subscriber: Subscriber) -> None:
    """Small takes Large's place on the 11th already, and not on the 21st."""
    subscriber.begin("large", start=JUNE).bill(JUNE)
    subscriber.agree("A", on=june(21))
    subscriber.agree("A", on=june(11))
    subscriber.bill(june(11)).bill(june(21))
    assert nets(subscriber) == [(JUNE, "366.00"), (JUNE, "-356.00")]


def test_what_a_customers_change_leaves_nothing_of_gives_nothing_back(
    subscriber: Subscriber,
) -> None:
    """From the 21st Small was to be; from the 5th on it is Large, and Start is billed up to it."""
    subscriber.begin("A", start=JUNE).on(june(5))
    subscriber.agree("small", on=june(21))
    subscriber.choose("large")
    subscriber.bill(june(5)).bill(june(21)).bill(JULY)
    # Four of 30 days of 500.00.
    assert nets(subscriber) == [(june(5), "432.67")]


def test_it_gives_back_what_it_would_once_the_customer_undoes(subscriber: Subscriber) -> None:
    subscriber.begin("large", start=JUNE).bill(JUNE)
    subscriber.agree("A", on=june(21))
    subscriber.choose("small", When.PERIOD_END)
    subscriber.undo()
    assert nets(subscriber.bill(june(21))) == [(JUNE, "366.00"), (JUNE, "-346.00")]


def test_what_was_billed_up_to_an_end_that_does_not_come_is_billed_on(
    subscriber: Subscriber,
) -> None:
    """July was billed up to the 16th; once that is no end, the rest of it is billed on it."""
    subscriber.begin("small", start=JUNE).bill(JUNE)
    subscriber.end(on=date(2027, 7, 16))
    subscriber.bill(JULY).undo(by_customer=False)
    assert [one.on for one in subscriber.choices("large").period_end.bills][:1] == [
        date(2027, 7, 16)
    ]
    subscriber.bill(date(2027, 7, 16)).bill(AUGUST)
    assert nets(subscriber) == [
        (JUNE, "20.00"),
        (JULY, "9.68"),
        (date(2027, 7, 16), "10.32"),
        (AUGUST, "20.00"),
    ]


def test_a_trial_lasts_though_another_plan_is_agreed_within_it(subscriber: Subscriber) -> None:
    trial = AgreedTerms(trial=Trial(14, continues=True))
    subscriber.begin("small", start=JUNE, terms=trial).on(june(2))
    subscriber.agree("A", on=june(5))
    assert subscriber.cancel().quote.on == TRIAL_END


def test_an_end_within_a_trial_that_nobody_confirmed_bills_nothing(
    subscriber: Subscriber,
) -> None:
    trial = AgreedTerms(trial=Trial(14, continues=False))
    subscriber.begin("small", start=JUNE, terms=trial).on(june(2))
    assert subscriber.end(on=june(5)).quote.bills == ()


def test_a_pause_before_the_start_leaves_the_trial(subscriber: Subscriber) -> None:
    trial = AgreedTerms(trial=Trial(14, continues=True))
    subscriber.begin("small", start=JUNE, terms=trial).on(date(2027, 5, 30))
    assert subscriber.pause(AUGUST).quote.on == TRIAL_END
    assert nets(subscriber.bill(AUGUST)) == [(AUGUST, "9.03")]


def test_it_gives_back_what_it_would_once_the_second_thought_is_undone_too(
    subscriber: Subscriber,
) -> None:
    """326 of the year's 366 days are given back; ten days of July are 6.45 and 0.97."""
    subscriber.product("extra")
    subscriber.price("extra", product_id="extra", **IN_ADVANCE, **fixed("3"))
    subscriber.plan("small-and-large", "large", "+small", "+extra", position=14)
    end = date(2027, 7, 11)
    subscriber.begin("large", "small", "extra", start=JUNE).bill(JUNE)
    subscriber.end(on=end, gives_back=True)
    for one in ("small", "extra"):
        subscriber.choose("small-and-large", When.PERIOD_END, add_ons={one: Decimal(1)})
    subscriber.undo()
    subscriber.bill(JULY).bill(end)
    assert nets(subscriber) == [(JUNE, "389.00"), (JULY, "7.42"), (JUNE, "-326.00")]


def test_what_is_billed_on_after_an_end_that_does_not_come_stays_so_though_it_is_to_be_less(
    subscriber: Subscriber,
) -> None:
    """June is billed up to the 11th, and then on: the vault too, which is kept to its end."""
    subscriber.product("vault")
    subscriber.price("vault", product_id="vault", **IN_ADVANCE, **fixed("15"))
    subscriber.plan("kit", "small", "+vault", position=13)
    subscriber.begin("small", "vault", start=JUNE).agree("A", on=june(11))
    subscriber.bill(JUNE).on(june(2))
    subscriber.agree_plan("kit", on=When.NOW, add_ons={"vault": Decimal(1)})
    subscriber.agree_plan("kit", on=When.NOW)
    subscriber.bill(june(11)).bill(JULY)
    assert nets(subscriber) == [(JUNE, "11.67"), (june(11), "23.33"), (JULY, "20.00")]
    assert subscriber.found == []


def test_what_was_given_back_is_not_given_back_again_for_what_is_bought_anew(
    subscriber: Subscriber,
) -> None:
    """The year from 1 June ends on the 11th; of that from the 21st, ten days are charged."""
    subscriber.begin("large", start=JUNE).bill(JUNE).on(june(11))
    subscriber.agree("A", on=When.NOW)
    subscriber.bill(june(11)).on(june(21))
    subscriber.agree("large", on=When.NOW)
    made = subscriber.agree("A", on=JULY)
    assert (made.quote.unused, made.quote.credited) == ((), ())
    subscriber.bill(june(21)).bill(JULY)
    # Ten days of Start, 500.00 a month, end on the 21st.
    assert nets(subscriber) == [
        (JUNE, "366.00"),
        (JUNE, "-356.00"),
        (june(21), "176.67"),
    ]
    assert subscriber.found == []


@pytest.fixture
def team(subscriber: Subscriber) -> Subscriber:
    """A seat at 10.00 a month since 1 June by a deal, which is as Team is sold; today is 16 June.

    Seats are also 99.00 a year, and 8.00 by deals alone; a bench is 30.00.
    """
    seats = {"per": "seat", "per_plural": "seats"}
    subscriber.product("bench")
    subscriber.price("bench", product_id="bench", **fixed("30"))
    subscriber.price("seat", **seats, **fixed("10"))
    subscriber.price("seat-8", **seats, **fixed("8"))
    subscriber.price("seat-year", billing_frequency="yearly", **IN_ADVANCE, **seats, **fixed("99"))
    subscriber.plan("team", "seat", position=13, option="monthly")
    subscriber.plan("team", "seat-year", position=13, option="yearly")
    return subscriber.begin("seat", start=JUNE).on(june(16))


@pytest.mark.parametrize(
    ("deal", "net"),
    [
        pytest.param([("seat-8", 5)], "40.00", id="dearer by the number"),
        pytest.param(["bench"], "30.00", id="of something else"),
    ],
)
def test_more_seats_leave_another_deal_that_was_agreed(
    team: Subscriber, deal: list[str | tuple[str, int]], net: str
) -> None:
    """Two more seats for half of June are 10.00; from August on it is the other deal."""
    team.agree(*deal, on=AUGUST)
    team.choose("team", quantities={"seat": Decimal(3)})
    team.bill(JULY).bill(AUGUST).bill(SEPTEMBER)
    assert nets(team) == [(JULY, "20.00"), (AUGUST, "30.00"), (SEPTEMBER, net)]
    assert [one.plan_id for one in draft_of(team.schedule).phases] == [None, "team", None]


def test_more_seats_have_a_price_that_takes_their_place_in_a_deal(team: Subscriber) -> None:
    team.agree("seat-8", on=AUGUST)
    team.choose("team", quantities={"seat": Decimal(3)})
    team.bill(JULY).bill(AUGUST).bill(SEPTEMBER)
    assert nets(team) == [(JULY, "20.00"), (AUGUST, "30.00"), (SEPTEMBER, "24.00")]


def test_more_seats_leave_the_other_way_to_pay_that_was_agreed(team: Subscriber) -> None:
    """From August on a seat by the year; the three of June and July are by the month."""
    team.choose("team", quantities={"seat": Decimal(2)}, option_id="monthly")
    team.agree_plan("team", on=AUGUST, option_id="yearly", quantities={"seat-year": Decimal(1)})
    team.choose("team", quantities={"seat": Decimal(3)}, option_id="monthly")
    team.bill(JULY).bill(AUGUST)
    assert nets(team) == [(JULY, "20.00"), (AUGUST, "129.00")]


@pytest.mark.parametrize("how", ["plan", "prices"])
def test_fewer_seats_on_the_first_day_of_a_period_are_fewer_from_that_day(
    team: Subscriber, how: str
) -> None:
    """Three seats up to July, and one in August; on any other day the month goes on with three."""
    seats = {"seat": Decimal(1)}
    team.choose("team", quantities={"seat": Decimal(3)}, option_id="monthly")

    def agree(on: date) -> None:
        if how == "plan":
            team.agree_plan("team", on=on, quantities=seats, option_id="monthly")
        else:
            team.agree(("seat", 1), on=on)

    agree(date(2027, 8, 2))
    assert [one.start for one in draft_of(team.schedule).phases][-1] == SEPTEMBER
    agree(AUGUST)
    team.bill(JULY).bill(AUGUST).bill(SEPTEMBER)
    assert nets(team) == [(JULY, "20.00"), (AUGUST, "30.00"), (SEPTEMBER, "10.00")]


def test_fewer_seats_from_today_wait_for_the_end_of_a_month_that_begins_today(
    team: Subscriber,
) -> None:
    """Three seats in July, which has begun with them; one in August."""
    team.choose("team", quantities={"seat": Decimal(3)}, option_id="monthly")
    team.bill(JULY).on(JULY)
    team.agree(("seat", 1), on=When.NOW)
    team.bill(AUGUST).bill(SEPTEMBER)
    assert nets(team)[1:] == [(AUGUST, "30.00"), (SEPTEMBER, "10.00")]


def test_seats_agreed_for_later_are_none_beside_the_year_that_is_chosen_meanwhile(
    subscriber: Subscriber,
) -> None:
    """Three seats by the month from July on; one by the year since 1 June stands in their place."""
    subscriber.product("crew")
    seats = {"product_id": "crew", "per": "seat", "per_plural": "seats"}
    subscriber.price("seat", **seats, **fixed("10"))
    subscriber.price("seat-year", billing_frequency="yearly", **IN_ADVANCE, **seats, **fixed("100"))
    subscriber.plan("crew", "seat", option="monthly", position=13)
    subscriber.plan("crew", "seat-year", option="yearly", position=13)
    subscriber.begin("A", start=JUNE)
    subscriber.choose("crew", option_id="monthly", quantities={"seat": Decimal(7)})
    subscriber.agree_plan("crew", on=JULY, option_id="monthly", quantities={"seat": Decimal(3)})
    subscriber.choose("crew", option_id="yearly", quantities={"seat-year": Decimal(1)})
    for day in (JUNE, JULY, AUGUST, SEPTEMBER):
        subscriber.bill(day)
    assert nets(subscriber) == [(JUNE, "100.00")]


def test_naming_the_plan_as_it_is_leaves_another_deal_that_was_agreed(team: Subscriber) -> None:
    """The bench takes the seat's place in August: that is not less of what there is."""
    team.agree("bench", on=AUGUST)
    team.choose("small", When.PERIOD_END)
    team.agree_plan("team", on=When.NOW, option_id="monthly", quantities={"seat": Decimal(1)})
    team.bill(JULY).bill(AUGUST).bill(SEPTEMBER)
    assert nets(team) == [(JULY, "10.00"), (AUGUST, "10.00"), (SEPTEMBER, "30.00")]


def test_naming_the_plan_as_it_is_leaves_a_deal_of_fewer_products(subscriber: Subscriber) -> None:
    """From August on it is the platform fee alone, which was agreed without the add-on."""
    subscriber.begin("A", "X", start=JUNE).agree("A", on=AUGUST)
    subscriber.choose("small", When.PERIOD_END)
    subscriber.agree_plan("scale", on=When.NOW)
    subscriber.bill(JULY).bill(AUGUST).bill(SEPTEMBER)
    assert nets(subscriber) == [(JULY, "750.00"), (AUGUST, "750.00"), (SEPTEMBER, "500.00")]


def test_the_other_way_to_pay_has_no_usage_price_of_a_deal_that_it_replaces(
    subscriber: Subscriber,
) -> None:
    """Y was agreed with Start for July: Duo by the year is chosen for that day, and has X."""
    subscriber.plan("duo", "small", "X", option="monthly", position=13)
    subscriber.plan("duo", "large", "X", option="yearly", position=13)
    subscriber.begin("A", start=JUNE).agree_plan("duo", on=When.NOW, option_id="monthly")
    subscriber.agree("small", "X", on=june(4))
    subscriber.choose("start", When.PERIOD_END)
    subscriber.agree("A", "Y", on=JULY)
    subscriber.choose("duo", When.PERIOD_END, option_id="yearly")
    subscriber.bill(JUNE).bill(JULY).bill(AUGUST)
    assert nets(subscriber) == [(JUNE, "20.00"), (JULY, "616.00"), (AUGUST, "250.00")]


def test_a_day_that_was_billed_in_two_parts_takes_what_leaves_them(subscriber: Subscriber) -> None:
    """The year was billed up to the 21st, and then for ten days more: Start comes beside today."""
    subscriber.begin("large", start=JUNE)
    subscriber.agree("A", on=june(21))
    subscriber.bill(JUNE).agree("A", on=JULY)
    subscriber.choose("small", When.PERIOD_END)
    assert subscriber.agree("large", "A", on=When.NOW).quote.on == JUNE
    subscriber.bill(june(21)).bill(JULY)
    assert nets(subscriber) == [(JUNE, "20.00"), (june(21), "346.00"), (JULY, "500.00")]
    assert subscriber.found == []
