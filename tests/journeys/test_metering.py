"""Metering under fire: senders that overlap, a server that is killed, and a bill that is exact."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from queue import SimpleQueue

from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from flask import Flask
from sqlalchemy import func, select
from support.accounts import NOW, Account, differences
from support.programs import BATCH, make_key
from support.servers import serving

from pricingsite.database import db
from pricingsite.models.usage import UsageEvent

BATCHES, SIZE, SENDERS, KILLS = 30, 200, 4, 3
CALLS = 3


def batches(customers: list[str]) -> list[bytes]:
    """Batches of events spread over the customers and the days of November."""
    return [
        b"["
        + b",".join(
            JSONFormat().write(
                CloudEvent(
                    {
                        "id": f"{batch:04}-{number:04}",
                        "source": "/gateway",
                        "type": "api_call",
                        "subject": customers[number % len(customers)],
                        "time": NOW - timedelta(hours=(batch * SIZE + number) % 500),
                        "datacontenttype": "application/json",
                    },
                    {"calls": CALLS},
                )
            )
            for number in range(SIZE)
        )
        + b"]"
        for batch in range(BATCHES)
    ]


class Sender:
    """A program that sends every batch in an order of its own, each until it is answered."""

    def __init__(self, address: tuple[str, int], key: str, done: "SimpleQueue[int]") -> None:
        self.address, self.done = address, done
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": BATCH}

    def run(self, bodies: list[bytes], seed: int) -> int:
        """Send them all; how many answers never came and were asked for again."""
        order = list(bodies)
        random.Random(seed).shuffle(order)  # noqa: S311 - an order, not a secret
        return sum(self._send(body) for body in order)

    def _send(self, body: bytes) -> int:
        for attempt in range(50):
            try:
                connection = HTTPConnection(*self.address, timeout=30)
                connection.request("POST", "/api/v1/events", body, self.headers)
                answer = connection.getresponse()
                told = json.loads(answer.read())
            except (OSError, HTTPException):
                continue
            finally:
                connection.close()
            if answer.status == 503:
                continue
            assert answer.status == 200, told
            assert told["accepted"] + told["duplicates"] == SIZE
            self.done.put(told["accepted"])
            return attempt
        raise AssertionError("no answer to 50 requests")


def test_every_event_counts_once_whatever_is_killed(
    app: Flask, database_url: str, tmp_path: Path
) -> None:
    with app.app_context():
        accounts = [Account(db.session()) for _ in range(3)]
        for account in accounts:
            account.subscribe("A", "X")
        db.session.commit()
        customers = [account.customer.id for account in accounts]
    key = make_key(app, "events:write")
    bodies, done = batches(customers), SimpleQueue[int]()
    settings = {
        "DATABASE_URL": database_url,
        "INSTANCE_PATH": str(tmp_path / "instance"),
        "NOW": NOW.isoformat(),
        "SECRET_KEY": app.config["SECRET_KEY"],
    }
    workers = "2" if database_url.startswith("postgresql") else "1"
    with (
        serving("--threads", "4", "--workers", workers, **settings) as server,
        ThreadPoolExecutor(SENDERS) as pool,
    ):
        sender = Sender(server.address, key, done)
        sending = [pool.submit(sender.run, bodies, seed) for seed in range(SENDERS)]
        for _ in range(KILLS):
            for _ in range(BATCHES * SENDERS // (KILLS + 2)):
                done.get(timeout=60)
            server.kill()
            server.start()
            # Nothing is wrong, and mending it disturbs nobody.
            mended = app.test_cli_runner().invoke(args=["usage", "rebuild"])
            assert mended.exit_code == 0, mended.output
        again = sum(one.result() for one in sending)
    assert again, "no kill came between a request and its answer"
    with app.app_context():
        events = BATCHES * SIZE
        assert db.session.scalar(select(func.count()).select_from(UsageEvent)) == events
        assert differences(db.session()) == []
        found = [Account.of(db.session(), customer).read(NOW) for customer in customers]
        quantities = [position.quantity for one in found for position in one.positions]
        assert sum(quantities) == events * CALLS
        for one, calls in zip(found, quantities, strict=True):
            above = calls - 2500
            assert one.bill.net.amount == 500 + 250 + 675 + above * Decimal("0.65")
