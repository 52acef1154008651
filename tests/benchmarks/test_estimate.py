"""What an estimate costs, as a ratio measured side by side: it reads days, so events do not matter.

Run by name: `pytest -n0 -s tests/benchmarks`.
"""

from datetime import UTC, date, datetime, timedelta
from statistics import median
from time import perf_counter

from accounts import Account
from sqlalchemy.orm import Session

from pricingsite.services.events import Event
from pricingsite.services.recording import record

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)
ROUNDS = 9


def customer_with(session: Session, events: int) -> Account:
    """A customer whose month holds so many events, spread over its days."""
    account = Account(session)
    account.subscribe("A", "X", start=date(2026, 11, 1))
    batch = [
        Event(
            subject=account.customer.id,
            source="/benchmark",
            event_id=f"{number:08}",
            event_type="api_call",
            occurred_at=NOW - timedelta(minutes=number % 30_000),
            data={"calls": 1},
        )
        for number in range(events)
    ]
    for start in range(0, events, 10_000):
        record(session, batch[start : start + 10_000], now=NOW)
    session.commit()
    return account


def seconds(account: Account) -> float:
    account.session.expire_all()
    start = perf_counter()
    account.read(NOW)
    return perf_counter() - start


def test_an_estimate_is_flat_in_the_number_of_events(session: Session) -> None:
    few = customer_with(session, 1_000)
    many = customer_with(session, 100_000)
    ratios = [seconds(many) / seconds(few) for _ in range(ROUNDS)]
    print(f"\nestimate after 100,000 events / after 1,000: {median(ratios):.2f}")
    assert median(ratios) <= 1.2
