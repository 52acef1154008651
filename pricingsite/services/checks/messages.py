"""Whether e-mails go out: those that are parked, or have failed for a day, are stuck."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.checks.findings import Broken, Finding, Promise, Remark

_LONG = timedelta(days=1)


def check_messages(session: Session, *, now: datetime) -> Iterator[Finding]:
    """What is wrong with the outbox; e-mails that nobody has tried yet only wait."""
    waiting = OutboxMessage.delivered_at.is_(None)
    failed = (OutboxMessage.last_error.is_not(None), OutboxMessage.created_at < now - _LONG)
    stuck = or_(OutboxMessage.parked_at.is_not(None), *[failed[0] & failed[1]])
    rows = session.scalars(select(OutboxMessage).where(waiting, stuck).order_by(OutboxMessage.id))
    for message in rows:
        why = message.last_error or "it cannot be built"
        yield Broken(Promise.OUTBOX, (str(message.id), message.recipient, why))
    untried = select(func.count()).where(waiting, OutboxMessage.attempts == 0)
    if count := session.scalars(untried).one():
        yield Remark(f"{count} e-mails have not been tried yet: run `flask outbox deliver`.")
