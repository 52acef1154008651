"""An end to what is said to a server, and read from it, however slowly it answers."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socket import SHUT_RDWR, socket
from threading import Event, Timer


@contextmanager
def ended_after(seconds: float, sock: socket) -> Iterator[None]:
    """End what is read from a socket after so many seconds, with a `TimeoutError`.

    A time-out of the socket's is for each read, so that a byte now and then could hold it for ever.
    """
    late = Event()

    def end() -> None:
        late.set()
        with suppress(OSError):
            sock.shutdown(SHUT_RDWR)

    timer = Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if late.is_set():
            raise TimeoutError("it took too long")
