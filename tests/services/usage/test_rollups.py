"""Rollups and their events say the same, whatever came when, from whom and how often."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool
from support.accounts import differences
from support.factories import have_amara
from support.jobs import NOW, add_customers, job, metric, metrics

from pricingsite.database import Base, db
from pricingsite.models.catalog import UsageMetric
from pricingsite.models.usage import UsageDay, UsageEvent, UsageValue
from pricingsite.pricing import Aggregation, Period
from pricingsite.services.usage.events import Event, event_data
from pricingsite.services.usage.quantities import Freshness, freshness, quantity
from pricingsite.services.usage.rebuilding import rebuild, verify
from pricingsite.services.usage.recording import Recorded, UsageRefusedError, record
from pricingsite.services.usage.rollups import DaySum
from pricingsite.web.transaction import committing

TODAY = date(2026, 11, 23)
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
Queries = Callable[..., AbstractContextManager[list[str]]]


def call(number: int, subject: str = "cus_a", calls: int = 1, at: datetime = NOW) -> Event:
    return Event(subject, "/gateway", f"e{number}", "api_call", at, {"calls": calls})


@pytest.fixture
def counting(amara: Session) -> Session:
    """A session with a customer, and a metric of every aggregation on one type."""
    amara.add_all(metrics())
    add_customers(amara, "cus_a", "cus_b")
    return amara


def rows(session: Session) -> list[tuple[Any, ...]]:
    """All rollups but for when they were written."""
    days = select(
        UsageDay.customer_id,
        UsageDay.metric_id,
        UsageDay.day,
        UsageDay.event_count,
        UsageDay.total,
        UsageDay.maximum,
        UsageDay.latest,
        UsageDay.latest_source,
        UsageDay.latest_event_id,
        UsageDay.last_event_at,
    )
    values = select(UsageValue.customer_id, UsageValue.metric_id, UsageValue.day, UsageValue.value)
    return sorted(
        (tuple(row) for statement in (days, values) for row in session.execute(statement)),
        key=repr,
    )


def test_freshness_is_the_last_event_and_when_it_was_stored(counting: Session) -> None:
    assert freshness(counting, "cus_a") is None
    later = NOW + timedelta(hours=2)
    record(counting, [call(1), call(2, at=NOW - timedelta(days=3))], now=NOW)
    record(counting, [call(3, at=NOW - timedelta(days=1))], now=later)
    assert freshness(counting, "cus_a") == Freshness(NOW, later)
    assert freshness(counting, "cus_b") is None


def test_ten_thousand_events_are_a_few_statements(counting: Session, queries: Queries) -> None:
    subjects = ["cus_a", "cus_b"]
    batch = [call(n, subjects[n % 2], at=NOW - timedelta(minutes=n)) for n in range(10_000)]
    with queries(at_most=60):
        assert record(counting, batch, now=NOW) == Recorded(accepted=10_000, duplicates=0)
    with queries(at_most=60):
        assert record(counting, batch, now=NOW) == Recorded(accepted=0, duplicates=10_000)
    assert not differences(counting)


def test_a_thousand_customers_are_as_few_statements_as_one(
    counting: Session, queries: Queries
) -> None:
    names = [f"cus_{n:04}" for n in range(1_000)]
    add_customers(counting, *names)
    batches = [[job(f"{b}-{name}", 2, subject=name) for name in names] for b in range(2)]
    # The second finds the days of the first, and days of one more customer that are missing.
    batches[1].append(job("last", 2, subject="cus_b"))
    for batch in batches:
        with queries(at_most=16):
            record(counting, batch, now=NOW)
    figures = select(UsageDay.total, UsageDay.maximum, UsageDay.event_count)
    of = figures.where(UsageDay.metric_id.in_({"jobs_sum", "jobs_max"})).order_by(UsageDay.total)
    for name, times in (("cus_0999", 2), ("cus_b", 1)):
        found = counting.execute(of.where(UsageDay.customer_id == name)).all()
        assert [tuple(row) for row in found] == [(0, 2, times), (2 * times, None, times)]
        assert not verify(counting, name).differences


def test_an_archived_metric_goes_on_counting_for_those_who_have_it(counting: Session) -> None:
    counting.get_one(UsageMetric, "api_calls").archived_at = NOW
    record(counting, [call(1, calls=5)], now=NOW)
    assert quantity(counting, "cus_a", counting.get_one(UsageMetric, "api_calls"), YEAR) == 5
    assert not differences(counting)


def test_an_archived_metric_refuses_nothing_that_a_live_one_counts(counting: Session) -> None:
    counting.add(metric("old", "sum", property="n", archived_at=NOW))
    counting.commit()
    assert record(counting, [job(1, 5)], now=NOW).accepted == 1
    assert not differences(counting)


def test_an_archived_metric_refuses_what_no_other_counts(counting: Session) -> None:
    counting.add(metric("old", "sum", property="n", event_type="visit", archived_at=NOW))
    counting.commit()
    visit = Event("cus_a", "/gateway", "v1", "visit", NOW, {"value": 5})
    with pytest.raises(UsageRefusedError, match="its data lacks 'n'"):
        record(counting, [visit], now=NOW)


def test_a_metric_that_comes_later_counts_from_a_rebuild_what_it_can(counting: Session) -> None:
    record(counting, [call(1), call(2)], now=NOW)
    counting.add(metric("regions", "unique", property="region", event_type="api_call"))
    counting.add(metric("requests", "count", event_type="api_call"))
    counting.commit()
    found = differences(counting)
    assert [(one.metric_id, one.counted.event_count) for one in found] == [("requests", 2)]
    rebuild(counting, "cus_a", now=NOW)
    assert not differences(counting)


@pytest.mark.parametrize(
    "value", ["", "x" * 256, "nul\0", True, [1], {"a": 1}], ids=lambda value: repr(value)[:12]
)
def test_a_unique_value_must_fit_its_key(amara: Session, value: object) -> None:
    amara.add(metric("jobs", "unique"))
    add_customers(amara, "cus_a")
    with pytest.raises(ValueError, match="'value'"):
        record(amara, [job(1, value)], now=NOW)


def test_unique_values_count_once_over_days(amara: Session) -> None:
    amara.add(metric("jobs", "unique"))
    add_customers(amara, "cus_a")
    values = ["x" * 255, "ann", "Ann", 7, "7", Decimal("7.5"), "ann"]
    for n, value in enumerate(values):
        record(amara, [job(n, value, at=NOW - timedelta(days=n))], now=NOW)
    assert quantity(amara, "cus_a", amara.get_one(UsageMetric, "jobs"), YEAR) == 5


TAMPERINGS = {
    "count": update(UsageDay).values(event_count=UsageDay.event_count + 1),
    "total": update(UsageDay).where(UsageDay.metric_id == "jobs_sum").values(total=Decimal(1)),
    "maximum": update(UsageDay).where(UsageDay.metric_id == "jobs_max").values(maximum=Decimal(1)),
    "latest": update(UsageDay).where(UsageDay.metric_id == "jobs_latest").values(latest=Decimal(1)),
    "the latest event's id": update(UsageDay)
    .where(UsageDay.metric_id == "jobs_latest")
    .values(latest_event_id="j9"),
    "last event": update(UsageDay).values(last_event_at=NOW + timedelta(days=1)),
    "a day gone": delete(UsageDay).where(UsageDay.metric_id == "jobs_count"),
    "a day moved": update(UsageDay).values(day=date(2026, 1, 1)),
    "a value gone": delete(UsageValue),
    "a value changed": update(UsageValue).where(UsageValue.value == "5").values(value="other"),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_a_rollup_that_was_tampered_with_is_found_and_made_right(
    counting: Session, tampering: str
) -> None:
    record(counting, [job(1, 5), job(2, Decimal("2.5"))], now=NOW)
    counting.commit()
    right = rows(counting)
    counting.execute(TAMPERINGS[tampering], execution_options={"synchronize_session": False})
    assert differences(counting)
    assert rebuild(counting, "cus_a", now=NOW) == len(Aggregation)
    assert rows(counting) == right
    assert not differences(counting)


def test_a_difference_says_what_is_stored_and_what_was_counted(counting: Session) -> None:
    record(counting, [call(1, calls=5)], now=NOW)
    counting.execute(update(UsageDay).values(total=Decimal(6)))
    (found,) = differences(counting)
    assert (found.customer_id, found.metric_id, found.day) == ("cus_a", "api_calls", TODAY)
    assert found.stored == DaySum(1, Decimal(6), None, NOW)
    assert found.counted == DaySum(1, Decimal(5), None, NOW)


def test_a_voided_event_is_not_counted(counting: Session) -> None:
    record(counting, [call(1, calls=5), call(2, calls=7)], now=NOW)
    counting.execute(update(UsageEvent).where(UsageEvent.event_id == "e1").values(voided_at=NOW))
    rebuild(counting, "cus_a", now=NOW)
    assert quantity(counting, "cus_a", counting.get_one(UsageMetric, "api_calls"), YEAR) == 7


@pytest.mark.usefixtures("session")
def test_without_a_catalog_there_is_nothing_to_compare(session: Session) -> None:
    add_customers(session, "cus_a")
    assert verify(session, "cus_a").days == 0
    assert rebuild(session, "cus_a", now=NOW) == 0
    with pytest.raises(UsageRefusedError, match="types that count: none yet"):
        record(session, [job("a", 1, subject="cus_a")], now=NOW)


def test_two_senders_of_overlapping_batches_store_every_event_once(
    app: Flask, counting: Session
) -> None:
    """Each sends 600 events in four batches; the middle 400 are both's, in opposite orders."""
    counting.commit()
    together = Barrier(2)
    recorded: list[Recorded] = []
    first = [call(n, at=NOW - timedelta(hours=n % 50)) for n in range(600)]
    second = [call(n, at=NOW - timedelta(hours=n % 50)) for n in reversed(range(200, 800))]

    def send(events: list[Event]) -> None:
        together.wait()
        for start in range(0, 600, 150):
            with app.app_context(), committing(db.session):
                recorded.append(record(db.session(), events[start : start + 150], now=NOW))

    threads = [Thread(target=send, args=(events,)) for events in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one.accepted for one in recorded) == 800
    assert sum(one.duplicates for one in recorded) == 400
    counting.rollback()
    assert counting.scalar(select(func.count()).select_from(UsageEvent)) == 800
    assert quantity(counting, "cus_a", counting.get_one(UsageMetric, "api_calls"), YEAR) == 800
    assert not differences(counting)


