"""How a request connects to PostgreSQL: each statement has an end, even if the server is gone.

Loaded where a database is one, as its driver takes a tenth of the time of a start.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

# The server is to give a statement up before its client gives up the server.
_ANSWER_SECONDS = 2.0


class _RequestConnection(psycopg.Connection[Any]):
    """A connection that waits for no answer longer than a request may."""

    answer_seconds = _ANSWER_SECONDS

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, timeout or self.answer_seconds)
        except psycopg.OperationalError:
            # Without an answer it is of no more use to anybody.
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise


def connect(
    args: Sequence[Any], options: Mapping[str, Any], *, statement_seconds: int
) -> psycopg.Connection[Any]:
    """A connection whose statements take no longer than so many seconds."""
    own = f"{options.get('options', '')} -c statement_timeout={statement_seconds}s"
    connection = _RequestConnection.connect(*args, **{**options, "options": own})
    connection.answer_seconds = statement_seconds + _ANSWER_SECONDS
    return connection
