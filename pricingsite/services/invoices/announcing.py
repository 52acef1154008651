"""E-mails about invoices: rows of the outbox that have no words before they are delivered.

They are written with what they announce, in its transaction, one of a kind for each invoice. At
delivery the invoice's snapshot gives the words, so that billing many renders nothing.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite
from sqlalchemy.orm import Session

from pricingsite.models.invoices import Invoice
from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.messages.outbox import message_ids


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
    insert = insert_on_sqlite if _is_sqlite(session) else insert_on_postgresql
    rows = list(announcement_rows(session, [announced], now=now))
    once = insert(OutboxMessage).on_conflict_do_nothing(index_elements=["message_id"])
    session.execute(once, rows)


def announcement_rows(
    session: Session, announcements: Iterable[Announcement], *, now: datetime
) -> Iterator[dict[str, Any]]:
    """The same as rows of `outbox_messages`, to insert many at once."""
    message_id = message_ids(session)
    for template, invoice_id, recipient in announcements:
        yield {
            "message_id": message_id(f"{template}:{invoice_id}"),
            "recipient": recipient,
            "subject": "",
            "text": "",
            "template": template.value,
            "invoice_id": invoice_id,
            "created_at": now,
            "due_at": now,
            "attempts": 0,
        }


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
