"""E-mail's way out: files in a folder until SMTP is configured, then SMTP.

The only module that opens a connection for mail. A message is built from its outbox row and what
is attached to it; a second delivery has the same Message-ID.
"""

import re
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.contentmanager import raw_data_manager
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from email_validator import validate_email

from pricingsite.integrations.deadline import LookUp, addresses_of
from pricingsite.integrations.smtp import PatientSmtp, PatientSmtps
from pricingsite.models.outbox import OutboxMessage
from pricingsite.wording.characters import CONTROL

# How long handing over one message may take in all.
_DELIVERY_SECONDS = 60
# What a header may hold as it is. `=?` opens an encoded word, which readers would decode; a word
# longer than a line could not be folded.
_PLAIN = re.compile(r"(?!.*=\?)[!-~]{1,70}( [!-~]{1,70})*")


# The characters of a file's name that need no encoding in a header.
_UNSAFE_IN_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that comes with a message; its name is brought into plain ASCII."""

    name: str
    media_type: str
    content: bytes


class Transport(Protocol):
    """Hands a message over; raises `OSError` when it could not."""

    def send(self, message: EmailMessage) -> None:
        """Hand a message over."""


def build(
    row: OutboxMessage, *, sender: Address, attachments: Sequence[Attachment] = ()
) -> EmailMessage:
    """The message of an outbox row, from the merchant; `ValueError` where it cannot be one.

    Its headers are ASCII before the email library sees them, under the one policy that neither
    parses nor decodes what it is given: the others decode encoded words, and some releases of
    Python then write the line breaks in them.
    """
    message = EmailMessage(policy=compat32)
    message["From"] = formataddr((_phrase(sender.display_name), _address(sender.addr_spec)))
    message["To"] = _address(row.recipient)
    message["Subject"] = _text(row.subject)
    message["Date"] = format_datetime(row.created_at)
    message["Message-ID"] = f"<{_address(row.message_id.strip('<>'))}>"
    message["Auto-Submitted"] = "auto-generated"
    if row.unsubscribe_url:
        message["List-Unsubscribe"] = f"<{_url(row.unsubscribe_url)}>"
    message.set_content(row.text, content_manager=raw_data_manager)
    if row.html:
        message.add_alternative(row.html, subtype="html", content_manager=raw_data_manager)
    for attachment in attachments:
        _attach(message, attachment)
    if BytesHeaderParser().parsebytes(bytes(message)).keys() != message.keys():
        raise ValueError("The message would have other headers than it should.")
    return message


def _attach(message: EmailMessage, attachment: Attachment) -> None:
    main, _, sub = attachment.media_type.partition("/")
    message.add_attachment(
        attachment.content,
        maintype=main,
        subtype=sub,
        filename=_UNSAFE_IN_NAME.sub("-", attachment.name),
        content_manager=raw_data_manager,
    )


def _address(text: str) -> str:
    """One address in ASCII, its domain as DNS has it."""
    checked = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    if checked.ascii_email is None or "=?" in checked.ascii_email:
        raise ValueError(f"{text!r} is no address that a header can hold.")
    return checked.ascii_email


def _text(text: str) -> str | Header:
    """Free text of a header, as encoded words unless it is plain."""
    line = " ".join(CONTROL.sub(" ", text).split())
    return line if _PLAIN.fullmatch(line) else Header(line, "utf-8", header_name="Subject")


def _phrase(name: str) -> str:
    """The name before an address; `formataddr` quotes what is plain."""
    text = _text(name)
    return text if isinstance(text, str) else " ".join(text.encode().split())


def _url(text: str) -> str:
    if not re.fullmatch(r"[!-;=?-~]+", text):
        raise ValueError(f"{text!r} is no URL that a header can hold.")
    return text


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

    def __init__(
        self, url: str, *, patience: float = _DELIVERY_SECONDS, look_up: LookUp = addresses_of
    ) -> None:
        """Reach the server of an address; `patience` is for one whole delivery, seconds."""
        self.url = urlsplit(url)
        self.patience, self.look_up = patience, look_up

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
        patience: dict[str, Any] = {"timeout": self.patience, "look_up": self.look_up}
        if self.url.scheme == "smtps":
            return PatientSmtps(host, port or 465, context=context, **patience)
        return PatientSmtp(host, port or 587, **patience)
