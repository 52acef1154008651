"""Check which events of a batch can be counted, and measure them; a reason says what to change.

Clocks differ: an event's time may be up to five minutes ahead of `now`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pricingsite.services.usage.events import Event, EventError
from pricingsite.services.usage.metrics import Measures, MetricRule, UncountableError, measures_of

_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, order=True)
class BadEvent:
    """Why the event at an index, counted from 0, cannot be counted; `ahead` may try again later."""

    index: int
    reason: str
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """What each event of a batch counts for, or else why some of them cannot be counted."""

    measures: list[Measures]
    problems: list[BadEvent]


def check_events(
    events: Sequence[Event | EventError],
    customers: Mapping[str, str],
    rules: Mapping[str, Sequence[MetricRule]],
    now: datetime,
) -> Checked:
    """Check and measure the events; `customers` are ids by subject, `rules` by event type."""
    last_moment = now + _CLOCK_SKEW
    measures, problems = list[Measures](), list[BadEvent]()
    for index, event in enumerate(events):
        if isinstance(event, EventError):
            problems.append(BadEvent(index, str(event)))
        elif event.subject not in customers:
            problems.append(BadEvent(index, f"no customer is known as {event.subject!r}"))
        elif event.event_type not in rules:
            problems.append(BadEvent(index, _type_refusal(event.event_type, rules)))
        elif event.occurred_at > last_moment:
            when = f"its time, {event.occurred_at.isoformat()}, is more than 5 minutes ahead"
            problems.append(BadEvent(index, when, ahead=True))
        else:
            try:
                measures.append(measures_of(rules[event.event_type], event.data))
            except UncountableError as error:
                problems.append(BadEvent(index, str(error)))
    return Checked(measures, problems)


def _type_refusal(kind: str, rules: Mapping[str, object]) -> str:
    known = ", ".join(sorted(rules)) or "none yet"
    return f"no metric counts events of type {kind!r}; types that count: {known}"
