"""Custom deals as programs make and read them: several phases, and every refusal by its path."""

from datetime import UTC, date, datetime
from threading import Barrier, Thread
from typing import Any

import pytest
from conftest import Clock
from flask import Flask
from sqlalchemy import func, select
from support.accounts import Account
from support.factories import amara_with
from support.programs import Program, make_key

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.billing.periods import billing_period_on
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.customers.aliases import add_alias
from pricingsite.services.schedules.reading import current_schedule, spans_of

SCHEDULES = "/api/v1/billing-schedules"
SEATS = """
[[products]]
id = "seats"
name = "Seats"
[[products.prices]]
id = "seat"
list_price = true
currency = "GBP"
billing_frequency = "monthly"
billing_type = "in_advance"
per = "seat"
minimum_quantity = "3"
model = "fixed"
amount = "8"
[[products.prices]]
id = "euro"
list_price = true
currency = "EUR"
billing_frequency = "monthly"
billing_type = "in_advance"
model = "fixed"
amount = "8"
[[products.prices]]
id = "once"
list_price = true
currency = "GBP"
billing_frequency = "one_time"
billing_type = "in_advance"
model = "fixed"
amount = "100"
[[plans]]
id = "start"
"""


@pytest.fixture
def customer(app: Flask) -> str:
    """A customer known as `acme`, of a merchant that sells seats too, and in euros."""
    with app.app_context():
        account = Account(db.session())
        edited = amara_with(('[[plans]]\nid = "start"\n', SEATS))
        apply(db.session(), read_catalog(edited), archive=False, now=account.customer.created_at)
        add_alias(db.session(), account.customer, "acme")
        db.session.commit()
        return account.customer.id


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, make_key(app, "customers:read", "schedules:write"))


pytestmark = pytest.mark.usefixtures("customer")


def phase(*price_ids: str, **more: Any) -> dict[str, Any]:
    return {"prices": [{"price": one} for one in price_ids]} | more


def deal(*phases: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"customer": "acme", "phases": list(phases)} | more


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(BillingSchedule)) or 0


def test_y_for_three_months_and_then_z(program: Program, customer: str) -> None:
    answer = program.post_json(
        SCHEDULES,
        deal(
            phase("B", "Y", start_date="2027-01-15"),
            phase("B", "Z", start_date="2027-04-15", end_date="2028-01-15"),
            purchase_order=" PO-1 ",
        ),
    )
    assert answer.status_code == 201
    made = answer.json
    assert answer.headers["Location"] == f"http://127.0.0.1:5000{SCHEDULES}/{made['id']}"
    first, second = made.pop("phases")
    assert made == {
        "id": made["id"],
        "customer": customer,
        "state": "upcoming",
        "currency": "GBP",
        "timezone": "Europe/London",
        "start_date": "2027-01-15",
        "end_date": "2028-01-15",
        "anchor_date": "2027-01-15",
        "purchase_order": "PO-1",
        "created_at": "2026-11-23T18:40:00+00:00",
    }
    terms = {"trial": False, "plan": None, "discount": None, "minimum": None}
    y, z = ([{"price": one, "quantity": None} for one in ("B", last)] for last in "YZ")
    assert first == terms | {"start_date": "2027-01-15", "end_date": "2027-04-15", "prices": y}
    assert second == terms | {"start_date": "2027-04-15", "end_date": "2028-01-15", "prices": z}
    assert program.get(f"{SCHEDULES}/{made['id']}").json == made | {"phases": [first, second]}


def test_what_is_left_out_follows(app: Flask, program: Program, customer: str) -> None:
    made = program.post_json(
        SCHEDULES, deal(phase("A", end_date="2026-12-23"), phase("B", "X"))
    ).json
    days = [(one["start_date"], one["end_date"]) for one in made["phases"]]
    assert days == [("2026-11-23", "2026-12-23"), ("2026-12-23", None)]
    assert (made["state"], made["anchor_date"]) == ("active", "2026-11-23")
    with app.app_context():
        schedule = current_schedule(db.session(), customer, now=app.config["NOW"])
        assert schedule is not None
        found = [(span.price.id, span.start, span.end) for span in spans_of(schedule)]
    change = date(2026, 12, 23)
    assert found == [("A", date(2026, 11, 23), change), ("B", change, None), ("X", change, None)]


def test_by_calendar_months_and_from_the_past(app: Flask, program: Program, customer: str) -> None:
    made = program.post_json(
        SCHEDULES, deal(phase("A", "X", start_date="2026-11-10"), calendar=True)
    ).json
    assert (made["start_date"], made["anchor_date"]) == ("2026-11-10", "2026-11-01")
    with app.app_context():
        schedule = current_schedule(db.session(), customer)
        assert schedule is not None
        period = billing_period_on(schedule, date(2026, 11, 23)).dates
    assert (period.start, period.end) == (date(2026, 11, 10), date(2026, 12, 1))


