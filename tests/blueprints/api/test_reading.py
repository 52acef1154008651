"""Usage and estimates as programs read them: exact, fresh, and "no data" told from zero."""

from decimal import Decimal
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from flask import Flask
from support.accounts import NOW, Account
from support.jobs import job, metric
from support.programs import Program, make_key

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.services.customers.aliases import add_alias
from pricingsite.services.usage.recording import record

pytestmark = pytest.mark.usefixtures("customer")
USAGE = {"from": "2026-11-01", "to": "2026-12-01"}


@pytest.fixture
def customer(app: Flask) -> str:
    """A customer of Scale, with 2,501 calls on two days and a third that reports none."""
    with app.app_context():
        account = Account(db.session())
        account.subscribe("A", "X")
        add_alias(db.session(), account.customer, "acme")
        account.use(1000, 1000, at=NOW.replace(day=3))
        account.use(0, at=NOW.replace(day=4))
        account.use(500, 1, at=NOW.replace(hour=18, minute=35))
        db.session.commit()
        return account.customer.id


def test_usage_in_all_and_its_freshness(program: Program, customer: str) -> None:
    answer = program.get("/api/v1/usage", customer=customer, **USAGE)
    assert answer.status_code == 200
    assert answer.json == {
        "customer": customer,
        "from": "2026-11-01",
        "to": "2026-12-01",
        "timezone": "Europe/London",
        "as_of": "2026-11-23T18:40:00+00:00",
        "counted_to": "2026-11-23T18:35:00+00:00",
        "stored_at": "2026-11-23T18:40:00+00:00",
        "metrics": [
            {
                "metric": "api_calls",
                "unit": "API call",
                "aggregation": "sum",
                "quantity": "2501",
            }
        ],
    }


def test_usage_by_its_latest_event_may_fall_and_starts_each_period_from_zero(
    app: Flask, program: Program, customer: str
) -> None:
    with app.app_context():
        db.session.add(metric("disks", "latest"))
        db.session.flush()
        sent = [job(1, 9, NOW.replace(day=3)), job(2, Decimal("2.5"), NOW.replace(day=5))]
        events = [msgspec.structs.replace(one, subject=customer) for one in sent]
        record(db.session(), events, now=NOW)
        db.session.commit()
    query = {"customer": customer, "metric": "disks", "by": "day"}
    (found,) = program.get("/api/v1/usage", **USAGE | query).json["metrics"]
    assert (found["aggregation"], found["quantity"]) == ("latest", "2.5")
    assert [day["cumulative"] for day in found["days"][1:5]] == ["0", "9", "9", "2.5"]
    later = query | {"from": "2026-11-06", "to": "2026-11-08"}
    assert program.get("/api/v1/usage", **later).json["metrics"][0]["quantity"] == "0"


def test_usage_by_day_tells_no_data_from_zero(program: Program) -> None:
    query = USAGE | {"customer": "acme", "metric": "api_calls", "by": "day"}
    days: list[dict[str, Any]] = program.get("/api/v1/usage", **query).json["metrics"][0]["days"]
    assert len(days) == 30
    assert days[1] == {"day": "2026-11-02", "events": 0, "quantity": None, "cumulative": "0"}
    assert days[2] == {"day": "2026-11-03", "events": 2, "quantity": "2000", "cumulative": "2000"}
    assert days[3] == {"day": "2026-11-04", "events": 1, "quantity": "0", "cumulative": "2000"}
    assert days[-1]["cumulative"] == "2501"


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"customer": "nobody"}, 404, "No customer is known as 'nobody'"),
        ({"customer": "a\0b"}, 404, "No customer"),
        ({"from": "yesterday"}, 422, "from is a day such as"),
        ({"to": ""}, 422, "to is a day such as"),
        ({"to": "2026-11-01"}, 422, "to is a day after from"),
        ({"to": "2027-12-07"}, 422, "at most 400 days"),
        ({"metric": "seats"}, 422, "metric is one of api_calls"),
        ({"by": "hour"}, 422, "by is day"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(
    program: Program, customer: str, changed: dict[str, str], status: int, words: str
) -> None:
    answer = program.get("/api/v1/usage", **(USAGE | {"customer": customer} | changed))
    assert answer.status_code == status
    assert words in answer.json["detail"]


def test_an_estimate_is_the_account_page_s_bill(program: Program, customer: str) -> None:
    answer = program.get("/api/v1/estimates/acme")
    assert answer.status_code == 200
    found = answer.json
    assert (found["customer"], found["state"], found["currency"]) == (customer, "active", "GBP")
    assert (found["net"], found["tax"], found["gross"]) == ("1425.65", "285.13", "1710.78")
    assert found["period"] == {"start": "2026-11-01", "end": "2026-12-01"}
    assert found["counted_to"] == "2026-11-23T18:35:00+00:00"
    assert len(found["lines"]) == 4


def test_an_alias_of_any_characters_names_its_customer_in_a_path(
    app: Flask, program: Program, customer: str
) -> None:
    names = ["gid://app/Customer/1234", "/tenants/9", "a//b", "team/", "/", "a%2Fb", "Zoë/1"]
    names += ["a/../b", "?q=1#x", "x" * 255]
    with app.app_context():
        for name in names:
            add_alias(db.session(), db.session.get_one(Customer, customer), name)
        db.session.commit()
    for name in [*names, customer]:
        answer = program.get(f"/api/v1/estimates/{quote(name, safe='')}")
        assert (answer.status_code, answer.json.get("customer")) == (200, customer), name
    for name in ["acme/", "/acme", "a/nobody"]:
        answer = program.get(f"/api/v1/estimates/{quote(name, safe='')}")
        assert answer.status_code == 404
        assert repr(name) in answer.json["detail"]
    assert program.get("/api/v1/estimates/").content_type == "application/problem+json"


def test_who_has_no_estimate_is_not_found(app: Flask, program: Program) -> None:
    assert program.get("/api/v1/estimates/nobody").status_code == 404
    with app.app_context():
        account = Account(db.session())
        db.session.commit()
        unbilled = account.customer.id
    answer = program.get(f"/api/v1/estimates/{unbilled}")
    assert answer.status_code == 404
    assert "no billing schedule" in answer.json["detail"]


@pytest.mark.parametrize("path", ["/api/v1/usage", "/api/v1/estimates/acme"])
def test_reading_needs_a_key_of_its_scope(app: Flask, customer: str, path: str) -> None:
    sender = Program(app, make_key(app, "events:write"))
    answer = sender.get(path, customer=customer, **USAGE)
    assert answer.status_code == 403
    assert answer.json["scope"] in {"usage:read", "estimates:read"}
