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
THIRTY = Decimal(30)


@pytest.fixture
def small(session: Session) -> Price:
    """20.00 a month in advance."""
    Subscriber(session).price("small", **IN_ADVANCE, **fixed("20"))
    return session.get_one(Price, "small")


def spans(small: Price, later: list[Days], *minimums: Decimal | None) -> list[Days]:
    """What is charged after 30.00 at least for June; it is paid to July, and cut on the 16th."""
    found = Minimums(JUNE)
    phases = zip([(JUNE, MID_JUNE), *later], [THIRTY, *minimums], strict=True)
    for (start, end), minimum in phases:
        place = PhasePrice(price=small, position=0, charged_until=JULY if start == JUNE else None)
        phase = Phase(start_date=start, minimum=minimum, phase_prices=[place])
        found.add(phase, place, end, final=False)
    first, *rest = found.spans
    assert (first.start, first.end, first.charged_until) == (JUNE, MID_JUNE, JULY)
    return [(one.start, one.end) for one in rest]


@pytest.mark.parametrize(
    ("later", "charged"),
    [
        pytest.param([(MID_JUNE, AUGUST)], [(JULY, AUGUST)], id="it goes on"),
        pytest.param([(MID_JUNE, date(2027, 6, 20))], [], id="up to a day that is paid"),
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
    assert spans(small, later, *(THIRTY for _ in later)) == charged


def test_a_minimum_that_comes_after_months_without_is_charged_from_its_own_day(
    small: Price,
) -> None:
    assert spans(small, [(MID_JUNE, AUGUST), (AUGUST, None)], None, THIRTY) == [(AUGUST, None)]
