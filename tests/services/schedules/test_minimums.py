"""Which days minimums are charged for, where a change has cut the price that they are beside."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session
from support.changing import IN_ADVANCE, Subscriber, fixed

from pricingsite.models.catalog import Price
from pricingsite.models.schedules import Phase, PhasePrice
from pricingsite.services.schedules.minimums import Minimums

JUNE, MID_JUNE, JULY, AUGUST = (
    date(2027, 6, 1),
    date(2027, 6, 16),
    date(2027, 7, 1),
    date(2027, 8, 1),
)
# From a day up to another; None is open.
Days = tuple[date, date | None]


@pytest.fixture
def small(session: Session) -> Price:
    """20.00 a month in advance."""
    Subscriber(session).price("small", **IN_ADVANCE, **fixed("20"))
    return session.get_one(Price, "small")


@pytest.mark.parametrize(
    ("later", "charged"),
    [
        pytest.param([(MID_JUNE, AUGUST)], [(JULY, AUGUST)], id="it goes on"),
        pytest.param([(MID_JUNE, date(2027, 6, 20))], [], id="up to a day that is paid"),
        pytest.param(
            [(MID_JUNE, AUGUST), (AUGUST, None)], [(JULY, None)], id="it goes on twice over"
        ),
        pytest.param(
            [(MID_JUNE, JULY), (JULY, AUGUST), (AUGUST, None)],
            [(JULY, None)],
            id="up to where it is paid",
        ),
        pytest.param(
            [(date(2027, 6, 20), None)], [(date(2027, 6, 20), None)], id="after days without"
        ),
    ],
)
def test_what_is_paid_to_the_end_of_a_month_is_charged_from_there(
    small: Price, later: list[Days], charged: list[Days]
) -> None:
    """30.00 at least for June: the price was cut on the 16th, and is charged up to July."""
    minimums = Minimums(JUNE)
    for n, (start, end) in enumerate([(JUNE, MID_JUNE), *later]):
        place = PhasePrice(price=small, position=0, charged_until=None if n else JULY)
        phase = Phase(start_date=start, minimum=Decimal(30), phase_prices=[place])
        minimums.add(phase, place, end, final=False)
    first, *rest = minimums.spans
    assert (first.start, first.end, first.charged_until) == (JUNE, MID_JUNE, JULY)
    assert [(one.start, one.end) for one in rest] == charged
