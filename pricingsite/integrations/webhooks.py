"""Webhooks' way out: signed by Standard Webhooks, to addresses of the public network alone.

A URL is somebody's text: its name is looked up, each address is checked, and that very address is
connected to, so that a name cannot lead to this machine or its neighbours. Redirects are not
followed. Of an answer no more is read than its head.
"""

import hmac
import re
import socket
import ssl
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from time import monotonic
from urllib.parse import SplitResult, urlsplit

from pricingsite.integrations.deadline import (
    LookUp,
    addresses_of,
    connected_to,
    ended_after,
    looked_up_within,
)

# How long one delivery may take, the look-up of its name included, seconds.
_DELIVERY_SECONDS = 15
_MOST_CHARACTERS = 2_000
_SUCCESS, _REDIRECTS = range(200, 300), range(300, 400)
_PRINTABLE = re.compile(r"[!-~]+")
# An IPv4 address in an IPv6 one, for networks that have no other.
_TRANSLATED = IPv6Network("64:ff9b::/96")


class WebhookUrlError(ValueError):
    """A URL that events are not sent to; the message says why."""


class WebhookError(Exception):
    """A delivery that failed; the message says why, and `is_slow` whether it had to be waited for.

    `is_gone`: the endpoint answered that it is there no more.
    """

    def __init__(self, why: str, *, is_slow: bool = False, is_gone: bool = False) -> None:
        super().__init__(why)
        self.is_slow, self.is_gone = is_slow, is_gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """What is delivered: an event's id and its body, signed by each of the secrets."""

    id: str
    body: str
    secrets: Sequence[str]

    def headers(self, at: datetime) -> Mapping[str, str]:
        """The headers of an attempt at a moment."""
        seconds, body = int(at.timestamp()), self.body.encode()
        signed = f"{self.id}.{seconds}.".encode() + body
        return {
            "content-type": "application/json",
            "user-agent": "pricingsite-webhooks",
            "webhook-id": self.id,
            "webhook-timestamp": str(seconds),
            "webhook-signature": " ".join(_signature(one, signed) for one in self.secrets),
        }


def _signature(secret: str, signed: bytes) -> str:
    key = b64decode(secret.removeprefix("whsec_"))
    return f"v1,{b64encode(hmac.digest(key, signed, sha256)).decode()}"


def is_public(address: str) -> bool:
    """Whether an address is one of the public network, also where it holds another one."""
    found = ip_address(address)
    if isinstance(found, IPv4Address):
        return found.is_global and not found.is_multicast
    inner = _held_in(found)
    if inner is not None and not is_public(str(inner)):
        return False
    # An IPv4 address that is written as an IPv6 one is that address.
    return bool(found.ipv4_mapped) or (found.is_global and not found.is_multicast)


def _held_in(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that packets to an IPv6 one would be sent on to."""
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo


class WebhookClient:
    """Delivers to endpoints.

    With `anywhere`, for trying things out, http and private addresses are as good as others.
    """

    def __init__(
        self,
        *,
        anywhere: bool,
        seconds: float = _DELIVERY_SECONDS,
        look_up: LookUp = addresses_of,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """Wait `seconds` for a delivery; `look_up` gives the addresses of a name and a port."""
        self._anywhere, self._seconds, self._look_up = anywhere, seconds, look_up
        self._context = context

    def check(self, text: str) -> bool:
        """Refuse a URL that nothing would be sent to, with `WebhookUrlError`.

        Whether its name is known at all; one that is not may be by the time it is used.
        """
        url = _parsed(text)
        if url.scheme != "https" and not self._anywhere:
            raise WebhookUrlError(
                "An endpoint's URL begins with https://, as this site's own does."
            )
        try:
            self._addresses(url, self._seconds)
        except (OSError, UnicodeError):
            return False
        return True

    def deliver(self, text: str, webhook: Webhook, *, at: datetime) -> None:
        """Deliver to a URL, in a connection of its own. Raises `WebhookError`."""
        try:
            status = self._post(_parsed(text), webhook, at)
        except TimeoutError as error:
            raise WebhookError(str(error) or "it took too long", is_slow=True) from None
        except WebhookUrlError as error:
            raise WebhookError(str(error)) from None
        except ssl.SSLCertVerificationError as error:
            raise WebhookError(f"its certificate is not valid: {error.verify_message}") from None
        except (OSError, HTTPException, ValueError) as error:
            why = " ".join(str(error).split()) or type(error).__name__
            raise WebhookError(f"it gave no answer: {why}") from None
        if status in _SUCCESS:
            return
        if status in _REDIRECTS:
            raise WebhookError(f"it answered with a redirect ({status}), which is not followed")
        is_gone = status == 410  # noqa: PLR2004 - Gone
        raise WebhookError(f"it answered with status {status}", is_gone=is_gone)

    def _post(self, url: SplitResult, webhook: Webhook, at: datetime) -> int:
        """The status of the answer."""
        if url.scheme != "https" and not self._anywhere:
            raise WebhookUrlError("its URL does not begin with https://")
        deadline = monotonic() + self._seconds
        host, is_tls = url.hostname or "", url.scheme == "https"
        sock = self._connected(url, deadline)
        kind = HTTPSConnection if is_tls else HTTPConnection
        connection = kind(host, url.port)
        if is_tls:
            # Made when it is needed: it takes as long as a delivery.
            self._context = self._context or ssl.create_default_context()
            # The handshake is waited for no longer than the rest.
            sock = self._context.wrap_socket(
                sock, server_hostname=host, do_handshake_on_connect=False
            )
        connection.sock = sock
        try:
            with ended_after(max(deadline - monotonic(), 0), sock):
                if isinstance(sock, ssl.SSLSocket):
                    sock.do_handshake()
                path = f"{url.path or '/'}{f'?{url.query}' if url.query else ''}"
                connection.request("POST", path, webhook.body.encode(), dict(webhook.headers(at)))
                return connection.getresponse().status
        finally:
            connection.close()

    def _connected(self, url: SplitResult, deadline: float) -> socket.socket:
        """A connection to one of the addresses that have just been checked."""
        found = self._addresses(url, deadline - monotonic())
        return connected_to(found, _port(url), deadline=deadline)

    def _addresses(self, url: SplitResult, seconds: float) -> Sequence[str]:
        """The addresses of a URL's name, all of them public, if they are found within seconds."""
        host, port = url.hostname or "", _port(url)
        found = looked_up_within(seconds, self._look_up, host, port)
        private = [one for one in found if not self._anywhere and not is_public(one)]
        if private:
            raise WebhookUrlError(
                f"{url.hostname} is at {private[0]}, which is no address of the public network."
            )
        return found


def _port(url: SplitResult) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _parsed(text: str) -> SplitResult:
    """The parts of an http or https URL. Raises `WebhookUrlError`."""
    if not _PRINTABLE.fullmatch(text) or len(text) > _MOST_CHARACTERS:
        raise WebhookUrlError("A URL has up to 2,000 letters, digits and signs, and no spaces.")
    try:
        url = urlsplit(text)
        is_whole = bool(url.hostname) and url.port != 0
    except ValueError:
        is_whole, url = False, urlsplit("")
    if url.scheme not in {"http", "https"} or not is_whole:
        raise WebhookUrlError(f"{text} is no URL such as https://example.com/webhooks.")
    if url.username is not None or url.password is not None or url.fragment:
        raise WebhookUrlError("A URL has no user, no password, and no part after #.")
    return url
