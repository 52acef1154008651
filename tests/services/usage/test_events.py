import json
from base64 import b64encode
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from pricingsite.services.usage.csv_events import event_from_row
from pricingsite.services.usage.events import (
    EventError,
    TooManyEventsError,
    event_data,
    event_from_attributes,
    event_from_json,
    events_from_json,
    names_from_json,
)
from pricingsite.services.usage.moments import moments_of

HEADER = ("customer", "event_id", "time", "event_type", "source", "calls", "user")
ROW = ("cus_1", "e1", "2026-11-23T12:00:00Z", "api_call", "", "2.50", "007")
GOOD = {
    "specversion": "1.0",
    "id": "e1",
    "source": "/gateway",
    "type": "api_call",
    "subject": "cus_1",
    "time": "2026-11-23T12:00:00Z",
}


def line(data: str | None = None, **changes: Any) -> str:
    """A CloudEvent's JSON; `data` is spliced in as it stands, so that its digits are the test's."""
    fields = {name: value for name, value in (GOOD | changes).items() if value is not None}
    text = json.dumps(fields)
    return text if data is None else f'{text[:-1]}, "data": {data}}}'


def test_an_event_is_read_whole() -> None:
    event = event_from_json(line('{"calls": 3, "path": "/v1"}'))
    assert (event.subject, event.source, event.event_id) == ("cus_1", "/gateway", "e1")
    assert (event.event_type, event.occurred_at) == (
        "api_call",
        datetime(2026, 11, 23, 12, tzinfo=UTC),
    )
    assert event.data == {"calls": 3, "path": "/v1"}


def test_attributes_of_other_tools_and_missing_data_are_allowed() -> None:
    event = event_from_json(line(datacontenttype="application/json", traceparent="00-1"))
    assert event.data == {}


