"""Void events that were sent in error: they no longer count, and their days are rebuilt.

A voided event stays stored, so that sending it again is still a duplicate. Its correction is an
event of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_, update
from sqlalchemy.orm import Session

from pricingsite.models.usage import UsageEvent
from pricingsite.pricing import local_date
from pricingsite.services.customers.aliases import customers_of
from pricingsite.services.customers.locks import lock_customers
from pricingsite.services.merchant import get_merchant
from pricingsite.services.usage.checks import BadEvent
from pricingsite.services.usage.events import EventName
from pricingsite.services.usage.rebuilding import rebuild_days
from pricingsite.services.usage.recording import UsageRefusedError

_CHUNK = 1_000

# The id and source of an event; with its customer, its identity.
_Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Voided:
    """How many events were taken out, and how many had been before."""

    voided: int
    already_voided: int


def void(session: Session, names: Sequence[EventName], *, now: datetime) -> Voided:
    """Take events out of what is counted. Raises `UsageRefusedError` where one is not stored."""
    customers = customers_of(session, {name.subject for name in names})
    wanted: dict[str, dict[_Name, int]] = {}  # By customer, where each event first stands.
    problems = []
    for index, name in enumerate(names):
        if (customer_id := customers.get(name.subject)) is None:
            problems.append(BadEvent(index, f"no customer is known as {name.subject!r}"))
        else:
            wanted.setdefault(customer_id, {}).setdefault((name.event_id, name.source), index)
    lock_customers(session, wanted, exclusive=True)
    voided = 0
    for customer_id, events in sorted(wanted.items()):
        found = _take_out(session, customer_id, list(events), now)
        voided += len(found.fresh)
        problems += [
            BadEvent(index, "no event of this id and source is stored for this customer")
            for name, index in events.items()
            if name not in found.stored
        ]
        zone = get_merchant(session).zone
        days = {local_date(moment, zone) for moment in found.fresh}
        rebuild_days(session, customer_id, days, now=now)
    if problems:
        raise UsageRefusedError(sorted(problems))
    return Voided(voided, len(names) - voided)


@dataclass(frozen=True, slots=True)
class _Found:
    """The events that are stored, and the moments of those that were not voided yet."""

    stored: set[_Name]
    fresh: list[datetime]


def _take_out(session: Session, customer_id: str, events: Sequence[_Name], now: datetime) -> _Found:
    found = _Found(set(), [])
    for start in range(0, len(events), _CHUNK):
        some = events[start : start + _CHUNK]
        these = (
            UsageEvent.customer_id == customer_id,
            tuple_(UsageEvent.event_id, UsageEvent.source).in_(some),
        )
        columns = select(
            UsageEvent.event_id, UsageEvent.source, UsageEvent.occurred_at, UsageEvent.voided_at
        )
        for event_id, source, occurred_at, voided_at in session.execute(columns.where(*these)):
            found.stored.add((event_id, source))
            if voided_at is None:
                found.fresh.append(occurred_at)
        not_yet = (*these, UsageEvent.voided_at.is_(None))
        session.execute(update(UsageEvent).where(*not_yet).values(voided_at=now))
    return found
