"""What was to be less on a later day, taken back by choosing what there is."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.changing import IN_ADVANCE, Subscriber, fixed

from pricingsite.models.webhooks import WebhookEndpoint, WebhookEvent
from pricingsite.services.changes.dated_effects import dated_effects_of
from pricingsite.services.changes.history import schedule_state
from pricingsite.services.changes.timing import When
from pricingsite.services.changes.wanted import NothingChangesError

JUNE, JULY, NEXT_JUNE = date(2027, 6, 1), date(2027, 7, 1), date(2028, 6, 1)
THREE, FIVE, SIX = ({"seat": Decimal(many)} for many in (3, 5, 6))
BACKUP = {"backup": Decimal(1)}


@pytest.fixture
def team(session: Session) -> Subscriber:
    """Five seats for a year at 12.00 each, and a backup at 7.00 a month, since 1 June.

    On the 16th it gives up the backup and two of the seats; today is 10 July, so that only the
    seats are to come.
    """
    found = Subscriber(session)
    found.product("backup")
    yearly = {"billing_frequency": "yearly", **IN_ADVANCE}
    found.price("seat", per="seat", per_plural="seats", **yearly, **fixed("12"))
    found.price("backup", product_id="backup", **fixed("7"))
    found.plan("team", "seat", "+backup", position=13)
    found.begin("seat", start=JUNE)
    found.choose("team", quantities=FIVE, add_ons=BACKUP)
    found.bill(JUNE).on(date(2027, 6, 16))
    found.choose("team", When.PERIOD_END, quantities=THREE)
    return found.bill(JULY).on(date(2027, 7, 10))


def net_of_next_year(team: Subscriber) -> str:
    return next(net for day, net, *_ in team.bill(NEXT_JUNE).invoices if day == NEXT_JUNE)


def test_fewer_seats_to_come_are_taken_back(team: Subscriber) -> None:
    choices = team.choices("team", quantities=FIVE)
    assert (choices.now, choices.is_up, choices.preselected) == (None, False, When.PERIOD_END)
    quoted = choices.period_end
    assert (quoted.on, quoted.keeps) == (NEXT_JUNE, True)
    effects = dated_effects_of(quoted)
    assert [(one.fate, one.price.id) for one in effects.prices] == [("kept", "seat")]
    (back,) = effects.taken_back
    assert (back.fate, back.on) == ("fewer", NEXT_JUNE)
    team.choose("team", When.PERIOD_END, quantities=FIVE)
    with pytest.raises(NothingChangesError):
        team.choices("team", quantities=FIVE)
    assert net_of_next_year(team) == "60.00"


def test_taking_it_back_can_be_undone_until_its_day(team: Subscriber) -> None:
    session = team.session
    url = WebhookEndpoint(url="https://a.example/", types=[], secret="x", created_at=team.now)
    session.add(url)
    session.flush()
    made = team.choose("team", When.PERIOD_END, quantities=FIVE)
    state = schedule_state(session, team.customer, now=team.now)
    assert state is not None
    assert state.pending is made.change
    team.undo()
    events = session.scalars(select(WebhookEvent.type).order_by(WebhookEvent.created_at)).all()
    assert sorted(events) == ["schedule.change_scheduled", "schedule.change_undone"]
    assert net_of_next_year(team) == "36.00"


def test_an_add_on_that_is_to_end_is_taken_back(team: Subscriber) -> None:
    """A seat comes at once and the backup goes at its month's end: the change has begun."""
    team.choose("team", quantities=FIVE, add_ons=BACKUP)
    team.bill(date(2027, 7, 10)).on(date(2027, 7, 12)).choose("team", quantities=SIX)
    team.bill(date(2027, 7, 12)).on(date(2027, 7, 14))
    quoted = team.choices("team", quantities=SIX, add_ons=BACKUP).period_end
    effects = dated_effects_of(quoted)
    assert quoted.on == date(2027, 8, 10)
    kept = [(one.fate, one.price.id) for one in effects.prices]
    assert kept == [("kept", "seat"), ("kept", "backup")]
    assert [(one.fate, one.price.id) for one in effects.taken_back] == [("ends", "backup")]
    team.choose("team", When.PERIOD_END, quantities=SIX, add_ons=BACKUP)
    team.bill(date(2027, 9, 10))
    billed = [(day, net) for day, net, *_ in team.invoices if day > date(2027, 7, 31)]
    assert billed == [(date(2027, 8, 10), "7.00"), (date(2027, 9, 10), "7.00")]


def test_what_the_merchant_has_agreed_is_not_the_customers_to_take_back(
    team: Subscriber,
) -> None:
    team.agree_plan("team", on=When.PERIOD_END, quantities={"seat": Decimal(2)})
    with pytest.raises(NothingChangesError):
        team.choices("team", quantities=FIVE)
    assert net_of_next_year(team) == "24.00"


@pytest.mark.parametrize("on", list(When))
def test_the_merchant_takes_back_what_waits(team: Subscriber, on: When) -> None:
    made = team.agree_plan("team", on=on)
    assert (made.quote.keeps, made.quote.on) == (True, NEXT_JUNE)
    assert net_of_next_year(team) == "60.00"
