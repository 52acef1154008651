"""E-mail handed to a real SMTP server: one that takes it, refuses it, hangs, or hangs up."""

import asyncio
import socket
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from conftest import NOW
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from support.factories import have_amara

from pricingsite.database import db
from pricingsite.integrations.mail import Attachment, FileTransport, SmtpTransport, build
from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.messages.outbox import enqueue

SENDER = Address("Amara", addr_spec="billing@amara.example")
ADA = "ada@ashdown.example"


class Mailbox:
    """What a server received, and how it answers the next messages, last answer for good."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.received: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer == "hang up":
            assert server.transport is not None
            server.transport.close()
            return "421 never read"
        if answer == "hang":
            await asyncio.Event().wait()
        if answer.startswith("250"):
            assert envelope.content is not None
            content = envelope.content
            assert isinstance(content, bytes)
            self.received.append(message_from_bytes(content, policy=policy.default))
        return answer


class AnyPort(Controller):
    """A controller that looks for its server where the system has put it."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[Mailbox, str]]]:
    """`mailbox, address = serve("451 later", "250 OK")`: a server that answers so, in turn."""
    running: list[Controller] = []

    def serving(*answers: str) -> tuple[Mailbox, str]:
        mailbox = Mailbox(*(answers or ("250 OK",)))
        controller = AnyPort(mailbox, hostname="127.0.0.1", port=0)
        controller.start()
        running.append(controller)
        return mailbox, f"smtp://127.0.0.1:{controller.port}"

    yield serving
    for controller in running:
        controller.stop()


@pytest.fixture
def waiting(app: Flask) -> Flask:
    """An outbox with three messages."""
    with app.app_context():
        have_amara(db.session())
        for number in range(3):
            enqueue(
                db.session(),
                key=f"order-{number}",
                to=ADA,
                subject=f"Your order {number}: £0.00 due today",
                text="Nothing is due today: £0.00.\n",
                html="<p>Nothing is due today: £0.00.</p>",
                now=NOW,
            )
        db.session.commit()
    return app


def message(sender: Address = SENDER, **changes: str) -> EmailMessage:
    row = OutboxMessage(
        message_id="<a@amara.example>",
        recipient=ADA,
        subject="Your order: £0.00 due today",
        text="Nothing is due today: £0.00.\n",
        html="<p>Nothing is due today: £0.00.</p>",
        created_at=NOW,
    )
    for name, value in changes.items():
        setattr(row, name, value)
    return build(row, sender=sender)


def read(built: EmailMessage) -> EmailMessage:
    """The message as a mail program reads its bytes."""
    return message_from_bytes(bytes(built), policy=policy.default)


def deliver(app: Flask, address: str) -> tuple[int, str, str]:
    app.config["SMTP_URL"] = address
    result = app.test_cli_runner().invoke(args=["outbox", "deliver"])
    return result.exit_code, result.stdout.strip(), result.stderr


def undelivered(app: Flask) -> int:
    with app.app_context():
        waiting = select(func.count()).where(OutboxMessage.delivered_at.is_(None))
        return db.session.scalar(waiting) or 0


def test_a_message_arrives_whole(serve: Callable[..., tuple[Mailbox, str]]) -> None:
    mailbox, address = serve()
    SmtpTransport(address).send(message())
    (received,) = mailbox.received
    assert received["Subject"] == "Your order: £0.00 due today"
    assert received["From"] == "Amara <billing@amara.example>"
    assert (received["To"], received["Message-ID"]) == (ADA, "<a@amara.example>")
    assert received["Auto-Submitted"] == "auto-generated"
    for kind in ("plain", "html"):
        part = received.get_body((kind,))
        assert part is not None
        assert "£0.00" in part.get_content()


HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
]  # fmt: skip
INJECTED = "=?utf-8?q?Ltd=0AReply-To=3A_x=40evil.example=0A=0AYour_account_is_closed?="


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        (f"Your access to {INJECTED} at Amara", None),
        (f"{INJECTED} {INJECTED}", None),
        ("=?utf-8?b?TG9uZ=?= and =?not one", None),
        ("Order 1\r\nBcc: eve@evil.example", "Order 1 Bcc: eve@evil.example"),
        ("Order 1\N{LINE SEPARATOR}Bcc: eve@evil.example", "Order 1 Bcc: eve@evil.example"),
        ("\0Order\x1b[31m", "Order [31m"),
        ("Ünder the sea, " * 30, ("Ünder the sea, " * 30).strip()),
        ("x" * 2000, None),
        ("Subject: plain, " * 20, ("Subject: plain, " * 20).strip()),
        ("日本株式会社" * 40, None),
        ("", None),
    ],
)
def test_a_subject_is_text_whatever_it_holds(subject: str, said: str | None) -> None:
    received = read(message(subject=subject))
    assert received.keys() == HEADERS
    assert received["Subject"] == (subject if said is None else said)
    lines = bytes(message(subject=subject)).partition(b"\n\n")[0].split(b"\n")
    assert max(len(line) for line in lines) <= 998
    assert all(line.isascii() for line in lines)


@pytest.mark.parametrize(
    "name",
    [
        "Amara",
        "Amara, Inc.",
        'The "Real" Amara \\ Co',
        "A Merchant, of Many and Long Names; Limited (since 1998) <and more> " * 4,
        "Ämara, “Söhne” & Töchter " * 6,
        INJECTED,
    ],
)
def test_the_merchants_name_keeps_its_signs(name: str) -> None:
    sender = Address(name.strip(), addr_spec="billing@amara.example")
    received = message_from_bytes(bytes(message(sender)))
    assert received.keys() == HEADERS
    # By the standard's own words; the newer parser keeps the space between two encoded ones.
    shown, address = parseaddr(received["From"])
    assert str(make_header(decode_header(shown))).replace("\n", "") == name.strip()
    assert address == "billing@amara.example"


def test_an_international_domain_is_written_as_dns_has_it(
    serve: Callable[..., tuple[Mailbox, str]],
) -> None:
    mailbox, address = serve()
    sender = Address("Amara", addr_spec="billing@bücher.example")
    SmtpTransport(address).send(
        message(sender, recipient="user@münchen.example", message_id="<a@bücher.example>")
    )
    (received,) = mailbox.received
    assert received["To"] == "user@xn--mnchen-3ya.example"
    assert received["From"] == "Amara <billing@xn--bcher-kva.example>"
    assert received["Message-ID"] == "<a@xn--bcher-kva.example>"


@pytest.mark.parametrize(
    "changes",
    [
        {"recipient": "=?utf-8?q?x=0ABcc=3Avictim=40v.example=0AX=3A1?=@evil.example"},
        {"recipient": "ada@ashdown.example\nBcc: eve@evil.example"},
        {"recipient": "ada@ashdown.example, eve@evil.example"},
        {"recipient": "üser@ashdown.example"},
        {"recipient": "no address"},
        {"message_id": "<a@amara.example>\nBcc: eve@evil.example"},
        {"unsubscribe_url": "http://amara.example/>\nBcc: eve@evil.example"},
        {"text": "half a character: \ud83d"},
    ],
)
def test_what_cannot_be_a_message_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        message(**changes)


@settings(deadline=None)
@given(subject=st.text() | st.from_regex(r"(=\?utf-8\?q\?[a-z=0-9A-F_]*\?=|\s|.){0,9}"))
def test_no_subject_makes_a_header(subject: str) -> None:
    encodable = subject.encode(errors="replace").decode()
    assert read(message(subject=encodable)).keys() == HEADERS


@pytest.mark.parametrize("answer", ["451 later", "550 no such user", "hang up", "hang"])
def test_what_was_not_taken_is_an_error(
    serve: Callable[..., tuple[Mailbox, str]], answer: str
) -> None:
    mailbox, address = serve(answer)
    with pytest.raises(OSError, match=r".+"):
        SmtpTransport(address, patience=0.3).send(message())
    assert mailbox.received == []


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
@pytest.mark.parametrize("said", [b"220 mail", b"220-welcome\r\n", b""])
def test_a_server_that_drips_is_left_at_the_deadline(scheme: str, said: bytes) -> None:
    with dripping(said) as address:
        transport = SmtpTransport(f"{scheme}://{address}", patience=1)
        start = monotonic()
        with pytest.raises(OSError, match=r".+"):
            transport.send(message())
    assert monotonic() - start < 8


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_name_that_is_looked_up_too_slowly_is_given_up(scheme: str) -> None:
    over = Event()

    def hang(_host: str, _port: int) -> list[str]:
        over.wait()
        return ["127.0.0.1"]

    try:
        with pytest.raises(OSError, match="could not be looked up in time"):
            SmtpTransport(f"{scheme}://mail.example", patience=0.05, look_up=hang).send(message())
    finally:
        over.set()


