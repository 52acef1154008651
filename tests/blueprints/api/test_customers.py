"""Customers as programs make, list, read and change them."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from support.accounts import NOW, Account
from support.orders import mails
from support.programs import Program, make_key

from pricingsite.database import db
from pricingsite.models.customers import Customer, TaxEvidence
from pricingsite.services.customers.aliases import add_alias
from pricingsite.services.customers.copies import put_copies
from pricingsite.services.customers.verification import verify_tax_id

CUSTOMERS = "/api/v1/customers"
NEW = {"legal_name": "Ashdown Ltd", "billing_email": "Ada@Ashdown.example", "country": "GB"}
pytestmark = pytest.mark.usefixtures("on_sale")


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, make_key(app, "customers:read", "customers:write"))


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Customer)) or 0


def test_a_customer_is_made_read_and_named_by_its_aliases(app: Flask, program: Program) -> None:
    address = {"line1": "1 Analytical Row", "town": "London", "postcode": "E1 6AN"}
    more = {"contact_name": " Ada  Byron ", "tax_id": "gb 123 4567 82"}
    answer = program.post_json(CUSTOMERS, NEW | address | more | {"aliases": ["b/2", "a"]})
    assert answer.status_code == 201
    made = answer.json
    assert answer.headers["Location"] == f"http://127.0.0.1:5000{CUSTOMERS}/{made['id']}"
    assert made == NEW | address | {
        "id": made["id"],
        "billing_email": "ada@ashdown.example",
        "contact_name": "Ada Byron",
        "tax_id": "GB123456782",
        "line2": None,
        "tax_verified_at": None,
        "aliases": ["a", "b/2"],
        "created_at": "2026-11-23T18:40:00+00:00",
        "verified_at": None,
        "suspended_at": None,
        "closed_at": None,
        "copies_to": [],
        "purchase_order": None,
    }
    for name in (made["id"], "a", "b%2F2"):
        assert program.get(f"{CUSTOMERS}/{name}").json == made
    assert len(mails(app)) == 1


def test_nobody_is_invited_where_the_merchant_does_it(app: Flask, program: Program) -> None:
    assert program.post_json(CUSTOMERS, NEW | {"invite": False}).status_code == 201
    assert mails(app) == []


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ({"legal_name": None}, "legal_name", "Expected `str`, got `null`"),
        ({"legal_name": "  "}, "legal_name", "must not be empty"),
        ({"legal_name": "a\nb"}, "legal_name", "line breaks"),
        ({"legal_name": "a\u200bb"}, "legal_name", "cannot be seen: U+200B"),
        ({"legal_name": "a\0b"}, "legal_name", "control characters"),
        ({"town": "x" * 201}, "town", "length <= 200"),
        ({"billing_email": "nobody"}, "billing_email", "right format"),
        ({"country": "ZZ"}, "country", "not an ISO 3166 code"),
        ({"country": "gb"}, "country", "matching regex"),
        ({"tax_id": 7}, "tax_id", "Expected `str | null`"),
        ({"name": "Ashdown"}, "", "unknown field `name`"),
        ({"aliases": ["a", "a"]}, "aliases[1]", "already names a customer"),
        ({"aliases": ["a", " b"]}, "aliases[1]", "no space around it"),
        ({"aliases": "a"}, "aliases", "Expected `array`"),
    ],
)
def test_what_cannot_be_used_is_named_by_its_path_and_nothing_is_stored(
    app: Flask, program: Program, changes: dict[str, Any], path: str, reason: str
) -> None:
    answer = program.post_json(CUSTOMERS, NEW | changes)
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert answer.json["type"].endswith("#fields-refused")
    (error,) = answer.json["errors"]
    assert error["path"] == path
    assert reason in error["reason"]
    assert (count(app), mails(app)) == (0, [])


def test_all_that_is_wrong_is_told_at_once(program: Program) -> None:
    bad = {"legal_name": " ", "billing_email": "nobody", "country": "ZZ"}
    errors = program.post_json(CUSTOMERS, bad).json["errors"]
    assert {one["path"] for one in errors} == set(bad)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"legal_name": "\xff"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 422),
        (b"{}", "text/plain", 415),
        (b"[]", "application/json", 422),
        (b'{"legal_name": "\\ud83d"}', "application/json", 400),
    ],
)
def test_what_is_no_json_is_told(
    program: Program, body: bytes, content_type: str, status: int
) -> None:
    answer = program.post(CUSTOMERS, body, content_type)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")


def test_pages_follow_one_another_in_the_order_of_making(program: Program, queries: Any) -> None:
    made = [
        program.post_json(CUSTOMERS, NEW | {"aliases": [f"c{n}"], "invite": False}).json["id"]
        for n in range(5)
    ]
    found, after, pages = [], {}, 0
    while after.get("after", "") is not None:
        with queries(at_most=9):
            answer = program.get(CUSTOMERS, limit="2", **after)
        assert answer.status_code == 200
        found += answer.json["customers"]
        after, pages = {"after": answer.json["next"]}, pages + 1
    # They were made at one instant, so that their ids alone tell them apart.
    assert [one["id"] for one in found] == sorted(made)
    assert {alias for one in found for alias in one["aliases"]} == {f"c{n}" for n in range(5)}
    assert pages == 3
    assert len(program.get(CUSTOMERS).json["customers"]) == 5


@pytest.mark.parametrize("query", [{"limit": "0"}, {"after": "cus_x"}, {"after": "\0"}, {"q": "a"}])
def test_a_parameter_that_cannot_be_used_is_told(program: Program, query: dict[str, str]) -> None:
    answer = program.get(CUSTOMERS, **query)
    assert (answer.status_code, answer.json["type"].rpartition("#")[2]) == (422, "wrong-parameter")


def test_copies_and_the_purchase_order_of_each_are_read(app: Flask, program: Program) -> None:
    with app.app_context():
        account = Account(db.session())
        account.subscribe("A", purchase_order="PO-7")
        account.another()
        copies = ["b@ashdown.example", "a@ashdown.example"]
        put_copies(db.session(), account.customer.id, copies)
        db.session.commit()
    found = program.get(CUSTOMERS).json["customers"]
    both = sorted((one["copies_to"], one["purchase_order"]) for one in found)
    assert both == [([], "PO-7"), (copies, None)]
    for one in found:
        assert program.get(f"{CUSTOMERS}/{one['id']}").json == one


def test_aliases_are_changed_as_a_whole(program: Program) -> None:
    made = program.post_json(CUSTOMERS, NEW | {"aliases": ["a", "b"]}).json
    answer = program.patch(f"{CUSTOMERS}/a", {"aliases": ["c/1", "b"]})
    assert (answer.status_code, answer.json) == (200, made | {"aliases": ["b", "c/1"]})
    assert program.get(f"{CUSTOMERS}/a").status_code == 404
    assert program.get(f"{CUSTOMERS}/c%2F1").json == answer.json
    # It is free for another one.
    assert program.post_json(CUSTOMERS, NEW | {"aliases": ["a"]}).status_code == 201
    for aliases, path, reason in (
        (["d", "a"], "aliases[1]", "already names a customer"),
        (["b", "b"], "aliases[1]", "already names a customer"),
        (["d", "d"], "aliases[1]", "already names a customer"),
        (["d", " e"], "aliases[1]", "no space around it"),
        ([""], "aliases[0]", "length >= 1"),
    ):
        refused = program.patch(f"{CUSTOMERS}/{made['id']}", {"town": "York", "aliases": aliases})
        (error,) = refused.json["errors"]
        assert (refused.status_code, error["path"]) == (422, path)
        assert reason in error["reason"]
    assert program.get(f"{CUSTOMERS}/b").json == answer.json
    assert program.patch(f"{CUSTOMERS}/b", {"aliases": []}).json["aliases"] == []


def test_what_is_left_out_of_a_change_stays(app: Flask, program: Program) -> None:
    made = program.post_json(CUSTOMERS, NEW | {"town": "London", "aliases": ["a"]}).json
    answer = program.patch(f"{CUSTOMERS}/a", {"line1": "2 Row", "town": None})
    assert answer.status_code == 200
    assert answer.json == made | {"line1": "2 Row", "town": None}
    assert program.get(f"{CUSTOMERS}/a").json == answer.json
    changed = [one for one in mails(app) if "were changed" in one.subject]
    assert len(changed) == 1
    assert program.patch(f"{CUSTOMERS}/a", {"line1": "2 Row"}).status_code == 200
    assert len([one for one in mails(app) if "were changed" in one.subject]) == 1


def test_a_new_address_and_the_old_one_are_both_told(app: Flask, program: Program) -> None:
    program.post_json(CUSTOMERS, NEW | {"aliases": ["a"], "invite": False})
    program.patch(f"{CUSTOMERS}/a", {"billing_email": "bills@ashdown.example"})
    for address in ("ada@ashdown.example", "bills@ashdown.example"):
        assert len(mails(app, address)) == 1


def test_another_company_s_name_takes_back_what_was_verified(app: Flask, program: Program) -> None:
    with app.app_context():
        account = Account(db.session())
        account.customer.tax_id, account.customer.country = "DE136695976", "DE"
        db.session.flush()
        verify_tax_id(db.session(), account.customer, consultation="1", now=NOW)
        db.session.commit()
        name = account.customer.id
    path = f"{CUSTOMERS}/{name}"
    assert program.patch(path, {"town": "Bonn"}).json["tax_verified_at"] is not None
    assert program.patch(path, {"legal_name": "Other GmbH"}).json["tax_verified_at"] is None
    with app.app_context():
        assert db.session.get_one(Customer, name).tax_evidence is not TaxEvidence.TAX_ID


def test_a_change_that_cannot_be_made_changes_nothing(program: Program) -> None:
    made = program.post_json(CUSTOMERS, NEW | {"aliases": ["a"]}).json
    answer = program.patch(f"{CUSTOMERS}/a", {"town": "York", "country": "ZZ"})
    assert [one["path"] for one in answer.json["errors"]] == ["country"]
    assert program.patch(f"{CUSTOMERS}/a", {"legal_name": None}).status_code == 422
    assert program.get(f"{CUSTOMERS}/a").json == made
    assert program.patch(f"{CUSTOMERS}/nobody", {"town": "York"}).status_code == 404


def test_reading_and_writing_need_scopes_of_their_own(app: Flask) -> None:
    reader = Program(app, make_key(app, "customers:read"))
    assert reader.post_json(CUSTOMERS, NEW).json["scope"] == "customers:write"
    assert reader.patch(f"{CUSTOMERS}/a", {}).json["scope"] == "customers:write"
    writer = Program(app, make_key(app, "customers:write"))
    assert writer.get(CUSTOMERS).json["scope"] == "customers:read"


def test_copies_and_the_purchase_order_are_changed_as_on_the_accounts_page(
    app: Flask, program: Program
) -> None:
    program.post_json(CUSTOMERS, NEW | {"aliases": ["a"]})
    path = f"{CUSTOMERS}/a"
    refused = program.patch(path, {"purchase_order": "PO-8", "copies_to": ["a@b.example"]})
    assert refused.status_code == 422
    assert refused.json["errors"][0]["path"] == "purchase_order"
    with app.app_context():
        account = Account(db.session())
        account.subscribe("A")
        add_alias(db.session(), account.customer, "b")
        db.session.commit()
    path = f"{CUSTOMERS}/b"
    copies = ["Bo@Ashdown.example", "bo@ashdown.example", "ada@ashdown.example"]
    changed = program.patch(path, {"purchase_order": " PO  8 ", "copies_to": copies}).json
    assert (changed["purchase_order"], changed["copies_to"]) == ("PO 8", ["bo@ashdown.example"])
    assert program.get(path).json == changed
    told = mails(app)[-1]
    assert "PO 8" in told.text
    assert "bo@ashdown.example" in told.text
    sent = len(mails(app))
    assert program.patch(path, {"town": None, "copies_to": ["bo@ashdown.example"]}).json == changed
    assert len(mails(app)) == sent
    for body, field in (
        ({"copies_to": ["bo@ashdown.example", "nobody at home"]}, "copies_to[1]"),
        ({"copies_to": [f"a{n}@b.example" for n in range(6)]}, "copies_to"),
        ({"purchase_order": "P" * 61}, "purchase_order"),
        ({"purchase_order": "P\u0000"}, "purchase_order"),
    ):
        refused = program.patch(path, body)
        assert refused.status_code == 422, body
        assert field in refused.text
    cleared = program.patch(path, {"purchase_order": None, "copies_to": []}).json
    assert (cleared["purchase_order"], cleared["copies_to"]) == (None, [])
