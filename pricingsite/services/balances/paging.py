"""Invoices page by page, in the order in which they were made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from pricingsite.models.invoices import Invoice
from pricingsite.services.balances.standing import InvoiceStatus, Standing, standings

# A status follows from payments: to find those that have it, so many are looked at for one page.
_MOST_EXAMINED = 1_000


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """Invoices with their standing, and the id after which the next page begins; None on the last.

    It may hold fewer than were asked for, and others follow it still.
    """

    invoices: Sequence[tuple[Invoice, Standing]]
    next: int | None


def page_of_invoices(
    session: Session,
    *,
    customer_id: str | None = None,
    status: InvoiceStatus | None = None,
    after: int = 0,
    limit: int,
    today: date,
) -> InvoicePage:
    """Up to `limit` invoices, credit notes and drafts after an id, without their lines."""
    examined = limit if status is None else _MOST_EXAMINED
    statement = (
        select(Invoice)
        .options(joinedload(Invoice.corrects))
        .where(Invoice.id > after)
        .order_by(Invoice.id)
        .limit(examined + 1)
    )
    if customer_id is not None:
        statement = statement.where(Invoice.customer_id == customer_id)
    rows = session.scalars(statement).all()
    shown, more = rows[:examined], len(rows) > examined
    standing = standings(session, shown, today=today)
    found = [(one, standing[one.id]) for one in shown if status in {None, standing[one.id].status}]
    if len(found) > limit:
        return InvoicePage(found[:limit], found[limit - 1][0].id)
    return InvoicePage(found, shown[-1].id if more else None)
