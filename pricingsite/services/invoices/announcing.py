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
from pricingsite.services.customers.aliases import is_any_of
from pricingsite.services.messages.outbox import message_ids
from pricingsite.services.usage.bulk import insert_new, insert_rows, sqlite_moment

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
    """An e-mail to write: of which kind, about which invoice of which customer, and to whom."""

    template: InvoiceMail
    invoice_id: int
    customer_id: str
    recipient: str


def announce(session: Session, invoice: Invoice, template: InvoiceMail, *, now: datetime) -> None:
    """Send an e-mail about an invoice to its buyer; of each kind there is one for an invoice."""
    to = invoice.buyer["billing_email"]
    announced = Announcement(template, invoice.id, invoice.customer_id, to)
    rows = _rows(session, [announced], now)
    insert_rows(session.connection(), "outbox_messages", _MESSAGE, rows, _ONCE)


def announce_new(session: Session, announcements: Iterable[Announcement], *, now: datetime) -> None:
    """Send many e-mails about documents that are being issued: there are none about them yet."""
    rows = _rows(session, list(announcements), now)
    insert_new(session.connection(), "outbox_messages", tuple(_MESSAGE), rows)


def _rows(
    session: Session, announcements: Sequence[Announcement], now: datetime
) -> list[tuple[object, ...]]:
    """The rows of e-mails and their copies.

    A copy is a row of its own: an address that is wrong keeps no other from its own.
    """
    message_id = message_ids(session)
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    moment = sqlite_moment(now) if is_sqlite else now.isoformat()
    return [
        (message_id(key, f"{one:010}."), to, "", "", template, one, moment, moment, 0)
        for key, template, one, to in _addressed(session, announcements)
    ]


def _addressed(
    session: Session, announcements: Sequence[Announcement]
) -> Iterator[tuple[str, InvoiceMail, int, str]]:
    """The key of each e-mail, what it says about which invoice, and who gets it."""
    copies: dict[str, list[str]] = defaultdict(list)
    customer_ids = (one.customer_id for one in announcements)
    of_these = is_any_of(session, BillingCopy.customer_id, customer_ids)
    copied = select(BillingCopy.customer_id, BillingCopy.email).where(of_these)
    for customer_id, email in session.execute(copied):
        copies[customer_id].append(email)
    for template, invoice_id, customer_id, to in announcements:
        yield f"{template}:{invoice_id}", template, invoice_id, to
        for email in copies.get(customer_id, ()):
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
