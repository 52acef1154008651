"""`Idempotency-Key`: a request of a program that is sent again is answered again, not done again.

A view that is `idempotent` writes inside `answering()`: what it does and what it answers are one
transaction. A refusal is not kept, so the same key can be used once what was wrong is put right.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from hashlib import sha256
from typing import ParamSpec

from flask import Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.services.access.idempotency import (
    Answer,
    KeyReusedError,
    Request,
    claim,
    find_answer,
    keep_answer,
)
from pricingsite.web.clock import now
from pricingsite.web.documents import Json
from pricingsite.web.http.problems import Problem
from pricingsite.web.transaction import committing

P = ParamSpec("P")

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[!-~]{1,255}")


class _AnsweredBeforeError(Exception):
    """The same request was answered while this one was being read."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class Answering:
    """What a view is about to answer; `gives` says it, within the transaction."""

    def __init__(self) -> None:
        self._answer: Answer | None = None

    def gives(self, document: Json, status: int = 200, *, location: str | None = None) -> None:
        """Answer with a document, and with the address of what was made."""
        self._answer = Answer(status, jsonify(document).get_data(as_text=True), location)

    @property
    def answer(self) -> Answer:
        """What it answers, which has been said by then."""
        assert self._answer is not None  # noqa: S101 - a view says what it answers
        return self._answer

    @property
    def response(self) -> Response:
        """The same as HTTP."""
        return _response(self.answer)


def idempotent(
    view: Callable[P, ResponseReturnValue],
) -> Callable[P, ResponseReturnValue]:
    """Let a view's requests carry a key with which they are done once.

    It comes below `scope_required`: keys are told apart by the API key that they come with.
    """

    @wraps(view)
    def once(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        keyed = _keyed_request()
        if keyed is not None:
            with _refusing():
                answered = find_answer(db.session(), keyed, now=now())
            if answered is not None:
                return _response(answered)
        try:
            return view(*args, **kwargs)
        except _AnsweredBeforeError as before:
            return _response(before.answer)

    return once


@contextmanager
def answering() -> Iterator[Answering]:
    """The writing transaction of an idempotent view; its block says what is answered."""
    keyed = _keyed_request()
    with committing(db.session):
        if keyed is not None:
            with _refusing():
                answered = claim(db.session(), keyed, now=now())
            if answered is not None:
                raise _AnsweredBeforeError(answered)
        found = Answering()
        yield found
        if keyed is not None:
            keep_answer(db.session(), keyed, found.answer)


def _keyed_request() -> Request | None:
    """The request with its key, if it has one; 422 where that is none."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise Problem(
            422, "wrong-parameter", f"The header {HEADER} has 1 to 255 visible ASCII characters."
        )
    target = f"{request.method} {request.full_path}\n"
    content = sha256(target.encode(errors="surrogatepass") + request.get_data())
    return Request(g.api_key_id, key, content.hexdigest())


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except KeyReusedError:
        why = f"This {HEADER} came with another request before: make a new one for this."
        raise Problem(409, "key-reused", why) from None


def _response(answer: Answer) -> Response:
    response = current_app.response_class(answer.body, answer.status, mimetype="application/json")
    if answer.location is not None:
        response.headers["Location"] = answer.location
    return response
