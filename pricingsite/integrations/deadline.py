"""An end to what is said to a server, and read from it, however slowly it answers."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from socket import SHUT_RDWR, socket
from threading import Event, Thread, Timer
from typing import TypeVar

T = TypeVar("T")


def answered_within(seconds: float, ask: Callable[[], T]) -> T:
    """What a call gives, or raises; after so many seconds a `TimeoutError`.

    For what cannot be ended from outside, as the system's look-up of a name: it goes on in a thread
    of its own, and what it finds then is nobody's. It keeps no process from ending.
    """
    answer: Future[T] = Future()

    def work() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            answer.set_exception(error)

    Thread(target=work, daemon=True).start()
    return answer.result(seconds)


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
