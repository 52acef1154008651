"""Files that a browser saves instead of showing them."""

from urllib.parse import quote

from flask import Response


def download(content: str | bytes, mimetype: str, name: str) -> Response:
    """A file of a name; text is UTF-8."""
    is_text = isinstance(content, str)
    response = Response(content, content_type=f"{mimetype}; charset=utf-8" if is_text else mimetype)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response
