"""A browser's session: its cookie holds who is signed in and what was ordered, and an id.

The id makes it possible to end it here, on the server: a copy of its cookie is then worth nothing.
"""

from secrets import token_urlsafe

from flask import Flask, g, session
from flask_login import user_logged_in

from pricingsite.database import db
from pricingsite.services.access import sessions
from pricingsite.web.clock import now
from pricingsite.web.transaction import committing

_ID = "session_id"
_CHOSEN = "customer_id"
_CSRF_TOKEN = "csrf_token"  # noqa: S105 - the key under which Flask-WTF keeps it


def init_app(app: Flask) -> None:
    """Give forms a new CSRF token from each signing in on."""

    @user_logged_in.connect_via(app)
    def _renew_csrf_token(*_: object, **__: object) -> None:
        session.pop(_CSRF_TOKEN, None)


def session_id() -> str | None:
    """The session's id, if it was ever worth anything."""
    known: str | None = session.get(_ID)
    return known


def chosen_customer() -> str | None:
    """The id of the customer that was chosen to look at."""
    chosen: str | None = session.get(_CHOSEN)
    return chosen


def choose_customer(customer_id: str) -> None:
    """Look at this customer from now on."""
    session[_CHOSEN] = customer_id


def begin_session() -> None:
    """Give the session an id before it is worth anything; nothing is left of an ended one."""
    if session_has_ended():
        session.clear()
        g.pop("session_has_ended")
    session.setdefault(_ID, token_urlsafe(16))


def session_has_ended() -> bool:
    """Whether the session was ended here, asked once a request."""
    if "session_has_ended" not in g:
        known = session_id()
        g.session_has_ended = known is not None and sessions.session_has_ended(db.session(), known)
    ended: bool = g.session_has_ended
    return ended


def end_session() -> None:
    """End the session, and leave nothing of it in the browser."""
    if known := session_id():
        with committing(db.session):
            sessions.end_session(db.session(), known, now=now())
    session.clear()
