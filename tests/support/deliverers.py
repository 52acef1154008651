"""`flask outbox deliver` in processes of its own, which may die at a statement.

Killing itself, a process ends as one that another kills: at once, with whatever it had begun.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from datetime import datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from secrets import token_hex

from sqlalchemy import Engine, event

from pricingsite.app import create_app

# How a statement begins, and which of those that do it is: "UPDATE webhook_events", 1.
Statement = tuple[str, int]
# It has imported the site once, and has none of what the tests have open.
_STARTING = multiprocessing.get_context("forkserver")
_STARTING.set_forkserver_preload(["pricingsite.app"])


def deliver_at_once(
    url: str, instance: Path, now: datetime, *die_at: Statement | None
) -> Sequence[int | None]:
    """A deliverer for each statement before which one is to die, or None; how each ended."""
    processes: list[BaseProcess] = [
        _STARTING.Process(target=_deliver, args=(url, instance, now, one)) for one in die_at
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=300)
    return [process.exitcode for process in processes]


def _deliver(url: str, instance: Path, now: datetime, die_at: Statement | None) -> None:
    settings = {"DATABASE_URL": url, "DATABASE_BUSY_SECONDS": 60, "SECRET_KEY": token_hex(32)}
    app = create_app({**settings, "NOW": now.isoformat()}, instance)
    begins, left = die_at or ("nothing", 0)

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal left
        left -= statement.startswith(begins)
        if not left and statement.startswith(begins):
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    result = app.test_cli_runner().invoke(args=["outbox", "deliver"])
    if result.exception:
        print(result.output, result.exception, file=sys.stderr)  # noqa: T201 - pytest shows it
    sys.exit(result.exit_code)
