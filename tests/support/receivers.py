"""A program of the merchant's that receives webhooks: right, failing, slow or gone, as asked."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


@dataclass(frozen=True)
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


class Receiver:
    """What it has received, and how it answers; by default that all is well."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.received: list[Received] = []
        self.status = 204
        # Answers no byte, or its head a byte now and then, until the test is over.
        self.hangs = self.drips = False
        self.over = Event()
        self.when_asked: Callable[[Received], None] = lambda _: None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.scheme = "https" if context else "http"
        if context:
            listening = self.server.socket
            self.server.socket = context.wrap_socket(listening, server_side=True)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server.server_port}/hook?a=1"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append(Received(headers, body))
                receiver.when_asked(receiver.received[-1])
                if receiver.hangs:
                    receiver.over.wait()
                    return
                head = f"HTTP/1.1 {receiver.status} So\r\nLocation: {receiver.url}\r\n"
                for byte in f"{head}Content-Length: 0\r\n\r\n".encode():
                    self.wfile.write(bytes([byte]))
                    if receiver.drips and receiver.over.wait(0.05):
                        return

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


@contextmanager
def receiver(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver that runs, over TLS where it has a context."""
    found = Receiver(context)
    # It answers who gave it up, too.
    found.server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = Thread(target=found.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield found
    finally:
        found.over.set()
        found.server.shutdown()
        thread.join()
        found.server.server_close()
