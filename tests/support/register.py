"""A register of VAT numbers on this machine: right, wrong, slow or down, as a test wants it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

CONSULTATION = "WAPIAAAAX7"


class Register:
    """What is asked of it, and how it answers; by default that a number is valid."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answer: dict[str, Any] | bytes = {"valid": True, "requestIdentifier": CONSULTATION}
        self.status = 200
        # Answers a byte now and then, or none, until the test is over.
        self.drips = self.hangs = False
        self.over = Event()
        self.when_asked: Callable[[], None] = lambda: None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/check?test=1"

    def body(self, asked: dict[str, Any]) -> bytes:
        if isinstance(self.answer, bytes):
            return self.answer
        same = {name: asked[name] for name in ("countryCode", "vatNumber")}
        return json.dumps(same | self.answer).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        register = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                register.asked.append(asked)
                register.when_asked()
                if register.hangs:
                    register.over.wait()
                    return
                body = register.body(asked)
                self.send_response(register.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    if register.drips and register.over.wait(0.05):
                        return

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@contextmanager
def register() -> Iterator[Register]:
    """A register that runs."""
    found = Register()
    thread = Thread(target=found.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield found
    finally:
        found.over.set()
        found.server.shutdown()
        thread.join()
        found.server.server_close()
