"""What is bought stands in the schedule, and the database holds what a schedule may be."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from support.factories import APPLIED_AT, ROSTER

from pricingsite.models.catalog import Price
from pricingsite.models.customers import Customer
from pricingsite.models.merchant import Merchant
from pricingsite.models.schedules import BillingSchedule, Phase, PhasePrice
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.customers.details import CustomerDetails, create_customer
from pricingsite.services.schedules.creating import ScheduleError, create_schedule, new_schedule
from pricingsite.services.schedules.reading import spans_of

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)
START, JUNE = date(2027, 1, 1), date(2027, 6, 1)


@pytest.fixture
def customer(session: Session) -> Customer:
    apply(session, read_catalog(ROSTER.read_bytes()), archive=False, now=APPLIED_AT)
    details = CustomerDetails(legal_name="Ashdown LLC", billing_email="a@b.example", country="US")
    return create_customer(session, details, now=NOW)


def subscribe(
    session: Session,
    customer: Customer,
    price_id: str,
    quantity: str | None,
    end: date | None = None,
) -> BillingSchedule:
    wanted = None if quantity is None else Decimal(quantity)
    schedule = new_schedule(
        customer=customer,
        prices={session.get_one(Price, price_id): wanted},
        start=START,
        end=end,
        merchant=session.get_one(Merchant, 1),
        now=NOW,
    )
    return create_schedule(session, schedule)


@pytest.mark.parametrize(
    ("price_id", "quantity", "bought"),
    [("seat-month", "7", 7), ("seat-month", None, 3), ("texts", None, None), ("texts", "1", None)],
)
def test_a_schedule_keeps_how_many_are_bought(
    session: Session, customer: Customer, price_id: str, quantity: str | None, bought: int | None
) -> None:
    schedule = subscribe(session, customer, price_id, quantity)
    session.expire_all()
    assert [one.quantity for one in schedule.phases[0].phase_prices] == [bought]
    (span,) = spans_of(schedule)
    assert span.price.quantity == (bought or 1)


@pytest.mark.parametrize(
    ("price_id", "quantity", "refusal"),
    [
        ("seat-month", "2", "sold at a quantity of 3 to 200, not 2"),
        ("seat-month", "201", "sold at a quantity of 3 to 200, not 201"),
        ("site-month", "0", "sold at a quantity of 1 or more, not 0"),
        ("texts", "2", "texts is not bought by quantity"),
    ],
)
def test_what_is_not_sold_is_refused(
    session: Session, customer: Customer, price_id: str, quantity: str, refusal: str
) -> None:
    with pytest.raises(ScheduleError, match=refusal):
        subscribe(session, customer, price_id, quantity)


def buy_from(session: Session, schedule: BillingSchedule, day: date, quantity: int) -> None:
    """Let a schedule of one phase have another quantity from a day on."""
    schedule.phases[0].end_date = day
    more = Phase(schedule_id=schedule.id, start_date=day)
    more.phase_prices = [PhasePrice(price_id="seat-month", position=0, quantity=Decimal(quantity))]
    session.add(more)
    session.flush()
    session.expire_all()


def test_less_of_a_price_is_another_span(session: Session, customer: Customer) -> None:
    schedule = subscribe(session, customer, "seat-month", "7")
    buy_from(session, schedule, JUNE, 5)
    spans = [(span.price.quantity, span.start, span.end) for span in spans_of(schedule)]
    assert spans == [(7, START, JUNE), (5, JUNE, None)]


def test_more_of_a_price_is_bought_on_top_of_it(session: Session, customer: Customer) -> None:
    schedule = subscribe(session, customer, "seat-month", "7")
    buy_from(session, schedule, JUNE, 9)
    (span,) = spans_of(schedule)
    increases = [(day, price.quantity) for day, price in span.increases]
    assert (span.price.quantity, span.start, span.end, increases) == (7, START, None, [(JUNE, 9)])
    assert [span.price_on(day).quantity for day in (START, JUNE)] == [7, 9]


def test_a_price_keeps_an_anchor_of_its_own(session: Session, customer: Customer) -> None:
    schedule = subscribe(session, customer, "seat-month", "7")
    schedule.phases[0].phase_prices[0].anchor_date = date(2027, 1, 16)
    session.flush()
    session.expire_all()
    assert [span.anchor for span in spans_of(schedule)] == [date(2027, 1, 16)]


def test_a_customer_has_one_open_schedule(session: Session, customer: Customer) -> None:
    subscribe(session, customer, "seat-month", "7", end=JUNE)
    subscribe(session, customer, "seat-month", "7")
    with pytest.raises(IntegrityError), session.begin_nested():
        subscribe(session, customer, "seat-month", "8")


def test_nothing_is_bought_no_times(session: Session, customer: Customer) -> None:
    schedule = subscribe(session, customer, "seat-month", "7")
    schedule.phases[0].phase_prices[0].quantity = Decimal(0)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.flush()
