"""Who calls the API: a bearer key of the right scope, or a refusal.

Only failures are limited, by network: a program that has its key may call as often as it likes.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import current_app, g, request
from limits import parse
from werkzeug.exceptions import TooManyRequests

from pricingsite.database import db
from pricingsite.models.access import ApiKey
from pricingsite.services.access.api_keys import needs_noting, note_use, recognise
from pricingsite.web.clock import now
from pricingsite.web.http.limits import limiter
from pricingsite.web.http.networks import network
from pricingsite.web.http.problems import Problem
from pricingsite.web.transaction import committing

_FAILURES = parse("30/minute")

P = ParamSpec("P")
R = TypeVar("R")


def scope_required(scope: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let in only who has a key of this scope."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            _admit(scope)
            return view(*args, **kwargs)

        guarded.scope = scope  # type: ignore[attr-defined]
        return guarded

    return decorate


def _admit(scope: str) -> None:
    key = _caller()
    if key is None:
        raise _refusal()
    if scope not in key.scopes.split():
        why = f"This key may not do this: it lacks the scope {scope}."
        raise Problem(403, "missing-scope", why, scope=scope)
    # Whose request it is: the session ends before it is answered.
    g.api_key_id = key.id
    at = now()
    if needs_noting(key, now=at):
        with committing(db.session):
            note_use(db.session(), key.id, now=at)


def _caller() -> ApiKey | None:
    sent = request.authorization
    if sent is None or sent.type != "bearer" or not sent.token:
        return None
    return recognise(db.session(), sent.token)


def _refusal() -> Problem | TooManyRequests:
    limited = current_app.config["RATELIMIT_ENABLED"]
    if limited and not limiter.limiter.hit(_FAILURES, "api-key", network()):
        return TooManyRequests("Too many requests without a good key: wait.", retry_after=60)
    sent = "Authorization" in request.headers
    why = "This key is unknown or revoked." if sent else "Send a key: Authorization: Bearer <key>."
    return Problem(401, "no-key", why)
