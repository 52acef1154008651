"""Public pages as bytes: a page that has not changed is answered without rendering it again.

A layer in front of Flask keeps whole answers that anybody may keep, each with the **version** of
all that it shows: which catalog is applied, and the merchant's date. The version is read from the
database at most every `PAGE_CHECK_MS`; settings and code are those of the process. An answer that a
new catalog overtook while it was made is made again, so that no page shows parts of two.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import Flask, Request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import Headers
from werkzeug.http import parse_etags
from werkzeug.wrappers import Response

from pricingsite.database import db
from pricingsite.models.merchant import Merchant
from pricingsite.pricing import Period, bounds, local_date
from pricingsite.web.clock import now_by
from pricingsite.web.storefront import FROM_KEPT, VERSION

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# Path, query, Accept, and the site's own address.
_Key = tuple[str, str, str, str]

_MOST_PAGES, _MOST_BYTES = 500, 2_000_000
# What a page takes beside its body.
_OVERHEAD = 2_000
# Whether an answer may be kept, in the request's environment: views say so by `keep`.
_KEPT = "pricingsite.kept"
_KEPT_STATUSES = {200, 404}
# What asks for something else than a page or the news that it has not changed.
_CONDITIONS = (
    "HTTP_IF_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_UNMODIFIED_SINCE",
    "HTTP_RANGE",
)
_TRIES = 5
_VERSION = select(Merchant.version, Merchant.applied_at, Merchant.timezone)


def keep(request: Request) -> bool:
    """Let the answer to a request be kept; whether the layer is there, and makes it conditional."""
    if _KEPT not in request.environ:
        return False
    request.environ[_KEPT] = True
    return True


@dataclass(frozen=True, slots=True)
class _Version:
    """What pages depend on, and the instants between which the date is the merchant's."""

    catalog: int
    applied_at: datetime
    today: date
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class _Page:
    """A whole answer, and the headers of the one that says it has not changed."""

    version: _Version | None
    status: str
    headers: list[tuple[str, str]]
    body: bytes
    etag: str | None
    unchanged: list[tuple[str, str]]

    def answer(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a GET or a HEAD with it."""
        known = environ.get("HTTP_IF_NONE_MATCH")
        if known and self.etag and parse_etags(known).contains_weak(self.etag):
            start_response("304 NOT MODIFIED", self.unchanged)
            return ()
        start_response(self.status, self.headers)
        return () if environ["REQUEST_METHOD"] == "HEAD" else (self.body,)


class _Versions:
    """The version of the pages, read at most so often, by one thread at a time."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._pause = app.config["PAGE_CHECK_MS"] / 1000
        self._reading = Lock()
        self._latest: _Version | None = None
        self._read_at = float("-inf")

    def current(self, environ: "WSGIEnvironment") -> _Version | None:
        """The version, as it was read a moment ago; None where the database does not say."""
        if self._is_due():
            with self._reading:
                # Whoever waited here is told what the thread before has read.
                if self._is_due():
                    self._read(environ)
        return self._latest

    def read(self, environ: "WSGIEnvironment") -> _Version | None:
        """The version as it is now."""
        # One after another, so that none is put back to what another saw before it.
        with self._reading:
            return self._read(environ)

    def _read(self, environ: "WSGIEnvironment") -> _Version | None:
        try:
            # Connections to it are given their time-outs within a request.
            with self._app.request_context(environ):
                self._latest = self._stored()
        except SQLAlchemyError:
            self._latest = None
        self._read_at = monotonic()
        return self._latest

    def _is_due(self) -> bool:
        if monotonic() - self._read_at >= self._pause:
            return True
        moment = now_by(self._app.config)
        return self._latest is not None and not self._latest.since <= moment < self._latest.until

    def _stored(self) -> _Version | None:
        with db.engine.connect() as connection:
            row = connection.execute(_VERSION).one_or_none()
        if row is None:
            return None
        today = local_date(now_by(self._app.config), zone := ZoneInfo(row.timezone))
        since, until = bounds(Period(today, today + timedelta(days=1)), zone)
        return _Version(row.version, row.applied_at, today, since, until)


class PageCache:
    """The layer: a WSGI application around the site's."""

    def __init__(self, app: Flask) -> None:
        self._app, self._site = app, app.wsgi_app
        self._versions = _Versions(app)
        self._pages: OrderedDict[_Key, _Page] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer from what is kept, or from the site."""
        method = environ["REQUEST_METHOD"]
        if method not in {"GET", "HEAD"} or any(one in environ for one in _CONDITIONS):
            return self._site(environ, start_response)
        key = (
            environ["PATH_INFO"],
            environ.get("QUERY_STRING", ""),
            environ.get("HTTP_ACCEPT", ""),
            self._app.config["BASE_URL"],
        )
        version = self._versions.current(environ)
        page = self._pages.get(key)
        if page is not None and page.version == version:
            self._use(key)
            return page.answer(environ, start_response)
        if method == "HEAD":
            return self._site(environ, start_response)
        return self._made(key, version, environ, start_response)

    def _made(
        self,
        key: _Key,
        version: _Version | None,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
    ) -> Iterable[bytes]:
        """Have the site answer, again where a new catalog came in between, and keep the answer."""
        for _ in range(_TRIES):
            given, answer = environ | {_KEPT: False}, _Answer()
            if version is not None:
                given[VERSION] = (version.catalog, version.applied_at, version.today)
            parts = self._site(given, answer.start)
            if not given[_KEPT]:
                start_response(answer.status, answer.headers)
                return parts
            page = answer.page(parts, version)
            if given.get(FROM_KEPT):
                break
            # Versions only rise: what lies between two that are the same was made of that one.
            if version is None or (latest := self._versions.read(environ)) == version:
                break
            version = latest
        else:
            return page.answer(environ, start_response)
        if version is not None and answer.may_be_kept:
            self._put(key, page)
        return page.answer(environ, start_response)

    def _use(self, key: _Key) -> None:
        with self._lock:
            if key in self._pages:  # Another thread may just have taken it out.
                self._pages.move_to_end(key)

    def _put(self, key: _Key, page: _Page) -> None:
        with self._lock:
            if (old := self._pages.pop(key, None)) is not None:
                self._bytes -= _size(key, old)
            self._pages[key] = page
            self._bytes += _size(key, page)
            while len(self._pages) > _MOST_PAGES or self._bytes > _MOST_BYTES:
                self._bytes -= _size(*self._pages.popitem(last=False))


class _Answer:
    """What the site answers, caught before it is sent."""

    status: str
    headers: list[tuple[str, str]]

    def start(
        self, status: str, headers: list[tuple[str, str]], _exc_info: object = None
    ) -> Callable[[bytes], object]:
        """Catch the status and the headers; nothing of ours writes without returning."""
        self.status, self.headers = status, headers
        return lambda _: None

    @property
    def may_be_kept(self) -> bool:
        """Whether it is the same for everybody: a page, or that there is none, and no cookie."""
        names = {name.lower() for name, _ in self.headers}
        return int(self.status[:3]) in _KEPT_STATUSES and "set-cookie" not in names

    def page(self, parts: Iterable[bytes], version: _Version | None) -> _Page:
        """The whole answer."""
        body = b"".join(parts)
        if hasattr(parts, "close"):
            parts.close()
        # Servers say themselves when they answer.
        headers = [pair for pair in self.headers if pair[0] != "Date"]
        whole = Response(body, self.status, Headers(headers))
        etag, _ = whole.get_etag()
        whole.status_code = 304
        unchanged = whole.get_wsgi_headers({}).to_wsgi_list()
        return _Page(version, self.status, headers, body, etag, unchanged)


def _size(key: _Key, page: _Page) -> int:
    return len(page.body) + sum(map(len, key)) + _OVERHEAD


def init_app(app: Flask) -> None:
    """Put the layer around the site; while it is being written its templates may change."""
    if not app.debug:
        app.wsgi_app = PageCache(app)  # type: ignore[method-assign]
