"""A program that asks for problem documents is refused by one, whatever it asks for."""

import pytest
from flask.testing import FlaskClient
from support.pages import Browser
from werkzeug.test import TestResponse

pytestmark = pytest.mark.usefixtures("amara")
PROBLEM = "application/problem+json"
ASKS = {"Accept": PROBLEM}


def check(answer: TestResponse, status: int) -> None:
    assert (answer.status_code, answer.mimetype) == (status, PROBLEM)
    assert answer.json["status"] == status
    assert answer.json["title"]
    assert answer.json["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/no-such-page", 404),
        ("GET", "/plans/no-such-plan", 404),
        ("GET", "/static/no-such-file.css", 404),
        ("GET", "/calculator?api_calls=many", 422),
        ("POST", "/pricing", 405),
        ("GET", "/account", 401),
        ("GET", "/account/usage.csv", 401),
        ("GET", "/orders/7K3M9-QX2P0", 401),
        ("GET", "/verify/x", 404),
        ("POST", "/login", 400),
        ("POST", "/logout", 400),
        ("POST", "/reset", 400),
        ("POST", "/checkout/scale", 400),
        ("GET", "/api/v1/usage", 401),
    ],
)
def test_every_refusal_is_a_problem_document(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    check(client.open(path, method=method, headers=ASKS), status)


@pytest.mark.parametrize(
    ("path", "field", "why"),
    [
        ("/checkout/scale", "organization", "Enter your company name"),
        ("/login", "email", "Enter your e-mail address"),
        ("/reset", "email", "Enter your e-mail address"),
    ],
)
def test_what_is_wrong_with_a_form_is_named_by_field(
    browser: Browser, path: str, field: str, why: str
) -> None:
    token = browser.get(path).one("main form input[name=csrf_token]")["value"]
    answer = browser.client.post(path, data={"csrf_token": token}, headers=ASKS)
    check(answer, 422)
    assert answer.json["errors"][field] == [why]
    assert answer.json["type"].endswith("/api/v1#form-refused")


def test_a_browser_is_refused_by_a_page(client: FlaskClient) -> None:
    accept = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    for path in ("/no-such-page", "/plans/no-such-plan"):
        answer = client.get(path, headers=accept)
        assert (answer.status_code, answer.mimetype) == (404, "text/html")
