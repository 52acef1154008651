"""Errors as people and programs read them: a page, or an RFC 9457 problem document, by Accept.

Error pages ask the database nothing, so that they stand when it does not.
"""

import logging
import secrets
import time
from urllib.parse import quote

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound

from pricingsite.web.http.limits import limiter
from pricingsite.web.http.problems import Problem, problem_response, wants_problem
from pricingsite.web.merchant import current_merchant

log = logging.getLogger(__name__)

_PAGES = {400, 403, 404, 405, 409, 410, 413, 429, 500, 503}
_PAGES_OF_KINDS = {"unbillable"}
_RETRY_SECONDS = 30
_BUSY = "The database is busy or does not answer. Nothing was stored: send the same request again."


def error_response(error: HTTPException, **context: object) -> Response:
    """The page or problem document of an error, with the headers the error carries."""
    code = error.code or 500
    if wants_problem():
        response = problem_response(error)
    else:
        page = f"errors/{_page_of(error, code)}.html"
        response = make_response(render_template(page, **_letterhead(code), **context))
    response.status_code = code
    for name, value in error.get_headers():
        if name != "Content-Type":
            response.headers[name] = value
    return response


def _page_of(error: HTTPException, code: int) -> str | int:
    if isinstance(error, Problem) and error.kind in _PAGES_OF_KINDS:
        return error.kind
    return code if code in _PAGES else (400 if code < InternalServerError.code else 500)


def _letterhead(code: int) -> dict[str, str]:
    """Whose page it is and whom to ask, where the database can be trusted to say."""
    if code >= InternalServerError.code:
        return {}
    try:
        merchant = current_merchant()
    except (HTTPException, SQLAlchemyError):
        return {}
    return {"brand": merchant.name, "contact": merchant.email}


def _page_without_slash() -> str | None:
    """The address of the page that was asked for with a slash too many at its end, if it is one."""
    # Of several slashes at the start one is left: two would name another host.
    path = "/" + request.path.strip("/")
    pages = current_app.create_url_adapter(request)
    if request.url_rule or not request.path.endswith("/") or pages is None:
        return None
    if not pages.test(path, request.method):
        return None
    query = request.query_string.decode("ascii", "replace")
    return quote(path) + (f"?{query}" if query else "")


def _typed() -> list[tuple[str, str]]:
    """What a refused form held, to be sent again; passwords are typed again."""
    secrets_of_forms = {"csrf_token", "password"}
    return [pair for pair in request.form.items(multi=True) if pair[0] not in secrets_of_forms]


def _seconds_to_wait() -> int:
    current = limiter.current_limit
    if current is None:
        return 60
    # A window's end is in whole seconds, and one too late at most.
    left = round(current.reset_at - time.time())
    return min(max(1, left), current.limit.get_expiry())


def init_app(app: Flask) -> None:
    """Answer every error in words."""

    @app.before_request
    def _nothing_is_named_so() -> None:
        # PostgreSQL cannot even be asked for a plan or an order whose name holds a NUL.
        if "\0" in request.path:
            abort(404)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        return error_response(error)

    @app.errorhandler(NotFound)
    def _not_found(error: NotFound) -> ResponseReturnValue:
        page = _page_without_slash()
        return redirect(page, 308) if page else error_response(error)

    @app.errorhandler(RateLimitExceeded)
    def _too_many(error: RateLimitExceeded) -> Response:
        seconds = _seconds_to_wait()
        response = error_response(error, minutes=-(-seconds // 60), kept=_typed())
        response.headers["Retry-After"] = str(seconds)
        return response

    @app.errorhandler(OperationalError)
    @app.errorhandler(InterfaceError)
    @app.errorhandler(NoConnectionLeft)
    def _busy(error: SQLAlchemyError) -> Response:
        log.error("The database did not answer: %s", getattr(error, "orig", error))
        response = error_response(Problem(503, "busy", _BUSY))
        response.headers["Retry-After"] = str(_RETRY_SECONDS)
        return response

    @app.errorhandler(InternalServerError)
    def _broken(error: InternalServerError) -> Response:
        reference = secrets.token_hex(4)
        # Flask has logged the exception itself, just before.
        log.error("The error above has reference %s", reference)
        return error_response(error, reference=reference)
