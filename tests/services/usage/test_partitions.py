"""The tables that grow with usage, partitioned by hash of the customer: everything works as it is.

Whatever shards by customer can keep their keys and their foreign key.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session
from support.accounts import NOW, Account, differences, noon

from pricingsite.models.usage import UsageDay, UsageEvent, UsageValue
from pricingsite.services.usage.events import EventName
from pricingsite.services.usage.rebuilding import rebuild
from pricingsite.services.usage.voiding import void

TABLES = [table.__tablename__ for table in (UsageEvent, UsageDay, UsageValue)]
PARTITIONS = 4


@pytest.fixture
def partitioned(session: Session) -> Iterator[Session]:
    """A session whose transaction, and no other, sees the tables in partitions."""
    for table in TABLES:
        session.execute(text(f"ALTER TABLE {table} RENAME TO {table}_before"))
        session.execute(
            text(
                f"CREATE TABLE {table} (LIKE {table}_before INCLUDING ALL) "
                "PARTITION BY HASH (customer_id)"
            )
        )
        session.execute(
            text(f"ALTER TABLE {table} ADD FOREIGN KEY (customer_id) REFERENCES customers (id)")
        )
        for part in range(PARTITIONS):
            session.execute(
                text(
                    f"CREATE TABLE {table}_{part} PARTITION OF {table} "
                    f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {part})"
                )
            )
    yield session
    session.rollback()


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_usage_is_recorded_voided_and_read_from_partitions(partitioned: Session) -> None:
    accounts = [Account(partitioned) for _ in range(12)]
    for account in accounts:
        account.subscribe("A", "X")
        account.use(1000, 1001, at=noon(2026, 11, 3))
        account.use(500, at=noon(2026, 11, 4))
    parts = [
        partitioned.scalar(text(f"SELECT count(*) FROM usage_events_{part}"))  # noqa: S608
        for part in range(PARTITIONS)
    ]
    assert sum(parts) == 36
    assert sum(1 for held in parts if held) > 1, "everything lies in one partition"
    for account in accounts:
        assert str(account.read().bill.net) == "1425.65"
    mistaken = EventName(accounts[0].customer.id, "/gateway", "e3")
    void(partitioned, [mistaken], now=NOW)
    assert str(accounts[0].read().bill.net) == "1200.45"
    for account in accounts:
        rebuild(partitioned, account.customer.id, now=NOW)
    assert differences(partitioned) == []


def test_every_unique_key_names_the_customer_and_nothing_else_is_referred_to(
    session: Session,
) -> None:
    tables = inspect(session.connection())
    for table in TABLES:
        keys = [
            tables.get_pk_constraint(table)["constrained_columns"],
            *(unique["column_names"] for unique in tables.get_unique_constraints(table)),
            *(index["column_names"] for index in tables.get_indexes(table) if index["unique"]),
        ]
        assert all("customer_id" in key for key in keys), table
        references = tables.get_foreign_keys(table)
        assert [one["constrained_columns"] for one in references] == [["customer_id"]]
        assert [one["referred_table"] for one in references] == ["customers"]
