"""Check which events of a batch can be counted; a reason says what to change.

Clocks differ: an event's time may be up to five minutes ahead of `now`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pricingsite.services.usage.events import Event, EventError
from pricingsite.services.usage.metrics import MetricRule, UncountableError, measure

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
    rules: Mapping[str, Sequence[MetricRule]],
    now: datetime,
) -> list[BadEvent]:
    """Why some of the events cannot be counted; `customers` by subject, `rules` by type."""
    latest = now + _CLOCK_SKEW
    deciding = {kind: _deciding(of_type) for kind, of_type in rules.items()}
    found = []
    for index, event in enumerate(events):
        if isinstance(event, EventError):
            found.append(BadEvent(index, str(event)))
        elif event.subject not in customers:
            found.append(BadEvent(index, f"no customer is known as {event.subject!r}"))
        elif event.event_type not in deciding:
            found.append(BadEvent(index, _type_refusal(event.event_type, rules)))
        elif event.occurred_at > latest:
            when = f"its time, {event.occurred_at.isoformat()}, is more than 5 minutes ahead"
            found.append(BadEvent(index, when, ahead=True))
        else:
            try:
                for rule in deciding[event.event_type]:
                    measure(rule, event.data)
            except UncountableError as error:
                found.append(BadEvent(index, str(error)))
    return found


def _deciding(rules: Sequence[MetricRule]) -> Sequence[MetricRule]:
    # An archived metric goes on counting what it can, but it holds up nothing that others count.
    return [rule for rule in rules if not rule.archived] or rules


def _type_refusal(kind: str, rules: Mapping[str, object]) -> str:
    known = ", ".join(sorted(rules)) or "none yet"
    return f"no metric counts events of type {kind!r}; types that count: {known}"
