"""Webhooks out: signed so that others' libraries verify them, and to public addresses alone."""

import json
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
import standardwebhooks
from support.certificates import certificate
from support.receivers import Receiver, receiver

from pricingsite.integrations.webhooks import (
    Webhook,
    WebhookClient,
    WebhookError,
    WebhookUrlError,
    is_public,
)

SECRET, OLD_SECRET = (f"whsec_{b64encode(bytes([n]) * 32).decode()}" for n in (1, 2))
BODY = json.dumps({"type": "invoice.paid", "data": {"name": "Müller & Söhne 日本"}})
HOOKS = "hooks.example"
PUBLIC = "93.184.215.14"
# Each is this machine, its neighbours, or nobody.
PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",  # noqa: S104 - it is refused
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a00:1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:db8::1",
]


@pytest.fixture
def program() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def webhook(*secrets: str) -> Webhook:
    return Webhook(id="evt_1", body=BODY, secrets=secrets or (SECRET,))


def deliver(program: Receiver, *secrets: str, seconds: float = 5) -> None:
    client = WebhookClient(anywhere=True, seconds=seconds)
    client.deliver(program.url, webhook(*secrets), at=datetime.now(UTC))


def failure(program: Receiver, *, seconds: float = 5) -> WebhookError:
    with pytest.raises(WebhookError) as caught:
        deliver(program, seconds=seconds)
    return caught.value


def test_a_delivery_is_verified_by_the_standards_own_library(program: Receiver) -> None:
    deliver(program)
    (got,) = program.received
    assert got.body == BODY.encode()
    assert standardwebhooks.Webhook(SECRET).verify(got.body, got.headers) == json.loads(BODY)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(SECRET).verify(got.body.replace(b"paid", b"void"), got.headers)


def test_both_secrets_verify_it_while_one_is_rotated(program: Receiver) -> None:
    deliver(program, SECRET, OLD_SECRET)
    (got,) = program.received
    for secret in (SECRET, OLD_SECRET):
        standardwebhooks.Webhook(secret).verify(got.body, got.headers)
    assert len(got.headers["webhook-signature"].split(" ")) == 2


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_success_is_one(program: Receiver, status: int) -> None:
    program.status = status
    deliver(program)


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_every_other_answer_is_a_failure(program: Receiver, status: int) -> None:
    program.status = status
    found = failure(program)
    assert str(found) == f"it answered with status {status}"
    assert not found.is_gone
    assert not found.is_slow


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(program: Receiver, status: int) -> None:
    program.status = status
    assert "redirect" in str(failure(program))
    assert len(program.received) == 1


def test_a_program_may_say_that_it_is_gone(program: Receiver) -> None:
    program.status = 410
    assert failure(program).is_gone


@pytest.mark.parametrize("way", ["hangs", "drips"])
def test_a_slow_answer_is_given_up(program: Receiver, way: str) -> None:
    setattr(program, way, True)
    before = monotonic()
    assert failure(program, seconds=0.3).is_slow
    assert monotonic() - before < 3


def test_one_that_is_down_says_so_at_once() -> None:
    with receiver() as gone:
        pass
    assert "refused" in str(failure(gone))


def test_what_is_no_http_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        server.listen()
        client = WebhookClient(anywhere=True, seconds=0.3)
        with pytest.raises(WebhookError) as caught:
            client.deliver(url, webhook(), at=datetime.now(UTC))
    assert caught.value.is_slow


class Tls:
    """A receiver with a certificate of an authority's for hooks.example, and who was asked for."""

    def __init__(self, folder: Path) -> None:
        self.authority = certificate(folder, "authority")
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(certificate(folder, HOOKS, issuer=self.authority))
        self.asked_for: list[str | None] = []
        self.server.sni_callback = lambda _sock, name, _context: self.asked_for.append(name)
        self.looked_up: list[str] = []

    def look_up(self, host: str, _port: int) -> Sequence[str]:
        self.looked_up.append(host)
        return ["127.0.0.1"]

    def deliver(self, program: Receiver, host: str, trusting: ssl.SSLContext | None) -> None:
        client = WebhookClient(anywhere=True, seconds=5, look_up=self.look_up, context=trusting)
        url = program.url.replace("127.0.0.1", host)
        client.deliver(url, webhook(), at=datetime.now(UTC))


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return Tls(tmp_path_factory.mktemp("certificates"))


