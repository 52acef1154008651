"""Everything that settled a customer's documents, or took back what had."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from pricingsite.models.invoices import Invoice, Settlement
from pricingsite.pricing import Money

_Source = aliased(Invoice)


@dataclass(frozen=True, slots=True)
class OwnSettlement:
    """A payment, refund, credit or write-off of a document; a credit has the number it is from."""

    row: Settlement
    number: str | None
    amount: Money
    source: str | None


def settlements_of(session: Session, customer_id: str) -> Iterator[OwnSettlement]:
    """What settled a customer's documents, in the order in which it was recorded."""
    rows = session.execute(
        select(Settlement, Invoice.number, Invoice.currency, _Source.number)
        .join(Invoice, Invoice.id == Settlement.invoice_id)
        .outerjoin(_Source, _Source.id == Settlement.source_id)
        .where(Invoice.customer_id == customer_id)
        .order_by(Settlement.id)
    )
    for row, number, currency, source in rows:
        yield OwnSettlement(row, number, Money(row.amount, currency), source)
