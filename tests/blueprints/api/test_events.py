"""Usage by the open standard: every content mode, all or nothing, each event once."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cloudevents.core.bindings.http import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from conftest import NOW, Clock, make_app
from flask import Flask
from sqlalchemy import func, select
from support.accounts import differences
from support.programs import BATCH, STRUCTURED, Program, cloud_event

from pricingsite.database import db
from pricingsite.models.usage import UsageDay, UsageEvent
from pricingsite.services.usage.rebuilding import rebuild
from pricingsite.web.transaction import committing

EVENTS = "/api/v1/events"
pytestmark = pytest.mark.usefixtures("customer")
TYPES = "http://127.0.0.1:5000/api/v1#"


def stored(app: Flask) -> tuple[int, Any]:
    """How many events are stored, and what they come to."""
    with app.app_context():
        assert differences(db.session()) == []
        count = db.session.scalar(select(func.count()).select_from(UsageEvent))
        return count or 0, db.session.scalar(select(func.sum(UsageDay.total))) or 0


def sdk_event(subject: str, **changes: Any) -> CloudEvent:
    attributes = {
        "id": "sdk-1",
        "source": "/gateway",
        "type": "api_call",
        "subject": subject,
        "time": NOW,
        "datacontenttype": "application/json",
    }
    return CloudEvent(attributes | changes, {"calls": 250})


def test_a_batch_is_stored_and_a_repeat_is_counted_as_such(
    app: Flask, program: Program, customer: str
) -> None:
    batch = [cloud_event(customer, f"e{n}", calls=100) for n in range(5)]
    answer = program.send(*batch, batch[0])
    assert (answer.status_code, answer.json) == (200, {"accepted": 5, "duplicates": 1})
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    again = program.send(*batch)
    assert again.json == {"accepted": 0, "duplicates": 5}
    assert stored(app) == (5, 500)


def test_the_answer_counts_what_no_schedule_bills(program: Program, customer: str) -> None:
    early = cloud_event(customer, "early", time="2026-10-31T23:59:59Z")
    first = cloud_event(customer, "first", time="2026-11-01T00:00:00Z")
    answer = program.send(early, first, early)
    assert answer.json == {"accepted": 2, "duplicates": 1, "unbilled": 1}
    assert program.send(early).json == {"accepted": 0, "duplicates": 1, "unbilled": 1}
    assert program.send(first).json == {"accepted": 0, "duplicates": 1}
    lenient = program.send(early, cloud_event("nobody", "e1"), Prefer="handling=lenient").json
    assert (lenient["unbilled"], len(lenient["refused"])) == (1, 1)


def test_an_event_may_leave_its_time_out_in_every_mode(
    app: Flask, program: Program, customer: str
) -> None:
    event = cloud_event(customer, "e1", calls=5)
    del event["time"]
    headers = {f"ce-{name}": event[name] for name in event if name != "data"}
    for accepted in (1, 0):
        expected = {"accepted": accepted, "duplicates": 1 - accepted}
        assert program.send(event | {"id": "batch"}).json == expected
        single = program.post(EVENTS, event | {"id": "single", "time": None}, STRUCTURED)
        assert single.json == expected
        assert program.post(EVENTS, event["data"], "application/json", **headers).json == expected
        app.config["NOW"] += timedelta(hours=1)
    assert program.send(event | {"data": {"calls": 6}}).status_code == 409
    assert stored(app) == (3, 15)


def test_one_event_comes_structured_or_binary_as_the_sdk_sends_it(
    app: Flask, program: Program, customer: str
) -> None:
    structured = to_structured(sdk_event(customer), JSONFormat())
    answer = program.client.post(
        EVENTS, data=structured.body, headers=program.headers | structured.headers
    )
    assert (answer.status_code, answer.json) == (200, {"accepted": 1, "duplicates": 0})
    # The same event in the other mode is the same event.
    binary = to_binary(sdk_event(customer), JSONFormat())
    answer = program.client.post(EVENTS, data=binary.body, headers=program.headers | binary.headers)
    assert (answer.status_code, answer.json) == (200, {"accepted": 0, "duplicates": 1})
    assert stored(app) == (1, 250)


def test_binary_mode_takes_encoded_attributes_and_no_data(app: Flask, program: Program) -> None:
    event = to_binary(sdk_event("acme", id="Größe 100%"), JSONFormat())
    assert event.headers["ce-id"].isascii()
    answer = program.client.post(EVENTS, data=b"", headers=program.headers | event.headers)
    assert (answer.status_code, answer.json) == (200, {"accepted": 1, "duplicates": 0})
    assert stored(app) == (1, 1)
    with app.app_context():
        assert db.session.scalar(select(UsageEvent.event_id)) == "Größe 100%"


@pytest.mark.parametrize(
    ("written", "event_id"),
    [
        ('"b1"', "b1"),
        (r'"a\"b\\c"', r'a"b\c'),
        (r'"\%41"', "A"),
        ('"x%2541"', "x%41"),
        ("x%2541", "x%41"),
        ("%22b1%22", '"b1"'),
        ('"b1', '"b1'),
        ("100%", "100%"),
        # Bytes as servers hand them on, one character each.
        ("€".encode().decode("latin-1"), "€"),
        ('"€"'.encode().decode("latin-1"), "€"),
    ],
)
def test_a_header_is_unquoted_and_then_decoded_once(
    app: Flask, program: Program, customer: str, written: str, event_id: str
) -> None:
    event = to_binary(sdk_event(customer), JSONFormat())
    for header in (written, quote(event_id)):
        headers = program.headers | event.headers | {"ce-id": header}
        answer = program.client.post(EVENTS, data=event.body, headers=headers)
        assert answer.status_code == 200
    assert stored(app) == (1, 250)
    with app.app_context():
        assert db.session.scalar(select(UsageEvent.event_id)) == event_id


def test_every_header_may_be_quoted(app: Flask, program: Program, customer: str) -> None:
    event = to_binary(sdk_event(customer), JSONFormat())
    quoted = {name: f'"{value}"' for name, value in event.headers.items() if "ce-" in name}
    for headers in (event.headers, event.headers | quoted):
        answer = program.client.post(EVENTS, data=event.body, headers=program.headers | headers)
        assert answer.status_code == 200
    assert stored(app) == (1, 250)


@pytest.mark.parametrize("written", ["caf%E9", "caf\xe9", '"caf\xe9"', "%ED%A0%BD"])
def test_an_attribute_that_is_wrongly_encoded_is_named(
    program: Program, customer: str, written: str
) -> None:
    event = to_binary(sdk_event(customer), JSONFormat())
    headers = program.headers | event.headers | {"ce-id": written}
    answer = program.client.post(EVENTS, data=event.body, headers=headers)
    assert answer.status_code == 422
    assert "not percent-encoded UTF-8" in answer.json["errors"][0]["reason"]


def test_a_batch_with_a_bad_event_is_refused_whole_and_each_is_named(
    app: Flask, program: Program, customer: str
) -> None:
    answer = program.send(
        cloud_event(customer, "good"),
        cloud_event("nobody", "e1"),
        cloud_event(customer, "e2", type="page_view"),
        cloud_event(customer, "e3", time="2026-11-20T12:00:00"),
        cloud_event(customer, "e4", calls="many"),
        cloud_event(customer, "e5", calls=-1),
        {"specversion": "1.0"},
        cloud_event(customer, "e7", time="2026-11-23T18:46:00Z"),
    )
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    problem = answer.json
    assert problem["type"] == f"{TYPES}events-refused"
    assert problem["status"] == 422
    assert "7 events cannot be counted; nothing was stored" in problem["detail"]
    reasons = {one["index"]: one["reason"] for one in problem["errors"]}
    assert list(reasons) == [1, 2, 3, 4, 5, 6, 7]
    assert reasons[1] == "no customer is known as 'nobody'"
    assert "types that count: api_call" in reasons[2]
    assert reasons[3] == "time needs its offset, as in 2026-11-23T12:00:00Z"
    assert reasons[4] == "'calls' is not a number: 'many'"
    assert reasons[5] == "'calls' is negative: -1"
    assert "missing required field" in reasons[6]
    assert "more than 5 minutes ahead" in reasons[7]
    assert stored(app) == (0, 0)


def test_lenient_handling_stores_the_good_and_names_the_rest(
    app: Flask, program: Program, customer: str
) -> None:
    program.send(cloud_event(customer, "known", calls=3))
    answer = program.send(
        cloud_event(customer, "good", calls=10),
        cloud_event("nobody", "e1"),
        cloud_event(customer, "known", calls=4),
        cloud_event(customer, "known", calls=3),
        {"id": 7},
        cloud_event(customer, "deep", data={"n": json.loads("[" * 900 + "]" * 900)}),
        Prefer="handling=lenient, respond-async",
    )
    assert answer.status_code == 200
    assert answer.headers["Preference-Applied"] == "handling=lenient"
    assert (answer.json["accepted"], answer.json["duplicates"]) == (1, 1)
    assert [one["index"] for one in answer.json["refused"]] == [1, 2, 4, 5]
    assert stored(app) == (2, 13)


def test_the_same_identity_with_other_content_is_a_conflict(
    app: Flask, program: Program, customer: str
) -> None:
    program.send(cloud_event(customer, "e1", calls=3))
    answer = program.send(
        cloud_event(customer, "e0"),
        cloud_event(customer, "e1", calls=4),
        cloud_event(customer, "e1", calls=3, time="2026-11-20T13:00:00+01:00"),
    )
    assert answer.status_code == 409
    assert answer.json["type"] == f"{TYPES}other-content"
    assert answer.json["indexes"] == [1]
    assert stored(app) == (1, 3)


def test_an_event_from_a_fast_clock_is_worth_sending_again(
    app: Flask, program: Program, customer: str, clock: Clock
) -> None:
    ahead = (NOW + timedelta(minutes=5, seconds=1)).isoformat()
    answer = program.send(cloud_event(customer, "e1", time=ahead))
    assert (answer.status_code, answer.json["type"]) == (422, f"{TYPES}clock-skew")
    clock.set(NOW + timedelta(seconds=1))
    assert program.send(cloud_event(customer, "e1", time=ahead)).status_code == 200
    # However old an event is, its own time says which day it counts for.
    program.send(cloud_event(customer, "e2", time="2025-02-28T23:59:59Z"))
    with app.app_context():
        days = db.session.scalars(select(UsageDay.day).order_by(UsageDay.day))
        assert [day.isoformat() for day in days] == ["2025-02-28", "2026-11-23"]


def test_what_is_too_large_is_refused(program: Program, customer: str) -> None:
    many = [cloud_event(customer, f"e{n}") for n in range(10_001)]
    answer = program.send(*many)
    assert (answer.status_code, answer.json["type"]) == (413, f"{TYPES}too-many")
    assert "10,001 events" in answer.json["detail"]
    assert program.send(*many[:10_000]).json == {"accepted": 10_000, "duplicates": 0}
    # Many small values are counted before any is read.
    answer = program.post(EVENTS, b"[" + b",".join([b"null"] * 1_900_000) + b"]", BATCH)
    assert (answer.status_code, answer.json["type"]) == (413, f"{TYPES}too-many")
    wide = json.dumps([cloud_event(customer, "wide", note="x" * 10_000_000)]).encode()
    answer = program.post(EVENTS, wide, BATCH)
    assert (answer.status_code, answer.json["type"]) == (413, f"{TYPES}too-many")
    assert "10 MB" in answer.json["detail"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "text/html", ""])
def test_what_is_no_cloud_event_is_refused_by_its_type(
    program: Program, customer: str, content_type: str
) -> None:
    answer = program.post(EVENTS, [cloud_event(customer, "e1")], content_type)
    assert answer.status_code == 415
    assert BATCH in answer.json["detail"]


@pytest.mark.parametrize(
    ("encoding", "status"),
    [("gzip", 415), ("identity, gzip", 415), ("Identity", 200), ("identity", 200), ("", 200)],
)
def test_a_compressed_body_is_refused_in_words(
    program: Program, customer: str, encoding: str, status: int
) -> None:
    answer = program.send(cloud_event(customer, "e1"), **{"Content-Encoding": encoding})
    assert answer.status_code == status
    assert status == 200 or "Content-Encoding" in answer.json["detail"]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", BATCH, 400),
        (b"{}", BATCH, 400),
        (b"[1, 2", BATCH, 400),
        (b"\xff", BATCH, 400),
        (b"", STRUCTURED, 422),
        (b"[]", STRUCTURED, 422),
        (b"[" * 200_000, BATCH, 400),
    ],
)
def test_a_body_that_is_not_what_it_says_is_refused(
    app: Flask, program: Program, body: bytes, content_type: str, status: int
) -> None:
    answer = program.post(EVENTS, body, content_type)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert stored(app) == (0, 0)


def test_an_empty_batch_is_no_error(program: Program) -> None:
    assert program.send().json == {"accepted": 0, "duplicates": 0}


def test_a_voided_event_counts_no_more(app: Flask, program: Program, customer: str) -> None:
    program.send(cloud_event(customer, "e1", calls=30_000), cloud_event(customer, "e2", calls=5))
    name = {"subject": "acme", "source": "/gateway", "id": "e1"}
    assert program.void(name).json == {"voided": 1, "already_voided": 0}
    assert program.void(name, name).json == {"voided": 0, "already_voided": 2}
    assert stored(app) == (2, 5)
    # Sending it again brings it back no more than any other duplicate.
    answer = program.send(cloud_event(customer, "e1", calls=30_000))
    assert answer.json == {"accepted": 0, "duplicates": 1}
    assert stored(app) == (2, 5)


def test_what_cannot_be_voided_is_named_and_nothing_is(
    app: Flask, program: Program, customer: str
) -> None:
    program.send(cloud_event(customer, "e1", calls=7))
    known = {"subject": customer, "source": "/gateway", "id": "e1"}
    answer = program.void(known, known | {"id": "e2"}, known | {"subject": "nobody"})
    assert (answer.status_code, answer.json["type"]) == (422, f"{TYPES}events-refused")
    assert [one["index"] for one in answer.json["errors"]] == [1, 2]
    assert stored(app) == (1, 7)
    assert program.post("/api/v1/events/void", {}, "application/json").status_code == 400
    assert program.post("/api/v1/events/void", [], "text/plain").status_code == 415
    assert (
        program.post("/api/v1/events/void", [{"id": "e1"}], "application/json").status_code == 400
    )


def test_a_busy_database_asks_to_be_called_again(
    app: Flask, program: Program, customer: str, database_url: str, tmp_path: Path
) -> None:
    program.send()  # The key's use is noted already.
    hurried = make_app(
        database_url, tmp_path / "hurried", DATABASE_BUSY_SECONDS=0, NOW=NOW.isoformat()
    )
    in_a_hurry = Program(hurried, program.headers["Authorization"].removeprefix("Bearer "))
    with app.app_context(), committing(db.session):
        # As `flask usage rebuild` does for each customer in turn.
        rebuild(db.session(), customer, now=NOW)
        answer = in_a_hurry.send(cloud_event(customer, "e1"))
    assert (answer.status_code, answer.json["type"]) == (503, f"{TYPES}busy")
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.content_type == "application/problem+json"
    assert in_a_hurry.send(cloud_event(customer, "e1")).json == {"accepted": 1, "duplicates": 0}
    with hurried.app_context():
        db.engine.dispose()
    assert stored(app) == (1, 1)
