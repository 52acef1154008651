"""What the account's pages ask the database: each thing once, however long the history is."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from flask import Flask
from support.long_history import customer_since
from support.members import Members, sign_in
from support.pages import Browser
from support.programs import Program, make_key

Queries = Callable[..., AbstractContextManager[list[str]]]

# The cache of pages asks for its version too: at every request in tests, now and then on a site.
BESIDE = ("BEGIN", "SELECT merchant.version, merchant.applied_at, merchant.timezone")


def asked(statements: list[str]) -> list[str]:
    told = (" ".join(statement.split()) for statement in statements)
    return [statement for statement in told if not statement.startswith(BESIDE)]


@pytest.fixture
def customer(app: Flask) -> str:
    """A customer of Scale with two years of usage, a budget and a calibrated range."""
    return customer_since(app, date(2024, 11, 1))


@pytest.mark.parametrize(
    ("path", "heading", "at_most"),
    [
        ("/account", "#forecast", 6),
        ("/account/usage", "#earlier", 4),
        ("/account/usage?period=2025-11", "#earlier", 4),
    ],
)
def test_a_page_asks_for_each_thing_once(
    app: Flask,
    customer: str,
    browser: Browser,
    queries: Queries,
    path: str,
    heading: str,
    at_most: int,
) -> None:
    Members(app).user(customer)
    sign_in(browser)
    with queries(at_most=at_most + 4) as seen:
        page = browser.get(path)
    assert page.select(heading)
    assert len(asked(seen)) <= at_most, "\n".join(asked(seen))


def test_a_program_asks_for_less(app: Flask, customer: str, queries: Queries) -> None:
    program = Program(app, make_key(app, "estimates:read"))
    path = f"/api/v1/estimates/{customer}"
    program.get(path)  # That the key was used is noted once a minute.
    with queries(at_most=10) as seen:
        assert program.get(path).status_code == 200
    assert len(asked(seen)) <= 6, "\n".join(asked(seen))
