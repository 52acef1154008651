"""The site as it is deployed, for tests: gunicorn, which may be killed and started again.

The test holds the listening socket, so that who calls between a kill and the next start waits.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Server:
    """gunicorn's processes on one socket; `address` is (host, port)."""

    def __init__(
        self, options: Sequence[str], environment: dict[str, str], app: str = "wsgi:app"
    ) -> None:
        self.options, self.app = options, app
        self.environment = os.environ | environment
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        # As gunicorn has it on a socket of its own: else each answer waits for an acknowledgement.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.address: tuple[str, int] = self.socket.getsockname()
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - it lasts as long as the server
        self.start()

    def start(self) -> None:
        command = [Path(sys.executable).parent / "gunicorn", *self.options, self.app]
        file = self.socket.fileno()
        self.process = subprocess.Popen(
            [*command, "--bind", f"fd://{file}"],
            cwd=ROOT,
            env=self.environment,
            pass_fds=[file],
            stdout=self.log,
            stderr=self.log,
            # Its own group, which is killed at once.
            start_new_session=True,
        )

    def kill(self) -> None:
        """End every process of it at once, as a machine does that loses its power."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def worker_memory(self) -> int:
        """What its one worker holds, bytes."""
        master = self.process.pid
        (worker,) = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        pages = int(Path(f"/proc/{worker}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def close(self) -> None:
        self.kill()
        self.socket.close()
        self.log.close()


@contextmanager
def serving(*options: str, **settings: str) -> Iterator[Server]:
    """The site under gunicorn with these options, and with these settings."""
    server = Server(options, {f"PRICINGSITE_{name}": value for name, value in settings.items()})
    try:
        yield server
    finally:
        server.close()
