"""Who may call the API: a key of the right scope; strangers are told what is missing."""

from datetime import timedelta
from pathlib import Path

import pytest
from conftest import NOW, Clock, make_app
from flask import Flask
from support.programs import Program, cloud_event, make_key

from pricingsite.database import db
from pricingsite.services.access.api_keys import list_keys, revoke

EVENTS = "/api/v1/events"
pytestmark = pytest.mark.usefixtures("customer")


def test_without_a_key_nothing_is_answered(app: Flask) -> None:
    client = app.test_client()
    for headers in (
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": f"Bearer {make_key(app, 'events:write')}x"},
    ):
        answer = client.post(EVENTS, json=[], headers=headers)
        assert answer.status_code == 401, headers
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.json["type"].endswith("#no-key")
        assert answer.content_type == "application/problem+json"


def test_a_key_of_another_scope_is_told_what_it_lacks(app: Flask) -> None:
    program = Program(app, make_key(app, "usage:read"))
    answer = program.send(cloud_event("acme", "e1"))
    assert answer.status_code == 403
    assert answer.json["scope"] == "events:write"


def test_a_revoked_key_is_refused(app: Flask) -> None:
    key = make_key(app, "events:write")
    program = Program(app, key)
    assert program.send().status_code == 200
    with app.app_context():
        revoke(db.session(), key, now=NOW)
        db.session.commit()
    assert program.send().status_code == 401


def test_its_last_use_is_noted_once_a_minute(app: Flask, program: Program, clock: Clock) -> None:
    def last_used() -> object:
        with app.app_context():
            return list_keys(db.session())[0].last_used_at

    assert last_used() is None
    program.send()
    assert last_used() == NOW
    clock.set(NOW + timedelta(seconds=59))
    program.send()
    assert last_used() == NOW
    clock.set(NOW + timedelta(seconds=60))
    program.send()
    assert last_used() == NOW + timedelta(seconds=60)


def test_only_the_hash_of_a_key_is_stored(app: Flask) -> None:
    key = make_key(app, "events:write")
    with app.app_context():
        (stored,) = list_keys(db.session())
    secret = key.removeprefix(stored.id)
    assert len(secret) == 33
    assert secret.strip("_") not in repr(vars(stored))


def test_guessing_is_slowed_down_and_those_with_a_key_are_not(
    database_url: str, tmp_path: Path
) -> None:
    app = make_app(database_url, tmp_path, RATELIMIT_ENABLED=True)
    key = make_key(app, "events:write")
    stranger = Program(app, "psk_guess_1")
    answers = [stranger.send() for _ in range(31)]
    assert {answer.status_code for answer in answers[:30]} == {401}
    assert answers[30].status_code == 429
    assert answers[30].content_type == "application/problem+json"
    assert int(answers[30].headers["Retry-After"]) > 0
    assert Program(app, key).send().status_code == 200
    with app.app_context():
        db.engine.dispose()


def test_errors_of_the_api_are_problem_documents_whatever_is_accepted(app: Flask) -> None:
    client = app.test_client()
    for answer in (
        client.get("/api/v1/nothing", headers={"Accept": "text/html"}),
        client.get(EVENTS, headers={"Accept": "text/html"}),
    ):
        assert answer.content_type == "application/problem+json"
        assert answer.json["status"] == answer.status_code
