"""What recording promises: each event once, all of a batch or nothing, quantities exact."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session
from support.accounts import differences
from support.calls import NOW, a_customer, add_metric, calls_of, refused, use

from pricingsite.models.customers import Customer
from pricingsite.pricing import Period
from pricingsite.services.customers.aliases import add_alias
from pricingsite.services.usage.events import ON_ARRIVAL, Event
from pricingsite.services.usage.quantities import quantity
from pricingsite.services.usage.recording import (
    Recorded,
    UsageConflictError,
    record,
    record_good,
)

Queries = Callable[..., AbstractContextManager[list[str]]]


@pytest.fixture
def customer(amara: Session) -> Customer:
    return a_customer(amara, "Ashdown Ltd")


def test_an_event_counts_once_however_often_it_comes(amara: Session, customer: Customer) -> None:
    batch = [use(customer, "e1", 3), use(customer, "e2", 4), use(customer, "e1", 3)]
    assert record(amara, batch, now=NOW) == Recorded(accepted=2, duplicates=1)
    assert record(amara, batch, now=NOW) == Recorded(accepted=0, duplicates=3)
    assert calls_of(amara, customer) == 7


def test_an_event_without_a_time_counts_when_it_arrives(amara: Session, customer: Customer) -> None:
    undated = use(customer, "e1", 5, occurred_at=ON_ARRIVAL)
    dated = use(customer, "e2", 1, occurred_at=NOW - timedelta(days=40))
    repeated = use(customer, "e2", 1, occurred_at=ON_ARRIVAL)
    batch = [undated, undated, dated, repeated]
    assert record(amara, batch, now=NOW) == Recorded(accepted=2, duplicates=2)
    later = NOW + timedelta(days=1)
    assert record(amara, batch, now=later) == Recorded(accepted=0, duplicates=4)
    assert [
        recorded.occurred_at for _, recorded, _ in record(amara, [undated], now=NOW).events
    ] == [NOW]
    for other in (
        use(customer, "e1", 6, occurred_at=ON_ARRIVAL),
        use(customer, "e1", 5, occurred_at=later),
    ):
        with pytest.raises(UsageConflictError):
            record(amara, [other], now=later)
    assert calls_of(amara, customer, Period(NOW.date(), later.date())) == 5
    assert differences(amara) == []


def test_an_empty_batch_is_nothing(amara: Session) -> None:
    assert record(amara, [], now=NOW) == Recorded(accepted=0, duplicates=0)


def test_identity_is_customer_source_and_id(amara: Session, customer: Customer) -> None:
    other = a_customer(amara, "Other Ltd")
    batch = [use(customer), use(customer, source="/other"), use(other, calls=5)]
    assert record(amara, batch, now=NOW).accepted == 3
    assert (calls_of(amara, customer), calls_of(amara, other)) == (2, 5)


@pytest.mark.parametrize(
    "changes",
    [
        {"data": {"calls": 4}},
        {"data": {"calls": 3, "path": "/v1"}},
        {"occurred_at": NOW - timedelta(microseconds=1)},
        {"event_type": "job"},
    ],
)
def test_other_content_for_a_stored_identity_is_a_conflict(
    amara: Session, customer: Customer, changes: dict[str, Any]
) -> None:
    add_metric(amara, "jobs", "count")
    record(amara, [use(customer, "e1", 3)], now=NOW)
    amara.commit()
    batch = [use(customer, "new"), use(customer, "e1", **changes), use(customer, "e1", 3)]
    with pytest.raises(UsageConflictError) as conflict:
        record(amara, batch, now=NOW)
    amara.rollback()
    assert conflict.value.indexes == (1,)
    assert calls_of(amara, customer) == 3


def test_a_batch_may_not_contradict_itself(amara: Session, customer: Customer) -> None:
    batch = [use(customer, "e1", 1), use(customer, "e2", 1), use(customer, "e1", 2)]
    with pytest.raises(UsageConflictError) as conflict:
        record(amara, batch, now=NOW)
    assert conflict.value.indexes == (2,)


@pytest.mark.parametrize("data", [{}, {"calls": None}, {"path": "/v1"}])
def test_an_event_without_the_property_counts_the_default(
    amara: Session, customer: Customer, data: dict[str, Any]
) -> None:
    record(amara, [use(customer, data=data)], now=NOW)
    assert calls_of(amara, customer) == 1


@pytest.mark.parametrize(
    ("calls", "total"),
    [
        (["0.000001"], "0.000001"),
        (["0.1"] * 10, "1"),
        (["1000000000"], "1000000000"),
        (["999999999.999999", "0.000001"], "1000000000"),
        (["0"], "0"),
        (["2.5000000000"], "2.5"),
    ],
)
def test_quantities_are_exact(
    amara: Session, customer: Customer, calls: list[str], total: str
) -> None:
    batch = [use(customer, f"e{n}", Decimal(text)) for n, text in enumerate(calls)]
    record(amara, batch, now=NOW)
    assert calls_of(amara, customer) == Decimal(total)
    assert not differences(amara)


@pytest.mark.parametrize(
    ("calls", "why"),
    [
        (Decimal("1000000000.000001"), "'calls' is more than 1,000,000,000 for one event"),
        (10**300, "…"),
        (Decimal("0.0000001"), "'calls' has more than 6 decimals: 1E-7"),
        (Decimal("1.000000000000000000000000000001"), "'calls' has more than 6 decimals"),
        (-1, "'calls' is negative: -1"),
        ("three", "'calls' is not a number: 'three'"),
        ("x" * 999, "…"),
        (True, "'calls' is not a number: True"),
        ([1], "'calls' is not a number: [1]"),
    ],
)
def test_what_is_no_quantity_is_refused_by_name(
    amara: Session, customer: Customer, calls: object, why: str
) -> None:
    problems = refused(amara, use(customer, "good"), use(customer, "bad", calls))
    assert [index for index, _ in problems] == [1]
    assert why in problems[0][1]
    assert len(problems[0][1]) < 120


def test_every_bad_event_is_named_and_nothing_is_stored(amara: Session, customer: Customer) -> None:
    add_metric(amara, "jobs", "count")
    problems = refused(
        amara,
        use(customer),
        use(customer, "e2", subject="cus_nobody"),
        use(customer, "e3", event_type="apicall"),
        use(customer, "e4", occurred_at=NOW + timedelta(days=1)),
    )
    assert [index for index, _ in problems] == [1, 2, 3]
    assert problems[0][1] == "no customer is known as 'cus_nobody'"
    assert problems[1][1].endswith("types that count: api_call, job")
    assert "more than 5 minutes ahead" in problems[2][1]


def test_the_good_events_of_a_batch_can_be_stored_without_the_bad(
    amara: Session, customer: Customer
) -> None:
    record(amara, [use(customer, "e1", 1)], now=NOW)
    batch = [
        use(customer, "e1", 2),
        use(customer, "e2", 3),
        use(customer, "e3", subject="cus_nobody"),
        use(customer, "e1", 1),
        use(customer, "e4", occurred_at=NOW + timedelta(days=1)),
        use(customer, "e2", 4),
    ]
    recorded, refused = record_good(amara, batch, now=NOW)
    assert recorded == Recorded(accepted=1, duplicates=1)
    assert [(one.index, one.ahead) for one in refused] == [
        (0, False),
        (2, False),
        (4, True),
        (5, False),
    ]
    assert calls_of(amara, customer) == 4
    assert not differences(amara)


def test_clocks_may_differ_by_five_minutes(amara: Session, customer: Customer) -> None:
    ahead = timedelta(minutes=5)
    refused(amara, use(customer, occurred_at=NOW + ahead + timedelta(seconds=1)))
    record(amara, [use(customer, occurred_at=NOW + ahead)], now=NOW)
    assert calls_of(amara, customer) == 1


def test_an_alias_names_the_same_customer(amara: Session, customer: Customer) -> None:
    add_alias(amara, customer, "ashdown")
    batch = [use(customer), use(customer, subject="ashdown"), use(customer, "e2")]
    assert record(amara, batch, now=NOW) == Recorded(accepted=2, duplicates=1)
    assert calls_of(amara, customer) == 2


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        # In summer London is an hour ahead: its day ends at 23:00 in Greenwich.
        (datetime(2026, 7, 31, 22, 59, 59, 999_999, tzinfo=UTC), date(2026, 7, 31)),
        (datetime(2026, 7, 31, 23, 0, tzinfo=UTC), date(2026, 8, 1)),
        (datetime(2026, 7, 31, 23, 30, tzinfo=UTC), date(2026, 8, 1)),
        (datetime(2026, 1, 31, 23, 30, tzinfo=UTC), date(2026, 1, 31)),
        # The clocks go forward on 29 March, and back on 25 October: 01:30 comes twice.
        (datetime(2026, 3, 28, 23, 59, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 29, 23, 0, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 24, 23, 0, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 59, tzinfo=UTC), date(2026, 10, 25)),
    ],
)
def test_an_event_falls_on_the_merchants_day(
    amara: Session, customer: Customer, moment: datetime, day: date
) -> None:
    record(amara, [use(customer, occurred_at=moment)], now=NOW)
    assert calls_of(amara, customer, Period(day, day + timedelta(days=1))) == 1


@pytest.mark.parametrize(
    ("aggregation", "total"),
    [("count", 5), ("sum", Decimal("18.5")), ("max", 9), ("unique", 3), ("latest", Decimal("2.5"))],
)
def test_each_aggregation_over_a_period(
    amara: Session, customer: Customer, aggregation: str, total: Decimal
) -> None:
    metric = add_metric(amara, "jobs", aggregation)
    # The 1st and the 30th are the period's edges; what lies about it is outside.
    days_and_values = [(1, "2.5"), (1, "2.5"), (7, "9"), (30, "2"), (30, "2.5")]
    moments = [(datetime(2026, 9, day, 12, tzinfo=UTC), value) for day, value in days_and_values]
    outside = [datetime(2026, 8, 31, 12, tzinfo=UTC), datetime(2026, 10, 1, 12, tzinfo=UTC)]
    moments += [(moment, "77") for moment in outside]
    for n, (moment, value) in enumerate(moments):
        event = use(customer, f"e{n}", event_type="job", data={"value": Decimal(value)})
        record(amara, [Event(**_fields(event) | {"occurred_at": moment})], now=NOW)
    september = Period(date(2026, 9, 1), date(2026, 10, 1))
    assert quantity(amara, customer.id, metric, september) == total
    empty = Period(date(2026, 2, 1), date(2026, 3, 1))
    assert quantity(amara, customer.id, metric, empty) == 0
    assert not differences(amara)


def _fields(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in Event.__struct_fields__}
