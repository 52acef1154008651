"""Which events of a batch can be counted, and why others cannot, in words that say what to change.

An event's time may be five minutes ahead of `now`, which clocks that differ make happen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pricingsite.services.usage.events import Event, EventError
from pricingsite.services.usage.metrics import Counter, UncountableError, measured

_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, order=True)
class BadEvent:
    """Why the event at an index, counted from 0, cannot be counted; `ahead` may try again later."""

    index: int
    reason: str
    ahead: bool = False


def problems_of(
    events: Sequence[Event | EventError],
    customers: Mapping[str, str],
    counters: Mapping[str, Sequence[Counter]],
    now: datetime,
) -> list[BadEvent]:
    """Why some of the events cannot be counted; `customers` by subject, `counters` by type."""
    latest = now + _CLOCK_SKEW
    deciding = {kind: _deciding(counting) for kind, counting in counters.items()}
    found = []
    for index, event in enumerate(events):
        if isinstance(event, EventError):
            found.append(BadEvent(index, str(event)))
        elif event.subject not in customers:
            found.append(BadEvent(index, f"no customer is known as {event.subject!r}"))
        elif event.event_type not in deciding:
            found.append(BadEvent(index, _type_refusal(event.event_type, counters)))
        elif event.occurred_at > latest:
            when = f"its time, {event.occurred_at.isoformat()}, is more than 5 minutes ahead"
            found.append(BadEvent(index, when, ahead=True))
        else:
            try:
                for counter in deciding[event.event_type]:
                    measured(counter, event.data)
            except UncountableError as error:
                found.append(BadEvent(index, str(error)))
    return found


def _deciding(counting: Sequence[Counter]) -> Sequence[Counter]:
    # An archived metric goes on counting what it can, but it holds up nothing that others count.
    return [counter for counter in counting if not counter.archived] or counting


def _type_refusal(kind: str, counters: Mapping[str, object]) -> str:
    known = ", ".join(sorted(counters)) or "none yet"
    return f"no metric counts events of type {kind!r}; types that count: {known}"
