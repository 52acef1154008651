"""SMTP clients whose whole talk with a server has a deadline.

The standard library's time-out is for each read, so that a server which sends a byte now and then
could hold a deliverer for ever.
"""

import io
import smtplib
import socket
from time import monotonic
from typing import Any


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
    """An SMTP client that gives up `timeout` seconds after it was made, whatever is going on."""

    def __init__(self, host: str, port: int, *, timeout: float, **options: Any) -> None:
        self.deadline = monotonic() + timeout
        super().__init__(host, port, timeout=timeout, **options)

    def getreply(self) -> tuple[int, bytes]:
        """Read one reply of the server."""
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Replies(self.sock, self.deadline))
        return super().getreply()


class PatientSmtps(PatientSmtp, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""
