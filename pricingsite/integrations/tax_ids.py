"""Whether a tax id is somebody's, as an online register says: VIES, or one that answers like it.

`POST URL` with the id and who asks; the answer is JSON. Nothing of it is stored here.
"""

import json
import ssl
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import socket
from time import monotonic
from typing import Any, Protocol
from urllib.parse import urlsplit

from pricingsite.integrations.deadline import (
    LookUp,
    addresses_of,
    connected_to,
    ended_after,
    looked_up_within,
)

# How long one check may take, seconds.
_CHECK_SECONDS = 10
_MOST_BYTES = 100_000
_OK = 200
_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


class TaxIdServiceError(Exception):
    """The register gave no answer, or none that says anything; the message says why."""


@dataclass(frozen=True, slots=True)
class TaxIdAnswer:
    """What a register says of a tax id; `consultation` is the number that proves the answer."""

    valid: bool
    consultation: str | None


class TaxIdService(Protocol):
    """An online register of tax ids."""

    name: str

    def check(self, tax_id: str, *, requester: str | None) -> TaxIdAnswer:
        """Ask about a tax id with its country's prefix; raises `TaxIdServiceError`.

        `requester` is the asker's own tax id: registers give a consultation number only to those.
        """


class HttpTaxIdService:
    """A register that speaks VIES' JSON."""

    def __init__(
        self, url: str, *, seconds: float = _CHECK_SECONDS, look_up: LookUp = addresses_of
    ) -> None:
        """Reach the register of an address; `seconds` is for one whole check.

        `look_up` gives the addresses of a name and a port.
        """
        self.url, self.seconds, self._look_up = urlsplit(url), seconds, look_up
        self.name = self.url.hostname or ""

    def check(self, tax_id: str, *, requester: str | None) -> TaxIdAnswer:
        """Ask about a tax id, in a connection of its own."""
        asked = {"countryCode": tax_id[:2], "vatNumber": tax_id[2:]}
        if requester:
            by = {"requesterMemberStateCode": requester[:2], "requesterNumber": requester[2:]}
            return _read(self._post(asked | by), asked)
        return _read(self._post(asked), asked)

    def _post(self, asked: dict[str, str]) -> bytes:
        deadline = monotonic() + self.seconds
        is_tls = self.url.scheme == "https"
        connection = (HTTPSConnection if is_tls else HTTPConnection)(self.name, self.url.port)
        try:
            sock = connection.sock = self._connected(deadline, is_tls=is_tls)
            with ended_after(max(deadline - monotonic(), 0), sock):
                if isinstance(sock, ssl.SSLSocket):
                    sock.do_handshake()
                connection.request("POST", self._path(), json.dumps(asked), _HEADERS)
                response = connection.getresponse()
                body = response.read(_MOST_BYTES)
        except (OSError, HTTPException) as error:
            raise TaxIdServiceError(f"it gave no answer: {error or type(error).__name__}") from None
        finally:
            connection.close()
        if response.status != _OK:
            raise TaxIdServiceError(f"it answered with status {response.status}")
        return body

    def _connected(self, deadline: float, *, is_tls: bool) -> socket:
        port = self.url.port or (443 if is_tls else 80)
        found = looked_up_within(self.seconds, self._look_up, self.name, port)
        sock = connected_to(found, port, deadline=deadline)
        if not is_tls:
            return sock
        # The handshake is waited for no longer than the rest.
        context = ssl.create_default_context()
        return context.wrap_socket(sock, server_hostname=self.name, do_handshake_on_connect=False)

    def _path(self) -> str:
        query = f"?{self.url.query}" if self.url.query else ""
        return f"{self.url.path or '/'}{query}"


def _read(body: bytes, asked: dict[str, str]) -> TaxIdAnswer:
    """What an answer says of what was asked; one about anything else says nothing."""
    try:
        answer: Any = json.loads(body)
    except ValueError:
        raise TaxIdServiceError("its answer is not JSON") from None
    if not isinstance(answer, dict):
        raise TaxIdServiceError("its answer is not an object")
    if errors := answer.get("errorWrappers"):
        raise TaxIdServiceError(f"it could not tell: {_first_error(errors)}")
    if any(answer.get(name, value) != value for name, value in asked.items()):
        raise TaxIdServiceError("its answer is about another number")
    valid, number = answer.get("valid"), answer.get("requestIdentifier")
    if not isinstance(valid, bool):
        raise TaxIdServiceError("its answer does not say whether the number is valid")
    return TaxIdAnswer(valid, number if isinstance(number, str) and number else None)


def _first_error(errors: Any) -> str:
    first = errors[0] if isinstance(errors, list) else errors
    return str(first.get("error", first) if isinstance(first, dict) else first)
