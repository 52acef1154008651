"""Requests of programs that are answered once: the answer is kept beside what the request did.

A key is a caller's own. An answer is kept a day, in the transaction that did the work, so that the
two are there together or not at all.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from pricingsite.models.access import IdempotencyKey

KEPT_FOR = timedelta(days=1)


class KeyReusedError(ValueError):
    """An idempotency key that came with another request before."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is told from others: whose it is, its key, and a hash of all it says."""

    api_key_id: str
    key: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: HTTP's status, the body as it was sent, and where the new thing is."""

    status: int
    body: str
    location: str | None


def find_answer(session: Session, request: Request, *, now: datetime) -> Answer | None:
    """The answer that was given to a request before. Raises `KeyReusedError`."""
    kept = session.execute(
        select(
            IdempotencyKey.content_hash,
            IdempotencyKey.status,
            IdempotencyKey.body,
            IdempotencyKey.location,
        ).where(*_named(request), IdempotencyKey.made_at > now - KEPT_FOR)
    ).one_or_none()
    if kept is None:
        return None
    if kept.content_hash != request.content_hash:
        raise KeyReusedError
    return Answer(kept.status, kept.body, kept.location)


def claim(session: Session, request: Request, *, now: datetime) -> Answer | None:
    """Take a request on, before anything is done for it; the answer if that has been done before.

    Of two at once the second waits until the first one's transaction ends. Raises `KeyReusedError`.
    """
    session.execute(
        delete(IdempotencyKey).where(*_named(request), IdempotencyKey.made_at <= now - KEPT_FOR)
    )
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    row = {
        "api_key_id": request.api_key_id,
        "key": request.key,
        "content_hash": request.content_hash,
        "made_at": now,
        "status": 0,
        "body": "",
    }
    own = (sqlite if is_sqlite else postgresql).insert(IdempotencyKey).values(**row)
    claimed = own.on_conflict_do_nothing().returning(IdempotencyKey.key)
    if session.scalar(claimed) is not None:
        return None
    return find_answer(session, request, now=now)


def keep_answer(session: Session, request: Request, answer: Answer) -> None:
    """Keep the answer of a request that was claimed in this transaction."""
    kept = {"status": answer.status, "body": answer.body, "location": answer.location}
    session.execute(update(IdempotencyKey).where(*_named(request)).values(**kept))


def forget_answers(session: Session, *, now: datetime) -> None:
    """Erase the answers that have been kept long enough."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.made_at <= now - KEPT_FOR))


def _named(request: Request) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (
        IdempotencyKey.api_key_id == request.api_key_id,
        IdempotencyKey.key == request.key,
    )
