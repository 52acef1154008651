"""A change of plan in processes of its own, which may die at any of their statements."""

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
from sqlalchemy.orm import Session
from support.billing import PREFIXES

from pricingsite.app import create_app
from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.services.changes.changing import Maker, QuoteChangedError, make_change
from pricingsite.services.changes.choosing import change_choices
from pricingsite.services.changes.quoting import ChangeQuote
from pricingsite.services.changes.timing import When
from pricingsite.services.changes.wanted import ChangeError, WantedPlan
from pricingsite.services.invoices.storing import Issue
from pricingsite.web.transaction import committing

MADE, REFUSED = 0, 3
_STARTING = multiprocessing.get_context("forkserver")
_STARTING.set_forkserver_preload(["pricingsite.app"])


def change_at_once(
    url: str,
    instance: Path,
    customer_id: str,
    now: datetime,
    *changes: tuple[str, str, int | None],
) -> Sequence[int | None]:
    """Confirm changes of a customer: each a plan, the digest shown, and where it is to die."""
    processes: list[BaseProcess] = [
        _STARTING.Process(target=_change, args=(url, instance, customer_id, now, *one))
        for one in changes
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=300)
    return [process.exitcode for process in processes]


def quote_now(session: Session, customer: Customer, plan_id: str, now: datetime) -> ChangeQuote:
    """What a change to a plan comes to now."""
    return change_choices(session, customer, WantedPlan(plan_id=plan_id), now=now).quote(When.NOW)


def _change(
    url: str,
    instance: Path,
    customer_id: str,
    now: datetime,
    plan_id: str,
    shown: str,
    die_at: int | None,
) -> None:
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
    with app.app_context():
        try:
            with committing(db.session):
                make_change(
                    db.session(),
                    customer_id,
                    lambda session, customer: quote_now(session, customer, plan_id, now),
                    shown=shown,
                    maker=Maker(issue=Issue(prefixes=PREFIXES, clock=lambda: now)),
                    now=now,
                )
        except (QuoteChangedError, ChangeError):
            sys.exit(REFUSED)
