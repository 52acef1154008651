"""A customer's events are found in every block that they were stored in."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from support.accounts import differences
from support.jobs import NOW, add_customers, job, metrics

from pricingsite.models.usage import UsageDay, UsageEvent
from pricingsite.services.usage.blocks import blocks
from pricingsite.services.usage.events import Event, EventName
from pricingsite.services.usage.own_usage import pages_of_events
from pricingsite.services.usage.rebuilding import rebuild
from pricingsite.services.usage.recording import record
from pricingsite.services.usage.voiding import void

CUSTOMERS = ["cus_a", "cus_b", "cus_c"]
BATCHES = 7


@pytest.fixture
def stored(amara: Session, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session on seven batches of six events of three customers, ten rows to a block."""
    monkeypatch.setattr("pricingsite.services.usage.blocks._ROWS", 10)
    amara.add_all(metrics())
    add_customers(amara, *CUSTOMERS)
    for number in range(BATCHES):
        record(amara, batch(number), now=NOW)
    return amara


def batch(number: int) -> list[Event]:
    """Two events of each customer; every later batch tells of an earlier day."""
    at = NOW - timedelta(days=number)
    return [
        job(f"{number}-{one}", number + 1, at=at - timedelta(hours=one), subject=subject)
        for subject in CUSTOMERS
        for one in range(2)
    ]


def test_sqlite_begins_a_block_and_postgresql_has_one(stored: Session) -> None:
    sqlite = stored.get_bind().dialect.name == "sqlite"
    # The row before each batch: 0, 6, 12 and so on.
    assert blocks(stored) == ([0, 1, 2, 3] if sqlite else [0])
    each = select(func.count()).select_from(UsageEvent).group_by(UsageEvent.block)
    sizes = each.order_by(UsageEvent.block)
    assert stored.scalars(sizes).all() == ([12, 12, 6, 12] if sqlite else [42])


def test_what_was_sent_before_begins_no_block(stored: Session) -> None:
    before = blocks(stored)
    for number in range(BATCHES):
        assert record(stored, batch(number), now=NOW).accepted == 0
    assert blocks(stored) == before


def test_rollups_are_verified_and_made_from_all_blocks(stored: Session) -> None:
    assert differences(stored) == []
    days = select(func.count()).select_from(UsageDay)
    told = stored.scalar(days)
    assert [rebuild(stored, one, now=NOW) for one in CUSTOMERS] == [BATCHES * 5] * 3
    assert stored.scalar(days) == told
    assert differences(stored) == []


@pytest.mark.parametrize("number", range(BATCHES))
def test_an_event_of_any_block_is_voided(stored: Session, number: int) -> None:
    void(stored, [EventName("cus_b", "/gateway", f"j{number}-0")], now=NOW)
    assert differences(stored) == []
    of_day = select(UsageDay.event_count).where(
        UsageDay.customer_id == "cus_b",
        UsageDay.metric_id == "jobs_count",
        UsageDay.day == (NOW - timedelta(days=number)).date(),
    )
    assert stored.scalar(of_day) == 1


def test_a_customer_s_own_events_come_each_once(stored: Session) -> None:
    rows = [row for page in pages_of_events(stored, "cus_c") for row in page]
    assert len(rows) == BATCHES * 2
    assert {row.event_id for row in rows} == {
        f"j{number}-{one}" for number in range(BATCHES) for one in range(2)
    }
    if stored.get_bind().dialect.name == "postgresql":
        assert rows == sorted(rows)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_finds_them_by_block_and_customer(stored: Session) -> None:
    own = (
        "SELECT data FROM usage_events WHERE block IN (0, 1, 2) AND customer_id = 'cus_a' "
        "AND occurred_at >= '2026-11-01'"
    )
    [step] = stored.execute(text(f"EXPLAIN QUERY PLAN {own}")).all()
    assert "INDEX ix_usage_events_block (block=? AND customer_id=? AND occurred_at>?)" in step[3]
