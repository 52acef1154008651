"""Read usage events: CloudEvents 1.0 in JSON, or rows of CSV, as one `Event`.

Numbers in an event's data are `int` or `Decimal` without idle zeros, never floats; its time is
aware UTC. What cannot be read is refused with an `EventError` in plain words.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

from pricingsite.services.usage.moments import moment_of

# Beyond these a number is no quantity, and writing it out would fill the page.
_MOST_DIGITS = 40
# The time of an event that says none, until it is recorded: the moment of its arrival counts.
ON_ARRIVAL = datetime.max.replace(tzinfo=UTC)
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=255, pattern=r"^[^\x00]*$")]
CSV_REQUIRED = ("customer", "event_id", "time", "event_type")
_CSV_COLUMNS = (*CSV_REQUIRED, "source")
# As JSON writes numbers, so that a code such as 007 stays the text it is.
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*|(?=\.))(\.[0-9]+)?")


class EventError(ValueError):
    """An event that cannot be read; the message says what to change."""


class Event(msgspec.Struct, frozen=True):
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


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True):
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
    data: Annotated[dict[str, Any] | None, _described("The properties that metrics count.")] = None
    data_base64: Annotated[bytes | None, _described("In place of data: its JSON in base64.")] = None


def event_data(text: str | bytes) -> dict[str, Any]:
    """An event's data from its canonical form, numbers exact."""
    data: dict[str, Any] = _data_decoder.decode(text)
    return data


def _exact(text: str) -> Decimal:
    """A JSON number without idle zeros: 2.0 and 2 are one content."""
    value = Decimal(text)
    if abs(value.adjusted()) > _MOST_DIGITS:
        raise ValueError(f"the number {text[:20]} is out of range")
    digits = f"{value:f}"
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    # Rounded nowhere: normalize() would cut the number to the context's 28 digits.
    return Decimal(digits) if value else Decimal(0)


_decoder = msgspec.json.Decoder(CloudEvent, float_hook=_exact)
_batch_decoder = msgspec.json.Decoder(list[CloudEvent], float_hook=_exact)
_parts_decoder = msgspec.json.Decoder(list[msgspec.Raw])
_names_decoder = msgspec.json.Decoder(list[EventName])
_data_decoder = msgspec.json.Decoder(dict[str, Any], float_hook=_exact)
_encoder = msgspec.json.Encoder(decimal_format="number", order="sorted")


def event_from_json(text: str | bytes) -> Event:
    """An event from a CloudEvent in structured JSON. Raises `EventError`."""
    with _reading():
        return _event(_decoder.decode(text))


def events_from_json(text: bytes) -> list[Event | EventError]:
    """The events of a CloudEvents batch, each or why it is none. Raises `EventError` if not one."""
    try:
        return [_event(event) for event in _batch_decoder.decode(text)]
    except (RecursionError, ValueError):
        # Something in it cannot be read: look at each by itself.
        with _reading():
            return [_event_or_error(part) for part in _parts_decoder.decode(text)]


def names_from_json(text: bytes) -> list[EventName]:
    """The names of events to void. Raises `EventError`."""
    with _reading():
        return _names_decoder.decode(text)


def event_from_attributes(attributes: Mapping[str, str], data: bytes) -> Event:
    """An event whose attributes came apart from its data, as in HTTP headers."""
    event = event_from_json(_encoder.encode(attributes))
    if not data.strip():
        return event
    with _reading():
        return msgspec.structs.replace(event, data=_data_decoder.decode(data))


def _event_or_error(part: msgspec.Raw) -> Event | EventError:
    try:
        return event_from_json(bytes(part))
    except EventError as error:
        return error


def _event(found: CloudEvent) -> Event:
    """The event of a CloudEvent, its time in UTC."""
    data = found.data
    if found.data_base64 is not None:
        if data is not None:
            raise EventError("data and data_base64 are both there: send one of them")
        data = event_data(found.data_base64)
    moment = ON_ARRIVAL if found.time is None else moment_of(found.time)
    return Event(found.subject, found.source, found.id, found.type, moment, data or {})


@contextmanager
def _reading() -> Iterator[None]:
    """What the decoder says, as an `EventError` in words."""
    try:
        yield
    except EventError:
        raise
    except RecursionError:
        raise EventError("data is nested too deeply") from None
    except (UnicodeError, msgspec.DecodeError) as error:
        raise EventError(_in_words(str(error))) from None
    except ValueError as error:
        raise EventError(str(error)) from None


def _in_words(message: str) -> str:
    """The decoder's message with the places it names as a person writes them."""
    if "with a timezone component" in message:
        return "time needs its offset, as in 2026-11-23T12:00:00Z"
    if "Invalid RFC3339" in message:
        return "time is not a moment in RFC 3339, such as 2026-11-23T12:00:00Z"
    if "matching regex" in message:
        return f"{message.split('`')[-2].removeprefix('$.')} holds a NUL character"
    if "truncated" in message:
        return "the JSON ends too early"
    message = message.replace("JSON is malformed", "not JSON").replace(" - at `$.", " at `")
    message = message.replace(" | null`", "`")
    return message[:1].lower() + message[1:]


def event_from_row(header: Sequence[str], cells: Sequence[str]) -> Event:
    """An event from a row of CSV: `customer,event_id,time,event_type[,source][,property…]`.

    Blank cells are absent; a property that reads as a number is one. Raises `EventError`.
    """
    if any(cell.strip() for cell in cells[len(header) :]):
        raise EventError(f"there are {len(cells)} cells for {len(header)} columns")
    row = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if cell.strip()}
    for column in CSV_REQUIRED:
        if column not in row:
            raise EventError(f"{column} is missing")
    document = {
        "specversion": "1.0",
        "id": row["event_id"],
        "source": row.get("source", "csv"),
        "type": row["event_type"],
        "subject": row["customer"],
        "time": row["time"],
        "data": {name: _property(cell) for name, cell in row.items() if name not in _CSV_COLUMNS},
    }
    try:
        return event_from_json(_encoder.encode(document))
    except UnicodeEncodeError:
        raise EventError("the text is not UTF-8") from None


def _property(cell: str) -> Decimal | str:
    """A cell as a number where it reads as one."""
    return _exact(cell) if len(cell) <= _MOST_DIGITS and _NUMBER.fullmatch(cell) else cell
