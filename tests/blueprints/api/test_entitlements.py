"""What customers may use, as the merchant's software asks: exact, cheap, and when it changes."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import ANY
from urllib.parse import quote

import pytest
from conftest import Clock
from flask import Flask
from support.accounts import Account
from support.programs import Program, make_key

from pricingsite.database import db
from pricingsite.services.customers.aliases import add_alias

AT = "/api/v1/customers/{}/entitlements"


@pytest.fixture
def customer(app: Flask) -> str:
    """A customer of Scale, which ends with January."""
    with app.app_context():
        account = Account(db.session())
        account.subscribe("A", "X", end=date(2027, 2, 1))
        for alias in ("acme", "gid://app/Customer/1"):
            add_alias(db.session(), account.customer, alias)
        db.session.commit()
        return account.customer.id


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, make_key(app, "entitlements:read"))


def test_what_a_customer_may_use(program: Program, customer: str) -> None:
    answer = program.get(AT.format(customer))
    assert answer.status_code == 200
    assert answer.json == {
        "customer": customer,
        "status": "active",
        "as_of": "2026-11-23T18:40:00+00:00",
        "products": [
            {"id": "platform", "name": "Platform access", "until": "2027-01-31"},
            {"id": "ai-add-on", "name": "AI add-on", "until": "2027-01-31"},
        ],
        "limits": {},
        "changes_at": "2027-02-01T00:00:00+00:00",
    }
    for alias in ("acme", "gid://app/Customer/1"):
        found = program.get(AT.format(quote(alias, safe="")))
        assert found.json == answer.json, alias


def test_what_is_known_already_is_a_304_until_it_changes(
    app: Flask, program: Program, clock: Clock
) -> None:
    path = AT.format("acme")

    def ask(tag: str) -> Any:
        headers = program.headers | {"If-None-Match": tag}
        return app.test_client().get(path, headers=headers)

    first = program.get(path)
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    clock.set(clock.now + timedelta(days=3))
    again = ask(tag)
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    clock.set(datetime(2027, 2, 1, tzinfo=UTC))
    later = ask(tag)
    assert (later.status_code, later.json["status"]) == (200, "ended")
    assert later.json["products"] == []
    assert later.headers["ETag"] != tag


def test_one_statement_besides_the_key_s(program: Program, queries: Any) -> None:
    program.get(AT.format("acme"))
    with queries(at_most=5) as statements:
        assert program.get(AT.format("acme")).status_code == 200
    asked = [one for one in statements if one != "BEGIN"]
    # The first, whatever is asked for: whether another catalog has been applied.
    assert [*map(tables, asked)] == [{"merchant"}, {"api_keys"}, ANY]


def tables(statement: str) -> set[str]:
    return set(re.findall(r"FROM (\w+)", statement))


def test_nobody_is_not_found(program: Program) -> None:
    for name in ("nobody", "a%00b"):
        answer = program.get(AT.format(name))
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


pytestmark = pytest.mark.usefixtures("customer")
