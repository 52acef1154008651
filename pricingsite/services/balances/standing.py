"""How far invoices and credit notes are settled: their status, and what is still open.

Nothing of it is stored: it follows from payments, credits, refunds and write-offs, and from the
credit notes that correct an invoice.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from pricingsite.models.invoices import Invoice, InvoiceKind, Settlement, SettlementKind
from pricingsite.pricing import Money

_Source = aliased(Invoice)
_Corrected = aliased(Invoice)


class InvoiceStatus(StrEnum):
    """Where an invoice or a credit note is in its life."""

    DRAFT = "draft"
    ISSUED = "issued"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    VOID = "void"
    WRITTEN_OFF = "written_off"


@dataclass(frozen=True, slots=True)
class Standing:
    """The status of an invoice, and how its gross is made up.

    `paid` + `credited` + `written_off` + `balance` is its gross. A payment of more leaves a
    negative balance, which is the customer's. Of a credit note all are negative: `credited` is
    what it has taken off invoices, `paid` what was refunded, `balance` what the customer still has.
    """

    status: InvoiceStatus
    overdue: bool
    paid: Money
    credited: Money
    balance: Money
    written_off: Money

    @property
    def unpaid(self) -> Money:
        """What a payment or a credit may still settle: a write-off makes way for either."""
        return self.balance + self.written_off


@dataclass(slots=True)
class Settled:
    """What has settled an invoice, in minor units; `corrected` is the gross of credit notes."""

    paid: int = 0
    credited: int = 0
    written_off: int = 0
    corrected: int = 0
    has_credit_notes: bool = False


def standings(session: Session, invoices: Sequence[Invoice], *, today: date) -> dict[int, Standing]:
    """The standing of each invoice by its id, in two statements; ask for a few thousand at most.

    `today` is the merchant's date, which decides what is overdue.
    """
    ids = [invoice.id for invoice in invoices]
    sums: dict[int, Settled] = defaultdict(Settled)
    _add_settlements(session, ids, sums)
    _add_credit_notes(session, ids, sums)
    return {invoice.id: standing_of(invoice, sums[invoice.id], today) for invoice in invoices}


def _add_settlements(session: Session, ids: Sequence[int], sums: dict[int, Settled]) -> None:
    # Added up here: a sum of the database's could overflow.
    rows = session.execute(
        select(
            Settlement.invoice_id,
            Settlement.kind,
            Settlement.amount,
            Settlement.source_id,
            _Source.kind.label("source_kind"),
        )
        .outerjoin(_Source, _Source.id == Settlement.source_id)
        .where(or_(Settlement.invoice_id.in_(ids), Settlement.source_id.in_(ids)))
    )
    for row in rows:
        to = sums[row.invoice_id]
        match row.kind:
            case SettlementKind.PAYMENT:
                to.paid += row.amount
            case SettlementKind.REFUND:
                to.paid -= row.amount
            case SettlementKind.WRITE_OFF:
                to.written_off += row.amount
            case SettlementKind.CREDIT if row.source_kind is InvoiceKind.CREDIT_NOTE:
                to.credited += row.amount
                sums[row.source_id].credited -= row.amount
            case SettlementKind.CREDIT:
                # What was paid too much elsewhere pays this one.
                to.paid += row.amount
                sums[row.source_id].paid -= row.amount


def _add_credit_notes(session: Session, ids: Sequence[int], sums: dict[int, Settled]) -> None:
    notes = session.execute(
        select(_Corrected.id, Invoice.gross)
        .join(_Corrected, Invoice.corrects)
        .where(_Corrected.id.in_(ids))
    )
    for corrected_id, gross in notes:
        sums[corrected_id].corrected -= gross
        sums[corrected_id].has_credit_notes = True


def standing_of(invoice: Invoice, sums: Settled, today: date) -> Standing:
    """The standing of an invoice, by what has settled it."""
    rest = invoice.gross - sums.paid - sums.credited
    written_off = min(sums.written_off, max(rest, 0))
    balance = rest - written_off
    due = invoice.due_on
    is_owed = invoice.number is not None and not invoice.is_credit_note and balance > 0
    return Standing(
        status=_status(invoice, sums, balance, written_off),
        overdue=is_owed and due is not None and due < today,
        paid=invoice.money(sums.paid),
        credited=invoice.money(sums.credited),
        balance=invoice.money(balance),
        written_off=invoice.money(written_off),
    )


def _status(invoice: Invoice, sums: Settled, balance: int, written_off: int) -> InvoiceStatus:
    if invoice.voided_at is not None:
        return InvoiceStatus.VOID
    if invoice.number is None:
        return InvoiceStatus.DRAFT
    if sums.has_credit_notes and sums.corrected >= invoice.gross:
        return InvoiceStatus.VOID
    if written_off:
        return InvoiceStatus.WRITTEN_OFF
    # A credit note is used up when nothing of it is left, an invoice paid by what is enough.
    if balance == 0 or (balance < 0 and not invoice.is_credit_note):
        return InvoiceStatus.PAID
    return InvoiceStatus.ISSUED if balance == invoice.gross else InvoiceStatus.PARTLY_PAID


def unpaid_amount() -> ColumnElement[int]:
    """`Standing.unpaid` of an invoice, to ask by in a statement."""
    amount = case(
        (Settlement.kind == SettlementKind.REFUND, -Settlement.amount),
        (Settlement.kind == SettlementKind.WRITE_OFF, 0),
        else_=Settlement.amount,
    )
    of_it = select(func.sum(amount)).where(Settlement.invoice_id == Invoice.id)
    from_it = select(func.sum(Settlement.amount)).where(Settlement.source_id == Invoice.id)
    settled, given = (
        func.coalesce(one.correlate(Invoice).scalar_subquery(), 0) for one in (of_it, from_it)
    )
    return Invoice.gross - settled + given
