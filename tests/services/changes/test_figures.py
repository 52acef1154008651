"""Changes with their money: the cases of the design, each quoted, made and invoiced."""

from datetime import date

import pytest
from sqlalchemy.orm import Session
from support.changing import Subscriber, figures, lines, noon

JUNE, JULY, AUGUST = date(2027, 6, 1), date(2027, 7, 1), date(2027, 8, 1)


@pytest.fixture
def subscriber(session: Session) -> Subscriber:
    return Subscriber(session)


def test_an_upgrade_in_arrears_is_one_bill_at_the_end(subscriber: Subscriber) -> None:
    subscriber.begin("A", start=JUNE).on(date(2027, 6, 16))
    made = subscriber.choose("scale")
    subscriber.use(2600, at=noon(date(2027, 6, 20)))
    assert figures(made.quote) == [
        (JULY, "750.00", "150.00", "900.00"),
        (AUGUST, "750.00", "150.00", "900.00"),
    ]
    subscriber.bill(JULY)
    assert subscriber.invoices == [(JULY, "1490.00", "298.00", "1788.00")]
    assert lines(subscriber.documents[0])[0] == ("Platform access", "500.00")
