"""A customer's latest invoice, and which invoices its periods became.

The account's pages ask for them in the statement in which they read the merchant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, bindparam, case, func, select, true
from sqlalchemy.orm import Session, aliased, lazyload

from pricingsite.models.invoices import (
    Invoice,
    InvoiceKind,
    Settlement,
    SettlementKind,
)
from pricingsite.services.balances.standing import Settled, Standing, standing_of
from pricingsite.services.merchant import SELLER, Seller, seller_of


@dataclass(frozen=True, slots=True)
class LatestInvoice:
    """The invoice that was issued last, without its lines; how many others are overdue."""

    invoice: Invoice
    standing: Standing
    others_overdue: int

    @property
    def is_overdue(self) -> bool:
        """Whether it, or an earlier one, should have been paid by now."""
        return self.standing.overdue or self.others_overdue > 0


def _issued(invoice: type[Invoice]) -> ColumnElement[bool]:
    return and_(invoice.kind == InvoiceKind.INVOICE, invoice.number.is_not(None))


def _sum(amount: SQLColumnExpression[int], *where: ColumnElement[bool]) -> ColumnElement[int]:
    return select(func.coalesce(func.sum(amount), 0)).where(*where).scalar_subquery()


def _settled(invoice: type[Invoice]) -> ColumnElement[int]:
    """What was paid and credited of an invoice, less what it gave to others."""
    kind, amount = Settlement.kind, Settlement.amount
    signed = case(
        (kind == SettlementKind.REFUND, -amount),
        (kind == SettlementKind.WRITE_OFF, 0),
        else_=amount,
    )
    to_it = _sum(signed, Settlement.invoice_id == invoice.id)
    return to_it - _sum(amount, Settlement.source_id == invoice.id)


def _written_off(invoice: type[Invoice]) -> ColumnElement[int]:
    is_of = Settlement.invoice_id == invoice.id
    return _sum(Settlement.amount, is_of, Settlement.kind == SettlementKind.WRITE_OFF)


_Candidate, _Latest, _Note, _Other = (aliased(Invoice) for _ in range(4))
_LATEST_ID = (
    select(_Candidate.id)
    .where(_Candidate.customer_id == bindparam("customer_id"), _issued(_Candidate))
    .order_by(_Candidate.billed_on.desc(), _Candidate.revision.desc(), _Candidate.id.desc())
    .limit(1)
    .scalar_subquery()
)
_OVERDUE = (
    select(func.count())
    .select_from(_Other)
    .where(
        _Other.customer_id == bindparam("customer_id"),
        _issued(_Other),
        _Other.due_on < bindparam("today"),
        _Other.id != _Latest.id,
        _Other.gross > _settled(_Other) + _written_off(_Other),
    )
    .scalar_subquery()
)
# PostgreSQL works it out once: it takes the merchant's rows beside it for thousands.
_SUMS = (
    select(
        _Latest.id.label("id"),
        _settled(_Latest).label("settled"),
        _written_off(_Latest).label("written_off"),
        select(func.sum(_Note.gross))
        .where(_Note.corrects_id == _Latest.id)
        .scalar_subquery()
        .label("credit_notes"),
        _OVERDUE.label("overdue"),
    )
    .where(_Latest.id == _LATEST_ID)
    .cte("latest")
    .prefix_with("MATERIALIZED", dialect="postgresql")
)
_SUM = _SUMS.c
# Made once: to put it together takes longer than to execute it.
_LATEST = (
    SELLER.add_columns(Invoice, _SUM.settled, _SUM.written_off, _SUM.credit_notes, _SUM.overdue)
    .outerjoin(_SUMS, true())
    .outerjoin(Invoice, Invoice.id == _SUM.id)
    .options(lazyload(Invoice.seller))
)
_BILLED = SELLER.add_columns(Invoice.billed_on, Invoice.revision, Invoice.number).outerjoin(
    Invoice,
    and_(
        Invoice.schedule_id == bindparam("schedule_id"),
        Invoice.billed_on.between(bindparam("first"), bindparam("last")),
        _issued(Invoice),
    ),
)


def seller_and_latest(
    session: Session, customer_id: str, *, today: date
) -> tuple[Seller, LatestInvoice | None]:
    """The merchant, and the latest invoice of a customer; None before the first."""
    rows = session.execute(_LATEST, {"customer_id": customer_id, "today": today}).all()
    seller = seller_of(rows)
    invoice, settled, written_off, credit_notes, overdue = rows[0][3:]
    if invoice is None:
        return seller, None
    sums = Settled(paid=int(settled), written_off=int(written_off))
    if credit_notes is not None:
        sums.corrected, sums.has_credit_notes = -int(credit_notes), True
    return seller, LatestInvoice(invoice, standing_of(invoice, sums, today), overdue)


def seller_and_billed(
    session: Session, schedule_id: str, *, first: date, last: date
) -> tuple[Seller, Mapping[date, str]]:
    """The merchant, and the numbers of a schedule's invoices by the day on which they fell due.

    Those of the days from `first` to `last`; of one that was replaced, the latest.
    """
    asked = {"schedule_id": schedule_id, "first": first, "last": last}
    rows = session.execute(_BILLED, asked).all()
    billed = sorted({(day, revision, number) for *_, day, revision, number in rows if number})
    return seller_of(rows), {day: number for day, _, number in billed}
