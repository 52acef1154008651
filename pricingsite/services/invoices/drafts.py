"""Drafts held, released and voided before they are issued.

A billing run that has a draft in hand is not waited for: it may be issuing it.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.invoices import Invoice
from pricingsite.services.messages.webhooks import EventType, record_event


class DraftError(ValueError):
    """What cannot be done to a draft; the message says why."""


def hold(session: Session, draft: Invoice, *, now: datetime) -> None:
    """Let no billing run issue a draft until it is released. Raises `DraftError`."""
    claimed = claim_draft(session, draft)
    claimed.held_at = claimed.held_at or now
    session.flush()


def release(session: Session, draft: Invoice) -> None:
    """Let the next billing run issue a draft that was held. Raises `DraftError`."""
    claim_draft(session, draft).held_at = None
    session.flush()


def void_draft(session: Session, draft: Invoice, reason: str, *, now: datetime) -> None:
    """Never issue a draft: what it bills counts as billed. Raises `DraftError`."""
    if not (why := reason.strip()):
        raise DraftError("Say why it is void: --reason.")
    claimed = claim_draft(session, draft)
    claimed.voided_at, claimed.reason = now, why
    session.flush()
    about = {"customer_id": claimed.customer_id, "about": str(claimed.id)}
    record_event(session, EventType.INVOICE_VOIDED, **about, now=now)


def claim_draft(session: Session, draft: Invoice) -> Invoice:
    """A draft as it is now, locked until the transaction ends. Raises `DraftError`."""
    found = session.scalar(
        select(Invoice)
        .where(Invoice.id == draft.id)
        .with_for_update(skip_locked=True, of=Invoice)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise DraftError(f"A billing run has the draft {draft.id} in hand. Try again in a moment.")
    if found.number is not None:
        raise DraftError(
            f"{found.number} is issued, and stays as it is: flask invoices credit takes it back."
        )
    if found.voided_at is not None:
        raise DraftError(f"The draft {found.id} is void.")
    return found
