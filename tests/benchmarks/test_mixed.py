"""What a customer waits for its account while usage streams in; one process serves both."""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter
from typing import Self

import pytest
from flask import Flask
from floors import Floors
from gateway import Gateway
from support.accounts import NOW
from support.long_history import customer_since
from support.members import Members, sign_in
from support.pages import Browser
from support.programs import make_key
from support.servers import serving
from test_http import Program

READS = 400
ADA = "ada@ashdown.example"


class Sender:
    """Sends batches in the background, pausing after each as long as it took."""

    def __init__(self, program: Program, gateway: Gateway) -> None:
        self.program = program
        self.bodies = [Program.written(gateway.batch(1_000)) for _ in range(50)]
        self.sent = 0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        took = 0.0
        while not self.stopping.wait(took):
            start = perf_counter()
            self.program.send(self.bodies[self.sent % len(self.bodies)])
            took = perf_counter() - start
            self.sent += 1

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.thread.join()


class Reader:
    """A customer who is signed in, and reads its account over and over."""

    def __init__(self, program: Program, cookie: str) -> None:
        self.connection = HTTPConnection(*program.server.address)
        self.headers = {"Cookie": f"session={cookie}", "Host": "localhost"}

    def p99(self) -> float:
        """Seconds within which 99 of 100 answers came."""
        return sorted(self.wait() for _ in range(READS))[READS * 99 // 100]

    def wait(self) -> float:
        start = perf_counter()
        self.connection.request("GET", "/account", headers=self.headers)
        answer = self.connection.getresponse()
        answer.read()
        assert answer.status == 200
        return perf_counter() - start


@pytest.fixture
def program(app: Flask, database_url: str, tmp_path: Path) -> Iterator[Program]:
    settings = {
        "DATABASE_URL": database_url,
        "INSTANCE_PATH": str(tmp_path / "instance"),
        "NOW": NOW.isoformat(),
        "SECRET_KEY": app.config["SECRET_KEY"],
    }
    with serving("--threads", "8", **settings) as server:
        program = Program(server, make_key(app, "events:write"))
        with closing(program.connection):
            yield program


def test_an_account_while_events_stream_at_half_of_capacity(
    app: Flask, gateway: Gateway, program: Program, floors: Floors
) -> None:
    browser = Browser(app)
    Members(app).user(customer_since(app, date(2025, 11, 1)), email=ADA)
    sign_in(browser, ADA)
    cookie = browser.client.get_cookie("session")
    assert cookie is not None
    reader = Reader(program, cookie.value)
    with closing(reader.connection):
        idle = min(reader.p99() for _ in range(3))
        with Sender(program, gateway) as sender:
            busy = min(reader.p99() for _ in range(3))
    assert sender.sent
    floors.hold("p99 of /account while events stream / idle", busy / idle, most=3)
