"""Browsers' sessions that were ended: their cookies, and every copy of them, are worth nothing.

A session lives in its cookie and needs no row; what ends one is kept for good, since a copied
cookie can be renewed on pages that ask nobody who they are.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from pricingsite.models.access import EndedSession


def end_session(session: Session, session_id: str, *, now: datetime) -> None:
    """End a browser's session; twice is once."""
    if not session_has_ended(session, session_id):
        session.add(EndedSession(id=session_id, ended_at=now))
        session.flush()


def session_has_ended(session: Session, session_id: str) -> bool:
    """Whether a browser's session was ended."""
    return session.get(EndedSession, session_id) is not None
