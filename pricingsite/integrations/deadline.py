"""An end to what is said to a server, and read from it, however slowly it answers.

So it is with what comes before: the look-up of its name, and connecting.
"""

import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from threading import Event, Thread, Timer
from time import monotonic
from typing import TypeVar

T = TypeVar("T")
LookUp = Callable[[str, int], Sequence[str]]
# Addresses of one name that are tried.
_MOST_ADDRESSES = 4


def addresses_of(host: str, port: int) -> Sequence[str]:
    """The addresses that a name has now. Raises `OSError` where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def looked_up_within(seconds: float, look_up: LookUp, host: str, port: int) -> Sequence[str]:
    """The addresses of a name; after so many seconds a `TimeoutError`."""
    try:
        return answered_within(seconds, lambda: look_up(host, port))
    except TimeoutError:
        raise TimeoutError("its name could not be looked up in time") from None


def connected_to(addresses: Sequence[str], port: int, *, deadline: float) -> socket.socket:
    """A connection to the first that answers by a moment of the monotonic clock, or `OSError`."""
    failure: OSError = OSError("its name has no address")
    for address in addresses[:_MOST_ADDRESSES]:
        left = deadline - monotonic()
        if left <= 0:
            raise TimeoutError("it took too long")
        try:
            return socket.create_connection((address, port), timeout=left)
        except OSError as error:
            failure = error
    raise failure


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
def ended_after(seconds: float, sock: socket.socket) -> Iterator[None]:
    """End what is read from a socket after so many seconds, with a `TimeoutError`.

    A time-out of the socket's is for each read, so that a byte now and then could hold it for ever.
    """
    late = Event()

    def end() -> None:
        late.set()
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if late.is_set():
            raise TimeoutError("it took too long")
