"""The outbox: e-mails written with the business they are about, and delivered after it.

A key makes a message's id, so that the same key twice is one e-mail. Delivery is at least once: a
message is claimed for a while, handed over with no transaction open, and marked; one whose
deliverer died comes up again after that while. E-mails that a stranger can cause have a quota, so
that nobody floods a mailbox in the merchant's name.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.merchant import get_merchant

# Longer than any mail server is waited for.
_CLAIMED_FOR = timedelta(minutes=10)
_FIRST_RETRY = timedelta(minutes=1)
_LONGEST_RETRY = timedelta(hours=6)
# How many e-mails of one kind a mailbox is sent within a while.
_QUOTA = ((timedelta(hours=1), 5), (timedelta(days=1), 10))


def within_quota(session: Session, quota_key: str, *, now: datetime) -> bool:
    """Whether one more e-mail may be written that counts towards this quota.

    Its other writers wait until the transaction ends, so that they count this one too.
    """
    if session.get_bind().dialect.name == "postgresql":
        lock = func.pg_advisory_xact_lock(func.hashtextextended(quota_key, 0))
        session.execute(select(lock))
    counts = [
        func.count().filter(OutboxMessage.created_at > now - span).label(None) for span, _ in _QUOTA
    ]
    counted = session.execute(select(*counts).where(OutboxMessage.quota_key == quota_key)).one()
    return all(count < most for count, (_, most) in zip(counted, _QUOTA, strict=True))


def quota_key(kind: str, recipient: str) -> str:
    """What e-mails of a kind to a mailbox count towards, however its address is written."""
    user, _, domain = recipient.lower().rpartition("@")
    # Many mail servers ignore dots and what follows a plus sign.
    return f"{kind}:{user.partition('+')[0].replace('.', '')}@{domain}"


def enqueue(
    session: Session,
    *,
    key: str,
    to: str,
    subject: str,
    text: str,
    html: str | None = None,
    unsubscribe_url: str | None = None,
    quota_key: str | None = None,
    now: datetime,
) -> OutboxMessage:
    """Put an e-mail into the outbox; the same `key` again gives the message that is there."""
    message_id = message_ids(session)(key)
    message = OutboxMessage(
        message_id=message_id,
        recipient=to,
        subject=" ".join(subject.split()),
        text=text,
        html=html,
        unsubscribe_url=unsubscribe_url,
        quota_key=quota_key,
        created_at=now,
        due_at=now,
        attempts=0,
    )
    try:
        with session.begin_nested():
            session.add(message)
    except IntegrityError:
        same_key = OutboxMessage.message_id == message_id
        return session.scalars(select(OutboxMessage).where(same_key)).one()
    return message


def message_ids(session: Session) -> Callable[..., str]:
    """The Message-ID of a key, at the merchant's domain: only the key decides it.

    Many that are written at once begin with their `place` among others: those store fast whose
    neighbours come with them.
    """
    domain = get_merchant(session).email.rpartition("@")[2]
    return lambda key, place="": f"<{place}{sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def is_written(session: Session, key: str) -> bool:
    """Whether there is a message of a key already."""
    of_key = select(OutboxMessage.id).where(OutboxMessage.message_id == message_ids(session)(key))
    return session.scalar(of_key) is not None


def claim(session: Session, *, now: datetime) -> OutboxMessage | None:
    """The next message that is due; nobody else is given it before the claim runs out.

    Several deliverers share the work: on PostgreSQL each skips what another is claiming, on SQLite
    they take turns.
    """
    message = session.scalar(
        select(OutboxMessage)
        .where(
            OutboxMessage.delivered_at.is_(None),
            OutboxMessage.parked_at.is_(None),
            OutboxMessage.due_at <= now,
        )
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if message is not None:
        message.due_at = now + _CLAIMED_FOR
        message.attempts += 1
    return message


def put_words(message: OutboxMessage, *, subject: str, text: str, html: str) -> None:
    """Give a message that had only a template its words, so that what was sent can be read."""
    message.subject, message.text, message.html = subject, text, html


def withdraw(session: Session, message: OutboxMessage) -> None:
    """Take a message out that has nothing to say any more."""
    session.delete(message)


def mark_delivered(message: OutboxMessage, *, now: datetime) -> None:
    """The message is out."""
    message.delivered_at = now
    message.last_error = None


def mark_failed(message: OutboxMessage, why: str, *, now: datetime) -> None:
    """The message stays, to be tried again after a minute, then two, then four, up to six hours."""
    message.last_error = why
    message.due_at = now + min(_FIRST_RETRY * 2 ** min(message.attempts - 1, 16), _LONGEST_RETRY)


def mark_parked(message: OutboxMessage, why: str, *, now: datetime) -> None:
    """The message stays and is not tried again: another attempt would fail in the same way."""
    message.last_error = why
    message.parked_at = now
