"""What an accountant books: invoices and credit notes by VAT rate, and what settled them."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload

from pricingsite.models.invoices import Invoice, Settlement, SettlementKind
from pricingsite.pricing import Money

_AT_ONCE = 1_000
_Source = aliased(Invoice)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What a document has at one VAT rate, or a settlement of it, on its day.

    A document has `net`, `tax` and `gross`, negative in a credit note; `merchant_tax`, the tax in
    the merchant's currency, is with its first rate alone. A settlement has an `amount`, negative
    where money went out. `refers_to` is the number of the invoice that a credit note corrects, or
    of the document that a credit came from.
    """

    on: date
    entry: str
    document: Invoice
    tax_rate: Decimal | None = None
    net: Money | None = None
    tax: Money | None = None
    gross: Money | None = None
    merchant_tax: Money | None = None
    amount: Money | None = None
    refers_to: str | None = None
    reference: str | None = None
    reason: str | None = None


def bookings(session: Session, first: date, last: date) -> Iterator[Booking]:
    """What is to be booked from a day to another, both included, in the order of days."""
    documents, settled = _documents(session, first, last), _settlements(session, first, last)
    return heapq.merge(documents, settled, key=attrgetter("on"))


def _documents(session: Session, first: date, last: date) -> Iterator[Booking]:
    issued = (
        select(Invoice)
        .options(joinedload(Invoice.corrects))
        .where(Invoice.issued_on.between(first, last))
        .order_by(
            Invoice.issued_on, Invoice.kind.desc(), func.length(Invoice.number), Invoice.number
        )
    )
    for invoice in session.scalars(issued.execution_options(yield_per=_AT_ONCE)):
        yield from _of_document(invoice)


def _of_document(invoice: Invoice) -> Iterator[Booking]:
    on = invoice.issued_on
    assert on is not None  # noqa: S101 - it is issued
    by_rate: list[tuple[Decimal | None, Money, Money]]
    by_rate = [(line.rate, line.net, line.tax) for line in invoice.taxes]
    # Of a merchant without tax.
    by_rate = by_rate or [(None, invoice.money(invoice.net), invoice.money(invoice.tax))]
    for place, (rate, net, tax) in enumerate(by_rate):
        yield Booking(
            on=on,
            entry=invoice.kind.value,
            document=invoice,
            tax_rate=rate,
            net=net,
            tax=tax,
            gross=net + tax,
            merchant_tax=None if place else _merchant_tax(invoice),
            refers_to=invoice.corrects.number if invoice.corrects else None,
            reason=invoice.reason,
        )


def _merchant_tax(invoice: Invoice) -> Money | None:
    if invoice.merchant_currency is None or invoice.merchant_tax is None:
        return None
    return Money(invoice.merchant_tax, invoice.merchant_currency)


def _settlements(session: Session, first: date, last: date) -> Iterator[Booking]:
    settled = (
        select(Settlement, Invoice, _Source.number)
        .join(Invoice, Invoice.id == Settlement.invoice_id)
        .outerjoin(_Source, _Source.id == Settlement.source_id)
        .where(Settlement.settled_on.between(first, last))
        .order_by(Settlement.settled_on, Settlement.id)
    )
    for row, invoice, source in session.execute(settled.execution_options(yield_per=_AT_ONCE)):
        amount = invoice.money(row.amount)
        yield Booking(
            on=row.settled_on,
            entry=row.kind.value,
            document=invoice,
            amount=-amount if row.kind is SettlementKind.REFUND else amount,
            refers_to=source,
            reference=row.reference,
            reason=row.reason,
        )
