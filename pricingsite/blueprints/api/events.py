"""Usage events in by CloudEvents 1.0, structured, batched or binary; and out again, voided."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import unquote_to_bytes

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnsupportedMediaType

from pricingsite.database import db
from pricingsite.services.billing.unbilled import count_unbilled
from pricingsite.services.usage import recording
from pricingsite.services.usage.checks import BadEvent
from pricingsite.services.usage.events import (
    Event,
    EventError,
    TooManyEventsError,
    event_from_attributes,
    event_from_json,
    events_from_json,
    names_from_json,
)
from pricingsite.services.usage.recording import Recorded, UsageConflictError, UsageRefusedError
from pricingsite.services.usage.voiding import void as void_events
from pricingsite.web.clock import now
from pricingsite.web.http.bodies import largest_body
from pricingsite.web.http.csrf import csrf
from pricingsite.web.http.problems import Problem
from pricingsite.web.sign_in.api_keys import scope_required
from pricingsite.web.transaction import committing

T = TypeVar("T")

bp = Blueprint("events", __name__)
csrf.exempt(bp)

BATCH = "application/cloudevents-batch+json"
STRUCTURED = "application/cloudevents+json"
MOST_EVENTS = 10_000
MOST_BYTES = 10_000_000
_LENIENT = "handling=lenient"
# In a quoted header, the character that stands for itself.
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def _too_many(what: str) -> Problem:
    return Problem(413, "too-many", f"{what}: send up to 10,000 events and 10 MB at a time.")


def _too_large() -> Problem:
    return _too_many("This request is larger than 10 MB")


@bp.post("/events")
@largest_body(MOST_BYTES, _too_large)
@scope_required("events:write")
def record() -> ResponseReturnValue:
    """Store a batch: all of it, or with `Prefer: handling=lenient` what is good of it."""
    events = _few(_events(_body()))
    if _LENIENT in request.headers.get("Prefer", "").replace(" ", "").lower():
        return _record_good(events)
    with _refusing(), committing(db.session):
        recorded = recording.record(db.session(), events, now=now())
        counts = _counts(recorded)
    return jsonify(counts)


def _counts(recorded: Recorded) -> dict[str, object]:
    """How many events were stored, how many had been, and how many are on nobody's bill."""
    counts: dict[str, object] = {
        "accepted": recorded.accepted,
        "duplicates": recorded.duplicates,
    }
    unbilled = count_unbilled(db.session(), recorded.events, now=now())
    if unbilled:
        counts["unbilled"] = unbilled
    if recorded.uncounted:
        counts["uncounted"] = recorded.uncounted
    return counts


def _record_good(events: Sequence[Event | EventError]) -> ResponseReturnValue:
    with committing(db.session):
        recorded, refused = recording.record_good(db.session(), events, now=now())
        counts = _counts(recorded)
    response = jsonify(counts | {"refused": _written(refused)})
    response.headers["Preference-Applied"] = _LENIENT
    return response


@bp.post("/events/void")
@largest_body(MOST_BYTES, _too_large)
@scope_required("events:write")
def void() -> ResponseReturnValue:
    """Take events out of what is counted; those that are out already stay out."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send a list of events as application/json.")
    with _reading():
        names = _few(names_from_json(_body()))
    with _refusing(), committing(db.session):
        voided = void_events(db.session(), names, now=now())
    return jsonify(voided=voided.voided, already_voided=voided.already_voided)


def _body() -> bytes:
    encodings = (request.content_encoding or "").lower().split(",")
    if not {"", "identity"}.issuperset(map(str.strip, encodings)):
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")
    return request.get_data(cache=False)


def _few(found: Sequence[T]) -> Sequence[T]:
    if len(found) > MOST_EVENTS:
        raise _too_many(f"This request holds {len(found):,} events")
    return found


def _events(body: bytes) -> Sequence[Event | EventError]:
    """The events of the request, by its content mode; each, or why it is none."""
    if request.mimetype == BATCH:
        try:
            with _reading():
                return events_from_json(body, most=MOST_EVENTS)
        except TooManyEventsError as error:
            raise _too_many(str(error)) from None
    try:
        if request.mimetype == STRUCTURED:
            return [event_from_json(body)]
        return [event_from_attributes(_attributes(), body)]
    except EventError as error:
        return [error]


def _attributes() -> Mapping[str, str]:
    """The attributes that binary mode sends as headers, percent-encoded where they must be."""
    found = {
        name[3:].lower(): _decoded(name, value)
        for name, value in request.headers
        if name.lower().startswith("ce-")
    }
    if not found:
        raise UnsupportedMediaType(f"Send {BATCH} or {STRUCTURED}, or one event with ce- headers.")
    if request.mimetype not in {"", "application/json"} and not request.mimetype.endswith("+json"):
        raise UnsupportedMediaType("Send the event's data as application/json.")
    return found


def _decoded(header: str, value: str) -> str:
    """A header's text, as CloudEvents' HTTP binding writes it: quoted, and percent-encoded."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = _ESCAPED.sub(r"\1", value[1:-1])
    try:
        # Servers hand each byte on as one character.
        return unquote_to_bytes(value.encode("latin-1")).decode()
    except UnicodeError:
        raise EventError(f"the header {header} is not percent-encoded UTF-8") from None


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except EventError as error:
        raise Problem(400, "unreadable", f"The body cannot be read: {error}.") from None


@contextmanager
def _refusing() -> Iterator[None]:
    """What is wrong with a batch as the problem document that names its events."""
    try:
        yield
    except UsageRefusedError as error:
        bad = error.problems
        kind = "clock-skew" if all(one.ahead for one in bad) else "events-refused"
        count = "1 event" if len(bad) == 1 else f"{len(bad):,} events"
        detail = f"{count} cannot be counted; nothing was stored."
        raise Problem(422, kind, detail, errors=_written(bad)) from None
    except UsageConflictError as error:
        detail = "Events of these ids are stored with other content; nothing was stored."
        raise Problem(409, "other-content", detail, indexes=error.indexes) from None


def _written(bad: Sequence[BadEvent]) -> list[dict[str, object]]:
    return [{"index": one.index, "reason": one.reason} for one in bad]