def test_tls_is_of_the_name_at_the_address_that_was_checked(tls: Tls) -> None:
    """No such name is known here: it was looked up by the client's own look-up, and once."""
    trusting = ssl.create_default_context(cafile=tls.authority)
    with receiver(tls.server) as program:
        tls.deliver(program, HOOKS, trusting)
        (got,) = program.received
        assert standardwebhooks.Webhook(SECRET).verify(got.body, got.headers) == json.loads(BODY)
        assert got.headers["host"] == f"{HOOKS}:{program.server.server_port}"
    assert (tls.asked_for[-1], tls.looked_up[-1:]) == (HOOKS, [HOOKS])


@pytest.mark.parametrize(
    ("host", "is_trusted", "reason"),
    [
        ("other.example", True, "certificate is not valid for 'other.example'"),
        (HOOKS, False, "unable to get local issuer certificate"),
    ],
)
def test_no_other_certificate_is_good_enough(
    tls: Tls, host: str, is_trusted: object, reason: str
) -> None:
    trusting = ssl.create_default_context(cafile=tls.authority) if is_trusted else None
    with receiver(tls.server) as program:
        with pytest.raises(WebhookError, match="its certificate is not valid: ") as caught:
            tls.deliver(program, host, trusting)
        assert reason in str(caught.value)
        assert not caught.value.is_slow
        assert program.received == []


def test_a_name_that_is_looked_up_too_slowly_is_given_up() -> None:
    over = Event()

    def hang(_host: str, _port: int) -> list[str]:
        over.wait()
        return [PUBLIC]

    client = WebhookClient(anywhere=False, seconds=0.05, look_up=hang)
    try:
        assert not client.check("https://hooks.example/")
        with pytest.raises(WebhookError, match="could not be looked up in time") as caught:
            client.deliver("https://hooks.example/", webhook(), at=datetime.now(UTC))
        assert caught.value.is_slow
    finally:
        over.set()


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_public_addresses_are(address: str) -> None:
    assert is_public(address)


def strict(*answers: Sequence[str]) -> WebhookClient:
    """A client of a site at https; each look-up of a name has the next of these answers."""
    rest = list(answers)
    return WebhookClient(anywhere=False, seconds=1, look_up=lambda _host, _port: rest.pop(0))


@pytest.mark.parametrize("address", PRIVATE)
def test_no_name_of_a_private_address_is_an_endpoint(address: str) -> None:
    with pytest.raises(WebhookUrlError, match="no address of the public network"):
        strict([address]).check("https://hooks.example/")
    with pytest.raises(WebhookUrlError, match="no address of the public network"):
        strict([PUBLIC, address]).check("https://hooks.example/")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0x7f.1"],  # noqa: S104
)
def test_no_private_address_is_one_however_it_is_written(host: str) -> None:
    with pytest.raises(WebhookUrlError, match="no address of the public network"):
        WebhookClient(anywhere=False).check(f"https://{host}/")


def test_a_name_that_leads_elsewhere_later_is_not_followed(program: Receiver) -> None:
    port = program.server.server_port
    client = strict([PUBLIC], ["127.0.0.1"])
    url = f"https://hooks.example:{port}/"
    assert client.check(url)
    with pytest.raises(WebhookError, match="no address of the public network"):
        client.deliver(url, webhook(), at=datetime.now(UTC))
    assert program.received == []


def test_the_very_address_that_was_checked_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connected = []

    def connect(address: tuple[str, int], **_: object) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(WebhookError):
        strict([PUBLIC]).deliver("https://hooks.example/", webhook(), at=datetime.now(UTC))
    assert connected == [(PUBLIC, 443)]


def test_an_endpoint_of_a_site_at_https_has_https() -> None:
    with pytest.raises(WebhookUrlError, match="https://"):
        strict([PUBLIC]).check("http://hooks.example/")
    with pytest.raises(WebhookError, match="https://"):
        strict([PUBLIC]).deliver("http://hooks.example/", webhook(), at=datetime.now(UTC))


@pytest.mark.parametrize(
    "url",
    [
        "hooks.example",
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://hooks.example:99999/",
        "https://hooks.example:0/",
        "https://ada:secret@hooks.example/",
        "https://hooks.example/#part",
        "https://hooks.example/a b",
        "https://hooks.example/\r\nHost: other",
        "https://[::1",
        f"https://hooks.example/{'a' * 2000}",
        "",
    ],
)
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(WebhookUrlError):
        WebhookClient(anywhere=True).check(url)


def test_a_name_that_is_not_known_yet_may_be_later() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise socket.gaierror

    client = WebhookClient(anywhere=False, look_up=unknown)
    assert not client.check("https://hooks.example/")
    with pytest.raises(WebhookError, match="it gave no answer"):
        client.deliver("https://hooks.example/", webhook(), at=datetime.now(UTC))
