"""E-mails about invoices: rows of the outbox that have no words before they are delivered.

They are written with what they announce, in its transaction, one of a kind for each invoice. At
delivery the invoice's snapshot gives the words, so that billing many renders nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.customers import BillingCopy
from pricingsite.models.invoices import Invoice
from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.messages.outbox import message_ids
from pricingsite.services.usage.bulk import insert_rows, sqlite_moment

_MESSAGE = {
    "message_id": "text",
    "recipient": "text",
    "subject": "text",
    "text": "text",
    "template": "text",
    "invoice_id": "bigint",
    "created_at": "timestamptz",
    "due_at": "timestamptz",
    "attempts": "int",
}
_AT_ONCE = 500
_ONCE = "(message_id) DO NOTHING"


class InvoiceMail(StrEnum):
    """The kinds of e-mails about an invoice; each is the `template` of an outbox row."""

    ISSUED = "invoice_issued"
    DUE_SOON = "invoice_reminder"
    OVERDUE = "invoice_overdue"
    OVERDUE_A_WEEK = "invoice_overdue_a_week"
    OVERDUE_TWO_WEEKS = "invoice_overdue_two_weeks"
    SUSPENDED = "invoice_suspended"
    PAID = "invoice_paid"
    CREDIT_NOTE = "credit_note"

    @property
    def is_reminder(self) -> bool:
        """Whether it is about money that is still to come."""
        return self not in {InvoiceMail.ISSUED, InvoiceMail.PAID, InvoiceMail.CREDIT_NOTE}

    @property
    def is_overdue(self) -> bool:
        """Whether it is one of those that say so after the due day."""
        return self.startswith(InvoiceMail.OVERDUE)


class Announcement(NamedTuple):
    """An e-mail to write: of which kind, about which invoice, and to whom."""

    template: InvoiceMail
    invoice_id: int
    recipient: str


def announce(session: Session, invoice: Invoice, template: InvoiceMail, *, now: datetime) -> None:
    """Send an e-mail about an invoice to its buyer; of each kind there is one for an invoice."""
    announced = Announcement(template, invoice.id, invoice.buyer["billing_email"])
    announce_all(session, [announced], now=now)


def announce_all(session: Session, announcements: Iterable[Announcement], *, now: datetime) -> None:
    """Send many e-mails about documents that have just been issued, and their copies.

    A copy is a row of its own: an address that is wrong keeps no other from its own.
    """
    asked = list(announcements)
    connection, message_id = session.connection(), message_ids(session)
    text = sqlite_moment if connection.dialect.name == "sqlite" else datetime.isoformat
    moment = text(now)
    rows = [
        (message_id(key), to, "", "", template, one, moment, moment, 0)
        for key, template, one, to in _addressed(session, asked)
    ]
    insert_rows(connection, "outbox_messages", _MESSAGE, rows, _ONCE)


def _addressed(
    session: Session, announcements: Sequence[Announcement]
) -> Iterator[tuple[str, InvoiceMail, int, str]]:
    """The key of each e-mail, what it says about which invoice, and who gets it."""
    copies: dict[int, list[str]] = defaultdict(list)
    ids = [one.invoice_id for one in announcements]
    for start in range(0, len(ids), _AT_ONCE):
        of_these = Invoice.id.in_(ids[start : start + _AT_ONCE])
        copied = select(Invoice.id, BillingCopy.email).join(
            BillingCopy, BillingCopy.customer_id == Invoice.customer_id
        )
        for invoice_id, email in session.execute(copied.where(of_these)):
            copies[invoice_id].append(email)
    for template, invoice_id, to in announcements:
        yield f"{template}:{invoice_id}", template, invoice_id, to
        for email in copies[invoice_id]:
            if email != to:
                yield f"{template}:{invoice_id}:{email}", template, invoice_id, email


class SentEmail(NamedTuple):
    """An e-mail about a customer's invoice: to whom, what it was headed, and when it went out."""

    number: str | None
    recipient: str
    subject: str
    written_at: datetime
    delivered_at: datetime | None


def emails_about_invoices(session: Session, customer_id: str) -> Sequence[SentEmail]:
    """The e-mails about a customer's invoices, the first first."""
    rows = session.execute(
        select(
            Invoice.number,
            OutboxMessage.recipient,
            OutboxMessage.subject,
            OutboxMessage.created_at,
            OutboxMessage.delivered_at,
        )
        .join(OutboxMessage, OutboxMessage.invoice_id == Invoice.id)
        .where(Invoice.customer_id == customer_id)
        .order_by(OutboxMessage.id)
    )
    return [SentEmail(*row) for row in rows]
