"""Finding invoices, credit notes and drafts."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from pricingsite.models.invoices import Invoice, InvoiceKind, Settlement
from pricingsite.pricing import Money, Period

_AT_ONCE = 1_000
# What an id can be at most: a longer number is nobody's.
_HIGHEST_ID = 2**63 - 1
_DIGITS_OF_AN_ID = 19


def find_invoice(session: Session, number: str) -> Invoice | None:
    """The invoice or credit note of a number, or the draft of an id, with all that it states."""
    is_named = Invoice.number == number
    is_an_id = number.isascii() and number.isdigit() and len(number) <= _DIGITS_OF_AN_ID
    if is_an_id and int(number) <= _HIGHEST_ID:
        # A prefix may be empty, so that only drafts go by their ids.
        is_named |= (Invoice.id == int(number)) & Invoice.number.is_(None)
    # PostgreSQL cannot even be asked for a NUL.
    return None if "\0" in number else session.scalar(_whole().where(is_named))


def find_by_id(session: Session, invoice_id: int) -> Invoice | None:
    """The invoice, credit note or draft of an id, with all that it states."""
    return session.scalar(_whole().where(Invoice.id == invoice_id))


def get_invoice(session: Session, invoice_id: int) -> Invoice:
    """The same, where it is known to be there."""
    return session.scalars(_whole().where(Invoice.id == invoice_id)).one()


def _whole() -> Select[Invoice]:
    return select(Invoice).options(
        selectinload(Invoice.lines), joinedload(Invoice.corrects), joinedload(Invoice.customer)
    )


def invoices_of(
    session: Session, customer_id: str, *, with_lines: bool = False
) -> Sequence[Invoice]:
    """A customer's invoices, credit notes and drafts, the newest first; no draft that was voided.

    `with_lines` loads their lines too, in one more statement.
    """
    found = (
        select(Invoice)
        .options(joinedload(Invoice.corrects))
        .where(Invoice.customer_id == customer_id, Invoice.voided_at.is_(None))
        .order_by(
            Invoice.issued_on.desc().nulls_first(), Invoice.billed_on.desc(), Invoice.id.desc()
        )
    )
    return session.scalars(
        found.options(selectinload(Invoice.lines)) if with_lines else found
    ).all()


def issued_ids(session: Session, customer_id: str, period: Period, *, most: int) -> Sequence[int]:
    """The ids of the documents that a customer was issued over a period, at most so many."""
    found = (
        select(Invoice.id)
        .where(
            Invoice.customer_id == customer_id,
            Invoice.issued_on >= period.start,
            Invoice.issued_on < period.end,
        )
        .order_by(Invoice.issued_on, Invoice.id)
        .limit(most)
    )
    return session.scalars(found).all()


def list_invoices(
    session: Session, *, customer_id: str | None = None
) -> Iterator[Sequence[Invoice]]:
    """Invoices by number, then credit notes, then drafts, a thousand at a time."""
    found = select(Invoice).options(joinedload(Invoice.corrects))
    if customer_id is not None:
        found = found.where(Invoice.customer_id == customer_id)
    order = (
        case((Invoice.number.is_(None), 2), (Invoice.kind == InvoiceKind.INVOICE, 0), else_=1),
        func.length(Invoice.number),
        Invoice.number,
        Invoice.id,
    )
    ordered = found.order_by(*order).execution_options(yield_per=_AT_ONCE)
    yield from session.scalars(ordered).partitions()


def credits_of(session: Session, credit_note_id: int) -> list[tuple[Invoice, Money]]:
    """What a credit note has been set against: each invoice, and how much of it."""
    found = session.execute(
        select(Invoice, Settlement.amount)
        .join(Settlement, Settlement.invoice_id == Invoice.id)
        .where(Settlement.source_id == credit_note_id)
        .order_by(Settlement.id)
    )
    return [(invoice, invoice.money(amount)) for invoice, amount in found]
