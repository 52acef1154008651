"""Invoices as programs read them: page by page, filtered, and one with its lines."""

from datetime import date
from typing import Any
from urllib.parse import parse_qsl

import pytest
from flask import Flask
from support.accounts import NOW, Account
from support.invoices import make_credit_note, make_invoice
from support.programs import Program, make_key

from pricingsite.database import db
from pricingsite.models.invoices import Settlement, SettlementKind
from pricingsite.services.balances import paging
from pricingsite.services.customers.aliases import add_alias


@pytest.fixture
def customer(app: Flask) -> str:
    """A customer known as `acme` with four invoices, one paid, a credit note and a draft."""
    with app.app_context():
        account = Account(db.session())
        add_alias(db.session(), account.customer, "acme")
        for month in (8, 9, 10, 11):
            last = make_invoice(db.session(), account, billed_on=date(2026, month, 1))
        make_credit_note(db.session(), account, last, "100")
        make_invoice(db.session(), account, billed_on=date(2026, 12, 1), draft=True)
        paid = {"amount": last.gross, "settled_on": NOW.date(), "recorded_at": NOW}
        kind = SettlementKind.PAYMENT
        db.session.add(Settlement(invoice_id=last.id, kind=kind, **paid))
        customer_id = account.customer.id
        account.another()
        make_invoice(db.session(), account, billed_on=date(2026, 11, 1))
        db.session.commit()
        return customer_id


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, make_key(app, "invoices:read"))


def numbers(answer: Any) -> list[str | None]:
    assert answer.status_code == 200, answer.json
    return [one["number"] for one in answer.json["invoices"]]


def test_invoices_are_listed_in_the_order_of_making(program: Program, customer: str) -> None:
    answer = program.get("/api/v1/invoices")
    ours = ["INV-000001", "INV-000002", "INV-000003", "INV-000004", "CN-000001", None]
    assert numbers(answer) == [*ours, "INV-000005"]
    assert answer.json["next"] is None
    for name in (customer, "acme"):
        assert numbers(program.get("/api/v1/invoices", customer=name)) == ours
    assert {one["customer"] for one in answer.json["invoices"][:6]} == {customer}


@pytest.mark.usefixtures("customer")
def test_pages_follow_one_another_without_a_gap(program: Program) -> None:
    found, after = [], {}
    for _ in range(4):
        answer = program.get("/api/v1/invoices", limit="2", **after)
        found.append(numbers(answer))
        after = {"after": answer.json["next"]}
    assert [len(page) for page in found] == [2, 2, 2, 1]
    assert len({number for page in found for number in page}) == 7
    assert after == {"after": None}


@pytest.mark.usefixtures("customer")
def test_a_status_keeps_those_that_have_it(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of(status: str, **more: str) -> list[str | None]:
        return numbers(program.get("/api/v1/invoices", status=status, **more))

    assert of("paid") == ["INV-000004"]
    assert of("draft") == [None]
    assert of("issued") == ["INV-000001", "INV-000002", "INV-000003", "CN-000001", "INV-000005"]
    assert of("issued", customer="acme", limit="1") == ["INV-000001"]
    assert of("void") == []
    # However many there are, a request looks at so many; the next one goes on.
    monkeypatch.setattr(paging, "_MOST_EXAMINED", 3)
    first = program.get("/api/v1/invoices", status="paid")
    assert numbers(first) == []
    assert of("paid", after=first.json["next"]) == ["INV-000004"]


@pytest.mark.usefixtures("customer")
def test_one_is_read_with_its_lines(program: Program) -> None:
    found = program.get("/api/v1/invoices/INV-000001").json
    assert (found["gross"], found["status"], found["overdue"]) == ("600.00", "issued", True)
    assert [line["net"] for line in found["lines"]] == ["500.00"]
    draft = program.get("/api/v1/invoices", status="draft").json["invoices"][0]
    assert program.get(f"/api/v1/invoices/{draft['id']}").json["number"] is None
    note = program.get("/api/v1/invoices/CN-000001").json
    assert (note["corrects"], note["reason"]) == ("INV-000004", "Two days without service")
    assert (note["net"], note["balance"]) == ("-100.00", "-120.00")


@pytest.mark.usefixtures("customer")
@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("invoices?limit=0", 422, "limit is a number from 1 to 100"),
        ("invoices?limit=101", 422, "limit is"),
        ("invoices?after=-1", 422, "after is"),
        ("invoices?after=99999999999999999999", 422, "after is"),
        ("invoices?status=overdue", 422, "status is one of draft"),
        ("invoices?customer=nobody", 404, "No customer"),
        ("invoices/INV-000009", 404, "There is no invoice 'INV-000009'"),
        ("invoices/9", 404, "There is no invoice"),
    ],
)
def test_what_cannot_be_asked_for_is_told(
    program: Program, path: str, status: int, words: str
) -> None:
    path, _, query = path.partition("?")
    answer = program.get(f"/api/v1/{path}", **dict(parse_qsl(query)))
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert words in answer.json["detail"]


@pytest.mark.usefixtures("customer")
def test_reading_needs_a_key_of_its_scope(app: Flask) -> None:
    other = Program(app, make_key(app, "usage:read"))
    for path in ("invoices", "invoices/INV-000001"):
        assert other.get(f"/api/v1/{path}").json["scope"] == "invoices:read"
