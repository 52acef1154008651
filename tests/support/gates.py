"""A way to a server that a test can close: it refuses, hangs or breaks off as networks do."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

from sqlalchemy import make_url
from support.databases import postgresql_database


class Gate:
    """A TCP address in front of a server's; `hang`, `cut` and `refuse` go wrong, `open` mends."""

    def __init__(self, host: str, port: int) -> None:
        self.server = (host, port)
        self.passing = threading.Event()
        self.pairs: list[tuple[socket.socket, socket.socket]] = []
        self.threads: list[threading.Thread] = []
        self.listener: socket.socket | None = None
        self.address = ("127.0.0.1", 0)
        self.open()

    @property
    def port(self) -> int:
        return self.address[1]

    def open(self) -> None:
        """Let everything through, what hung meanwhile included."""
        self.passing.set()
        if self.listener is None:
            self.listener = socket.create_server(self.address, backlog=64)
            self.address = self.listener.getsockname()
            self._start(self._accept, self.listener)

    def hang(self) -> None:
        """Take connections and bytes, and answer nothing: the machine's kernel lives on."""
        self.passing.clear()

    def cut(self) -> None:
        """Break off every connection there is; new ones get through."""
        pairs, self.pairs = self.pairs, []
        for end in (end for pair in pairs for end in pair):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def refuse(self) -> None:
        """Break off every connection, and refuse new ones."""
        listener, self.listener = self.listener, None
        if listener is not None:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.cut()

    def _server(self) -> socket.socket:
        host, port = self.server
        if not host.startswith("/"):
            return socket.create_connection(self.server)
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self._start(self._carry, client)

    def _carry(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError), self._server() as server:
            self.pairs.append((client, server))
            back = self._start(self._pass, server, client)
            self._pass(client, server)
            back.join()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                self.passing.wait()
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _start(self, work: Callable[..., None], *args: socket.socket) -> threading.Thread:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self.threads.append(thread)
        thread.start()
        return thread

    def close(self) -> None:
        """Be gone for good."""
        self.passing.set()
        self.refuse()
        for thread in self.threads:
            thread.join(timeout=10)


@contextlib.contextmanager
def gate_to(host: str, port: int) -> Iterator[Gate]:
    """A gate, open at first."""
    gate = Gate(host, port)
    try:
        yield gate
    finally:
        gate.close()


@contextlib.contextmanager
def gated(address: str) -> Iterator[tuple[Gate, str]]:
    """A gate to a database of PostgreSQL, and the database's address through it."""
    url = make_url(address)
    with gate_to(url.host or str(url.query.get("host")), url.port or 5432) as gate:
        through = url.set(host="127.0.0.1", port=gate.port, query={})
        yield gate, through.render_as_string(hide_password=False)


@contextlib.contextmanager
def gated_postgresql() -> Iterator[tuple[Gate, str]]:
    """The same to a fresh database."""
    with postgresql_database() as address, gated(address) as through:
        yield through
