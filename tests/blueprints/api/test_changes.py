"""Changing, ending and undoing by programs: each told by a dry run, and refused in words."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from support.changing import Subscriber, fixed, give_up_backup
from support.programs import Program, make_key
from werkzeug.test import TestResponse

from pricingsite.database import Base, db
from pricingsite.models.outbox import OutboxMessage

NOVEMBER = date(2026, 11, 1)
PERIOD_END = date(2026, 12, 1)


@pytest.fixture
def subscriber(app: Flask) -> Iterator[Subscriber]:
    with app.app_context():
        found = Subscriber(db.session())
        found.price("ahead", billing_type="in_advance", **fixed("30"))
        db.session.commit()
        yield found


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, make_key(app, "schedules:write"))


def address(subscriber: Subscriber, what: str = "changes") -> str:
    db.session.commit()
    return f"/api/v1/billing-schedules/{subscriber.schedule.id}/{what}"


def answered(response: TestResponse, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    db.session.expire_all()
    document: dict[str, Any] = response.json
    return document


def everything() -> dict[str, Any]:
    tables = Base.metadata.tables.items()
    rows = {name: sorted(map(repr, db.session.execute(one.select()))) for name, one in tables}
    db.session.rollback()
    return {name: found for name, found in rows.items() if name != "api_keys"}


def test_a_dry_run_answers_the_quote_alone(subscriber: Subscriber, program: Program) -> None:
    path = address(subscriber.begin("A", start=NOVEMBER))
    before = everything()
    quote = answered(program.post_json(path, {"plan": "scale", "dry_run": True}), 200)
    assert everything() == before
    assert quote["takes_effect_on"] == "2026-11-23"
    assert quote["prices"] == [
        {"price": "A", "fate": "kept", "on": None, "followed_by": None},
        {"price": "X", "fate": "begins", "on": "2026-11-23", "followed_by": None},
    ]
    bills = [(one["billed_on"], one["net"], one["tax"], one["gross"]) for one in quote["bills"]]
    assert bills == [
        ("2026-12-01", "750.00", "150.00", "900.00"),
        ("2027-01-01", "750.00", "150.00", "900.00"),
    ]
    made = answered(program.post_json(path, {"plan": "scale"}), 201)
    assert {key: made[key] for key in quote} == quote
    assert made["change"]["to_plan"] == "Scale"
    assert [len(one["prices"]) for one in made["billing_schedule"]["phases"]] == [1, 2]
    subscriber.bill(PERIOD_END)
    assert [net for _, net, _, _ in subscriber.invoices] == ["750.00"]


def test_a_deal_is_changed_on_a_day_to_come(subscriber: Subscriber, program: Program) -> None:
    path = address(subscriber.begin("B", "Y", start=NOVEMBER))
    body = {
        "prices": [{"price": "B"}, {"price": "Z"}],
        "discount": {"percent": "20", "periods": 1},
        "minimum": 1000,
        "on": "2027-01-01",
    }
    made = answered(program.post_json(path, body, **{"Idempotency-Key": "one"}), 201)
    again = answered(program.post_json(path, body, **{"Idempotency-Key": "one"}), 201)
    assert again == made
    told = db.session.scalars(select(OutboxMessage.subject)).all()
    assert told == ["Your prices change on 1 January 2027"]
    for day in (PERIOD_END, date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 1)):
        subscriber.bill(day)
    nets = [net for _, net, _, _ in subscriber.invoices]
    assert nets == ["975.00", "975.00", "1220.00", "1525.00"]


def test_a_pending_change_is_undone(subscriber: Subscriber, program: Program) -> None:
    path = address(subscriber.begin("A", "X", start=NOVEMBER))
    pending = address(subscriber, "pending-change")
    answered(program.post_json(path, {"plan": "start", "on": "period_end"}), 201)
    replaced = answered(program.post_json(path, {"prices": [{"price": "B"}], "dry_run": True}), 200)
    assert replaced["replaces"]["starts_on"] == "2026-12-01"
    headers = program.headers
    undone = answered(program.client.delete(pending, headers=headers), 200)
    assert (undone["to_plan"], undone["undone_at"] is None) == ("Start", False)
    problem = answered(program.client.delete(pending, headers=headers), 422)
    assert problem["type"].endswith("#change-refused")
    assert problem["detail"] == "No change is pending: there is nothing to undo."


def test_another_currency_is_answered_with_the_schedule_that_follows(
    subscriber: Subscriber, program: Program
) -> None:
    subscriber.price("A-usd", currency="USD", **fixed("650"))
    path = address(subscriber.begin("A", start=NOVEMBER))
    body = {"prices": [{"price": "A-usd"}], "on": "period_end"}
    quote = answered(program.post_json(path, body | {"dry_run": True}), 200)
    assert [(one["currency"], one["net"]) for one in quote["bills"]] == [
        ("GBP", "500.00"),
        ("USD", "650.00"),
    ]
    assert quote["followed_by"]["start_date"] == "2026-12-01"
    made = answered(program.post_json(path, body), 201)
    assert {key: made[key] for key in quote} == quote
    following = made["change"]["followed_by"]
    undone = program.client.delete(address(subscriber, "pending-change"), headers=program.headers)
    assert answered(undone, 200)["followed_by"] == following


@pytest.mark.parametrize(
    ("give_back", "notes", "refunded"),
    [("nothing", [], "0.00"), ("credit", ["CN-000001"], "0.00"), ("refund", ["CN-000001"], "9.60")],
)
def test_an_end_gives_back_what_it_is_told_to(
    app: Flask,
    subscriber: Subscriber,
    program: Program,
    give_back: str,
    notes: list[str],
    refunded: str,
) -> None:
    path = address(subscriber.begin("ahead", start=NOVEMBER).bill(NOVEMBER), "cancellation")
    paid = app.test_cli_runner().invoke(args=["invoices", "mark-paid", "INV-000001"])
    assert paid.exit_code == 0, paid.output
    body = {"on": "now", "give_back": give_back}
    dry = answered(program.post_json(path, body | {"dry_run": True}), 200)
    assert [one["net"] for one in dry["credited"]] == ["8.00"] * len(notes)
    made = answered(program.post_json(path, body), 201)
    assert (made["credit_notes"], made["refunded"]) == (notes, refunded)
    assert made["end_date"] == "2026-11-23"
    assert made["billing_schedule"]["end_date"] == "2026-11-23"


def test_an_end_is_at_the_periods_end_unless_told(subscriber: Subscriber, program: Program) -> None:
    path = address(subscriber.begin("A", start=NOVEMBER), "cancellation")
    assert answered(program.post_json(path, {}), 201)["takes_effect_on"] == "2026-12-01"


@pytest.mark.parametrize(
    ("body", "path", "why"),
    [
        ({}, "", "say either plan or prices"),
        ({"plan": "start", "prices": [{"price": "A"}]}, "", "say either plan or prices"),
        ({"prices": [{"price": "A"}], "code": "LAUNCH"}, "code", "it is of a plan"),
        ({"prices": [{"price": "Q"}]}, "prices[0].price", "the catalog has no price 'Q'"),
        ({"plan": "start", "on": "2026-02-30"}, "on", "is not a day such as 2027-01-31"),
        ({"plan": "start", "quantities": {"A": "x"}}, "quantities[...]", "matching regex"),
        ({"plan": "start", "minimum": "0"}, "minimum", "it must be above zero"),
        ({"plan": "a\0b"}, "plan", "it contains a NUL"),
    ],
)
def test_fields_that_cannot_be_used_are_refused_by_their_paths(
    subscriber: Subscriber, program: Program, body: dict[str, Any], path: str, why: str
) -> None:
    target = address(subscriber.begin("A", start=NOVEMBER))
    problem = answered(program.post_json(target, body), 422)
    assert problem["type"].endswith("#fields-refused")
    assert problem["errors"][0]["path"] == path
    assert why in problem["errors"][0]["reason"]


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"plan": "gold"}, "This plan is not on sale. Choose another one."),
        ({"plan": "start", "code": "NOPE"}, "There is no promotion code NOPE"),
        ({"prices": [{"price": "A"}], "on": "2026-11-22"}, "2026-11-22 is gone"),
        ({"prices": [{"price": "A"}, {"price": "B"}]}, "are two prices of the same thing"),
    ],
)
def test_what_cannot_be_agreed_is_refused_and_changes_nothing(
    subscriber: Subscriber, program: Program, body: dict[str, Any], why: str, *, dry_run: bool
) -> None:
    path = address(subscriber.begin("A", start=NOVEMBER))
    before = everything()
    problem = answered(program.post_json(path, body | {"dry_run": dry_run}), 422)
    assert problem["type"].endswith("#change-refused")
    assert why in problem["detail"]
    assert everything() == before


def test_a_schedule_that_is_not_the_customers_any_more_is_left_alone(
    subscriber: Subscriber, program: Program
) -> None:
    subscriber.begin("A", start=date(2026, 9, 1)).on(date(2026, 10, 1)).end()
    old = [address(subscriber), address(subscriber, "pending-change")]
    subscriber.begin("A", start=NOVEMBER).on(date(2026, 11, 23))
    subscriber.choose("scale", "period_end")
    db.session.commit()
    before = everything()
    for body in ({"plan": "start"}, {"plan": "start", "dry_run": True}):
        problem = answered(program.post_json(old[0], body), 422)
        assert problem["detail"].startswith("This billing schedule is not the one")
    answered(program.client.delete(old[1], headers=program.headers), 422)
    assert everything() == before
    answered(
        program.post_json("/api/v1/billing-schedules/sch_none/changes", {"plan": "start"}), 404
    )


def test_another_key_may_not(app: Flask, subscriber: Subscriber) -> None:
    reader = Program(app, make_key(app, "customers:read"))
    path = address(subscriber.begin("A", start=NOVEMBER))
    assert answered(reader.post_json(path, {"plan": "start"}), 403)["scope"] == "schedules:write"


def test_what_waits_is_taken_back_by_naming_the_plan(
    subscriber: Subscriber, program: Program
) -> None:
    give_up_backup(subscriber, on=date(2026, 11, 23))
    path = address(subscriber)
    asked = {"plan": "team", "add_ons": {"backup": "1"}}
    quote = answered(program.post_json(path, asked | {"dry_run": True}), 200)
    ends = {"price": "backup", "fate": "ends", "on": "2026-12-01", "followed_by": None}
    assert (quote["takes_effect_on"], quote["taken_back"]) == ("2026-12-01", [ends])
    assert [one["fate"] for one in quote["prices"]] == ["kept", "kept"]
    made = answered(program.post_json(path, asked), 201)
    assert [len(one["prices"]) for one in made["billing_schedule"]["phases"]] == [2, 2]
    subject = db.session.scalars(select(OutboxMessage.subject)).all()[-1]
    assert subject == "You keep what you have"
