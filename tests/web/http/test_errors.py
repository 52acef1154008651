"""A slash too many leads to the page; what no page answers to stays not found."""

import pytest
from flask.testing import FlaskClient

pytestmark = pytest.mark.usefixtures("amara")


@pytest.mark.parametrize(
    ("asked", "page"),
    [
        ("/pricing/", "/pricing"),
        ("/plans/scale/", "/plans/scale"),
        ("/login/?next=%2Faccount", "/login?next=%2Faccount"),
        ("/account/usage//", "/account/usage"),
        ("/healthz/", "/healthz"),
        ("/plans/caf%C3%A9%0D%0ASet-Cookie:%20a=b/", "/plans/caf%C3%A9%0D%0ASet-Cookie%3A%20a%3Db"),
    ],
)
def test_a_slash_too_many_leads_to_the_page(client: FlaskClient, asked: str, page: str) -> None:
    answer = client.get(asked)
    assert (answer.status_code, answer.location) == (308, page)


@pytest.mark.parametrize("asked", ["/no-such-page/", "/plans/scale/cheaper/"])
def test_no_page_has_a_slash_too_many(client: FlaskClient, asked: str) -> None:
    assert client.get(asked).status_code == 404


@pytest.mark.parametrize("asked", ["//login/", "///evil.example//", "//"])
def test_two_slashes_at_the_start_lead_to_no_other_site(client: FlaskClient, asked: str) -> None:
    location = client.get("/", environ_overrides={"PATH_INFO": asked}).location or "/"
    assert not location.startswith("//")
    assert location.removeprefix("http://127.0.0.1:5000").startswith("/")


def test_a_method_that_the_page_does_not_take_is_not_sent_on(client: FlaskClient) -> None:
    assert client.post("/pricing/").status_code == 404
