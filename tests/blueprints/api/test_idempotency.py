"""A request that is sent again under its `Idempotency-Key` is answered again, not done again."""

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from conftest import Clock
from flask import Flask
from sqlalchemy import func, select
from support.programs import Program, make_key
from werkzeug.test import TestResponse

from pricingsite.blueprints.api import customers
from pricingsite.database import db
from pricingsite.models.access import IdempotencyKey
from pricingsite.models.customers import Customer
from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.access.idempotency import forget_answers

CUSTOMERS = "/api/v1/customers"
NEW = {"legal_name": "Ashdown Ltd", "billing_email": "ada@ashdown.example", "country": "GB"}
pytestmark = pytest.mark.usefixtures("on_sale")


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, make_key(app, "customers:read", "customers:write"))


def make(program: Program, body: Any = NEW, key: str = "k1") -> TestResponse:
    return program.post_json(CUSTOMERS, body, **{"Idempotency-Key": key})


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_same_request_has_the_same_answer(app: Flask, program: Program) -> None:
    first, again = make(program), make(program)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.data, again.headers["Location"]) == (first.data, first.headers["Location"])
    assert again.content_type == first.content_type == "application/json"
    assert (count(app, Customer), count(app, OutboxMessage)) == (1, 1)
    assert make(program, key="k2").json["id"] != first.json["id"]


def test_it_is_answered_so_even_if_it_could_not_be_done_now(program: Program) -> None:
    body = NEW | {"aliases": ["acme"]}
    first = make(program, body)
    assert make(program, body).json == first.json
    assert make(program, body, key="k2").status_code == 422


def test_another_request_under_the_key_is_refused(app: Flask, program: Program) -> None:
    make(program)
    answer = make(program, NEW | {"legal_name": "Other Ltd"})
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
    assert answer.json["type"].endswith("#key-reused")
    assert count(app, Customer) == 1


def test_a_refusal_is_not_kept(app: Flask, program: Program) -> None:
    assert make(program, NEW | {"country": "ZZ"}).status_code == 422
    assert make(program, NEW | {"aliases": ["a", "a"]}).status_code == 422
    assert (count(app, Customer), count(app, IdempotencyKey)) == (0, 0)
    assert make(program).status_code == 201


def test_a_key_is_a_caller_s_own(app: Flask, program: Program) -> None:
    other = Program(app, make_key(app, "customers:write"))
    assert make(program).json["id"] != make(other).json["id"]


def test_it_is_kept_for_a_day(app: Flask, program: Program, clock: Clock) -> None:
    first = make(program).json["id"]
    clock.set(clock.now + timedelta(hours=23, minutes=59))
    assert make(program).json["id"] == first
    with app.app_context():
        forget_answers(db.session(), now=clock.now)
        db.session.commit()
    assert count(app, IdempotencyKey) == 1
    clock.set(clock.now + timedelta(minutes=1))
    second = make(program, NEW | {"legal_name": "Other Ltd"}).json["id"]
    assert second != first
    clock.set(clock.now + timedelta(days=1))
    assert app.test_cli_runner().invoke(args=["outbox", "deliver"]).exit_code == 0
    assert count(app, IdempotencyKey) == 0


@pytest.mark.parametrize("key", ["", "a b", "ä", "x" * 256])
def test_a_key_that_is_none_is_refused(app: Flask, program: Program, key: str) -> None:
    answer = make(program, key=key)
    assert (answer.status_code, answer.json["type"].rpartition("#")[2]) == (422, "wrong-parameter")
    assert count(app, Customer) == 0


def test_without_a_key_each_request_is_its_own(app: Flask, program: Program) -> None:
    for _ in range(2):
        assert program.post_json(CUSTOMERS, NEW).status_code == 201
    assert (count(app, Customer), count(app, IdempotencyKey)) == (2, 0)


def test_of_several_at_once_one_does_the_work(app: Flask) -> None:
    key = make_key(app, "customers:write")
    start, answers = Barrier(6), []

    def send() -> None:
        program = Program(app, key)
        start.wait()
        answers.append(make(program))

    threads = [Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert (count(app, Customer), count(app, OutboxMessage)) == (1, 1)


class _PowerCutError(Exception):
    pass


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The power goes when all but the answer is done."""

    def fail(*_: object, **__: object) -> None:
        raise _PowerCutError

    monkeypatch.setattr(customers, "absolute", fail)
    return monkeypatch


def test_what_was_done_and_what_was_answered_are_one(
    app: Flask, program: Program, cut: pytest.MonkeyPatch
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert make(program).status_code == 500
    assert (count(app, Customer), count(app, OutboxMessage)) == (0, 0)
    cut.undo()
    first = make(program)
    assert first.status_code == 201
    assert make(program).data == first.data
    assert count(app, Customer) == 1
