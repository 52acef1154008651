"""Statements of account: what a customer owed, was billed and paid from one day to another.

Credits that only move money from one document to another are not on them: a credit note lowers what
is owed on the day it is issued. Each currency has a statement of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from pricingsite.models.invoices import Invoice, InvoiceKind, Settlement, SettlementKind
from pricingsite.pricing import Money, Period


class StatementKind(StrEnum):
    """What an entry is."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    PAYMENT = "payment"
    REFUND = "refund"
    WRITE_OFF = "write_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementEntry:
    """What changed what is owed on a day: by `amount`, to `balance`.

    `number` is the document that it is, or is for. `note` says more: a reason, or a reference.
    """

    on: date
    kind: StatementKind
    number: str
    amount: Money
    balance: Money
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A customer's account in one currency over a period."""

    currency: str
    period: Period
    opening: Money
    entries: tuple[StatementEntry, ...]
    closing: Money


# An entry without its balance: the day, the kind, the number, the minor units, the note.
_Row = tuple[date, StatementKind, str, int, str | None]


def statements_of(session: Session, customer_id: str, period: Period) -> tuple[Statement, ...]:
    """The statements of a customer over a period, one for each currency it was billed in."""
    invoices = session.scalars(
        select(Invoice)
        .options(lazyload(Invoice.seller))
        .where(
            Invoice.customer_id == customer_id,
            Invoice.number.is_not(None),
            Invoice.issued_on < period.end,
        )
        .order_by(Invoice.issued_on, Invoice.id)
    ).all()
    settlements = session.scalars(
        select(Settlement)
        .join(Invoice, Invoice.id == Settlement.invoice_id)
        .where(
            Invoice.customer_id == customer_id,
            Settlement.kind != SettlementKind.CREDIT,
            Settlement.settled_on < period.end,
        )
        .order_by(Settlement.settled_on, Settlement.id)
    ).all()
    return tuple(
        _statement(currency, period, _rows(invoices, settlements, currency))
        for currency in sorted({invoice.currency for invoice in invoices})
    )


def _rows(
    invoices: Sequence[Invoice], settlements: Sequence[Settlement], currency: str
) -> Sequence[_Row]:
    """What changed the account in a currency, by day; documents before what settles them."""
    documents = {one.id: one for one in invoices if one.currency == currency}
    rows = [*map(_document, documents.values()), *_settled(settlements, documents)]
    return sorted(rows, key=lambda row: row[0])


def _document(invoice: Invoice) -> _Row:
    assert invoice.issued_on is not None  # noqa: S101 - what has a number is issued
    is_note = invoice.kind is InvoiceKind.CREDIT_NOTE
    kind = StatementKind.CREDIT_NOTE if is_note else StatementKind.INVOICE
    return invoice.issued_on, kind, invoice.number or "", invoice.gross, invoice.reason


def _settled(settlements: Sequence[Settlement], documents: dict[int, Invoice]) -> Iterator[_Row]:
    for row in settlements:
        if row.invoice_id in documents:
            is_refund = row.kind is SettlementKind.REFUND
            number = documents[row.invoice_id].number or ""
            amount = row.amount if is_refund else -row.amount
            kind, note = StatementKind(row.kind), row.reason or row.reference
            yield row.settled_on, kind, number, amount, note


def _statement(currency: str, period: Period, rows: Sequence[_Row]) -> Statement:
    opening = balance = Money.total(
        (Money(row[3], currency) for row in rows if row[0] < period.start), currency
    )
    entries = []
    for on, kind, number, minor, note in rows:
        if on < period.start:
            continue
        amount = Money(minor, currency)
        balance += amount
        entries.append(
            StatementEntry(
                on=on, kind=kind, number=number, amount=amount, balance=balance, note=note
            )
        )
    return Statement(
        currency=currency,
        period=period,
        opening=opening,
        entries=tuple(entries),
        closing=balance,
    )
