"""E-mail's way out: files in a folder until SMTP is configured, then SMTP.

The only module that opens a connection for mail. A message is built from its outbox row alone, so
that a second delivery is the same message under the same Message-ID.
"""

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from pricingsite.integrations.smtp import PatientSmtp, PatientSmtps
from pricingsite.models.outbox import OutboxMessage

# How long handing over one message may take in all.
_DELIVERY_SECONDS = 60


class Transport(Protocol):
    """Hands a message over; raises `OSError` when it could not."""

    def send(self, message: EmailMessage) -> None:
        """Hand a message over."""


def build(row: OutboxMessage, *, sender: Address) -> EmailMessage:
    """The message of an outbox row, from the merchant. Headers cannot be injected into."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = _address(row.recipient)
    message["Subject"] = row.subject
    message["Date"] = format_datetime(row.created_at)
    message["Message-ID"] = row.message_id
    message["Auto-Submitted"] = "auto-generated"
    if row.unsubscribe_url:
        message["List-Unsubscribe"] = f"<{row.unsubscribe_url}>"
    message.set_content(row.text)
    if row.html:
        message.add_alternative(row.html, subtype="html")
    return message


def _address(text: str) -> Address:
    # Taken for one address, whatever stands in it; as text it could be a list of several.
    user, _, domain = text.rpartition("@")
    return Address(username=user, domain=domain)


class FileTransport:
    """One `.eml` file a message, named by its Message-ID, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: EmailMessage) -> None:
        """Write the message whole or not at all."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        draft = self.folder / f"{name}.part"
        # Links in it sign people in: it is its owner's alone.
        draft.touch(mode=0o600)
        draft.write_bytes(bytes(message))
        draft.replace(self.folder / f"{name}.eml")


class SmtpTransport:
    """`smtp://user:password@host:port` (STARTTLS where it is offered), or `smtps://…`."""

    def __init__(self, url: str, *, patience: float = _DELIVERY_SECONDS) -> None:
        """Reach the server of an address; `patience` is for one whole delivery, seconds."""
        self.url = urlsplit(url)
        self.patience = patience

    def send(self, message: EmailMessage) -> None:
        """Hand the message to the server, in a connection of its own."""
        context = ssl.create_default_context()
        with self._connect(context) as server:
            server.ehlo()
            if self.url.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=context)
            elif self.url.scheme == "smtp" and self.url.username:
                raise OSError("The mail server offers no encryption, so it is sent no password.")
            if self.url.username:
                server.login(unquote(self.url.username), unquote(self.url.password or ""))
            server.send_message(message)

    def _connect(self, context: ssl.SSLContext) -> smtplib.SMTP:
        host, port = self.url.hostname or "localhost", self.url.port
        if self.url.scheme == "smtps":
            return PatientSmtps(host, port or 465, timeout=self.patience, context=context)
        return PatientSmtp(host, port or 587, timeout=self.patience)
