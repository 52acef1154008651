"""What tests of the API start from, on SQLite and on PostgreSQL."""

import pytest
from flask import Flask
from support.programs import Program, make_customer, make_key

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_url" in metafunc.fixturenames:
        metafunc.parametrize("database_url", BOTH, indirect=True)


@pytest.fixture
def customer(app: Flask, request: pytest.FixtureRequest) -> str:
    """The id of a customer of Amara's, whom usage events may also call `acme`."""
    request.getfixturevalue("on_sale")
    return make_customer(app, alias="acme")


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, make_key(app, "events:write", "usage:read", "estimates:read"))
