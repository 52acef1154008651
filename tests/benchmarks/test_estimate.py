"""What an estimate costs: it reads days, so the number of events does not matter."""

import os
from datetime import date

from floors import Floors
from paired import Work, speed_ratio
from sqlalchemy import text
from sqlalchemy.orm import Session
from support.accounts import NOW, Account

from pricingsite.services.usage.rebuilding import rebuild

EVENTS = int(os.environ.get("BENCHMARK_EVENTS", "10_000_000"))
_CHUNK = 500_000

_NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers (n) AS (SELECT :first UNION ALL "
    "SELECT n + 1 FROM numbers WHERE n < :last) ",
    "postgresql": "WITH numbers (n) AS (SELECT generate_series(:first ::int, :last ::int)) ",
}
_MINUTE = {
    "sqlite": "datetime('2026-11-23 18:00', -(n % 30000) || ' minutes') || '.000000'",
    "postgresql": "timestamptz '2026-11-23 18:00:00Z' - (n % 30000) * interval '1 minute'",
}
_DATA = '{"calls":1}'
_PADDED = {"sqlite": "printf('%012d', n)", "postgresql": "lpad(n::text, 12, '0')"}


def customer_with(session: Session, events: int) -> Account:
    """A customer whose month holds so many events, made by the database itself."""
    account = Account(session)
    account.subscribe("A", "X", start=date(2026, 11, 1))
    session.commit()
    dialect = session.get_bind().dialect.name
    insert = text(
        "INSERT INTO usage_events (event_id, source, customer_id, event_type, occurred_at, data, "
        f"stored_at) {_NUMBERS[dialect]} SELECT {_PADDED[dialect]}, '/benchmark', :customer, "
        f"'api_call', {_MINUTE[dialect]}, :data, {_MINUTE[dialect]} FROM numbers"
    )
    for first in range(1, events + 1, _CHUNK):
        last = min(first + _CHUNK - 1, events)
        values = {"first": first, "last": last, "customer": account.customer.id, "data": _DATA}
        session.execute(insert, values)
        session.commit()
    rebuild(session, account.customer.id, now=NOW)
    session.commit()
    return account


def reading(account: Account) -> Work:
    def read() -> None:
        for _ in range(20):
            account.session.expire_all()
            account.read(NOW)

    return read


def test_an_estimate_is_flat_in_the_number_of_events(session: Session, floors: Floors) -> None:
    few, many = customer_with(session, 1_000), customer_with(session, EVENTS)
    name = f"an estimate's time after {EVENTS:,} events / after 1,000"
    floors.hold(name, speed_ratio(lambda _: reading(few), lambda _: reading(many)), most=1.2)
