"""SMTP clients whose whole talk with a server has a deadline.

The standard library's time-out is for each read, so that a server which sends a byte now and then
could hold a deliverer for ever.
"""

import io
import smtplib
import socket
from time import monotonic
from typing import Any

from pricingsite.integrations.deadline import (
    LookUp,
    addresses_of,
    connected_to,
    looked_up_within,
)


class _Replies(io.RawIOBase):
    """What a server says, until a moment of the monotonic clock."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self.sock = sock
        self.deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self.deadline - monotonic()
        if left <= 0:
            raise TimeoutError("The mail server took too long.")
        # It holds for what is sent next, too.
        self.sock.settimeout(left)
        return self.sock.recv_into(buffer)


class PatientSmtp(smtplib.SMTP):
    """An SMTP client that gives up `timeout` seconds after it was made, whatever is going on.

    `look_up` gives the addresses of a name and a port.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        timeout: float,
        look_up: LookUp = addresses_of,
        **options: Any,
    ) -> None:
        self.deadline, self.look_up = monotonic() + timeout, look_up
        super().__init__(host, port, timeout=timeout, **options)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        # The standard library looks a name up for as long as that takes.
        found = looked_up_within(timeout, self.look_up, host, port)
        return connected_to(found, port, deadline=self.deadline)

    def getreply(self) -> tuple[int, bytes]:
        """Read one reply of the server."""
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Replies(self.sock, self.deadline))
        return super().getreply()


class PatientSmtps(PatientSmtp, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = super()._get_socket(host, port, timeout)
        return self.context.wrap_socket(plain, server_hostname=host)