def test_quantities_discounts_and_minimums_are_agreed_by_phase(program: Program) -> None:
    seats = {"prices": [{"price": "A"}, {"price": "seat", "quantity": "7"}]}
    first = seats | {"discount": {"percent": "12.5", "periods": 3}, "minimum": "900.50"}
    second = phase("A", "seat", start_date="2027-06-23", discount={"amount": 300}, minimum=1000)
    made = program.post_json(SCHEDULES, deal(first, second)).json["phases"]
    assert [one["prices"][1]["quantity"] for one in made] == ["7", "3"]
    code = {"code": "as agreed", "percent": None, "amount": None, "periods": None}
    assert made[0]["discount"] == code | {"percent": "12.5", "periods": 3}
    assert made[1]["discount"] == code | {"amount": "300"}
    assert [one["minimum"] for one in made] == ["900.5", "1000"]


REFUSED = [
    (deal(phase("A"), customer="nobody"), "customer", "no customer is known as 'nobody'"),
    (deal(), "phases", "length >= 1"),
    ({"customer": "acme"}, "", "required field `phases`"),
    (deal(phase("A"), plan="scale"), "", "unknown field `plan`"),
    (deal(phase()), "phases[0].prices", "length >= 1"),
    (deal(phase("A", "Q")), "phases[0].prices[1].price", "no price 'Q'"),
    (deal(phase("A", "A")), "phases[0].prices[1].price", "named twice"),
    (deal(phase("A"), phase("A", "B", start_date="2027-01-01")), "phases[1].prices", "keep one"),
    (deal(phase("A", "euro")), "phases[0].prices", "choose one currency"),
    (
        deal(phase("A"), phase("euro", start_date="2027-01-01")),
        "phases[1].prices",
        "Prices A and euro are in GBP and EUR",
    ),
    (deal({"prices": [{"price": "A", "quantity": "2"}]}), "phases[0].prices", "not bought by"),
    (deal({"prices": [{"price": "seat", "quantity": "2"}]}), "phases[0].prices", "3 or more"),
    (
        deal({"prices": [{"price": "seat", "quantity": "1e3"}]}),
        "phases[0].prices[0].quantity",
        "matching regex",
    ),
    (
        deal({"prices": [{"price": "seat", "quantity": 3.5}]}),
        "phases[0].prices[0].quantity",
        "got `float`",
    ),
    (deal(phase("A", start_date="31/01/2027")), "phases[0].start_date", "not a day such as"),
    (deal(phase("A", start_date="1999-12-31")), "phases[0].start_date", "from 2000-01-01"),
    (deal(phase("A", end_date="2026-11-23")), "phases[0].end_date", "after the day it starts on"),
    (deal(phase("A", end_date="9999-12-31")), "phases[0].end_date", "not after 2199-12-31"),
    (deal(phase("A"), phase("B")), "phases[1].start_date", "say when it starts"),
    (
        deal(phase("A", end_date="2027-01-01"), phase("B", start_date="2027-02-01")),
        "phases[0].end_date",
        "where the next one starts, on 2027-02-01",
    ),
    (
        deal(phase("A", start_date="2027-02-01"), phase("B", start_date="2027-02-01")),
        "phases[1].start_date",
        "after the one before it",
    ),
    (
        deal(phase("X", start_date="2027-01-10"), phase("Z", start_date="2027-03-01")),
        "phases[1].start_date",
        "choose 2027-02-10 or 2027-03-10, not 2027-03-01",
    ),
    (
        deal(phase("X", start_date="2027-01-10"), phase("Z", start_date="2027-01-20")),
        "phases[1].start_date",
        "choose 2027-02-10, not 2027-01-20",
    ),
    (
        deal(
            phase("X", start_date="2027-01-10"),
            phase("Z", start_date="2027-02-10"),
            calendar=True,
        ),
        "phases[1].start_date",
        "choose 2027-02-01 or 2027-03-01",
    ),
    (deal(phase("A", minimum="0")), "phases[0].minimum", "above zero"),
    (deal(phase("A", minimum="9.999")), "phases[0]", "at most 2 decimals"),
    (deal(phase("once", minimum="9")), "phases[0]", "billed once"),
    (deal(phase("A", discount={})), "phases[0].discount", "either percent or amount"),
    (
        deal(phase("A", discount={"percent": "5", "amount": "5"})),
        "phases[0].discount",
        "either percent or amount",
    ),
    (
        deal(phase("A", discount={"percent": "101"})),
        "phases[0].discount.percent",
        "more than everything",
    ),
    (
        deal(phase("A", discount={"percent": "5", "periods": 0})),
        "phases[0].discount.periods",
        ">= 1",
    ),
    (deal(phase("A"), purchase_order="a\nb"), "purchase_order", "line breaks"),
]


@pytest.mark.parametrize(("body", "path", "reason"), REFUSED)
def test_what_cannot_be_agreed_is_named_by_its_path_and_nothing_is_stored(
    app: Flask, program: Program, body: dict[str, Any], path: str, reason: str
) -> None:
    answer = program.post_json(SCHEDULES, body)
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    (error,) = answer.json["errors"]
    assert (error["path"], answer.json["type"].rpartition("#")[2]) == (path, "fields-refused")
    assert reason in error["reason"]
    assert count(app) == 0


