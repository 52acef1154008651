"""Work that is done for one customer after another: the fault of one holds up nobody else.

It is logged, once a process however often it comes back, and told of by the command.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from pricingsite.database import db, is_away

logger = logging.getLogger(__name__)

_logged: set[str] = set()


class Sweep:
    """A sweep; `faults` tells in a line each whose work failed, and why."""

    def __init__(self, what_failed: str) -> None:
        self.faults: list[str] = []
        self._what_failed = what_failed

    @contextmanager
    def each(self, name: str) -> Iterator[None]:
        """Do one's share of the work; a database that does not answer still ends all of it."""
        try:
            yield
        except Exception as error:
            if is_away(error):
                raise
            db.session.rollback()
            self.faults.append(log_once(name, self._what_failed, error))


def log_once(name: str, what_failed: str, error: Exception) -> str:
    """Log what failed of one, and why, if this process has not yet; the line that tells of it."""
    fault = f"{name}: {what_failed}: {_first_line(error)}"
    if fault not in _logged:
        _logged.add(fault)
        logger.error(fault, exc_info=error)
    return fault


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__
