"""Payments by hand, refunds and write-offs: rows that settle an invoice and never change.

A payment or a refund with a reference is recorded once: the same invoice, amount and reference
again is the same one. Whatever is refused changes nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.invoices import Invoice, Settlement, SettlementKind
from pricingsite.pricing import Money
from pricingsite.services.balances.customer_credit import apply_credits, tell_paid
from pricingsite.services.balances.lifting import lift_suspension
from pricingsite.services.balances.standing import InvoiceStatus, standings
from pricingsite.services.customers.locks import lock_balances
from pricingsite.services.invoices.announcing import InvoiceMail, announce
from pricingsite.services.merchant import get_merchant

# A thousand times what the largest companies turn over in a year, and few enough to add up.
_MOST = 10**16


class PaymentError(ValueError):
    """A payment, refund or write-off that cannot be; the message says why, and what can be."""


def mark_paid(
    session: Session,
    invoice: Invoice,
    *,
    amount: Money | None = None,
    on: date | None = None,
    reference: str | None = None,
    now: datetime,
) -> bool:
    """Record a payment, of all that is unpaid unless told; False where it is recorded already.

    `on` is the day on which the money came, today unless told. What is paid too much pays the
    customer's other open invoices, and is the customer's where there are none. The e-mail that
    says it is paid is written once. Raises `PaymentError`.
    """
    lock_balances(session, [invoice.customer_id])
    today = get_merchant(session).today(now)
    _check_invoice(invoice)
    before = standings(session, [invoice], today=today)[invoice.id]
    if reference is not None and _is_recorded(
        session, [invoice], SettlementKind.PAYMENT, amount, reference
    ):
        return False
    paid = before.unpaid if amount is None else amount
    if amount is None and paid.minor <= 0:
        raise PaymentError(
            f"Nothing of {invoice.number} is unpaid. If money came all the same, say how much: "
            "--amount."
        )
    _check_amount(invoice, paid)
    _record(
        session,
        invoice,
        SettlementKind.PAYMENT,
        paid,
        on=_day(on, today),
        reference=reference,
        now=now,
    )
    if before.status is not InvoiceStatus.VOID and 0 < before.unpaid.minor <= paid.minor:
        tell_paid(session, [invoice], now=now)
    apply_credits(session, [invoice.customer_id], now=now)
    lift_suspension(session, invoice.customer_id, today=today, now=now)
    after = standings(session, [invoice], today=today)[invoice.id]
    if after.status is InvoiceStatus.PAID and before.status is not InvoiceStatus.PAID:
        announce(session, invoice, InvoiceMail.PAID, now=now)
    return True


def refund(
    session: Session,
    invoice: Invoice,
    amount: Money,
    *,
    on: date | None = None,
    reference: str | None = None,
    now: datetime,
) -> bool:
    """Record money that was given back; False where it is recorded already.

    At most what the customer has there: what was paid too much for an invoice, and what is left of
    credit notes that correct it; of a credit note, what is left of it. Raises `PaymentError`.
    """
    lock_balances(session, [invoice.customer_id])
    today = get_merchant(session).today(now)
    _check_issued(invoice)
    _check_amount(invoice, amount)
    documents = [invoice, *_credit_notes(session, invoice)]
    if reference is not None and _is_recorded(
        session, documents, SettlementKind.REFUND, amount, reference
    ):
        return False
    found = standings(session, documents, today=today)
    owed = {one.id: max(-found[one.id].balance.minor, 0) for one in documents}
    most = invoice.money(sum(owed.values()))
    if amount > most:
        raise PaymentError(
            f"At most {most} {invoice.currency} can be refunded for {invoice.number}: what was "
            "paid too much or credited, and has not paid another invoice."
        )
    left = amount.minor
    for one in documents:
        if part := min(left, owed[one.id]):
            left -= part
            _record(
                session,
                one,
                SettlementKind.REFUND,
                one.money(part),
                on=_day(on, today),
                reference=reference,
                now=now,
            )
    return True


def write_off(session: Session, invoice: Invoice, reason: str, *, now: datetime) -> Money:
    """Give up what is still open of an invoice; how much that is.

    Money that comes later can still be recorded, and counts first. Raises `PaymentError`.
    """
    lock_balances(session, [invoice.customer_id])
    today = get_merchant(session).today(now)
    _check_invoice(invoice)
    if not (why := reason.strip()):
        raise PaymentError("Say why it is written off: --reason.")
    rest = standings(session, [invoice], today=today)[invoice.id].balance
    if rest.minor <= 0:
        raise PaymentError(f"Nothing of {invoice.number} is open that could be written off.")
    _record(session, invoice, SettlementKind.WRITE_OFF, rest, on=today, reason=why, now=now)
    lift_suspension(session, invoice.customer_id, today=today, now=now)
    return rest


def _record(
    session: Session,
    invoice: Invoice,
    kind: SettlementKind,
    amount: Money,
    *,
    on: date,
    reference: str | None = None,
    reason: str | None = None,
    now: datetime,
) -> None:
    session.add(
        Settlement(
            invoice_id=invoice.id,
            kind=kind,
            amount=amount.minor,
            settled_on=on,
            reference=reference,
            reason=reason,
            recorded_at=now,
        )
    )
    session.flush()


def _is_recorded(
    session: Session,
    documents: Sequence[Invoice],
    kind: SettlementKind,
    amount: Money | None,
    reference: str,
) -> bool:
    """Whether one with this reference is there already, of this amount if it is given."""
    parts = session.execute(
        select(Settlement.recorded_at, Settlement.amount).where(
            Settlement.invoice_id.in_([one.id for one in documents]),
            Settlement.kind == kind,
            Settlement.reference == reference,
        )
    )
    recorded: dict[datetime, int] = defaultdict(int)
    for at, part in parts:
        recorded[at] += part
    return bool(recorded) if amount is None else amount.minor in recorded.values()


def _credit_notes(session: Session, invoice: Invoice) -> Sequence[Invoice]:
    of_it = select(Invoice).where(Invoice.corrects_id == invoice.id).order_by(Invoice.id)
    return session.scalars(of_it).all()


def _check_issued(invoice: Invoice) -> None:
    if invoice.number is None:
        raise PaymentError(
            f"{invoice.id} is a draft. Only what is issued can be paid: flask invoices issue."
            if invoice.voided_at is None
            else f"The draft {invoice.id} is void."
        )


def _check_invoice(invoice: Invoice) -> None:
    _check_issued(invoice)
    if invoice.is_credit_note:
        raise PaymentError(
            f"{invoice.number} is a credit note: it is used up by itself, or refunded."
        )


def _check_amount(invoice: Invoice, amount: Money) -> None:
    if amount.currency != invoice.currency:
        raise PaymentError(f"{invoice.number} is in {invoice.currency}, not {amount.currency}.")
    if not 0 < amount.minor < _MOST:
        raise PaymentError(f"An amount is above zero and below {invoice.money(_MOST)}.")


def _day(on: date | None, today: date) -> date:
    if on is not None and on > today:
        raise PaymentError(f"{on} is still to come: record money when it has come.")
    return on or today
