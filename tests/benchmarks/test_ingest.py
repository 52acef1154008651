"""What storing usage costs, beside the least that it could cost.

Batches are as a gateway sends them: ids that grow with time unless said, 5 % of events sent twice.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from uuid import UUID, uuid4

import pytest
from accounts import NOW, Account
from paired import Work, speed_ratio
from sqlalchemy import text
from sqlalchemy.orm import Session

from pricingsite.services.event_store import Row
from pricingsite.services.events import Event
from pricingsite.services.recording import record
from pricingsite.web.transaction import committing

_numbers = count(1)


def ordered_id() -> str:
    """A UUIDv7 as senders make them: a millisecond that grows, and random bits."""
    number = next(_numbers)
    bits = (1_790_000_000_000 + number // 20) << 80 | 7 << 76 | random.getrandbits(76)
    return str(UUID(int=bits))


def random_id() -> str:
    return str(uuid4())


class Sender:
    """A customer and its gateway."""

    def __init__(self, session: Session) -> None:
        self.session = session
        account = Account(session)
        account.subscribe("A", "X")
        session.commit()
        self.customer_id = account.customer.id
        self.sent: list[Event] = []

    def batch(self, size: int, new_id: Callable[[], str] = ordered_id) -> list[Event]:
        """Events of the last hour, 5 % of them sent before."""
        again = random.sample(self.sent, size // 20) if self.sent else []
        fresh = [
            Event(
                subject=self.customer_id,
                source="/gateway",
                event_id=new_id(),
                event_type="api_call",
                occurred_at=NOW - timedelta(milliseconds=number),
                data={"calls": 1 + number % 7},
            )
            for number in range(size - len(again))
        ]
        self.sent = fresh
        return fresh + again

    def record(self, *batches: list[Event]) -> None:
        for batch in batches:
            with committing(self.session):
                record(self.session, batch, now=NOW)


@pytest.fixture
def sender(session: Session) -> Sender:
    return Sender(session)


class Raw:
    """Another table with the same columns, keys and references, filled by the driver alone."""

    def __init__(self, session: Session) -> None:
        self.connection = session.connection().engine.raw_connection()
        self.driver = self.connection.driver_connection
        self.sqlite = session.get_bind().dialect.name == "sqlite"
        if self.sqlite:
            definitions = session.scalars(
                text("SELECT sql FROM sqlite_master WHERE tbl_name = 'usage_events' AND sql <> ''")
            ).all()
            for sql in definitions:
                named = sql.replace("usage_events", "raw_events")
                self.driver.execute(named)
        else:
            self.driver.execute("CREATE TABLE raw_events (LIKE usage_events INCLUDING ALL)")
            self.driver.execute(
                "ALTER TABLE raw_events ADD FOREIGN KEY (customer_id) REFERENCES customers (id)"
            )
            self.driver.commit()

    def close(self) -> None:
        self.driver.execute("DROP TABLE raw_events")
        if not self.sqlite:
            self.driver.commit()
        self.connection.close()

    def insert(self, *batches: list[Row]) -> None:
        for rows in batches:
            if self.sqlite:
                self.driver.execute("BEGIN IMMEDIATE")
                self.driver.executemany(
                    "INSERT INTO raw_events (event_id, source, customer_id, event_type, "
                    "occurred_at, data, stored_at) VALUES (?, ?, ?, ?, ?, ?, ?) "
                    "ON CONFLICT DO NOTHING",
                    rows,
                )
                self.driver.execute("COMMIT")
            else:
                self.copy(rows)

    def copy(self, rows: list[Row]) -> None:
        with self.driver.cursor() as cursor:
            with cursor.copy(
                "COPY raw_events (event_id, source, customer_id, event_type, occurred_at, data, "
                "stored_at) FROM STDIN (FORMAT BINARY)"
            ) as copy:
                copy.set_types(["text"] * 4 + ["timestamptz", "text", "timestamptz"])
                for row in rows:
                    copy.write_row(row)
            self.driver.commit()

    def rows(self, events: list[Event]) -> list[tuple[object, ...]]:
        """What the driver is given, ready made; COPY knows no duplicates."""
        if not self.sqlite:
            events = list({event.event_id: event for event in events}.values())
        at = (lambda moment: str(moment)[:26]) if self.sqlite else (lambda moment: moment)
        return [
            (
                ordered_id() if not self.sqlite else e.event_id,
                e.source,
                e.subject,
                e.event_type,
                at(e.occurred_at),
                e.content,
                at(NOW),
            )
            for e in events
        ]


@pytest.mark.parametrize("size", [1_000, 10_000])
def test_direct_store_beside_the_driver_alone(session: Session, sender: Sender, size: int) -> None:
    raw = Raw(session)
    repeats = 20_000 // size

    def ours(_: int) -> Work:
        batches = [sender.batch(size) for _ in range(repeats)]
        return lambda: sender.record(*batches)

    def theirs(_: int) -> Work:
        batches = [raw.rows(sender.batch(size)) for _ in range(repeats)]
        return lambda: raw.insert(*batches)

    ratio = speed_ratio(f"direct / driver alone, batches of {size:,}", ours, theirs)
    raw.close()
    if raw.sqlite:
        assert ratio >= 0.45
    elif size == 10_000:
        assert ratio >= 0.35
