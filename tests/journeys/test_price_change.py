"""A new catalog, and a storm of requests to two processes: no page is stale, none is of two."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from flask import Flask
from support.factories import amara_with
from support.servers import Server, serving

from pricingsite.database import db
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog

APPLIES = 12
PATHS = ("/", "/plans/scale", "/pricing.json", "/calculator?api_calls=3200")
SECONDS = 1.0


def put_on_sale(app: Flask, number: int) -> None:
    """Amara's catalog, its number in every name of a product and of a price."""
    names = ("Platform access", "AI add-on")
    edits = [(f'name = "{name}"', f'name = "{name} no{number}."') for name in names for _ in "12"]
    document = read_catalog(amara_with(*edits))
    with app.app_context():
        apply(db.session(), document, archive=False, now=app.config["NOW"])
        db.session.commit()


@pytest.fixture
def servers(app: Flask, database_url: str, tmp_path: Path) -> Iterator[list[Server]]:
    """Two processes that serve one database, as the README says: no check at every request."""
    put_on_sale(app, 0)
    settings = {
        "DATABASE_URL": database_url,
        "INSTANCE_PATH": str(tmp_path / "instance"),
        "SECRET_KEY": app.config["SECRET_KEY"],
    }
    # A connection that waits while a catalog is applied stays, however slow the machine is.
    options = ("--threads", "4", "--keep-alive", "60")
    with ExitStack() as stack:
        yield [stack.enter_context(serving(*options, **settings)) for _ in range(2)]


def numbers(connection: HTTPConnection, path: str) -> set[int]:
    """The numbers of the catalogs that an answer was made of."""
    connection.request("GET", path)
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.status == 200, text
    return set(map(int, re.findall(r"no(\d+)\.", text)))


def test_a_new_catalog_is_on_every_page_within_a_second_and_whole(
    app: Flask, servers: list[Server]
) -> None:
    done = Event()

    def visit(server: Server, path: str) -> int:
        latest, answers = 0, 0
        with closing(HTTPConnection(*server.address)) as connection:
            while not done.is_set():
                (number,) = numbers(connection, path)
                assert number >= latest, f"{path} went back from {latest} to {number}"
                latest, answers = number, answers + 1
        return answers

    with ThreadPoolExecutor() as pool, ExitStack() as stack:
        visits = [pool.submit(visit, server, path) for server in servers for path in PATHS]
        try:
            connections = [
                stack.enter_context(closing(HTTPConnection(*server.address))) for server in servers
            ]
            for number in range(1, APPLIES + 1):
                put_on_sale(app, number)
                applied = monotonic()
                waiting = {(c, path) for c in connections for path in PATHS}
                while waiting:
                    waiting = {(c, path) for c, path in waiting if numbers(c, path) != {number}}
                    assert monotonic() - applied < SECONDS or not waiting, waiting
        finally:
            done.set()
        assert sum(visit.result() for visit in visits) > 100
