"""What storing usage costs, beside the least that it could cost."""

from collections.abc import Callable

import pytest
from floors import Floors
from gateway import Gateway, ordered_id, random_id
from paired import Work, speed_ratio
from sqlalchemy import text
from sqlalchemy.orm import Session
from support.accounts import NOW
from support.jobs import add_customers, job, metric

from pricingsite.services.usage.events import Event

# Of SQLite (True) and PostgreSQL; the worst of five runs where the machine's noise moves them.
LEAST_OF_SUMS = {True: 0.57, False: 0.45}
LEAST_OF_THREE = {True: 0.35, False: 0.3}
LEAST_DIRECT = {
    (True, 1_000): 1.0,
    (True, 10_000): 0.5,
    (False, 1_000): 0.42,
    (False, 10_000): 0.43,
}


class Raw:
    """Another table with the same columns, keys and references, filled by the driver alone.

    On SQLite it has the index that one would make by hand, by customer and time, in place of ours
    by blocks: with blocks, the driver alone is a third faster too.
    """

    def __init__(self, session: Session) -> None:
        self.connection = session.connection().engine.raw_connection()
        self.driver = self.connection.driver_connection
        self.sqlite = session.get_bind().dialect.name == "sqlite"
        if self.sqlite:
            table = session.scalar(
                text("SELECT sql FROM sqlite_master WHERE name = 'usage_events'")
            )
            self.driver.execute(table.replace("usage_events", "raw_events"))
            self.driver.execute("CREATE INDEX raw_index ON raw_events (customer_id, occurred_at)")
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

    def insert(self, *batches: list[tuple[object, ...]]) -> None:
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

    def copy(self, rows: list[tuple[object, ...]]) -> None:
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
def test_direct_store_beside_the_driver_alone(
    session: Session, gateway: Gateway, size: int, floors: Floors
) -> None:
    raw = Raw(session)
    repeats = 20_000 // size

    def ours(_: int) -> Work:
        batches = [gateway.batch(size) for _ in range(repeats)]
        return lambda: gateway.record(*batches)

    def theirs(_: int) -> Work:
        batches = [raw.rows(gateway.batch(size)) for _ in range(repeats)]
        return lambda: raw.insert(*batches)

    ratio = speed_ratio(ours, theirs)
    raw.close()
    least = LEAST_DIRECT[raw.sqlite, size]
    floors.hold(f"direct / driver alone, batches of {size:,}", ratio, least=least)


def test_a_batch_sent_again_beside_the_first_time(gateway: Gateway, floors: Floors) -> None:
    sent: dict[int, list[list[Event]]] = {}

    def first(number: int) -> Work:
        gateway.sent = []
        sent[number] = [gateway.batch(1_000) for _ in range(20)]
        return lambda: gateway.record(*sent[number])

    def again(number: int) -> Work:
        if number < 1:
            gateway.sent = []
            gateway.record(*(batches := [gateway.batch(1_000) for _ in range(20)]))
            return lambda: gateway.record(*batches)
        return lambda: gateway.record(*sent[number - 1])

    floors.hold("a batch again / the first time", speed_ratio(again, first), least=1)


def test_random_ids_beside_ordered_ones(gateway: Gateway, floors: Floors) -> None:
    def with_ids(new_id: Callable[[], str]) -> Callable[[int], Work]:
        def prepare(_: int) -> Work:
            batches = [gateway.batch(1_000, new_id) for _ in range(20)]
            return lambda: gateway.record(*batches)

        return prepare

    gateway.record(*(gateway.batch(10_000, random_id) for _ in range(30)))
    ratio = speed_ratio(with_ids(random_id), with_ids(ordered_id))
    floors.hold("random ids / ordered ids", ratio, least=0.25)


@pytest.mark.parametrize("aggregations", [("sum",), ("sum", "max", "unique")], ids="-".join)
def test_a_thousand_customers_beside_one(
    session: Session, gateway: Gateway, aggregations: tuple[str, ...], floors: Floors
) -> None:
    session.add_all(metric(f"jobs_{one}", one) for one in aggregations)
    names = [f"cus_{number:04}" for number in range(1_000)]
    add_customers(session, *names)

    def of(*subjects: str) -> Callable[[int], Work]:
        def prepare(_: int) -> Work:
            batches = [
                [
                    job(ordered_id(), n % 50, subject=subjects[n % len(subjects)])
                    for n in range(1_000)
                ]
                for _ in range(5)
            ]
            return lambda: gateway.record(*batches)

        return prepare

    ratio = speed_ratio(of(*names), of(names[0]))
    name = f"a batch of 1,000 customers / of one, {', '.join(aggregations)}"
    sqlite = session.get_bind().dialect.name == "sqlite"
    if len(aggregations) == 1:
        floors.hold(name, ratio, least=LEAST_OF_SUMS[sqlite])
    else:
        floors.hold(name, ratio, least=LEAST_OF_THREE[sqlite])