@contextmanager
def dripping(said: bytes) -> Iterator[str]:
    """A server that says its piece over and over, a byte every 50 ms, for ten seconds."""
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:

        def drip() -> None:
            client, _ = server.accept()
            with client, suppress(OSError):
                client.settimeout(0.05)
                for number in range(200):
                    client.sendall(said[number % len(said) :][:1] if said else b"")
                    with suppress(TimeoutError):
                        if not client.recv(1024):
                            return

        pool.submit(drip)
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_a_server_that_is_not_there_is_an_error() -> None:
    with pytest.raises(OSError, match="refused"):
        SmtpTransport("smtp://127.0.0.1:9").send(message())


def test_a_message_in_a_file_is_its_owners_alone(tmp_path: Path) -> None:
    FileTransport(tmp_path / "outbox").send(message())
    (file,) = (tmp_path / "outbox").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_password_is_not_sent_in_the_clear(serve: Callable[..., tuple[Mailbox, str]]) -> None:
    mailbox, address = serve()
    with pytest.raises(OSError, match="no encryption"):
        SmtpTransport(address.replace("//", "//user:secret@")).send(message())
    assert mailbox.received == []


def test_what_fails_waits_and_the_rest_goes_out(
    waiting: Flask, serve: Callable[..., tuple[Mailbox, str]]
) -> None:
    mailbox, address = serve("451 later", "hang up", "250 OK")
    code, said, why = deliver(waiting, address)
    assert (code, said) == (1, "delivered 1, failed 2")
    assert "451" in why
    assert undelivered(waiting) == 2
    # They are tried again when they are due again, under the ids they had.
    waiting.config["NOW"] = NOW.replace(minute=NOW.minute + 2)
    assert deliver(waiting, address)[:2] == (0, "delivered 2, failed 0")
    assert undelivered(waiting) == 0
    ids = {received["Message-ID"] for received in mailbox.received}
    assert len(ids) == len(mailbox.received) == 3


@pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)
def test_several_deliverers_send_each_message_once(
    waiting: Flask, serve: Callable[..., tuple[Mailbox, str]]
) -> None:
    mailbox, address = serve()
    with ThreadPoolExecutor(3) as pool:
        told = [pool.submit(deliver, waiting, address) for _ in range(3)]
        assert {one.result()[0] for one in told} == {0}
    subjects = sorted(received["Subject"] for received in mailbox.received)
    assert subjects == [f"Your order {number}: £0.00 due today" for number in range(3)]
    assert undelivered(waiting) == 0


@pytest.mark.parametrize(
    ("name", "as_it_comes"),
    [
        ("INV-000001.pdf", "INV-000001.pdf"),
        ('a"\r\nBcc: victim@v.example\r\n/ü.pdf', "a-Bcc-victim-v.example-.pdf"),
    ],
)
def test_a_file_comes_with_its_message_as_it_is(name: str, as_it_comes: str) -> None:
    content = bytes(range(256)) * 300
    row = OutboxMessage(
        message_id="<a@amara.example>",
        recipient=ADA,
        subject="Invoice INV-000001",
        text="£600.00\n",
        html="<p>£600.00</p>",
        created_at=NOW,
    )
    file = Attachment(name, "application/pdf", content)
    built = build(row, sender=SENDER, attachments=[file])
    letter = message_from_bytes(bytes(built), policy=policy.default)
    assert isinstance(letter, EmailMessage)
    assert letter["Bcc"] is None
    (attached,) = letter.iter_attachments()
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_filename() == as_it_comes
    assert attached.get_content() == content
    for kind, said in (("plain", "£600.00\n"), ("html", "<p>£600.00</p>")):
        part = letter.get_body((kind,))
        assert part is not None
        assert part.get_content().strip() == said.strip()