def test_a_usage_price_is_replaced_where_its_period_begins(program: Program) -> None:
    phases = [phase("X", start_date="2027-01-31"), phase("Z", start_date="2027-02-28")]
    assert program.post_json(SCHEDULES, deal(*phases)).status_code == 201


def test_a_fixed_price_may_be_replaced_on_any_day(program: Program) -> None:
    phases = [phase("A", "X", start_date="2027-01-31"), phase("B", "X", start_date="2027-02-09")]
    assert program.post_json(SCHEDULES, deal(*phases)).status_code == 201


def test_an_archived_price_is_closed_to_new_deals(app: Flask, program: Program) -> None:
    with app.app_context():
        apply(db.session(), read_catalog(amara_with()), archive=True, now=app.config["NOW"])
        db.session.commit()
    error = program.post_json(SCHEDULES, deal(phase("seat"))).json["errors"][0]
    assert (error["path"], "archived" in error["reason"]) == ("phases[0].prices", True)


def test_a_second_contract_on_the_same_days_is_a_second_customer_s(program: Program) -> None:
    year = {"start_date": "2027-01-01", "end_date": "2028-01-01"}
    first = program.post_json(SCHEDULES, deal(phase("A", **year))).json["id"]
    for other in ({"start_date": "2026-06-01"}, {"start_date": "2027-12-31"}, year):
        answer = program.post_json(SCHEDULES, deal(phase("A", **other)))
        assert (answer.status_code, answer.json["schedule"]) == (409, first)
        assert answer.json["type"].endswith("#schedule-exists")
    before = {"start_date": "2026-06-01", "end_date": "2027-01-01"}
    for other in (before, {"start_date": "2028-01-01"}):
        assert program.post_json(SCHEDULES, deal(phase("A", **other))).status_code == 201


def test_of_two_contracts_at_once_one_is_made(app: Flask) -> None:
    key = make_key(app, "schedules:write")
    start, statuses = Barrier(4), []

    def send() -> None:
        program = Program(app, key)
        start.wait()
        body = deal(phase("A", start_date="2027-01-01", end_date="2028-01-01"))
        statuses.append(program.post_json(SCHEDULES, body).status_code)

    threads = [Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, 409, 409, 409]
    assert count(app) == 1


def test_a_key_makes_one_deal(app: Flask, program: Program) -> None:
    body, key = deal(phase("A")), {"Idempotency-Key": "k1"}
    first, again = (program.post_json(SCHEDULES, body, **key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert count(app) == 1
    other = program.post_json(SCHEDULES, deal(phase("B")), **key)
    assert (other.status_code, other.json["type"].rpartition("#")[2]) == (409, "key-reused")


def test_pages_of_all_and_of_one_customer(
    app: Flask, program: Program, customer: str, clock: Clock, queries: Any
) -> None:
    with app.app_context():
        account = Account.of(db.session(), customer)
        account.another()
        add_alias(db.session(), account.customer, "other")
        db.session.commit()
    made = []
    for n, name in enumerate(("acme", "other", "acme")):
        clock.set(datetime(2026, 11, 24 + n, tzinfo=UTC))
        days = {"start_date": f"{2027 + n}-01-01", "end_date": f"{2028 + n}-01-01"}
        body = deal(phase("A", **days), customer=name)
        answer = program.post_json(SCHEDULES, body)
        assert answer.status_code == 201, answer.json
        made.append(answer.json["id"])
    with queries(at_most=10):
        answer = program.get(SCHEDULES, limit="2").json
    assert [one["id"] for one in answer["billing_schedules"]] == made[:2]
    rest = program.get(SCHEDULES, after=answer["next"]).json
    assert ([one["id"] for one in rest["billing_schedules"]], rest["next"]) == (made[2:], None)
    own = program.get(SCHEDULES, customer="acme").json["billing_schedules"]
    assert [one["id"] for one in own] == [made[0], made[2]]
    assert program.get(SCHEDULES, customer="nobody").status_code == 404
    assert program.get(SCHEDULES, after="sch_x").status_code == 422
    assert program.get(f"{SCHEDULES}/sch_x").status_code == 404


def test_a_deal_is_made_in_few_statements(program: Program, queries: Any) -> None:
    phases = [phase("B", "Y"), phase("B", "Z", start_date="2027-02-23")]
    with queries(at_most=22):
        assert program.post_json(SCHEDULES, deal(*phases)).status_code == 201


def test_making_needs_a_scope_of_its_own(app: Flask) -> None:
    other = Program(app, make_key(app, "customers:read", "customers:write"))
    assert other.post_json(SCHEDULES, deal(phase("A"))).json["scope"] == "schedules:write"
    writer = Program(app, make_key(app, "schedules:write"))
    assert writer.get(SCHEDULES).json["scope"] == "customers:read"


def test_the_customer_is_billed_without_being_verified(app: Flask, program: Program) -> None:
    program.post_json(SCHEDULES, deal(phase("A", start_date="2026-10-01")))
    run = app.test_cli_runner().invoke(args=["billing", "run"])
    assert run.stdout.startswith("drafted 1, issued 1")
    with app.app_context():
        assert db.session.scalars(select(Customer)).one().verified_at is None
