"""The API described: every route and kind of problem, as OpenAPI and as a page to read."""

import json
import re
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from support.accounts import NOW, Account
from support.pages import Browser
from support.programs import Program, cloud_event, make_key

from pricingsite.blueprints.api.description.document import document
from pricingsite.database import db
from pricingsite.services.access.api_keys import SCOPES
from pricingsite.services.customers.aliases import add_alias

OPENAPI = "/api/v1/openapi.json"
PATHS = document("http://127.0.0.1:5000")["paths"]


@pytest.fixture
def described(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = app.test_client().get(OPENAPI).json
    return found


@pytest.fixture
def key(app: Flask) -> str:
    """A key that may do everything, to an API with one customer who has a bill."""
    with app.app_context():
        account = Account(db.session())
        account.subscribe("A", "X")
        add_alias(db.session(), account.customer, "acme")
        account.use(250, at=NOW)
        db.session.commit()
    return make_key(app, *SCOPES)


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize(
    ("path", "method"),
    [(path, method) for path, methods in PATHS.items() for method in methods],
)
def test_whatever_is_sent_is_answered_as_described(
    app: Flask, key: str, path: str, method: str, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_wsgi(OPENAPI, app)
    # It would read all of our code for constants, each time.
    schema.config.analysis.constants.enabled = False
    operation = schema[path][method.upper()]

    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def explore(case: schemathesis.Case) -> None:
        # A well-formed event may still name a customer whom nobody knows: that is a 422. And who
        # asks for leniency is answered what was refused by a 200. An empty list as a parameter is
        # not sent at all.
        lenient = "handling=lenient" in (case.headers or {}).get("Prefer", "")
        unsent = any(one in ([], {}) for one in (case.query or {}).values())
        case.call_and_validate(
            headers={"Authorization": f"Bearer {key}"},
            excluded_checks=[
                positive_data_acceptance,
                *([negative_data_rejection] if lenient or unsent else []),
            ],
        )

    explore()


def test_every_route_is_described_with_its_scope(app: Flask, described: dict[str, Any]) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower()): view.scope
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if hasattr(view := app.view_functions[rule.endpoint], "scope")
    }
    assert routes == {
        (path, method): operation["x-scope"]
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }
    assert set(routes.values()) <= set(SCOPES)


@pytest.mark.usefixtures("customer")
def test_it_says_whose_it_is_and_what_it_is_about(described: dict[str, Any]) -> None:
    info = described["info"]
    assert info["license"] == {"name": "MIT License", "identifier": "MIT"}
    assert info["contact"] == {"name": "Amara Software Ltd", "email": "billing@amara.example"}
    known = {tag["name"] for tag in described["tags"]}
    for methods in described["paths"].values():
        for operation in methods.values():
            assert {*operation["tags"]} <= known


def test_generated_clients_can_send_events(described: dict[str, Any]) -> None:
    """openapi-typescript and openapi-python-client made clients that could not."""
    schemas = described["components"]["schemas"]
    for name, schema in schemas.items():
        if schema["type"] == "object":
            assert schema.get("properties") or schema["additionalProperties"], name
    event = schemas["CloudEvent"]["properties"]
    assert event["data"]["anyOf"][0]["$ref"].endswith("/EventData")
    assert not [name for name, field in event.items() if "default" in field]
    content = described["paths"]["/api/v1/events"]["post"]["requestBody"]["content"]
    assert not [kind for kind, body in content.items() if "items" in body["schema"]]


@pytest.mark.usefixtures("customer")
def test_the_page_explains_every_operation_type_and_problem(
    browser: Browser, described: dict[str, Any]
) -> None:
    page = browser.get("/api/v1")
    ids = [one["id"] for one in page.select("[id]")]
    assert len(ids) == len(set(ids))
    operations = [one for methods in described["paths"].values() for one in methods.values()]
    explained = {one["operationId"] for one in operations} | {*described["components"]["schemas"]}
    links = {link["href"].removeprefix("#") for link in page.select("main a[href^='#']")}
    assert explained | links | {"events-refused"} <= set(ids)


def test_the_example_works_as_it_stands(
    program: Program, customer: str, described: dict[str, Any]
) -> None:
    body = described["paths"]["/api/v1/events"]["post"]["requestBody"]["content"]
    for content_type, shown in body.items():
        if content_type == "application/json":
            continue
        text = json.dumps(shown["example"]).replace("cus_7k3m9qx2p0v4t8ws", customer)
        answer = program.post("/api/v1/events", text.encode(), content_type)
        assert answer.status_code == 200
    assert program.send(cloud_event(customer, "e1")).status_code == 200


@pytest.mark.usefixtures("customer")
def test_both_may_be_kept_and_set_no_cookie(app: Flask) -> None:
    for path in ("/api/v1", OPENAPI):
        answer = app.test_client().get(path)
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["ETag"]
        assert "Set-Cookie" not in answer.headers
