"""Rows page by page, in the order in which they were made."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from pricingsite.models.customers import BillingCopy, Customer, CustomerAlias
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.customers.aliases import is_any_of

T = TypeVar("T", Customer, BillingSchedule)


class CursorError(ValueError):
    """The id after which a page is to begin names nothing."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows, and the id after which the next page begins; None on the last."""

    rows: Sequence[T]
    next: str | None


def page_of(
    session: Session,
    model: type[T],
    statement: Select[T],
    *,
    after: str | None,
    limit: int,
) -> Page[T]:
    """Up to `limit` of a statement's rows after the one of an id. Raises `CursorError`."""
    if after is not None:
        # PostgreSQL cannot even be asked for a NUL.
        last = None if "\0" in after else session.get(model, after)
        if last is None:
            raise CursorError(f"{after!r} is not the next of another page")
        statement = statement.where(
            model.created_at >= last.created_at,
            or_(model.created_at > last.created_at, model.id > last.id),
        )
    ordered = statement.order_by(model.created_at, model.id).limit(limit + 1)
    rows = session.scalars(ordered).unique().all()
    return Page(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def page_of_customers(session: Session, *, after: str | None, limit: int) -> Page[Customer]:
    """A page of all customers. Raises `CursorError`."""
    return page_of(session, Customer, select(Customer), after=after, limit=limit)


def aliases_of_each(session: Session, customer_ids: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """The aliases of customers by their ids, in alphabetical order; none where there are none."""
    wanted = is_any_of(session, CustomerAlias.customer_id, customer_ids)
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in session.scalars(select(CustomerAlias).where(wanted)):
        found[row.customer_id].append(row.alias)
    # Sorted here: databases differ in what comes first.
    return defaultdict(list, {name: sorted(aliases) for name, aliases in found.items()})


def copies_of_each(session: Session, customer_ids: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """The addresses that get copies by the customers' ids, in their order."""
    wanted = is_any_of(session, BillingCopy.customer_id, customer_ids)
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in session.scalars(select(BillingCopy).where(wanted).order_by(BillingCopy.position)):
        found[row.customer_id].append(row.email)
    return found
