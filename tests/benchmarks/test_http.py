"""What HTTP adds to storing usage: one program, one process that serves it."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from flask import Flask
from floors import Floors
from gateway import Gateway, ordered_id
from paired import Work, per_second, speed_ratio
from sqlalchemy.orm import Session
from support.accounts import NOW
from support.jobs import add_customers, job, metric
from support.programs import BATCH, make_key
from support.servers import Server, serving

from pricingsite.services.usage.events import Event

# Of SQLite (True) and PostgreSQL; the worst of five runs.
LEAST_OVER_HTTP = {True: 0.63, False: 0.72}


@pytest.fixture
def program(app: Flask, database_url: str, tmp_path: Path) -> Iterator["Program"]:
    """A program beside the site in one process, as it is deployed."""
    key = make_key(app, "events:write")
    settings = {
        "DATABASE_URL": database_url,
        "INSTANCE_PATH": str(tmp_path / "instance"),
        "NOW": NOW.isoformat(),
        "SECRET_KEY": app.config["SECRET_KEY"],
    }
    with serving("--threads", "4", **settings) as server:
        program = Program(server, key)
        yield program
        program.connection.close()


class Program:
    """Sends batches, each after the answer to the one before; those of a turn over one connection.

    What lies idle while others have their turn, the server closes.
    """

    def __init__(self, server: Server, key: str) -> None:
        self.server = server
        self.connection = HTTPConnection(*server.address)
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": BATCH}

    def send(self, *bodies: bytes) -> None:
        self.connection.close()
        for body in bodies:
            self.connection.request("POST", "/api/v1/events", body, self.headers)
            answer = self.connection.getresponse()
            told = answer.read()
            assert answer.status == 200, told

    @staticmethod
    def written(events: list[Event]) -> bytes:
        return json.dumps(
            [
                {
                    "specversion": "1.0",
                    "id": event.event_id,
                    "source": event.source,
                    "type": event.event_type,
                    "subject": event.subject,
                    "time": event.occurred_at.isoformat(),
                    "data": event.data,
                }
                for event in events
            ]
        ).encode()


def test_http_beside_direct_store(gateway: Gateway, program: Program, floors: Floors) -> None:
    def over_http(_: int) -> Work:
        bodies = [program.written(gateway.batch(1_000)) for _ in range(20)]
        return lambda: program.send(*bodies)

    def direct(_: int) -> Work:
        batches = [gateway.batch(1_000) for _ in range(20)]
        return lambda: gateway.record(*batches)

    ratio = speed_ratio(over_http, direct)
    sqlite = gateway.session.get_bind().dialect.name == "sqlite"
    floors.hold("HTTP / direct", ratio, least=LEAST_OVER_HTTP[sqlite])


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize("customers", [1, 1_000])
def test_how_many_events_one_program_sends_in_a_second(
    session: Session, program: Program, customers: int, floors: Floors
) -> None:
    session.add(metric("jobs", "sum"))
    names = [f"cus_{number:04}" for number in range(customers)]
    add_customers(session, *names)

    def prepare(_: int) -> Work:
        bodies = [
            Program.written(
                [job(ordered_id(), n % 50, subject=names[n % customers]) for n in range(1_000)]
            )
            for _ in range(20)
        ]
        return lambda: program.send(*bodies)

    name = f"events a second over HTTP, batches of 1,000 of {customers:,} customer"
    floors.note(name + "s" * (customers > 1), per_second(20_000, prepare))


def test_memory_is_flat_in_the_number_of_batches(
    gateway: Gateway, program: Program, floors: Floors
) -> None:
    def send(times: int) -> int:
        for _ in range(times):
            program.send(program.written(gateway.batch(10_000)))
        return program.server.worker_memory()

    early, late = send(10), send(90)
    floors.hold("memory after 1,000,000 events / after 100,000", late / early, most=1.1)
