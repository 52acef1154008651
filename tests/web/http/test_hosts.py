"""An https site answers for its own host alone; health checks answer by any name."""

from pathlib import Path

import pytest
from conftest import make_app
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, run_wsgi_app


@pytest.fixture
def base_url() -> str:
    return "https://shop.example"


@pytest.fixture
def client(amara: object, database_url: str, tmp_path: Path, base_url: str) -> FlaskClient:
    del amara  # It has put Amara's catalog into the database.
    return make_app(database_url, tmp_path / "secure", BASE_URL=base_url).test_client()


@pytest.mark.parametrize(
    "host", ["shop.example", "SHOP.Example", "shop.example.", "shop.example:443", "Shop.example.:8"]
)
def test_one_host_has_several_spellings(client: FlaskClient, host: str) -> None:
    assert client.get("/pricing", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1",
        "evil.example",
        "shop.example.evil.example",
        "[::1]",
        "[",
        "a b",
        "user@shop.example",
        "shop.example:0",
        "shop.example:http",
        "shöp.example",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/pricing", "/static/site.css", "/no-such-page", "/login"])
def test_any_other_host_is_a_plain_refusal(client: FlaskClient, host: str, path: str) -> None:
    answer = client.get(path, headers={"Host": host})
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert answer.text == "There is no site of this name here.\n"
    assert "Set-Cookie" not in answer.headers


def test_a_request_without_a_host_is_refused_and_a_health_check_is_not(client: FlaskClient) -> None:
    for path, status in (("/pricing", "400"), ("/healthz", "200"), ("/readyz", "200")):
        environ = EnvironBuilder(path, environ_overrides={"SERVER_PROTOCOL": "HTTP/1.0"})
        asked = environ.get_environ()
        del asked["HTTP_HOST"]
        assert run_wsgi_app(client.application, asked)[1].startswith(status), path


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("host", ["10.0.0.1:8000", "[::1]", "a b"])
def test_a_health_check_answers_by_any_name(client: FlaskClient, path: str, host: str) -> None:
    assert client.get(path, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("base_url", ["https://[::1]:5124"])
def test_an_address_in_brackets_is_a_host(client: FlaskClient) -> None:
    assert client.get("/pricing", headers={"Host": "[0:0::1]:5124"}).status_code == 200
    assert client.get("/pricing", headers={"Host": "[::2]:5124"}).status_code == 400


def test_a_site_behind_a_proxy_answers_for_the_host_that_the_proxy_names(
    amara: object, database_url: str, tmp_path: Path, base_url: str
) -> None:
    del amara
    app = make_app(database_url, tmp_path / "proxied", BASE_URL=base_url, TRUSTED_PROXIES=1)
    for host, status in (("shop.example", 200), ("evil.example", 400)):
        headers = {"Host": "127.0.0.1:8000", "X-Forwarded-Host": host}
        assert app.test_client().get("/pricing", headers=headers).status_code == status


@pytest.mark.parametrize("base_url", ["https://shop.example", "http://127.0.0.1:5000"])
def test_no_client_moves_the_site_below_a_path(client: FlaskClient, base_url: str) -> None:
    host = {"Host": base_url.partition("//")[2]}
    moved = client.get(
        "/account", headers=host, environ_overrides={"SCRIPT_NAME": "//evil.example"}
    )
    assert moved.status_code == 404
    whole = client.get("/usage", headers=host, environ_overrides={"SCRIPT_NAME": "/account"})
    assert whole.location == "/login?next=/account/usage"
