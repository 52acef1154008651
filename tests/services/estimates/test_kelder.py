"""The other shipped example, billed: a fee by the year in advance, and usage by the month."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session
from support.factories import KELDER

from pricingsite.models.catalog import Price
from pricingsite.models.customers import Customer
from pricingsite.models.merchant import Merchant
from pricingsite.pricing import Period
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.customers.details import CustomerDetails, create_customer
from pricingsite.services.estimates.account_page import account_page
from pricingsite.services.estimates.estimates import Estimate, estimate
from pricingsite.services.estimates.forecast import forecast
from pricingsite.services.estimates.usage_by_day import usage_history
from pricingsite.services.schedules.creating import create_schedule, new_schedule
from pricingsite.services.usage.events import Event
from pricingsite.services.usage.recording import record

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)
PRICES = ("archive-year", "seats", "gigabytes", "pages")


@pytest.fixture
def museum(session: Session) -> Customer:
    """A customer of Institution since the first of September."""
    apply(session, read_catalog(KELDER.read_bytes()), archive=False, now=NOW)
    details = CustomerDetails(legal_name="Museum B.V.", billing_email="m@x.example", country="NL")
    customer = create_customer(session, details, now=NOW)
    create_schedule(
        session,
        new_schedule(
            customer=customer,
            prices=[session.get_one(Price, price) for price in PRICES],
            start=date(2026, 9, 1),
            merchant=session.get_one(Merchant, 1),
            now=NOW,
        ),
    )
    return customer


def report(session: Session, customer: Customer, *events: tuple[int, str, dict[str, Any]]) -> None:
    """Events on days of November: the day, the type, the data."""
    record(
        session,
        [
            Event(
                customer.id,
                "/desk",
                f"e{number}",
                kind,
                datetime(2026, 11, day, 12, tzinfo=UTC),
                data,
            )
            for number, (day, kind, data) in enumerate(events)
        ],
        now=NOW,
    )


def read(session: Session, customer: Customer, now: datetime = NOW) -> Estimate:
    found = estimate(session, customer, now=now)
    assert found is not None
    return found


def test_the_month_s_usage_is_on_the_month_s_bill(session: Session, museum: Customer) -> None:
    report(
        session,
        museum,
        (2, "seats_taken", {"seats": 11}),
        (9, "seats_taken", {"seats": 4}),
        (3, "stored", {"gigabytes": Decimal("1000000.5")}),
        *((4, "page_scanned", {}) for _ in range(101)),
    )
    found = read(session, museum)
    assert found.period == Period(date(2026, 11, 1), date(2026, 12, 1))
    assert [(line.price_id, str(line.net)) for line in found.bill.lines] == [
        ("seats", "82.50"),
        ("gigabytes", "250.00"),
        ("pages", "80.00"),
    ]
    assert (str(found.bill.net), str(found.bill.tax)) == ("412.50", "86.63")


def test_the_year_s_fee_is_billed_before_its_year(session: Session, museum: Customer) -> None:
    last_day = datetime(2026, 8, 31, 12, tzinfo=UTC)
    first = read(session, museum, last_day)
    assert [(line.price_id, str(line.net)) for line in first.bill.lines] == [
        ("archive-year", "1200.00")
    ]
    assert first.invoice_on == date(2026, 9, 1)


def test_days_add_up_whatever_the_aggregation(session: Session, museum: Customer) -> None:
    report(
        session,
        museum,
        (2, "seats_taken", {"seats": 10}),
        (3, "seats_taken", {"seats": 11}),
        (9, "seats_taken", {"seats": 4}),
    )
    history = usage_history(session, museum, now=NOW)
    assert history is not None
    seats = history.tables[0]
    # At the eleventh seat every seat of the month is cheaper: the day's cost is negative.
    assert [str(one.net) for one in seats.days[:4]] == ["0.00", "90.00", "-7.50", "0.00"]
    assert [one.cumulative for one in seats.days[1:9]] == [10, 11, 11, 11, 11, 11, 11, 11]
    by_day = sum(one.net.minor for table in history.tables for one in table.days)
    assert history.fixed.minor + by_day == history.bill.net.minor == 8250


def test_no_pace_is_told_of_seats_and_quantities_are_plain(
    session: Session, museum: Customer
) -> None:
    report(session, museum, (2, "seats_taken", {"seats": 10}))
    found = read(session, museum)
    assert forecast(found) is None
    page = account_page(session, museum, now=NOW)
    assert page is not None
    assert page.list_price_usage == {"seats": "10", "gigabytes": "0", "pages": "0"}
    comparison = page.comparison
    assert comparison is not None
    assert (str(comparison.previous_net), str(comparison.difference)) == ("0.00", "90.00")
