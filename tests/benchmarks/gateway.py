"""Batches as a gateway sends them: ids grow with time unless said, 5 % of events come twice."""

import random
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from uuid import UUID, uuid4

from sqlalchemy.orm import Session
from support.accounts import NOW, Account

from pricingsite.services.usage.events import Event
from pricingsite.services.usage.recording import record
from pricingsite.web.transaction import committing

_numbers = count(1)


def ordered_id() -> str:
    """A UUIDv7 as senders make them: a millisecond that grows, and random bits."""
    number = next(_numbers)
    bits = (1_790_000_000_000 + number // 20) << 80 | 7 << 76 | random.getrandbits(76)
    return str(UUID(int=bits))


def random_id() -> str:
    return str(uuid4())


class Gateway:
    """A customer, and what reports its usage."""

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
