"""Which host the site answers for: with an https base URL that URL's alone, health checks apart.

The application itself never sees the Host header of a client, nor a path prefix that a client
claims: it is given the base URL's host and the whole path.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.wrappers import Response

from pricingsite.setting_rules import host_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# Supervisors and load balancers ask a machine by its own address.
_ANY_HOST = {"/healthz", "/readyz"}


def init_app(app: Flask) -> None:
    """Refuse requests for other hosts before anything else is done with them."""
    site = app.wsgi_app

    def guarded(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        base = urlsplit(app.config["BASE_URL"])
        # Servers believe a SCRIPT_NAME header of a client that calls from this machine.
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        if base.scheme == "https" and path not in _ANY_HOST and not _asks_for(base.netloc, environ):
            return _refusal(environ, start_response)
        given = {"HTTP_HOST": base.netloc, "SCRIPT_NAME": "", "PATH_INFO": path}
        return site(environ | given, start_response)

    app.wsgi_app = guarded  # type: ignore[method-assign]


def _asks_for(site: str, environ: "WSGIEnvironment") -> bool:
    """Whether a request is for this site's host, at whatever port a proxy was asked."""
    try:
        return host_of(environ.get("HTTP_HOST", "")) == host_of(site)
    except ValueError:
        return False


_refusal = Response(
    "There is no site of this name here.\n",
    400,
    {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    mimetype="text/plain",
)