@contextmanager
def embedded() -> Iterator[Session]:
    """A session of a database in memory, for one example of a property."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        have_amara(session)
        session.add_all(metrics())
        add_customers(session, "cus_a", "cus_b")
        yield session
    engine.dispose()


def as_read(micros: int) -> object:
    """A number of millionths as it comes out of an event's JSON."""
    return event_data(f'{{"value": {micros // 10**6}.{micros % 10**6:06d}}}')["value"]


EVENTS = st.lists(
    st.builds(
        job,
        st.integers(0, 10**6),
        st.integers(0, 10**15).map(as_read),
        st.datetimes(datetime(2026, 10, 24), datetime(2026, 10, 27), timezones=st.just(UTC)),  # noqa: DTZ001
        st.sampled_from(["cus_a", "cus_b"]),
    ),
    unique_by=lambda event: (event.subject, event.event_id),
    max_size=12,
)


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(EVENTS, st.data())
def test_any_split_order_and_repetition_gives_the_same_rollups(
    events: list[Event], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(events), max_size=6)) if events else []
    mixed = data.draw(st.permutations(events + again))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(mixed)), max_size=4)))
    with embedded() as whole, embedded() as split:
        record(whole, events, now=NOW)
        for start, end in zip([0, *cuts], [*cuts, len(mixed)], strict=True):
            record(split, mixed[start:end], now=NOW)
        assert rows(split) == rows(whole)
        assert not differences(split)
