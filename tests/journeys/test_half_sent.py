"""Half-sent requests: visitors who never finish a sentence keep nobody else waiting.

The site is served as the README says, with its command and its lines for nginx.
"""

import os
import re
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic

import pytest
from support.servers import ROOT, serving

README = (ROOT / "README.md").read_text()
HEAD = b"GET /healthz HTTP/1.1\r\nHost: shop.example\r\nX-Slow: "
FORM = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nemail=a"
BODY = b"POST /login HTTP/1.1\r\nHost: shop.example\r\n" + FORM
# Seconds; the proxy ends half-sent requests after ten, so an answer counts only before that.
STARTING, PROMPT = 60, 8
NGINX = """
daemon off; pid {folder}/nginx.pid; error_log stderr; {user}
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; {lines} }}
}}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of the site, under the README's command."""
    (command,) = re.findall(r"^gunicorn (.+) wsgi:app$", README, re.MULTILINE)
    instance = tmp_path_factory.mktemp("instance")
    with serving(*shlex.split(command), INSTANCE_PATH=str(instance)) as server:
        yield server.address[1]


@pytest.fixture
def proxy(site: int, tmp_path: Path) -> Iterator[int]:
    """The port of nginx in front of the site, with the README's lines."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("CI installs nginx, and there is none")
        pytest.skip("no nginx here: install your system's nginx-light package")
    (lines,) = re.findall(r"^```nginx\n(.+?)^```$", README, re.MULTILINE | re.DOTALL)
    assert "http://127.0.0.1:8000;" in lines
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file = tmp_path / "nginx.conf"
    lines = lines.replace("127.0.0.1:8000", f"127.0.0.1:{site}")
    user = "user root;" if os.geteuid() == 0 else ""
    file.write_text(NGINX.format(folder=tmp_path, port=port, lines=lines, user=user))
    with subprocess.Popen([program, "-p", str(tmp_path), "-e", "stderr", "-c", str(file)]) as nginx:
        yield port
        nginx.terminate()


@contextmanager
def half_sent(port: int, count: int) -> Iterator[None]:
    """So many requests that stop in the middle, of their head and of their body in turn."""
    with ExitStack() as stack:
        for number in range(count):
            visitor = stack.enter_context(connect(port))
            visitor.sendall(HEAD if number % 2 else BODY)
        yield


def connect(port: int) -> socket.socket:
    """A connection, as soon as somebody listens."""
    start = monotonic()
    while monotonic() - start < 30:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=30)
        except ConnectionRefusedError:
            continue
    raise AssertionError(f"nobody listens on port {port}")


def health(port: int, *, within: float) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=within)
    connection.request("GET", "/healthz")
    answer = connection.getresponse()
    said = answer.status, answer.read()
    connection.close()
    return said


def test_eight_half_sent_requests_do_not_stop_the_site(site: int) -> None:
    assert health(site, within=STARTING) == (200, b"ok\n")
    with half_sent(site, 8):
        assert health(site, within=PROMPT) == (200, b"ok\n")


@pytest.mark.parametrize("path", ["/login", "/api/v1/events"])
@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\nemail=a\r\n0\r\n\r\n",
        b"7\r\nemail=a\r\nzz\r\n",
        b"-7\r\nemail=a\r\n0\r\n\r\n",
        b"7\r\nemail=a__0\r\n\r\n",
        b"ff\r\nemail=a",
        b"7\r\nemail=a\r\n",
    ],
    ids=["no size", "no second size", "negative", "longer than told", "torn", "no end"],
)
def test_chunks_that_cannot_be_read_are_refused(site: int, path: str, body: bytes) -> None:
    kind = FORM.splitlines()[0] + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    with connect(site) as visitor:
        visitor.sendall(f"POST {path} HTTP/1.1\r\nHost: shop.example\r\n".encode() + kind + body)
        visitor.shutdown(socket.SHUT_WR)
        assert visitor.recv(100).startswith(b"HTTP/1.1 400 ")


def test_any_number_of_them_stops_at_the_proxy(proxy: int) -> None:
    connect(proxy).close()
    assert health(proxy, within=STARTING) == (200, b"ok\n")
    with half_sent(proxy, 60):
        assert health(proxy, within=PROMPT) == (200, b"ok\n")
