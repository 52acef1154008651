from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session
from support.factories import have_amara

from pricingsite.models.catalog import Price
from pricingsite.models.customers import Customer
from pricingsite.models.merchant import Merchant
from pricingsite.models.schedules import BillingSchedule, Phase, PhasePrice
from pricingsite.pricing import AgreedDiscount, BillingFrequency
from pricingsite.services.billing.periods import billing_period_on
from pricingsite.services.customers.details import CustomerDetails, create_customer
from pricingsite.services.schedules.creating import (
    AgreedTerms,
    ScheduleError,
    create_schedule,
    new_schedule,
)
from pricingsite.services.schedules.reading import (
    current_schedule,
    phase_on,
    spans_of,
)

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)
START = date(2026, 11, 1)
Subscribe = Callable[..., BillingSchedule]


@pytest.fixture
def customer(session: Session) -> Customer:
    have_amara(session)
    details = CustomerDetails(legal_name="Ashdown Ltd", billing_email="a@b.example", country="GB")
    return create_customer(session, details, now=NOW)


@pytest.fixture
def subscribe(session: Session, customer: Customer) -> Subscribe:
    def subscribe(*price_ids: str, start: date = START, **options: Any) -> BillingSchedule:
        return create_schedule(
            session,
            new_schedule(
                customer=customer,
                prices=[session.get_one(Price, price_id) for price_id in price_ids],
                start=start,
                merchant=session.get_one(Merchant, 1),
                now=NOW,
                **options,
            ),
        )

    return subscribe


def add_price(session: Session, price_id: str, like: str, **changes: Any) -> Price:
    """Another price on the terms of one that there is."""
    model = session.get_one(Price, like)
    columns = {column.key: getattr(model, column.key) for column in Price.__table__.columns}
    price = Price(**columns | {"id": price_id, "list_price": True, "variant_of": None} | changes)
    session.add(price)
    session.flush()
    return price


def two_phases(session: Session, schedule: BillingSchedule, on: date, *price_ids: str) -> None:
    """From a day on, other prices."""
    schedule.phases[-1].end_date = on
    prices = [session.get_one(Price, price_id) for price_id in price_ids]
    phase = Phase(start_date=on, end_date=schedule.end_date)
    phase.phase_prices = [PhasePrice(price=price, position=n) for n, price in enumerate(prices)]
    schedule.phases.append(phase)
    session.flush()


def stretches(schedule: BillingSchedule) -> list[tuple[str, str, str | None, bool]]:
    return [
        (span.price.id, str(span.start), str(span.end) if span.end else None, span.final)
        for span in spans_of(schedule)
    ]


def test_a_schedule_keeps_what_its_bills_depend_on(session: Session, subscribe: Subscribe) -> None:
    schedule = subscribe("A", "X", purchase_order="PO 7")
    session.expire_all()
    assert (schedule.currency, schedule.timezone) == ("GBP", "Europe/London")
    assert (schedule.start_date, schedule.anchor_date, schedule.end_date) == (START, START, None)
    assert schedule.purchase_order == "PO 7"
    assert [price.id for price in schedule.phases[0].prices] == ["A", "X"]


def test_a_schedule_can_be_anchored_elsewhere_and_end(subscribe: Subscribe) -> None:
    schedule = subscribe("A", start=date(2026, 11, 16), anchor=START, end=date(2027, 2, 1))
    assert (schedule.anchor_date, schedule.end_date) == (START, date(2027, 2, 1))
    assert stretches(schedule) == [("A", "2026-11-16", "2027-02-01", True)]


@pytest.mark.parametrize(
    ("price_ids", "words"),
    [
        ((), "at least one price"),
        (("A", "A"), "A is named twice"),
        (("A", "B"), "A and B are two prices of the same thing"),
        (("C", "D"), "C and D are two prices of the same thing"),
        (("A", "X", "Z"), "X and Z are two prices of the same thing"),
        (("X", "X2"), "X and X2 both charge for the usage of AI add-on"),
        (("A", "EUR"), "A and EUR are in GBP and EUR"),
        (("OLD",), "OLD is archived"),
    ],
)
def test_prices_that_cannot_be_billed_together_are_refused(
    session: Session, subscribe: Subscribe, price_ids: tuple[str, ...], words: str
) -> None:
    add_price(session, "X2", "X")
    add_price(session, "EUR", "A", currency="EUR")
    add_price(session, "OLD", "A", archived_at=NOW)
    with pytest.raises(ScheduleError, match=words):
        subscribe(*price_ids)


@pytest.mark.parametrize(
    "start", [date(1, 1, 1), date(1999, 12, 31), date(2200, 1, 1), date(9999, 12, 31)]
)
def test_a_schedule_starts_where_bills_can_be_made(subscribe: Subscribe, start: date) -> None:
    with pytest.raises(ScheduleError, match="from 2000-01-01 to 2199-12-31"):
        subscribe("A", start=start)


@pytest.mark.parametrize("start", [date(2000, 1, 1), date(2199, 12, 31)])
def test_the_first_and_the_last_start_are_billed(subscribe: Subscribe, start: date) -> None:
    schedule = subscribe("A", "X", start=start)
    assert billing_period_on(schedule, start).dates.start == start


