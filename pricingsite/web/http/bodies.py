"""Limit the size of request bodies, on every route, with or without a Content-Length.

A body of unknown length is read first: cut at its limit, it could be taken for a complete one. One
that ends before its Content-Length is refused when it is read.
"""

from collections.abc import Callable
from io import BytesIO
from typing import NoReturn, TypeVar

from flask import Flask, current_app, request
from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestEntityTooLarge
from werkzeug.wsgi import LimitedStream

View = TypeVar("View", bound=Callable[..., object])
Refusal = Callable[[], HTTPException]

_PIECE = 65_536
_LIMIT = "largest_body"
_TORN = "The body ends too early, or its chunks cannot be read. Send the whole request again."


def largest_body(most: int, refusal: Refusal) -> Callable[[View], View]:
    """Let a view have bodies of up to so many bytes, and say how larger ones are refused."""

    def limit(view: View) -> View:
        setattr(view, _LIMIT, (most, refusal))
        return view

    return limit


def init_app(app: Flask) -> None:
    """Measure each body before anything reads it."""

    @app.before_request
    def _measure() -> None:
        view = current_app.view_functions.get(request.endpoint or "")
        usual = (current_app.config["MAX_CONTENT_LENGTH"], RequestEntityTooLarge)
        most, refusal = getattr(view, _LIMIT, usual)
        request.max_content_length = most
        if (request.content_length or 0) > most:
            raise refusal()
        if not request.environ.get("wsgi.input_terminated"):
            return
        if request.content_length is not None:
            stream = _WholeBody(request.environ["wsgi.input"], request.content_length)
            request.environ["wsgi.input"] = stream
            return
        body = _read(most)
        if len(body) > most:
            raise refusal()
        request.environ["wsgi.input"] = BytesIO(body)


class _WholeBody(LimitedStream):
    """A body that has to be as long as its Content-Length says."""

    def on_disconnect(self, error: Exception | None = None) -> NoReturn:
        raise ClientDisconnected(_TORN) from error


def _read(most: int) -> bytes:
    """A body that its server ends; no more than one byte more than it may have."""
    body = bytearray()
    try:
        while piece := request.environ["wsgi.input"].read(min(_PIECE, most + 1 - len(body))):
            body += piece
    except Exception as error:  # Each server has errors of its own for it.
        raise ClientDisconnected(_TORN) from error
    return bytes(body)
