"""Addresses that leave the site: by the base URL, never by a request's Host header."""

from typing import Any

from flask import current_app


def absolute(endpoint: str, **values: Any) -> str:
    """A page's address as a person elsewhere opens it."""
    base: str = current_app.config["BASE_URL"]
    # Bound to no host: commands have none, and a request's own is whatever its sender wrote.
    return base + current_app.url_map.bind("").build(endpoint, values)