@pytest.mark.parametrize("end", [START, START - timedelta(days=1)])
def test_a_schedule_ends_after_it_starts(subscribe: Subscribe, end: date) -> None:
    with pytest.raises(ScheduleError, match="ends after"):
        subscribe("A", end=end)


def test_a_price_in_adjoining_phases_is_one_span(session: Session, subscribe: Subscribe) -> None:
    schedule = subscribe("A", "X")
    two_phases(session, schedule, date(2026, 12, 1), "X", "B")
    assert stretches(schedule) == [
        ("A", "2026-11-01", "2026-12-01", False),
        ("X", "2026-11-01", None, False),
        ("B", "2026-12-01", None, False),
    ]


def test_only_what_the_schedules_end_closes_is_final(
    session: Session, subscribe: Subscribe
) -> None:
    schedule = subscribe("A", "X", end=date(2027, 1, 10))
    two_phases(session, schedule, date(2026, 12, 1), "A")
    assert stretches(schedule) == [
        ("A", "2026-11-01", "2027-01-10", True),
        ("X", "2026-11-01", "2026-12-01", False),
    ]


def test_an_end_set_later_closes_the_open_phase(subscribe: Subscribe) -> None:
    schedule = subscribe("A")
    schedule.end_date = date(2027, 1, 1)
    assert stretches(schedule) == [("A", "2026-11-01", "2027-01-01", True)]


def test_a_price_that_returns_is_two_spans(session: Session, subscribe: Subscribe) -> None:
    schedule = subscribe("A", "X")
    two_phases(session, schedule, date(2026, 12, 1), "A")
    two_phases(session, schedule, date(2027, 1, 1), "A", "X")
    assert stretches(schedule) == [
        ("A", "2026-11-01", None, False),
        ("X", "2026-11-01", "2026-12-01", False),
        ("X", "2027-01-01", None, False),
    ]


def test_the_phase_in_force_covers_the_day(session: Session, subscribe: Subscribe) -> None:
    schedule = subscribe("A", end=date(2027, 1, 1))
    two_phases(session, schedule, date(2026, 12, 1), "B")
    first, second = schedule.phases
    assert phase_on(schedule, date(2026, 10, 31)) is None
    assert phase_on(schedule, date(2026, 11, 1)) is first
    assert phase_on(schedule, date(2026, 11, 30)) is first
    assert phase_on(schedule, date(2026, 12, 1)) is second
    assert phase_on(schedule, date(2026, 12, 31)) is second
    assert phase_on(schedule, date(2027, 1, 1)) is None


def test_the_current_schedule_is_the_one_in_force_or_next_or_last(
    session: Session, customer: Customer, subscribe: Subscribe
) -> None:
    assert current_schedule(session, customer.id, now=NOW) is None
    ended = subscribe("A", start=date(2026, 1, 1), end=date(2026, 11, 1))
    assert current_schedule(session, customer.id, now=NOW) is ended
    upcoming = subscribe("A", start=date(2027, 1, 1))
    assert current_schedule(session, customer.id, now=NOW) is upcoming
    active = subscribe("A", start=date(2026, 11, 1), end=date(2027, 1, 1))
    assert current_schedule(session, customer.id, now=NOW) is active
    assert current_schedule(session, customer.id) is upcoming


def test_the_current_schedule_follows_its_own_midnight(
    session: Session, customer: Customer, subscribe: Subscribe
) -> None:
    # On 29 March 2026 British clocks went forward, so that 30 March began at 23:00 UTC.
    first = subscribe("A", start=date(2026, 1, 1), end=date(2026, 3, 30))
    second = subscribe("B", start=date(2026, 3, 30))
    before, after = (
        datetime(2026, 3, 29, 22, 59, tzinfo=UTC),
        datetime(2026, 3, 29, 23, tzinfo=UTC),
    )
    assert current_schedule(session, customer.id, now=before) is first
    assert current_schedule(session, customer.id, now=after) is second


def test_a_schedule_is_read_in_few_queries(
    session: Session, customer: Customer, subscribe: Subscribe, queries: Any
) -> None:
    subscribe("A", "X")
    session.commit()
    session.expire_all()
    customer_id = customer.id
    with queries(at_most=3):
        schedule = current_schedule(session, customer_id, now=NOW)
        assert schedule is not None
        assert [span.price.unit and span.price.unit.plural for span in spans_of(schedule)] == [
            None,
            "API calls",
        ]
        assert phase_on(schedule, START) is schedule.phases[0]
        assert {price.product.name for price in schedule.phases[0].prices} == {
            "Platform access",
            "AI add-on",
        }


@pytest.mark.parametrize(
    "terms",
    [
        AgreedTerms(minimum=Decimal(1000)),
        AgreedTerms(
            discount=AgreedDiscount(code="as agreed", rate=Decimal("0.2"), amount=None, periods=3)
        ),
    ],
)
def test_what_is_billed_once_has_no_minimum_and_no_periods(
    session: Session, subscribe: Subscribe, terms: AgreedTerms
) -> None:
    add_price(session, "once", like="A", billing_frequency=BillingFrequency.ONE_TIME)
    with pytest.raises(ScheduleError, match="Price once is billed once: no minimum"):
        subscribe("once", terms=terms)