def test_data_may_come_in_base64_or_be_null() -> None:
    event = event_from_json(line(data_base64="eyJjYWxscyI6IDMuNTB9"))
    assert event.data == {"calls": Decimal("3.5")}
    assert event_from_json(line("null")).data == {}
    assert event_from_json(line(data_base64="bnVsbA==")).data == {}


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-23T12:00:00Z", datetime(2026, 11, 23, 12, tzinfo=UTC)),
        ("2026-11-23T12:00:00+01:00", datetime(2026, 11, 23, 11, tzinfo=UTC)),
        ("2026-11-23T00:15:00-08:00", datetime(2026, 11, 23, 8, 15, tzinfo=UTC)),
        ("2026-11-23t12:00:00.25z", datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)),
        ("2024-02-29T23:59:59+05:45", datetime(2024, 2, 29, 18, 14, 59, tzinfo=UTC)),
        # What is past the microsecond is cut off, never rounded.
        ("2027-01-31T23:59:59.999999999Z", datetime(2027, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        (
            "2026-11-23T12:00:00.1234567+01:00",
            datetime(2026, 11, 23, 11, 0, 0, 123_456, tzinfo=UTC),
        ),
        (f"2026-11-23T12:00:00.{'9' * 99}Z", datetime(2026, 11, 23, 12, 0, 0, 999_999, tzinfo=UTC)),
        # A leap second belongs to the day that it ends.
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("2015-06-30T23:59:60.25Z", datetime(2015, 6, 30, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("2016-12-31t15:59:60-08:00", datetime(2016, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_a_time_is_a_moment_whatever_its_offset(written: str, moment: datetime) -> None:
    event = event_from_json(line(time=written))
    assert event.occurred_at == moment
    assert event.occurred_at.tzinfo is UTC
    # Those of a batch are read together.
    assert moments_of([GOOD["time"], written])[1] == moment
    batch = f"[{line(id='e0')}, {line(time=written)}, {line(id='e2', time=None)}]"
    assert events_from_json(batch.encode(), most=3)[1] == event
    assert events_from_json(f"[{line(time=written)}]".encode(), most=1) == [event]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "ends too early"),
        ('{"id":', "ends too early"),
        ("nonsense", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (line('{"note": "caf\x01"}'), "not JSON"),
        ("[]", "expected `object`, got `array`"),
        ("{}", "missing required field `specversion`"),
        (line(specversion="0.3"), "`specversion`"),
        (line(id=None), "`id`"),
        (line(id=""), "`id`"),
        (line(id=7), "expected `str`, got `int` at `id`"),
        (line(id="e" * 256), "length <= 255 at `id`"),
        (line(id="e\0"), "id holds a NUL character"),
        (line(subject=None), "`subject`"),
        (line(source=None), "`source`"),
        (line(type=None), "`type`"),
        (line(time="2026-11-23T12:00:00"), "time needs its offset"),
        (line(time="2026-11-23"), "time is not a moment"),
        (line(time="2026-02-30T12:00:00Z"), "time is not a moment"),
        (line(time="yesterday"), "time is not a moment"),
        (line(time="2016-12-31T12:34:60Z"), "time is not a moment"),
        (line(time="2016-12-30T23:59:60Z"), "time is not a moment"),
        (line(time="2016-12-31T23:59:61Z"), "time is not a moment"),
        (line(time="2016-12-31T23:59:60"), "time needs its offset"),
        (line(time=1_790_000_000), "`time`"),
        (line(time="0001-01-01T00:00:00+14:00"), "time is out of range"),
        (line(time="9999-12-31T23:59:59-14:00"), "time is out of range"),
        (line("{}", data_base64="e30="), "data and data_base64 are both there"),
        (line(data_base64="[]"), "invalid base64"),
        (line(data_base64="W10="), "expected `object`, got `array`"),
        (line("[1]"), "expected `object`, got `array` at `data`"),
        (line('{"calls": NaN}'), "not JSON"),
        (line('{"calls": 1e999}'), "out of range"),
        (line('{"calls": 1e-999}'), "out of range"),
        (line('{"calls": ' + "[" * 100_000 + "]" * 100_000 + "}"), "nested too deeply"),
        (line('{"n": ' + "[" * 65 + "]" * 65 + "}"), "nested too deeply: 64 levels"),
        (line(r'{"note": "cut \ud83d"}'), r"cut in the middle of a character"),
        (
            line(data_base64=b64encode(b'{"n": ' + b"[" * 65 + b"]" * 65 + b"}").decode()),
            "64 levels",
        ),
        (line(f'{{"n": [{"0," * 500_000}0]}}'), "more than 500,000 values"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(text: str | bytes, words: str) -> None:
    with pytest.raises(EventError, match=words.replace("(", r"\(")):
        event_from_json(text)


@pytest.mark.parametrize(
    "digits",
    ["0.000001", "0.1", "1000000000.000001", "12345678901234567890.123456", "1.0000000000000001"],
)
def test_numbers_are_exact(digits: str) -> None:
    event = event_from_json(line(f'{{"calls": {digits}}}'))
    assert event.data["calls"] == Decimal(digits)
    assert event_data(event.content) == event.data


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}'),
        ('{"a": 2}', '{"a": 2.0}'),
        ('{"a": 100}', '{"a": 1e2}'),
        ('{"a": 0}', '{"a": -0.0}'),
        ('{"a": "\\u00e9"}', '{"a": "é"}'),
        ('{"a": {"c": 1.50, "b": null}}', '{"a": {"b": null, "c": 1.5}}'),
    ],
)
def test_equal_content_is_equal_however_it_is_written(one: str, other: str) -> None:
    assert event_from_json(line(one)).content == event_from_json(line(other)).content


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a": 1}', '{"a": "1"}'),
        ('{"a": 1}', '{"a": 1.000000000000000000000000000001}'),
        ('{"a": null}', "{}"),
        ('{"a": 1}', '{"a": true}'),
    ],
)
def test_other_content_is_other(one: str, other: str) -> None:
    assert event_from_json(line(one)).content != event_from_json(line(other)).content


def test_a_row_is_an_event() -> None:
    event = event_from_row(HEADER, ROW)
    assert (event.subject, event.source, event.event_id) == ("cus_1", "csv", "e1")
    # A number is one, but a code with leading zeros is the text it was.
    assert event.data == {"calls": Decimal("2.5"), "user": "007"}


def row(**cells: str) -> tuple[str, ...]:
    return tuple(cells.get(name, cell) for name, cell in zip(HEADER, ROW, strict=True))


def test_a_row_may_name_its_source_and_leave_properties_blank() -> None:
    event = event_from_row(HEADER, row(source="/billing", calls="  ", user=""))
    assert (event.source, event.data) == ("/billing", {})


def test_a_row_may_end_early_or_in_blank_cells() -> None:
    assert event_from_row(HEADER, ROW[:4]).data == {}
    assert event_from_row(HEADER, (*ROW, "", " ")).data["user"] == "007"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("3", Decimal(3)),
        ("-3.10", Decimal("-3.1")),
        (".5", Decimal("0.5")),
        ("0", Decimal(0)),
        ("1,500", "1,500"),
        ("1e3", "1e3"),
        ("five", "five"),
        ("٣", "٣"),
        ("-", "-"),
        (".", "."),
    ],
)
def test_a_cell_that_reads_as_a_number_is_one(cell: str, value: object) -> None:
    assert event_from_row(HEADER, row(calls=cell)).data["calls"] == value


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (row(customer=""), "customer is missing"),
        (row(event_id=" "), "event_id is missing"),
        (row(time=""), "time is missing"),
        (row(event_type=""), "event_type is missing"),
        (ROW[:2], "time is missing"),
        ((*ROW, "more"), "8 cells for 7 columns"),
        (row(time="2026-11-23T12:00:00"), "time needs its offset"),
        (row(time="23/11/2026 12:00"), "time is not a moment"),
        (row(user="caf\udce9"), "not UTF-8"),
    ],
)
def test_a_bad_row_is_refused_in_words(cells: tuple[str, ...], words: str) -> None:
    with pytest.raises(EventError, match=words):
        event_from_row(HEADER, cells)


