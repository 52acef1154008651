"""How much a month can hold of a metric: what goes beyond is refused, event by event."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from support.calls import NOW, a_customer, calls_of, refused, use

from pricingsite.models.customers import Customer
from pricingsite.models.usage import UsageDay
from pricingsite.services.usage.checks import BadEvent
from pricingsite.services.usage.events import Event
from pricingsite.services.usage.recording import (
    Recorded,
    UsageRefusedError,
    record,
    record_good,
)

Queries = Callable[..., AbstractContextManager[list[str]]]


@pytest.fixture
def customer(amara: Session) -> Customer:
    return a_customer(amara, "Ashdown Ltd")


@pytest.mark.parametrize("count", [10_000, 1_001])
def test_a_batch_too_large_for_its_column_is_refused(
    amara: Session, customer: Customer, count: int
) -> None:
    problems = refused(amara, *(use(customer, f"e{n}", 10**9) for n in range(count)))
    assert [index for index, _ in problems] == list(range(1_000, count))


def test_a_batch_too_large_for_its_month_is_refused_however_many_days_it_has(
    amara: Session, customer: Customer
) -> None:
    events = [
        use(customer, f"e{n}", 10**9, occurred_at=NOW - timedelta(days=n % 20))
        for n in range(10_000)
    ]
    problems = refused(amara, *events)
    assert [index for index, _ in problems] == list(range(1_000, 10_000))


def test_a_year_of_full_months_is_exact(amara: Session, customer: Customer) -> None:
    full = Decimal("999999999999.999999")
    for month in range(1, 13):
        day = UsageDay(
            customer_id=customer.id,
            metric_id="api_calls",
            day=date(2026, month, 15),
            event_count=1_000,
            total=full,
            last_event_at=NOW,
            updated_at=NOW,
        )
        amara.add(day)
    amara.commit()
    assert calls_of(amara, customer) == 12 * full


def test_a_month_may_be_full_and_the_next_goes_on(amara: Session, customer: Customer) -> None:
    def month(number: int, **changes: Any) -> list[Event]:
        return [use(customer, f"{number}-{n}", 10**9, **changes) for n in range(1_000)]

    record(amara, month(10, occurred_at=datetime(2026, 10, 31, 12, tzinfo=UTC)), now=NOW)
    record(amara, month(11), now=NOW)
    assert calls_of(amara, customer) == 2 * 10**12


def full_month(session: Session, customer: Customer, total: str = "1000000000000") -> None:
    """November's 10th has come to so much."""
    day = UsageDay(
        customer_id=customer.id,
        metric_id="api_calls",
        day=date(2026, 11, 10),
        event_count=1_000,
        total=Decimal(total),
        last_event_at=NOW,
        updated_at=NOW,
    )
    session.add(day)
    session.commit()


@pytest.mark.parametrize(
    ("there", "calls", "refused"),
    [
        ("1000000000000", ["1"], [0]),
        ("1000000000000", ["0.000001"], [0]),
        ("1000000000000", ["0"], []),
        ("999999999999.999999", ["0.000001"], []),
        ("999999999999", ["0.5", "0.5"], []),
        ("999999999999", ["0.5", "0.500001"], [1]),
        # What an earlier version let in stays as it is, and exact.
        ("1999999999999.999999", ["0"], []),
        ("1999999999999.999999", ["1"], [0]),
    ],
)
def test_a_full_month_takes_no_more_on_any_day(
    amara: Session, customer: Customer, there: str, calls: list[str], refused: list[int]
) -> None:
    full_month(amara, customer, there)
    batch = [
        use(customer, f"e{n}", Decimal(text), occurred_at=NOW - timedelta(days=n))
        for n, text in enumerate(calls)
    ]
    left, problems = record_good(amara, batch, now=NOW)
    assert [one.index for one in problems] == refused
    assert left.accepted == len(calls) - len(refused)
    added = sum((Decimal(text) for n, text in enumerate(calls) if n not in refused), Decimal(0))
    assert calls_of(amara, customer) == Decimal(there) + added


def test_what_a_full_month_refuses_is_named_however_often_it_is_repeated(
    amara: Session, customer: Customer
) -> None:
    full_month(amara, customer)
    october = NOW - timedelta(days=30)
    batch = [use(customer, "over"), use(customer, "fits", occurred_at=october)]
    recorded, refused = record_good(amara, [*batch, batch[0], batch[1]], now=NOW)
    assert recorded == Recorded(accepted=1, duplicates=1)
    assert [one.index for one in refused] == [0, 2]


@pytest.mark.parametrize(("there", "calls"), [("0", 10**9), ("500000000000", 1)])
@pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
def test_a_month_that_may_fill_up_is_written_by_one_at_a_time(
    amara: Session, customer: Customer, there: str, calls: int
) -> None:
    full_month(amara, customer, there)
    record(amara, [use(customer, f"e{n}", calls) for n in range(2)], now=NOW)
    with Session(amara.get_bind()) as other:
        other.execute(text("SET LOCAL lock_timeout = '20ms'"))
        with pytest.raises(OperationalError):
            record(other, [use(customer, "f", occurred_at=NOW - timedelta(days=1))], now=NOW)
    amara.rollback()


def test_what_would_overfill_a_total_is_refused_and_no_other(
    amara: Session, customer: Customer
) -> None:
    full = [use(customer, f"e{n}", 10**9) for n in range(999)]
    record(amara, full, now=NOW)
    amara.commit()
    other = a_customer(amara, "Other Ltd")
    batch = [
        full[0],
        use(customer, "half", 10**9 - 1),
        use(customer, "over", 2),
        use(customer, "last", 1),
        use(other, "theirs", 10**9),
    ]
    with pytest.raises(UsageRefusedError) as refusal:
        record(amara, batch, now=NOW)
    amara.rollback()
    why = "with it, api_calls comes to more than 1,000,000,000,000 in a month"
    assert refusal.value.problems == (BadEvent(2, why),)
    assert record(amara, batch[:2] + batch[3:], now=NOW).accepted == 3
    assert calls_of(amara, customer) == 10**12
