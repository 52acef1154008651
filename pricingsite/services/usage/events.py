"""Read usage events: CloudEvents 1.0 in JSON, as one `Event`; `csv_events` reads rows of CSV.

Numbers in an event's data are `int` or `Decimal` without idle zeros, never floats; its time is
aware UTC. What cannot be read is refused with an `EventError` in plain words.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import Annotated, Any, Literal

import msgspec

from pricingsite.services.usage.json_parts import (
    MOST_LEVELS,
    MOST_VALUES,
    UnevenError,
    cuts_a_character,
    holds_too_much,
    items_of,
    nests_too_deeply,
    pruned,
)
from pricingsite.services.usage.moments import moment_of, moments_of

# Beyond these a number is no quantity, and writing it out would fill the page.
MOST_DIGITS = 40
_TOO_DEEP = f"lists and objects are nested too deeply: {MOST_LEVELS} levels at most"
_HALF_A_CHARACTER = (
    r"text is cut in the middle of a character: an escape such as \ud83d is half of one"
)
# The time of an event that says none, until it is recorded: the moment of its arrival counts.
ON_ARRIVAL = datetime.max.replace(tzinfo=UTC)
# How JSON writes the one character that no database takes. To look for it in the text of all events
# at once is much faster than a pattern for each of their names.
_NUL = b"\\u0000"
_Text = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=255, extra_json_schema={"pattern": r"^[^\x00]*$"}),
]


class EventError(ValueError):
    """An event that cannot be read; the message says what to change."""


class NotJSONError(EventError):
    """Text that is no JSON at all."""


class TooManyEventsError(ValueError):
    """A batch of more events than are taken at a time."""


class Event(msgspec.Struct, frozen=True, gc=False):
    """What happened: (subject, source, event_id) is its identity, the rest its content."""

    subject: str
    source: str
    event_id: str
    event_type: str
    occurred_at: datetime
    data: dict[str, Any] = {}

    @property
    def content(self) -> str:
        """The data in one canonical form, so that equal content compares equal."""
        return _encoder.encode(self.data).decode()


def _described(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)


_Id = Annotated[_Text, _described("Unique in its source; the same when it is sent again.")]
_Source = Annotated[_Text, _described("The system of yours that reports it.")]
_Subject = Annotated[_Text, _described("The customer: its id, or an alias.")]


class EventName(msgspec.Struct, frozen=True, rename={"event_id": "id"}):
    """How a sender names an event that it sent."""

    subject: _Subject
    source: _Source
    event_id: _Id


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A CloudEvent in the JSON format. Attributes that are not named here are let pass."""

    specversion: Annotated[Literal["1.0"], _described("The version of CloudEvents.")]
    id: _Id
    source: _Source
    type: Annotated[_Text, _described("What happened: the event type of a metric.")]
    subject: _Subject
    time: Annotated[
        Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})] | None,
        _described("When it happened, in RFC 3339 with its offset; left out, when it arrives."),
    ] = None
    data: Annotated[
        dict[str, Any] | None,
        _described(f"The properties that metrics count, nested up to {MOST_LEVELS} levels deep."),
    ] = None
    data_base64: Annotated[bytes | None, _described("In place of data: its JSON in base64.")] = None


def event_data(text: str | bytes) -> dict[str, Any]:
    """An event's data from its canonical form, numbers exact.

    What an earlier version stored may nest deeper than is read now; no metric looks there.
    """
    try:
        data = _data_decoder.decode(text)
    except RecursionError:
        data = _data_decoder.decode(pruned(text.encode() if isinstance(text, str) else text))
    return data or {}


def exact_number(text: str) -> Decimal:
    """A JSON number without idle zeros: 2.0 and 2 are one content."""
    value = Decimal(text)
    if abs(value.adjusted()) > MOST_DIGITS:
        raise ValueError(f"the number {text[:20]} is out of range")
    digits = f"{value:f}"
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    # Rounded nowhere: normalize() would cut the number to the context's 28 digits.
    return Decimal(digits) if value else Decimal(0)


_decoder = msgspec.json.Decoder(CloudEvent, float_hook=exact_number)
_batch_decoder = msgspec.json.Decoder(list[CloudEvent], float_hook=exact_number)
_names_decoder = msgspec.json.Decoder(list[EventName])
_data_decoder = msgspec.json.Decoder(dict[str, Any] | None, float_hook=exact_number)
_encoder = msgspec.json.Encoder(decimal_format="number", order="sorted")


def event_from_json(text: str | bytes) -> Event:
    """An event from a CloudEvent in structured JSON. Raises `EventError`."""
    return _event(_cloud_event(text))


def _cloud_event(text: str | bytes) -> CloudEvent:
    found: CloudEvent = _decoded(_decoder, text)
    _check_names(found)
    return found