def test_a_batch_is_read_event_by_event() -> None:
    good, other = line('{"calls": 2.50}'), line(id="e2", time="2026-11-23T13:00:00+01:00")
    whole = events_from_json(f"[{good}, {other}]".encode(), most=2)
    assert whole == [event_from_json(good), event_from_json(other)]
    assert events_from_json(b"[]", most=2) == []
    read = events_from_json(f"[{good}, {line(id=None)}, 7, {line(time='noon')}]".encode(), most=4)
    assert read[0] == event_from_json(good)
    assert [str(error) for error in read[1:]] == [
        "object missing required field `id`",
        "expected `object`, got `int`",
        "time is not a moment in RFC 3339, such as 2026-11-23T12:00:00Z",
    ]


def test_a_batch_is_refused_only_the_names_that_hold_a_nul() -> None:
    noted, named = line('{"note": "a\\u0000b"}'), line(subject="cus\0_1")
    read = events_from_json(f"[{noted}, {named}]".encode(), most=2)
    assert read[0] == event_from_json(noted)
    assert read[0].data == {"note": "a\0b"}
    assert str(read[1]) == "subject holds a NUL character"
    with pytest.raises(EventError, match=r"^id holds a NUL character"):
        names_from_json(b'[{"subject": "cus_1", "source": "/gateway", "id": "e\\u0000"}]')


@pytest.mark.parametrize("text", [b"", b"{}", b"nonsense", b"[" * 100_000, b'[{"id": "e1"'])
def test_what_is_no_batch_is_refused(text: bytes) -> None:
    with pytest.raises(EventError):
        events_from_json(text, most=9)


@pytest.mark.parametrize(
    "bad",
    [
        line(r'{"note": "cut \ud83d"}'),
        line(r'{"\udc00": 1}'),
        line(id="X").replace("X", r"\ud83d"),
        line(data_base64=b64encode(rb'{"note": "\ud83d"}').decode()),
        line(data_base64=b64encode(b"{").decode()),
        line('{"n": ' + "[" * 65 + "]" * 65 + "}"),
        line('{"n": ' + "[" * 1_200 + "]" * 1_200 + "}"),
        line(extension=0).replace(": 0", f": {'[' * 1_200}{']' * 1_200}"),
        "[" * 1_200 + "]" * 1_200,
        "null",
    ],
)
def test_one_event_that_cannot_be_read_spoils_no_other(bad: str) -> None:
    good = [line(id=f"e{n}") for n in range(3)]
    read = events_from_json(f"[{good[0]}, {good[1]}, {bad}, {good[2]}]".encode(), most=4)
    assert isinstance(read[2], EventError)
    assert [read[0], read[1], read[3]] == [event_from_json(text) for text in good]


@pytest.mark.parametrize(
    "written",
    [
        "noon",
        "2026-11-23T12:00:00",
        "1970-01-01T12:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "2016-12-30T23:59:60Z",
    ],
)
def test_a_time_of_a_batch_is_refused_as_it_is_alone(written: str) -> None:
    with pytest.raises(EventError) as alone:
        event_from_json(line(time=written))
    read = events_from_json(f"[{line(id='e0')}, {line(time=written)}]".encode(), most=2)
    assert read[0] == event_from_json(line(id="e0"))
    assert str(read[1]) == str(alone.value)


@pytest.mark.parametrize(
    ("count", "item"), [(3, line()), (3, "null"), (1_900_000, "null"), (490_000, "[]")]
)
def test_a_batch_is_counted_before_it_is_read(count: int, item: str) -> None:
    with pytest.raises(TooManyEventsError):
        events_from_json(f"[{','.join([item] * count)}]".encode(), most=2)


def test_attributes_may_come_apart_from_the_data() -> None:
    assert event_from_attributes(GOOD, b'{"calls": 2.50}') == event_from_json(
        line('{"calls": 2.5}')
    )
    for nothing in (b"", b" ", b"null", b" null\n"):
        assert event_from_attributes(GOOD, nothing) == event_from_json(line())
    with pytest.raises(EventError):
        event_from_attributes(GOOD, b'{"calls": 1}, "id": "other"')
