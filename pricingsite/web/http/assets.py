"""Static files: Flask's own, with their content's hash in the address and a year's caching."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask


@lru_cache
def _content_hash(path: Path, _modified: float) -> str:
    return sha256(path.read_bytes()).hexdigest()[:12]


def init_app(app: Flask) -> None:
    """Version every address of a static file, so that a changed file is a new address."""

    @app.url_defaults
    def _version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and app.static_folder:
            path = Path(app.static_folder, values["filename"])
            if path.is_file():
                values["v"] = _content_hash(path, path.stat().st_mtime)
