"""What applying a catalog document would change, and what of it is refused.

Pure but for `load`: the document is compared with the rows that are stored, and nothing is written.
A price's terms are frozen once applied, a metric's once it is used, the merchant's zone and the VAT
rates in force once a billing schedule depends on them (design.md §3.5).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from pricingsite.models.catalog import Feature, Plan, Price, UsageMetric
from pricingsite.models.customers import Customer
from pricingsite.models.merchant import Merchant, VatRateRow
from pricingsite.models.schedules import BillingSchedule
from pricingsite.models.usage import UsageDay
from pricingsite.pricing import structure_from_dict
from pricingsite.services.catalog.conditions import in_words
from pricingsite.services.catalog.currencies import no_money
from pricingsite.services.catalog.document import CatalogDocument
from pricingsite.services.catalog.rows import NOUNS, Place, Record, Row, key_of, records_of

# As the database has it now, whatever the session has read before it waited for another apply.
FRESH = {"populate_existing": True}
_MAY_CHANGE_OF_A_PRICE = {"name", "position", "archived_at"}
_FROZEN_OF_A_METRIC = {"event_type", "aggregation", "property", "default", "where"}
_KEY_OF_COLUMN = {"metric_id": "metric"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The catalog as the database has it; empty where no catalog has been applied."""

    rows: Mapping[type[Row], Mapping[Any, Row]] = field(default_factory=dict)
    used_metrics: frozenset[str] = frozenset()
    has_schedules: bool = False

    def of(self, model: type[Row]) -> Mapping[Any, Any]:
        """The rows of a table by their keys."""
        return self.rows.get(model, {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What applying would do. With `problems` it does nothing; archiving must be asked for.

    `uncounted` are metrics of event types that others count: they lack what is stored already.
    """

    problems: tuple[str, ...]
    added: tuple[Record, ...]
    changed: tuple[tuple[Record, Row, tuple[str, ...]], ...]
    archived: tuple[Row, ...]
    removed: tuple[VatRateRow | Feature, ...]
    uncounted: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.archived or self.removed)


def load(session: Session) -> Stored:
    """Everything of the stored catalog that a document is compared with."""
    rows: dict[type[Row], dict[Any, Any]] = {
        model: {key_of(row): row for row in session.scalars(select(model), execution_options=FRESH)}
        for model in NOUNS
    }
    priced = {row.metric_id for row in rows[Price].values() if isinstance(row, Price)}
    return Stored(
        rows=rows,
        used_metrics=frozenset(
            metric for metric in rows[UsageMetric] if metric in priced or _counted(session, metric)
        ),
        has_schedules=bool(session.scalar(select(exists(select(BillingSchedule.id))))),
    )


def _counted(session: Session, metric_id: str) -> bool:
    # By way of the customers, so that usage is asked for customer by customer (design.md §6).
    usage = select(UsageDay.day).where(
        UsageDay.customer_id == Customer.id, UsageDay.metric_id == metric_id
    )
    return bool(session.scalar(select(exists(select(Customer.id).where(exists(usage))))))


def compare(document: CatalogDocument, stored: Stored, *, today: date) -> Changes:
    """What applying the document would change; `today` is the merchant's date."""
    records = tuple(records_of(document))
    problems = [
        *_no_rate_today(document, today),
        *no_money((p for p in document.prices if p.id not in stored.of(Price)), today),
        *_unknown_list_prices(document, stored),
        *_announced_wrongly(document, stored, today),
    ]
    added, changed = [], []
    for record in records:
        row = stored.of(record.model).get(record.id)
        if row is None:
            added.append(record)
            continue
        differing = tuple(c for c, value in record.values.items() if value_of(row, c) != value)
        problems += _refusals(record, row, differing, stored, today)
        if differing:
            changed.append((record, row, differing))
    named = {(record.model, record.id) for record in records}
    gone = [
        row for model in NOUNS for key, row in stored.of(model).items() if (model, key) not in named
    ]
    removed = tuple(row for row in gone if isinstance(row, VatRateRow | Feature))
    problems += _removed_rates(removed, stored, today)
    return Changes(
        problems=tuple(problems),
        added=tuple(added),
        changed=tuple(changed),
        archived=tuple(row for row in gone if getattr(row, "archived_at", row) is None),
        removed=removed,
        uncounted=tuple(_uncounted(added, changed, stored)),
    )


def _uncounted(
    added: Iterable[Record], changed: Iterable[tuple[Record, Row, tuple[str, ...]]], stored: Stored
) -> Iterator[str]:
    recounted = [record for record, _, columns in changed if _FROZEN_OF_A_METRIC & set(columns)]
    counted = {metric.event_type for metric in stored.of(UsageMetric).values()}
    for record in (*added, *recounted):
        if record.model is UsageMetric and record.values["event_type"] in counted:
            yield record.label


def value_of(row: Row, column: str) -> Any:
    """A stored value as a record has it."""
    if isinstance(row, Plan) and column == "places":
        return [
            Place(one.option_id, one.price_id, one.add_on, one.maximum_quantity)
            for one in row.plan_prices
        ]
    if isinstance(row, Price) and column == "structure":
        return structure_from_dict(row.structure).to_dict()
    return getattr(row, column)


def _no_rate_today(document: CatalogDocument, today: date) -> Iterator[str]:
    for first in (document.merchant.vat_rates or ())[:1]:
        if first.valid_from > today:
            yield f"{first.path}.valid_from: no rate is valid today, {today}"


def _unknown_list_prices(document: CatalogDocument, stored: Stored) -> Iterator[str]:
    """Variants whose list price is not in the file: it must be applied, and archived since."""
    in_file = {price.id for price in document.prices}
    for product in document.products:
        for price in product.prices:
            if price.variant_of is None or price.variant_of in in_file:
                continue
            of = stored.of(Price).get(price.variant_of)
            same = of and (of.list_price, of.product_id, of.currency)
            if same != (True, product.id, price.currency):
                yield (
                    f"{price.path}.variant_of: there is no list price "
                    f'"{price.variant_of}" of product {product.id} in {price.currency}'
                )


def _announced_wrongly(document: CatalogDocument, stored: Stored, today: date) -> Iterator[str]:
    """Announced prices that replace nothing that is there, or that a plan charges before time."""
    known = {price.id for price in document.prices} | set(stored.of(Price))
    announced = {p.id: p for p in document.prices if p.valid_from and p.valid_from > today}
    for price in document.prices:
        if price.replaces and price.replaces not in known:
            yield f'{price.path}.replaces: there is no list price "{price.replaces}"'
    for plan in document.plans:
        for option in plan.ways_to_pay:
            for n, name in enumerate(option.prices):
                if early := announced.get(name):
                    yield (
                        f"{option.path}.prices[{n}]: {name} is valid from {early.valid_from}: name "
                        f"{early.replaces}, which it replaces on that day"
                    )


def _refusals(
    record: Record, row: Row, differing: Iterable[str], stored: Stored, today: date
) -> Iterator[str]:
    """Why columns that differ cannot change."""
    for column in differing:
        if isinstance(row, Price) and column not in _MAY_CHANGE_OF_A_PRICE:
            yield from _price_refusals(record, row, column)
        elif why := _frozen(record, row, column, stored, today):
            path = f"{record.path}.{column}"
            yield f"{path}: {why.format(was=_worded(value_of(row, column)))}"


def _price_refusals(record: Record, row: Price, column: str) -> Iterator[str]:
    """A price's terms are as they were applied; each difference is named by its key."""
    was, will_be = value_of(row, column), record.values[column]
    if column == "structure":
        differences = _structure_differences(was, will_be)
    elif column == "product_id":
        differences = iter([("", f"of product {was}")])
    else:
        differences = iter([(_KEY_OF_COLUMN.get(column, column), _worded(was))])
    for key, old in differences:
        place = f"{record.path}.{key}" if key else record.path
        yield (
            f"{place}: {record.label} is applied and cannot change (it is {old}); "
            "give the new price a new id"
        )


def _frozen(record: Record, row: Row, column: str, stored: Stored, today: date) -> str | None:
    """What holds a column of another row as it is; `{was}` is its value."""
    if isinstance(row, UsageMetric) and column in _FROZEN_OF_A_METRIC:
        if record.id in stored.used_metrics:
            why = " is used and cannot change (it is {was}); give the new metric a new id"
            return record.label + why
    elif isinstance(row, Merchant) and column == "timezone" and stored.has_schedules:
        return "billing schedules depend on it, so it cannot change (it is {was})"
    elif isinstance(row, VatRateRow) and stored.has_schedules and row.valid_from <= today:
        return (
            "the rate is in force and cannot change (it is {was}); add one with a later valid_from"
        )
    return None


def _removed_rates(
    removed: Iterable[VatRateRow | Feature], stored: Stored, today: date
) -> Iterator[str]:
    for row in removed:
        if not isinstance(row, VatRateRow):
            continue
        if stored.has_schedules and row.valid_from <= today:
            yield (
                f"merchant.vat_rates: the rate from {row.valid_from} has been in force: keep it, "
                "and add one with a later valid_from"
            )


def _structure_differences(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Where two structures differ, as the file's keys, and what stands there now."""
    if old["model"] != new["model"]:
        yield "model", old["model"]
        return
    for key in sorted((old.keys() | new.keys()) - {"tiers"}):
        if old.get(key) != new.get(key):
            yield key, old.get(key, "none")
    before, after = old.get("tiers", []), new.get("tiers", [])
    if len(before) != len(after):
        yield "tiers", f"{len(before)} tiers"
        return
    for n, (was, now) in enumerate(zip(before, after, strict=True)):
        for key in ("upper_bound", "unit_price", "flat_fee"):
            if was.get(key) != now.get(key):
                yield f"tiers[{n}].{key}", was.get(key, "0")


def _worded(value: Any) -> str:
    if value is None or value == {}:
        return "none"
    if isinstance(value, dict):
        return in_words(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
