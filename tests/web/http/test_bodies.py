"""A body over its limit is a 413 on every route, whether its length is told or not."""

from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

pytestmark = pytest.mark.usefixtures("amara")

FORM = "application/x-www-form-urlencoded"
USUAL, EVENTS = 1_000_000, 10_000_000


def post(client: FlaskClient, path: str, body: bytes, kind: str, *, chunked: bool) -> TestResponse:
    """Send a body with its length, or as servers hand on one that came in chunks."""
    if not chunked:
        return client.post(path, data=body, content_type=kind)
    environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    return client.post(
        path, input_stream=BytesIO(body), content_type=kind, environ_overrides=environ
    )


def form_of(size: int) -> bytes:
    return b"email=a&note=".ljust(size, b"x")


def test_every_route_refuses_a_body_over_its_limit(app: Flask, client: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<", "").replace(">", "")
        limit = EVENTS if "/events" in path else USUAL
        for chunked in (False, True):
            answer = post(client, path, form_of(limit + 1), FORM, chunked=chunked)
            assert answer.status_code == 413, path


@pytest.mark.parametrize("chunked", [False, True])
def test_the_last_byte_that_fits_is_read(client: FlaskClient, chunked: bool) -> None:  # noqa: FBT001
    answer = post(client, "/login", form_of(USUAL), FORM, chunked=chunked)
    # Read whole: what it lacks is its token.
    assert (answer.status_code, "This page was open for too long" in answer.text) == (400, True)
    assert 'value="a"' in answer.text
    assert post(client, "/login", form_of(USUAL + 1), FORM, chunked=chunked).status_code == 413


@pytest.mark.parametrize("chunked", [False, True])
def test_the_largest_batch_is_read_and_one_byte_more_is_told(
    client: FlaskClient,
    chunked: bool,  # noqa: FBT001
) -> None:
    kind = "application/cloudevents-batch+json"
    batch = b"[]".ljust(EVENTS)
    assert post(client, "/api/v1/events", batch, kind, chunked=chunked).status_code == 401
    answer = post(client, "/api/v1/events", batch + b" ", kind, chunked=chunked)
    assert (answer.status_code, answer.content_type) == (413, "application/problem+json")
    assert "larger than 10 MB" in answer.json["detail"]


class Torn(BytesIO):
    """A body whose sender is gone in its middle."""

    def read(self, size: int | None = -1, /) -> bytes:
        if piece := super().read(size):
            return piece
        raise OSError("gone")


def test_a_body_that_is_torn_off_is_no_body(client: FlaskClient) -> None:
    environ = {"wsgi.input_terminated": True}
    torn = Torn(b"email=a&password=")
    answer = client.post("/login", input_stream=torn, content_type=FORM, environ_overrides=environ)
    assert answer.status_code == 400


@pytest.mark.parametrize(("missing", "status"), [(0, 422), (1, 400)])
def test_a_body_is_as_long_as_its_length_says(
    app: Flask, client: FlaskClient, missing: int, status: int
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    body = b"email=a&password=b"
    answer = client.post(
        "/login",
        input_stream=BytesIO(body),
        content_type=FORM,
        environ_overrides={
            "wsgi.input_terminated": True,
            "CONTENT_LENGTH": str(len(body) + missing),
        },
    )
    assert answer.status_code == status