def events_from_json(text: bytes, *, most: int) -> Sequence[Event | EventError]:
    """The events of a CloudEvents batch, each or why it is none.

    Raises `EventError` where the text is no batch, and `TooManyEventsError`.
    """
    if holds_too_much(text):
        raise TooManyEventsError(f"This request holds more than {MOST_VALUES:,} values")
    try:
        found = None if b"\\" in text and _NUL in text else _batch_decoder.decode(text)
    except (RecursionError, ValueError):
        found = None
    if found is None:
        # Something in it cannot be read: look at each by itself.
        return [_event_or_error(part) for part in _parts(text, most)]
    if len(found) > most:
        raise TooManyEventsError(f"This request holds {len(found):,} events")
    try:
        return _events(found)
    except ValueError:
        return [_event_or_error(one) for one in found]


def _parts(text: bytes, most: int) -> list[bytes]:
    """The items of a batch, counted before any of them is read."""
    if not text.lstrip(b" \t\r\n").startswith(b"["):
        _decoded(_batch_decoder, text)  # It says what the text is instead.
    try:
        parts = list(islice(items_of(text), most + 1))
    except UnevenError as error:
        raise NotJSONError(str(error)) from None
    if len(parts) > most:
        raise TooManyEventsError(f"This request holds more than {most:,} events")
    return parts


def names_from_json(text: bytes) -> list[EventName]:
    """The names of events to void. Raises `EventError`."""
    names: list[EventName] = _decoded(_names_decoder, text)
    for one in names:
        _check_names(one)
    return names


def _check_names(found: CloudEvent | EventName) -> None:
    """Refuse names with a NUL, which no database takes."""
    for field in msgspec.structs.fields(found):
        value = getattr(found, field.name)
        if isinstance(value, str) and "\0" in value:
            raise EventError(f"{field.encode_name} holds a NUL character")


def event_from_attributes(attributes: Mapping[str, str], data: bytes) -> Event:
    """An event whose attributes came apart from its data, as in HTTP headers."""
    event = event_from_json(_encoder.encode(attributes))
    return msgspec.structs.replace(event, data=_data_from(data))


def _event_or_error(found: bytes | CloudEvent) -> Event | EventError:
    try:
        return _event(found if isinstance(found, CloudEvent) else _cloud_event(found))
    except NotJSONError:
        raise  # Nobody knows where such an event ends, and the next begins.
    except EventError as error:
        return error


def _events(found: Sequence[CloudEvent]) -> list[Event]:
    """The events of CloudEvents. Raises `ValueError` where one of them is none."""
    times = [one.time for one in found if one.time is not None]
    if len(times) < len(found):
        return [_event(one) for one in found]
    return list(map(_event, found, moments_of(times)))


def _event(found: CloudEvent, moment: datetime | None = None) -> Event:
    """The event of a CloudEvent, its time in UTC; a moment is one that was read already."""
    data = found.data
    if found.data_base64 is not None:
        if data is not None:
            raise EventError("data and data_base64 are both there: send one of them")
        try:
            data = _data_from(found.data_base64)
        except NotJSONError as error:
            raise EventError(str(error)) from None
    elif data and nests_too_deeply(data):
        raise EventError(_TOO_DEEP)
    if moment is None:
        try:
            moment = ON_ARRIVAL if found.time is None else moment_of(found.time)
        except ValueError as error:
            raise EventError(_in_words(str(error))) from None
    return Event(found.subject, found.source, found.id, found.type, moment, data or {})


def _data_from(text: bytes) -> dict[str, Any]:
    """Data that came as text of its own; without any, or as null, it is empty."""
    data: dict[str, Any] = _decoded(_data_decoder, text.strip() or b"null") or {}
    if nests_too_deeply(data):
        raise EventError(_TOO_DEEP)
    return data


def _decoded(decoder: msgspec.json.Decoder[Any], text: str | bytes) -> Any:
    """What a decoder reads, and what it says of the rest as an `EventError` in words."""
    written = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if holds_too_much(written):
        raise EventError(f"it holds more than {MOST_VALUES:,} values: send less at a time")
    try:
        return decoder.decode(written)
    except RecursionError:
        raise EventError(_TOO_DEEP) from None
    except msgspec.ValidationError as error:
        raise EventError(_in_words(str(error))) from None
    except (UnicodeError, msgspec.DecodeError) as error:
        if cuts_a_character(written):
            raise EventError(_HALF_A_CHARACTER) from None
        raise NotJSONError(_in_words(str(error))) from None
    except ValueError as error:
        raise EventError(str(error)) from None


def _in_words(message: str) -> str:
    """The decoder's message with the places it names as a person writes them."""
    if "Invalid RFC3339" in message:
        return "time is not a moment in RFC 3339, such as 2026-11-23T12:00:00Z"
    if "truncated" in message:
        return "the JSON ends too early"
    message = message.replace("JSON is malformed", "not JSON").replace(" - at `$.", " at `")
    message = message.replace(" | null`", "`")
    return message[:1].lower() + message[1:]
