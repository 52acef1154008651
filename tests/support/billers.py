"""`flask billing run` in processes of its own, which may die at any of their statements.

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
from pricingsite.services.billing_run import examining, run

# It has imported the site once, and has none of what the tests have open.
_STARTING = multiprocessing.get_context("forkserver")
_STARTING.set_forkserver_preload(["pricingsite.app"])


def run_at_once(
    url: str, instance: Path, now: datetime, *die_at: int | None, chunk: int
) -> Sequence[int | None]:
    """A billing run for each of the statements at which one is to die, or None; how each ended."""
    processes: list[BaseProcess] = [
        _STARTING.Process(target=_bill, args=(url, instance, now, one, chunk)) for one in die_at
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=300)
    return [process.exitcode for process in processes]


def _bill(url: str, instance: Path, now: datetime, die_at: int | None, chunk: int) -> None:
    run.CHUNK = examining._CHUNK = chunk  # noqa: SLF001 - the more there are, the more ends to lose
    settings = {"DATABASE_URL": url, "DATABASE_BUSY_SECONDS": 60, "SECRET_KEY": token_hex(32)}
    app = create_app({**settings, "NOW": now.isoformat()}, instance)
    statements = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1
        if statements == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "commit", count)
    result = app.test_cli_runner().invoke(args=["billing", "run"])
    if result.exception:
        print(result.output, result.exception, file=sys.stderr)  # noqa: T201 - pytest shows it
    sys.exit(result.exit_code)
