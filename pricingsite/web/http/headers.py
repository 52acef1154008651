"""The headers of every answer: the content policy, caching, and what crawlers may keep.

Nothing on a page is inline, so the policy allows only the site itself. Public pages are the same
bytes for everyone and are revalidated at each load; every other page is nobody's to keep.
"""

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from pricingsite.web.http.page_cache import keep

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

# What is only ever part of a page, whose own headers rule.
_NO_DOCUMENTS = {"text/css", "text/javascript", "image/png"}


def revalidated(response: Response) -> Response:
    """Let anybody keep a public page, and have them ask whether it still stands.

    What says itself how long it lasts is not asked for again.
    """
    is_kept = keep(request)
    if response.cache_control.max_age:
        return response
    response.cache_control.no_cache = True
    # The calculator answers in JSON too, and a problem is told in either.
    response.vary.add("Accept")
    if response.status_code == 200:  # noqa: PLR2004
        response.add_etag()
        if not is_kept:
            response.make_conditional(request)
    return response


class Sessions(SecureCookieSessionInterface):
    """Sessions that leave alone what anybody may keep: it sets no cookie and varies by none."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Save a session that changed, and renew one on pages that are nobody's to keep."""
        # Sign-in looks into the session after every request, which counts as having read it.
        if response.cache_control.no_store or session.modified:
            super().save_session(app, session, response)


def init_app(app: Flask) -> None:
    """Send the headers."""
    app.session_interface = Sessions()
    secure = app.config["BASE_URL"].startswith("https://")

    @app.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("X-Content-Type-Options", "nosniff")
        if response.mimetype not in _NO_DOCUMENTS:
            headers.setdefault("Content-Security-Policy", _POLICY)
            headers.setdefault("Referrer-Policy", "same-origin")
            headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if not response.cache_control:
            response.cache_control.no_store = True
            headers.setdefault("X-Robots-Tag", "noindex")
        return response
