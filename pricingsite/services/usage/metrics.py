"""Measure an event by each metric of its type, or say why it cannot be counted.

An event reports at most 10⁹ of a quantity, with at most six decimals. A reason says what to change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from pricingsite.models.catalog import UsageMetric
from pricingsite.models.merchant import Merchant
from pricingsite.pricing.aggregation import Aggregation, EventValue

MOST_PER_EVENT = 10**9
_MILLIONTH = Decimal("0.000001")
_MOST_SHOWN = 40
# A value is part of a key of the tables, whose length databases bound.
_MOST_CHARACTERS = 255

# For each event; to look for a member in its enum takes ten times as long as for a name.
_DISTINCT = EventValue.DISTINCT

# How much of a sum, a maximum or a count an event is, or the value that `unique` looks at.
Measure = int | Decimal | str


class UncountableError(ValueError):
    """An event's data does not hold what the metric counts."""


@dataclass(frozen=True, slots=True)
class MetricRule:
    """How a metric counts the events of its type; see `UsageMetric`.

    One that is `required` refuses an event that it cannot count. `where` are the values, by
    property, that an event's data must have to be counted at all; empty counts every one.
    """

    metric_id: str
    aggregation: Aggregation
    property: str | None
    default: Decimal | None
    required: bool
    where: tuple[tuple[str, str], ...] = ()

    def applies_to(self, data: Mapping[str, Any]) -> bool:
        """Whether an event's data have the values that the rule asks for, as they are."""
        return all(data.get(name) == value for name, value in self.where)


# What an event counts for, by each rule that counts it.
Measures = Sequence[tuple[MetricRule, Measure]]


def list_metrics(session: Session) -> Sequence[UsageMetric]:
    """All metrics in the catalog's order; archived ones too, as some still have their prices."""
    return session.scalars(select(UsageMetric).order_by(UsageMetric.position)).all()


@dataclass(frozen=True, slots=True)
class Counting:
    """How events are counted: by the rules of each type, in days of the merchant's zone.

    Archived metrics have rules too, where old prices need them.
    """

    rules: Mapping[str, Sequence[MetricRule]]
    zone: ZoneInfo


# What a rule is made of, without what a metric is called and how it is shown.
_COUNTING = (
    select(
        Merchant.timezone,
        UsageMetric.id,
        UsageMetric.event_type,
        UsageMetric.aggregation,
        UsageMetric.property,
        UsageMetric.default,
        UsageMetric.where,
        UsageMetric.archived_at,
    )
    .select_from(UsageMetric)
    .join(Merchant, true())
    .order_by(UsageMetric.position)
)


def read_counting(session: Session) -> Counting:
    """How events are counted now; without a metric, not at all."""
    metrics = session.execute(_COUNTING).all()
    live = {metric.event_type for metric in metrics if metric.archived_at is None}
    rules: dict[str, list[MetricRule]] = {}
    for metric in metrics:
        rules.setdefault(metric.event_type, []).append(
            MetricRule(
                metric_id=metric.id,
                aggregation=metric.aggregation,
                property=metric.property,
                default=metric.default,
                # An archived metric counts what it can, but refuses nothing that a live one counts.
                required=metric.archived_at is None or metric.event_type not in live,
                where=tuple(sorted(metric.where.items())),
            )
        )
    return Counting(rules, ZoneInfo(metrics[0].timezone if metrics else "UTC"))


def any_where(rules: Mapping[str, Sequence[MetricRule]]) -> bool:
    """Whether a rule counts only some events of its type."""
    return any(rule.where for of_kind in rules.values() for rule in of_kind)


def read_properties(rules: Mapping[str, Sequence[MetricRule]]) -> set[str]:
    """The properties of events that are counted, or decide what counts."""
    every = [rule for of_kind in rules.values() for rule in of_kind]
    counted = {rule.property for rule in every if rule.property}
    return counted | {name for rule in every for name, _ in rule.where}


def text_properties(rules: Mapping[str, Sequence[MetricRule]]) -> set[tuple[str, str]]:
    """The properties, each with its event type, whose values are told apart and never added."""
    told_apart, numbers = set[tuple[str, str]](), set[tuple[str, str]]()
    for kind, of_kind in rules.items():
        for rule in of_kind:
            told_apart |= {(kind, name) for name, _ in rule.where}
            if rule.property is not None:
                distinct = rule.aggregation.reads is EventValue.DISTINCT
                (told_apart if distinct else numbers).add((kind, rule.property))
    return told_apart - numbers


def measures_of(
    rules: Sequence[MetricRule], data: Mapping[str, Any], *, stored: bool = False
) -> Measures:
    """What an event counts for by each of its type's rules that applies and can count it.

    It is nothing where no rule's `where` matches: such an event is stored, and on no bill. Raises
    `UncountableError` for a required rule that cannot, unless the event is stored already.
    """
    found = []
    for rule in rules:
        if rule.where and not rule.applies_to(data):
            continue
        try:
            found.append((rule, measure(rule, data)))
        except UncountableError:
            if rule.required and not stored:
                raise
    return found


def measure(rule: MetricRule, data: Mapping[str, Any]) -> Measure:
    """What an event of this data counts for. Raises `UncountableError`."""
    name = rule.property
    if name is None:
        return 1
    value = data.get(name)
    if rule.aggregation.reads is _DISTINCT:
        return _distinguished(name, value)
    if type(value) is int and 0 <= value <= MOST_PER_EVENT:
        return value  # What nearly every event reports, at once.
    # A property that is null is absent, as one that is not there.
    return _number(name, rule.default if value is None else value)


def _distinguished(name: str, value: object) -> str:
    if value is None:
        raise UncountableError(f"its data lacks {name!r}")
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise UncountableError(f"{name!r} is neither text nor a number: {_shown(value)}")
    text = str(value)
    if not 0 < len(text) <= _MOST_CHARACTERS:
        raise UncountableError(f"{name!r} has not 1 to {_MOST_CHARACTERS} characters")
    if "\x00" in text:
        raise UncountableError(f"{name!r} holds a NUL character")
    return text


def _number(name: str, value: object) -> Decimal:
    if value is None:
        raise UncountableError(f"its data lacks {name!r}")
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise UncountableError(f"{name!r} is not a number: {_shown(value)}")
    amount = Decimal(value)
    if amount < 0:
        raise UncountableError(f"{name!r} is negative: {_shown(value)}")
    if amount > MOST_PER_EVENT:
        raise UncountableError(
            f"{name!r} is more than {MOST_PER_EVENT:,} for one event: {_shown(value)}"
        )
    if amount != amount.quantize(_MILLIONTH):
        raise UncountableError(f"{name!r} has more than 6 decimals: {_shown(value)}")
    return amount


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
