"""Which events can be counted, and why another cannot, in words that say what to change.

An event reports at most 10⁹ of a quantity, with at most six decimals; its time may be five minutes
ahead of `now`, which clocks that differ make happen.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from pricingsite.models.catalog import UsageMetric
from pricingsite.services.events import Event

MOST_PER_EVENT = Decimal(10**9)
# What a customer's metric may come to: the tables' whole millionths hold it nine times over.
MOST_IN_ALL = Decimal(10**12)
_CLOCK_SKEW = timedelta(minutes=5)
_MILLIONTH = Decimal("0.000001")
_MOST_SHOWN = 40
# A value is part of a key of the tables, whose length databases bound.
_MOST_CHARACTERS = 255


def refusal(
    event: Event,
    customers: Mapping[str, str],
    metrics: Mapping[str, Sequence[UsageMetric]],
    now: datetime,
) -> str | None:
    """Why an event cannot be counted, in words; None when it can."""
    if event.subject not in customers:
        return f"no customer is known as {event.subject!r}"
    if event.event_type not in metrics:
        known = ", ".join(sorted(metrics)) or "none yet"
        return f"no metric counts events of type {event.event_type!r}; types that count: {known}"
    if event.occurred_at > now + _CLOCK_SKEW:
        return f"its time, {event.occurred_at.isoformat()}, is more than 5 minutes ahead"
    counting = metrics[event.event_type]
    # An archived metric goes on counting what it can, but it holds up nothing that others count.
    deciding = [metric for metric in counting if metric.archived_at is None] or counting
    whys = (property_refusal(metric, event.data) for metric in deciding)
    return next((why for why in whys if why), None)


def property_refusal(metric: UsageMetric, data: Mapping[str, Any]) -> str | None:
    """Why a metric cannot count an event with this data, in words; None when it can."""
    if metric.property is None:
        return None
    value = data.get(metric.property)
    if value is None:
        if metric.aggregation != "unique" and metric.default is not None:
            return None
        return f"its data lacks {metric.property!r}"
    if metric.aggregation == "unique":
        return _value_refusal(metric.property, value)
    return _number_refusal(metric.property, value)


def _value_refusal(name: str, value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return f"{name!r} is neither text nor a number: {_shown(value)}"
    if not 0 < len(str(value)) <= _MOST_CHARACTERS:
        return f"{name!r} has not 1 to {_MOST_CHARACTERS} characters"
    return f"{name!r} holds a NUL character" if "\x00" in str(value) else None


def _number_refusal(name: str, value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return f"{name!r} is not a number: {_shown(value)}"
    amount = Decimal(value)
    if amount < 0:
        return f"{name!r} is negative: {_shown(value)}"
    if amount > MOST_PER_EVENT:
        return f"{name!r} is more than {MOST_PER_EVENT:,f} for one event: {_shown(value)}"
    if amount != amount.quantize(_MILLIONTH):
        return f"{name!r} has more than 6 decimals: {_shown(value)}"
    return None


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
