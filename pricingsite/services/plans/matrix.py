"""The table that compares plans: features and limits in groups, with each plan's value in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.catalog import Feature, UsageMetric, unit_of
from pricingsite.services.plans.offers import ContactPlan, ListedPlan
from pricingsite.wording.features import LIMITS, value_in_words
from pricingsite.wording.quantities import column, sentence_start


@dataclass(frozen=True, slots=True)
class Compared:
    """A feature, or what a metric counts, as plans can have it; `is_metric` where it is counted."""

    id: str
    name: str
    group: str | None
    description: str | None
    is_metric: bool = False


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A row of the table: what each plan has of something, in words by plan id."""

    name: str
    description: str | None
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MatrixGroup:
    """Rows under one heading; None for those without one, which come first."""

    name: str | None
    rows: tuple[MatrixRow, ...]


def read_compared(
    session: Session, plans: Iterable[ListedPlan], features: Iterable[Feature]
) -> tuple[Compared, ...]:
    """All features, and the metrics that one of the plans limits, in the catalog's order."""
    given = tuple(Compared(row.id, row.name, row.group_name, row.description) for row in features)
    limited = {id_ for plan in plans for id_ in plan.limits} - {row.id for row in given}
    if not limited:
        return given
    found = select(UsageMetric).where(UsageMetric.id.in_(limited)).order_by(UsageMetric.position)
    metrics = (
        Compared(row.id, sentence_start(column(unit_of(row))), LIMITS, None, is_metric=True)
        for row in session.scalars(found)
    )
    return (*given, *metrics)


def matrix(plans: Sequence[ListedPlan], compared: Iterable[Compared]) -> tuple[MatrixGroup, ...]:
    """The table of some plans, in groups."""
    groups: dict[str | None, list[MatrixRow]] = {None: []}
    for row in compared:
        is_limited = any(row.id in plan.limits for plan in plans)
        cells = {plan.id: _cell(plan, row.id, is_limited=is_limited) for plan in plans}
        groups.setdefault(row.group, []).append(MatrixRow(row.name, row.description, cells))
    return tuple(MatrixGroup(name, tuple(rows)) for name, rows in groups.items() if rows)


def _cell(plan: ListedPlan, id_: str, *, is_limited: bool) -> str:
    return value_in_words(
        value=plan.values.get(id_),
        limit=plan.limits.get(id_),
        is_limited=is_limited,
        is_open=isinstance(plan, ContactPlan),
    )
