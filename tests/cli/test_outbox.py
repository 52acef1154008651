"""`flask outbox deliver`: what waits goes out, and what cannot go waits on."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest
from conftest import Clock, make_app
from flask import Flask
from sqlalchemy import select
from support.accounts import NOW, Account
from support.factories import have_amara
from support.gates import gated

from pricingsite.database import db
from pricingsite.integrations.mail import FileTransport
from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.alerts.choices import SHARES, AlertChoices, choose_alerts
from pricingsite.services.messages.outbox import enqueue
from pricingsite.settings import ROOT

ADA = "ada@ashdown.example"
# Nobody listens on the discard port of this machine.
NO_SERVER = "smtp://127.0.0.1:9"


@pytest.fixture(autouse=True)
def waiting(app: Flask, clock: Clock) -> None:
    with app.app_context():
        have_amara(db.session())
        enqueue(
            db.session(),
            key="a",
            to=ADA,
            subject="Your order 7K3M9-QX2P0",
            text="Nothing is due today: £0.00.\n",
            html="<p>Nothing is due today: £0.00.</p>",
            now=clock.now,
        )
        db.session.commit()


def stored(app: Flask) -> OutboxMessage:
    with app.app_context():
        return db.session.scalars(select(OutboxMessage)).one()


def test_without_a_mail_server_messages_are_files(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["outbox", "deliver"])
    assert (result.exit_code, result.stdout) == (0, "delivered 1, failed 0\n")
    (file,) = Path(app.instance_path, "outbox").glob("*.eml")
    message = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
    assert (message["To"], message["Subject"]) == (ADA, "Your order 7K3M9-QX2P0")
    assert message["From"] == "Amara <billing@amara.example>"
    assert message["Message-ID"] == stored(app).message_id
    body = message.get_body(("plain",))
    assert body
    assert body.get_content() == "Nothing is due today: £0.00.\n"


def test_a_message_goes_out_once(app: Flask) -> None:
    runner = app.test_cli_runner()
    runner.invoke(args=["outbox", "deliver"])
    assert runner.invoke(args=["outbox", "deliver"]).stdout == "delivered 0, failed 0\n"


def test_what_cannot_be_sent_waits_and_is_tried_again(app: Flask, clock: Clock) -> None:
    runner = app.test_cli_runner()
    app.config["SMTP_URL"] = NO_SERVER
    failed = runner.invoke(args=["outbox", "deliver"])
    assert (failed.exit_code, failed.stdout) == (1, "delivered 0, failed 1\n")
    assert failed.stderr.startswith(f"{ADA}: ")
    assert stored(app).last_error
    app.config["SMTP_URL"] = None
    assert runner.invoke(args=["outbox", "deliver"]).stdout == "delivered 0, failed 0\n"
    clock.set(clock.now + timedelta(minutes=1))
    assert runner.invoke(args=["outbox", "deliver"]).stdout == "delivered 1, failed 0\n"
    assert stored(app).last_error is None


@pytest.mark.parametrize(
    "recipient",
    ["=?utf-8?q?x=0ABcc=3Avictim=40v.example=0AX=3A1?=@evil.example", "no address", "ü@b.example"],
)
def test_a_message_that_cannot_be_built_is_parked_and_the_rest_goes_out(
    app: Flask, clock: Clock, recipient: str
) -> None:
    with app.app_context():
        first = db.session.scalars(select(OutboxMessage)).one()
        first.recipient = recipient
        enqueue(db.session(), key="b", to=ADA, subject="A fact", text="Words\n", now=clock.now)
        db.session.commit()
    runner = app.test_cli_runner()
    result = runner.invoke(args=["outbox", "deliver"])
    assert (result.exit_code, result.stdout) == (1, "delivered 1, failed 1\n")
    assert "parked" in result.stderr
    (file,) = Path(app.instance_path, "outbox").glob("*.eml")
    assert BytesParser(policy=policy.default).parsebytes(file.read_bytes())["To"] == ADA
    with app.app_context():
        parked = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).first()
        assert parked
        assert (parked.parked_at, parked.delivered_at) == (clock.now, None)
        assert parked.last_error
    clock.set(clock.now + timedelta(days=1))
    assert runner.invoke(args=["outbox", "deliver"]).stdout == "delivered 0, failed 0\n"


def test_alerts_that_usage_reached_go_out_with_it(app: Flask) -> None:
    runner = app.test_cli_runner()
    with app.app_context():
        account = Account(db.session())
        account.subscribe("A", "X")
        choices = AlertChoices(shares={"api_calls": SHARES})
        choose_alerts(db.session(), account.customer, choices, account.read(), now=NOW)
        account.use(900)
        db.session.commit()
    assert runner.invoke(args=["outbox", "deliver"]).stdout == "delivered 2, failed 0\n"
    assert runner.invoke(args=["outbox", "deliver"]).stdout == "delivered 0, failed 0\n"
    messages = [
        BytesParser(policy=policy.default).parsebytes(file.read_bytes())
        for file in Path(app.instance_path, "outbox").glob("*.eml")
    ]
    unsubscribe = "<http://127.0.0.1:5000/account/alerts>"
    assert [m["List-Unsubscribe"] for m in messages].count(unsubscribe) == 1


def test_a_bill_that_cannot_be_made_holds_up_no_other_s_alerts_and_is_told(app: Flask) -> None:
    with app.app_context():
        for start in (None, date(9999, 12, 31)):
            account = Account(db.session())
            schedule = account.subscribe("A", "X")
            choices = AlertChoices(shares={"api_calls": SHARES})
            choose_alerts(db.session(), account.customer, choices, account.read(), now=NOW)
            account.use(900)
            if start:
                schedule.start_date = schedule.anchor_date = start
                schedule.phases[0].start_date = start
        db.session.commit()
        fault = f"{account.customer.id}: its alerts could not be checked: no period can be"
    result = app.test_cli_runner().invoke(args=["outbox", "deliver"])
    assert (result.exit_code, result.stdout) == (1, "delivered 2, failed 0\n")
    assert fault in result.stderr


def test_whatever_a_transport_raises_holds_up_no_other_message(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        enqueue(db.session(), key="b", to="b@b.example", subject="B", text="B", now=clock.now)
        db.session.commit()
    send = FileTransport.send

    def send_or_break(transport: FileTransport, letter: EmailMessage) -> None:
        if letter["To"] == ADA:
            raise TypeError("a fault of ours")
        send(transport, letter)

    monkeypatch.setattr(FileTransport, "send", send_or_break)
    result = app.test_cli_runner().invoke(args=["outbox", "deliver"])
    assert (result.exit_code, result.stdout) == (1, "delivered 1, failed 1\n")
    assert result.stderr == f"{ADA}: a fault of ours\n"


@pytest.fixture
def watching(app: Flask, database_url: str) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """`watching(url)`: a deliverer that goes on, in a process of its own."""
    running: list[subprocess.Popen[str]] = []

    def start(url: str = database_url) -> subprocess.Popen[str]:
        settings = {
            "DATABASE_URL": url,
            "DATABASE_BUSY_SECONDS": "0",
            "INSTANCE_PATH": app.instance_path,
            "NOW": app.config["NOW"].isoformat(),
            "SECRET_KEY": app.config["SECRET_KEY"],
        }
        process = subprocess.Popen(
            [Path(sys.executable).parent / "flask", "outbox", "deliver", "--watch"],
            cwd=ROOT,
            env=os.environ
            | {"PYTHONUNBUFFERED": "1"}
            | {f"PRICINGSITE_{name}": value for name, value in settings.items()},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def test_a_deliverer_goes_on_after_a_lock(
    app: Flask, database_url: str, watching: Callable[..., subprocess.Popen[str]]
) -> None:
    file = database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        deliverer = watching()
        assert deliverer.stderr is not None
        assert deliverer.stderr.readline() == "database is locked. Trying again.\n"
        other.execute("COMMIT")
    assert deliverer.stdout is not None
    assert deliverer.stdout.readline() == "delivered 1, failed 0\n"
    assert stored(app).delivered_at is not None


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_deliverer_goes_on_after_its_connection_is_lost(
    app: Flask, database_url: str, watching: Callable[..., subprocess.Popen[str]]
) -> None:
    with gated(database_url) as (gate, through):
        deliverer = watching(through)
        assert deliverer.stdout is not None
        assert deliverer.stdout.readline() == "delivered 1, failed 0\n"
        gate.refuse()
        assert deliverer.stderr is not None
        assert "refused" in deliverer.stderr.readline()
        with app.app_context():
            enqueue(db.session(), key="b", to=ADA, subject="B", text="B", now=app.config["NOW"])
            db.session.commit()
        gate.open()
        assert deliverer.stdout.readline() == "delivered 1, failed 0\n"


def test_a_message_that_went_out_is_marked_though_the_database_is_busy(
    app: Flask, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:

        def send_and_lock(*_: object) -> None:
            other.execute("BEGIN IMMEDIATE")

        monkeypatch.setattr(FileTransport, "send", send_and_lock)
        monkeypatch.setattr("pricingsite.cli.outbox.time.sleep", lambda _: other.rollback())
        hasty = make_app(
            database_url, tmp_path / "hasty", DATABASE_BUSY_SECONDS=0, NOW=NOW.isoformat()
        )
        result = hasty.test_cli_runner().invoke(args=["outbox", "deliver"])
    assert (result.exit_code, result.stdout) == (0, "delivered 1, failed 0\n")
    assert stored(app).delivered_at is not None
