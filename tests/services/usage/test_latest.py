"""Metrics that go by their latest event: the greatest of the period by (time, source, id)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session
from support.accounts import differences
from support.jobs import NOW, add_customers, job, metric

from pricingsite.database import db
from pricingsite.models.catalog import UsageMetric
from pricingsite.models.usage import UsageDay
from pricingsite.pricing import Period
from pricingsite.services.usage.events import Event, EventName
from pricingsite.services.usage.quantities import quantity
from pricingsite.services.usage.recording import record
from pricingsite.services.usage.voiding import void
from pricingsite.web.transaction import committing

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
MORNING = datetime(2026, 11, 10, 8, tzinfo=UTC)


@pytest.fixture
def disks(amara: Session) -> Session:
    """A session with a customer, and a metric that goes by the latest event."""
    amara.add(metric("disks", "latest", default=Decimal(1)))
    add_customers(amara, "cus_a")
    return amara


def latest(session: Session, period: Period = NOVEMBER) -> Decimal:
    return quantity(session, "cus_a", session.get_one(UsageMetric, "disks"), period)


def names(*events: Event) -> list[EventName]:
    return [EventName(one.subject, one.source, one.event_id) for one in events]


def test_the_last_event_counts_whichever_comes_first(disks: Session) -> None:
    record(disks, [job(1, 7, MORNING)], now=NOW)
    assert latest(disks) == 7
    record(disks, [job(2, 3, MORNING + timedelta(days=2))], now=NOW)
    assert latest(disks) == 3
    record(disks, [job(3, 9, MORNING + timedelta(days=1)), job(4, 8, MORNING)], now=NOW)
    assert latest(disks) == 3
    assert not differences(disks)


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [
        # Capital letters come before small ones, and these before others: code points decide.
        (("/b", "j1"), ("/B", "j2"), 1),
        (("/a", "B"), ("/a", "a"), 2),
        (("/a", "z"), ("/a", "ä"), 2),
        (("/a", "\ufb01"), ("/a", "\U0001f600"), 2),
        (("/a", "e9"), ("/a", "e10"), 1),
        (("/a", "e"), ("/a", "e "), 2),
    ],
)
def test_of_events_at_one_moment_the_greatest_source_and_id_counts(
    disks: Session, first: tuple[str, str], second: tuple[str, str], value: int
) -> None:
    events = [
        Event("cus_a", *name, "job", MORNING, {"value": number})
        for number, name in enumerate((first, second), start=1)
    ]
    for order in (events, events[::-1]):
        for event in order:
            record(disks, [event], now=NOW)
        assert latest(disks) == value
        assert not differences(disks)
        disks.rollback()


def test_a_void_brings_the_event_before_it_back(disks: Session) -> None:
    events = [job(n, n, MORNING + timedelta(hours=10 * n)) for n in range(1, 5)]
    record(disks, events, now=NOW)
    for remaining in (3, 2, 1, 0):
        void(disks, names(events[remaining]), now=NOW)
        assert latest(disks) == remaining
        assert not differences(disks)
    assert record(disks, events, now=NOW).duplicates == 4
    assert latest(disks) == 0


def test_nothing_is_carried_over_from_the_period_before(disks: Session) -> None:
    record(disks, [job(1, 7, datetime(2026, 10, 31, 23, 59, tzinfo=UTC))], now=NOW)
    assert latest(disks) == 0
    assert latest(disks, Period(date(2026, 10, 1), date(2026, 11, 1))) == 7


def test_an_event_without_the_property_counts_the_default(disks: Session) -> None:
    record(disks, [Event("cus_a", "/gateway", "e1", "job", MORNING, {})], now=NOW)
    assert latest(disks) == 1
    record(disks, [job(2, Decimal("0.000001"), NOW), job(3, 10**9, MORNING)], now=NOW)
    assert latest(disks) == Decimal("0.000001")


def test_senders_at_the_same_time_leave_the_last_event(app: Flask, disks: Session) -> None:
    """Both send events of the same few moments, one of them from the last to the first."""
    together = Barrier(2)

    def send(source: str, numbers: list[int]) -> None:
        together.wait()
        for number in numbers:
            event = job(number, number, MORNING + timedelta(seconds=number // 4), source=source)
            with app.app_context(), committing(db.session):
                record(db.session(), [event], now=NOW)

    numbers = list(range(40))
    threads = [
        Thread(target=send, args=("/a", numbers)),
        Thread(target=send, args=("/b", numbers[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = disks.get_one(UsageDay, ("cus_a", "disks", MORNING.date()))
    assert (row.event_count, row.latest, row.latest_source, row.latest_event_id) == (
        80,
        39,
        "/b",
        "j39",
    )
    assert not differences(disks)


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_sources_and_ids_are_ordered_by_code_point_in_any_locale(session: Session) -> None:
    columns = text(
        "SELECT column_name, collation_name FROM information_schema.columns "
        "WHERE table_name = 'usage_days' AND column_name LIKE 'latest\\_%'"
    )
    assert dict(session.execute(columns).all()) == {"latest_source": "C", "latest_event_id": "C"}
