"""Files that a browser saves instead of showing them."""

from collections.abc import Iterator
from typing import IO
from urllib.parse import quote

from flask import Response, stream_with_context

_BLOCK = 65_536


def download(content: str | bytes, mimetype: str, name: str) -> Response:
    """A file of a name; text is UTF-8."""
    is_text = isinstance(content, str)
    response = Response(content, content_type=f"{mimetype}; charset=utf-8" if is_text else mimetype)
    return _saved(response, name)


def downloading(file: IO[bytes], mimetype: str, name: str) -> Response:
    """What an open file holds, sent block by block; it is closed after that."""
    response = Response(iter(lambda: file.read(_BLOCK), b""), content_type=mimetype)
    response.call_on_close(file.close)
    return _saved(response, name)


def streaming(pieces: Iterator[bytes], mimetype: str, name: str) -> Response:
    """A file that is made while it is sent."""
    return _saved(Response(stream_with_context(pieces), content_type=mimetype), name)


def _saved(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response
