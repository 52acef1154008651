"""The `where` of a metric: which values an event's data must have to be counted by it.

Text is compared as it is, spaces and capitals included.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pricingsite.pricing.aggregation import EventValue
from pricingsite.services.catalog.toml_tables import Problems, join, only_tables
from pricingsite.services.catalog.toml_values import text

_MOST_CHARACTERS = 255


@only_tables
def conditions(found: dict[str, Any], path: str, problems: Problems) -> Mapping[str, str]:
    """Values by property: `{ region = "eu" }`."""
    if not found:
        problems.add(path, "name at least one property, or leave it out")
    return {name: _value(value, join(path, name), problems) for name, value in found.items()}


def _value(value: Any, path: str, problems: Problems) -> str:
    # Read for its problems alone: the space around it counts.
    read = text(value, path, problems)
    if read and len(value) > _MOST_CHARACTERS:
        problems.add(path, f"expected at most {_MOST_CHARACTERS} characters")
    return value if read else ""


def check_conditions(metrics: Iterable[Any], problems: Problems) -> None:
    """Refuse to compare as text what a metric of the same events reads as a number."""
    metrics = tuple(metrics)
    numbers = {
        (metric.event_type, metric.property): metric.path
        for metric in metrics
        if metric.aggregation and metric.aggregation.reads is EventValue.NUMBER
    }
    for metric in metrics:
        for name in metric.where or ():
            if reader := numbers.get((metric.event_type, name)):
                problems.add(
                    join(f"{metric.path}.where", name),
                    f"{reader} reads {name} as a number, and where compares text",
                )


def in_words(where: Mapping[str, str]) -> str:
    """Conditions as the file has them: `region = "eu"`."""
    return ", ".join(_each(where))


def _each(where: Mapping[str, str]) -> Iterator[str]:
    for name, value in sorted(where.items()):
        yield f'{name} = "{value}"'
