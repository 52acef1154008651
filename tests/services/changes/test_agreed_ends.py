"""What is paid for longer than to an end that is agreed, and what is changed meanwhile."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session
from support.changing import IN_ADVANCE, Subscriber, fixed

from pricingsite.services.billing_run.agreements import Agreements
from pricingsite.services.changes.timing import When
from pricingsite.services.changes.wanted import ChangeError
from pricingsite.services.checks.schedules import check_schedules

JUNE, JULY, AUGUST = date(2027, 6, 1), date(2027, 7, 1), date(2027, 8, 1)
FIFTH, END = date(2027, 6, 5), date(2027, 7, 21)
BACKUP = {"backup": Decimal(1)}


@pytest.fixture
def team(session: Session) -> Subscriber:
    """A seat of Team for a year at 366.00, paid on 1 June, and a backup at 7.00 a month.

    Today is 5 June. A vault would be 3.00 a month. Small is 20.00 a month in arrears, Vast 400.00 a
    year in advance.
    """
    found = Subscriber(session)
    yearly = {"billing_frequency": "yearly", **IN_ADVANCE}
    for product_id in ("backup", "small", "vast", "vault"):
        found.product(product_id)
    found.price("seat", per="seat", per_plural="seats", **yearly, **fixed("366"))
    found.price("backup", product_id="backup", **fixed("7"))
    found.price("small", product_id="small", **fixed("20"))
    found.price("vast", product_id="vast", **yearly, **fixed("400"))
    found.price("vault", product_id="vault", **fixed("3"))
    found.plan("team", "seat", "+backup", "+vault", position=13)
    return found.begin("seat", "backup", start=JUNE).bill(JUNE).on(FIFTH)


def later_nets(subscriber: Subscriber) -> list[str]:
    """What is billed and given back from 5 June to 1 August."""
    for day in (FIFTH, JULY, END, AUGUST):
        subscriber.bill(day)
    return [net for _, net, *_ in subscriber.invoices][1:]


def check(subscriber: Subscriber) -> None:
    """`flask check` finds nothing."""
    found = check_schedules(
        subscriber.session, Agreements(), subscriber.customer.id, late_days=90, now=subscriber.now
    )
    assert list(found) == []


def test_what_is_given_up_before_leaves_what_the_end_gives_back(team: Subscriber) -> None:
    """The seat is used for 50 of its 366 days; Small is for 11 of 31."""
    team.agree("small", on=END)
    team.choose("team", When.PERIOD_END)
    assert later_nets(team) == ["7.00", "-316.00", "7.10"]
    check(team)


def test_it_is_on_the_bill_of_what_begins_then(team: Subscriber) -> None:
    """Vast is 345.36 for the 316 days of the year that are left."""
    team.agree("vast", on=END)
    made = team.choose("team", When.PERIOD_END)
    assert [(one.on, str(one.net)) for one in made.quote.bills] == [(JULY, "7.00"), (END, "29.36")]
    assert later_nets(team) == ["7.00", "29.36"]
    check(team)


def test_it_is_given_back_though_the_change_before_is_replaced(team: Subscriber) -> None:
    """The backup is kept for 20 days of July after all: 4.52 beside 7.10."""
    team.agree("small", on=END)
    team.choose("team", When.PERIOD_END)
    team.cancel()
    assert later_nets(team) == ["7.00", "-316.00", "11.62"]
    check(team)


def test_it_is_given_back_once_though_the_change_before_is_undone(team: Subscriber) -> None:
    team.agree("small", on=END)
    team.choose("team", When.PERIOD_END)
    team.undo()
    assert later_nets(team) == ["7.00", "-316.00", "11.62"]
    check(team)


def test_more_seats_are_charged_up_to_the_end(team: Subscriber) -> None:
    """Another seat for 46 days, and of the first one the rest is given back."""
    team.agree("small", on=END)
    team.choose("team", quantities={"seat": Decimal(2)}, add_ons=BACKUP)
    assert later_nets(team) == ["46.00", "7.00", "-316.00", "11.62"]
    check(team)


def test_more_seats_that_wait_for_a_run_are_charged_up_to_an_end_that_is_agreed_then(
    team: Subscriber,
) -> None:
    """Two seats from 5 June on, which no run has billed, are charged for 46 of 366 days."""
    team.choose("team", quantities={"seat": Decimal(3)}, add_ons=BACKUP)
    team.on(date(2027, 6, 8)).agree("small", on=END)
    assert later_nets(team) == ["92.00", "7.00", "-316.00", "11.62"]
    check(team)


def test_more_seats_before_an_end_that_gives_nothing_back_leave_what_is_paid(
    team: Subscriber,
) -> None:
    team.end(END)
    team.choose("team", quantities={"seat": Decimal(2)}, add_ons=BACKUP)
    assert later_nets(team) == ["46.00", "7.00", "4.52"]
    check(team)


def test_a_minimum_is_charged_up_to_the_end_though_the_seat_is_paid_for_longer(
    team: Subscriber,
) -> None:
    """3,660.00 a year at least are 460.00 for 46 days, to which the 366.00 of the seat count."""
    team.end(END)
    team.choose("team", When.PERIOD_END)
    team.agree(("seat", 1), ("backup", 1), on=When.NOW, minimum=Decimal(3660))
    assert later_nets(team)[0] == "94.00"
    check(team)


def test_what_is_added_on_the_day_of_its_invoice_is_there_today(team: Subscriber) -> None:
    """The year stays as it was billed on 1 June, though it ends in July: a vault comes beside.

    For 20 days of July 4.52 and 1.94.
    """
    team.on(JUNE).end(END)
    made = team.choose("team", add_ons=BACKUP | {"vault": Decimal(1)})
    assert made.quote.on == JUNE
    assert later_nets(team) == ["10.00", "6.46"]
    check(team)


def test_where_it_ends_with_the_period_there_is_nothing_to_begin_after_it(team: Subscriber) -> None:
    """More seats are had today or not at all; fewer would never be fewer."""
    team.end(JULY)
    choices = team.choices("team", quantities={"seat": Decimal(2)}, add_ons=BACKUP)
    assert [when for when, quote in choices.by_date if quote] == [When.NOW]
    assert choices.preselected is When.NOW
    for wanted in ({"seat": Decimal(2)}, {"seat": Decimal(1)}):
        with pytest.raises(ChangeError, match="30 June 2027 is its last day"):
            team.choose("team", When.PERIOD_END, quantities=wanted)
    assert team.schedule.end_date == JULY


def test_more_seats_that_were_billed_for_the_year_are_given_back_with_the_others(
    team: Subscriber,
) -> None:
    """Two seats from 5 June on are 724.00 for 362 days; of each invoice 316 days are given back."""
    team.choose("team", quantities={"seat": Decimal(3)}, add_ons=BACKUP)
    team.bill(FIFTH).agree("small", on=END)
    assert later_nets(team) == ["724.00", "7.00", "-316.00", "-632.00", "11.62"]
    check(team)
