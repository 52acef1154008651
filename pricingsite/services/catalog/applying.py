"""Applying a catalog document to the database.

Applying is one transaction of the caller's: everything is compared first, and nothing is changed
when anything is wrong. Days are the merchant's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pricingsite.models.catalog import Plan, PlanPrice, Price, Product
from pricingsite.models.merchant import Merchant, VatRateRow
from pricingsite.pricing import local_date
from pricingsite.services.catalog.changes import Changes, Stored, compare, load
from pricingsite.services.catalog.document import CatalogDocument, CatalogError
from pricingsite.services.catalog.rows import Place, Record, Row, label
from pricingsite.services.merchant import get_merchant

# Any number that no other lock of this database uses.
_ADVISORY_LOCK = 0x43_41_54_41


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What an apply did, by names such as `price X`; `version` counts applies that did anything.

    `uncounted` metrics count from now on; usage that was stored before is theirs after a rebuild.
    """

    added: tuple[str, ...]
    updated: tuple[str, ...]
    restored: tuple[str, ...]
    archived: tuple[str, ...]
    removed: tuple[str, ...]
    uncounted: tuple[str, ...]
    version: int

    @property
    def changed(self) -> bool:
        """Whether the catalog is another than before."""
        return bool(self.added or self.updated or self.restored or self.archived or self.removed)


def apply(session: Session, document: CatalogDocument, *, archive: bool, now: datetime) -> Applied:
    """Make the stored catalog the document's, and flush.

    What the document no longer names is archived if `archive`, and refused otherwise. Raises
    `CatalogError` with every problem, in which case nothing has been changed.
    """
    _await_other_applies(session)
    changes = changes_of(document, load(session), now=now)
    problems = changes.problems
    if not archive:
        problems += tuple(
            f"{label(row)} is not in the file: run again with --archive to archive it"
            for row in changes.archived
        )
    if problems:
        raise CatalogError(problems)
    if changes:
        _carry_out(session, changes, now)
    merchant = get_merchant(session)
    return _applied(changes, merchant.version)


def changes_of(document: CatalogDocument, stored: Stored, *, now: datetime) -> Changes:
    """What applying the document would change in a stored catalog."""
    return compare(document, stored, today=local_date(now, document.merchant.zone))


def put_on_trial(session: Session, document: CatalogDocument, *, now: datetime) -> None:
    """Make an empty database hold a document, and flush: to see what it would be like."""
    _carry_out(session, changes_of(document, Stored(), now=now), now)


def _await_other_applies(session: Session) -> None:
    # SQLite's writing transactions wait for each other; PostgreSQL's would compare with the same
    # rows and then both write. The lock is let go with the transaction.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))


def _carry_out(session: Session, changes: Changes, now: datetime) -> None:
    # First what goes: it may leave its place to something new.
    for row in changes.archived:
        _set(session, row, "archived_at", now)
    for _, records in groupby(changes.added, key=attrgetter("model")):
        session.flush()  # Later kinds refer to earlier ones.
        session.add_all(_new_row(record, now) for record in records)
    session.flush()
    for record, row, columns in changes.changed:
        for column in columns:
            _set(session, row, column, record.values[column])
    for row in changes.removed:
        session.delete(row)
    merchant = get_merchant(session)
    merchant.version = (merchant.version or 0) + 1
    merchant.applied_at = now
    session.flush()
    for product in session.scalars(select(Product)):
        # One that was read before has its new prices when it is asked for them again.
        session.expire(product, ["prices"])


def _new_row(record: Record, now: datetime) -> Row:
    values = dict(record.values)
    key = "valid_from" if record.model is VatRateRow else "id"
    if record.model is Merchant:
        values |= {"version": 0, "applied_at": now}
    if record.model is Price:
        values["applied_at"] = now
    if record.model is Plan:
        values["plan_prices"] = _plan_prices(values.pop("places", []))
    return record.model(**{key: record.id}, **values)


def _set(session: Session, row: Row, column: str, value: Any) -> None:
    if not isinstance(row, Plan) or column != "places":
        setattr(row, column, value)
        return
    # The old places go first: a price may keep its plan and change its position.
    row.plan_prices.clear()
    session.flush()
    row.plan_prices = _plan_prices(value)
    session.flush()


def _plan_prices(places: Iterable[Place]) -> list[PlanPrice]:
    return [PlanPrice(position=n, **place._asdict()) for n, place in enumerate(places)]


def _applied(changes: Changes, version: int) -> Applied:
    restored = [
        record.label for record, row, columns in changes.changed if "archived_at" in columns
    ]
    updated = [
        record.label for record, _row, columns in changes.changed if set(columns) - {"archived_at"}
    ]
    return Applied(
        added=tuple(record.label for record in changes.added),
        updated=tuple(updated),
        restored=tuple(restored),
        archived=tuple(label(row) for row in changes.archived),
        removed=tuple(label(row) for row in changes.removed),
        uncounted=changes.uncounted,
        version=version,
    )
