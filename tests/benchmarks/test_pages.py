"""Public pages beside a constant Flask view of the same bytes, each served by a process."""

import socket
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from flask import Flask
from floors import Floors
from paired import Work, per_second, speed_ratio
from support.accounts import NOW
from support.factories import apply_amara
from support.servers import Server, serving

from pricingsite.database import db

REQUESTS = 500
# A connection outlasts the rounds of the other.
OPTIONS = ("--threads", "4", "--keep-alive", "60")
PAGES = ["/", "/plans/scale", "/pricing.json", "/pricing.md", "/calculator", "/terms"]
HERE = Path(__file__).parent


class Visitor:
    """Asks for a page over and over on one connection, with as little work as can be.

    `{}` in its path is another number each time.
    """

    def __init__(self, server: Server, path: str, headers: str = "") -> None:
        self.connection = socket.create_connection(server.address)
        self.path, self.headers = path, headers
        self.numbers = count(10_000)
        self.answer = self.ask(path)

    def ask(self, path: str) -> bytes:
        path = path.replace("{}", str(next(self.numbers)))
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\n{self.headers}\r\n"
        self.connection.sendall(request.encode())
        answer = self.connection.recv(65_536)
        head, _, body = answer.partition(b"\r\n\r\n")
        # A 304 has no body, and says no length.
        length = int((head.lower().partition(b"content-length:")[2].split() or [0])[0])
        while len(body) < length:
            body += self.connection.recv(65_536)
        return head + b"\r\n\r\n" + body

    def work(self, _: int) -> Work:
        return lambda: [self.ask(self.path) for _ in range(REQUESTS)]

    def close(self) -> None:
        self.connection.close()


@pytest.fixture
def site(app: Flask, database_url: str, tmp_path: Path) -> Iterator[Server]:
    with app.app_context():
        apply_amara(db.session())
        db.session.commit()
    settings = {
        "DATABASE_URL": database_url,
        "INSTANCE_PATH": str(tmp_path / "instance"),
        "NOW": NOW.isoformat(),
        "SECRET_KEY": app.config["SECRET_KEY"],
    }
    with serving(*OPTIONS, **settings) as server:
        yield server


def beside_constant(site: Server, path: str, tmp_path: Path, headers: str = "") -> float:
    """How fast a page is, a constant view of the same answer's body being 1."""
    with closing(Visitor(site, path, headers)) as ours:
        body = tmp_path / "body"
        body.write_bytes(ours.answer.partition(b"\r\n\r\n")[2])
        environment = {"CONSTANT_BODY": str(body), "PYTHONPATH": str(HERE)}
        constant = Server(OPTIONS, environment, "constant:app")
        try:
            with closing(Visitor(constant, path)) as theirs:
                return speed_ratio(ours.work, theirs.work)
        finally:
            constant.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_has_not_changed_costs_nothing(
    site: Server, path: str, tmp_path: Path, floors: Floors
) -> None:
    floors.hold(f"{path} / a constant view", beside_constant(site, path, tmp_path), least=1)


def test_how_many_pages_one_visitor_gets_in_a_second(site: Server, floors: Floors) -> None:
    with closing(Visitor(site, "/")) as visitor:
        floors.note("requests of / a second, on one connection", per_second(REQUESTS, visitor.work))


@pytest.mark.parametrize(("accept", "floor"), [("text/html", 0.05), ("application/json", 0.16)])
def test_a_page_that_nobody_asked_for_before(
    site: Server, tmp_path: Path, accept: str, floor: float, floors: Floors
) -> None:
    path = "/calculator?api_calls={}"
    ratio = beside_constant(site, path, tmp_path, f"Accept: {accept}\r\n")
    floors.hold(f"/calculator at any quantity, {accept} / a constant view", ratio, least=floor)


def test_nor_does_saying_that_it_has_not_changed(
    site: Server, tmp_path: Path, floors: Floors
) -> None:
    with closing(Visitor(site, "/")) as first:
        etag = first.answer.lower().partition(b"etag: ")[2].partition(b"\r\n")[0].decode()
    ratio = beside_constant(site, "/", tmp_path, f"If-None-Match: {etag}\r\n")
    floors.hold("a 304 / a constant view", ratio, least=1)


def test_memory_is_flat_in_the_number_of_requests(site: Server, floors: Floors) -> None:
    with closing(Visitor(site, "/")) as visitor:

        def visit(numbers: range) -> float:
            for number in numbers:
                for path in (*PAGES, f"/calculator?api_calls={number}", f"/plans/none-{number}"):
                    visitor.ask(path)
                visitor.ask("/checkout/scale")
            return site.worker_memory()

        early, late = visit(range(111)), visit(range(111, 1_111))
    floors.hold("memory after 10,000 requests / after 1,000", late / early, most=1.05)
