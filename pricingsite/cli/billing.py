"""`flask billing run`: draft and issue what is due; any number of processes may run it at once."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import click
from flask import current_app
from sqlalchemy.exc import OperationalError

from pricingsite.cli.group import Group
from pricingsite.database import db
from pricingsite.services.billing_run.making import BillingRun
from pricingsite.services.billing_run.run import PREPARING, STEPS, Step, count_due, count_waiting
from pricingsite.services.billing_run.run_summary import RunSummary
from pricingsite.web.issuing import issue
from pricingsite.web.mails.billing import write_run_summary
from pricingsite.web.merchant import merchant_today
from pricingsite.web.transaction import committing

# SQLite has one writer at a time, and keeps no queue.
_TURNS = 24

group = Group("billing", help="Invoices of what has fallen due.")


@group.command("run")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Bill only what fell due by this day; no later than today.",
)
@click.option("--hold", is_flag=True, help="Hold what is drafted now, so that you can look at it.")
def run_command(*, as_of: datetime | None, hold: bool) -> None:
    """Draft and issue the invoices that are due; running it again changes nothing."""
    until = as_of.date() if as_of else None
    if until and until > merchant_today():
        raise click.BadParameter(f"{until} is later than today.", param_hint="--as-of")
    summary = run_billing(until, hold=hold)
    click.echo(summary)
    for fault in summary.faults:
        click.echo(fault, err=True)
    if summary.faults:
        raise SystemExit(1)


def run_billing(until: date | None = None, *, hold: bool = False) -> RunSummary:
    """A whole run, up to a day or today, of which the merchant gets one e-mail if there is news.

    A bar shows how far it is where somebody watches.
    """
    run = new_run(until, hold=hold)
    hidden = not sys.stderr.isatty()
    size = 0 if hidden else count_due(db.session(), run)
    with click.progressbar(length=size, file=sys.stderr, hidden=hidden or not size) as bar:
        for done in carry_out(run):
            bar.update(done)
    count_waiting(db.session(), run)
    write_run_summary(run.summary)
    db.session.rollback()  # Whoever goes on waiting should hold no snapshot then.
    return run.summary


def new_run(until: date | None = None, *, hold: bool = False) -> BillingRun:
    """A billing run by the site's settings."""
    config = current_app.config
    return BillingRun(
        issue=issue(),
        grace=timedelta(hours=config["INVOICE_GRACE_HOURS"]),
        late_days=config["LATE_USAGE_DAYS"],
        until=until,
        hold=hold,
    )


def carry_out(run: BillingRun) -> Iterator[int]:
    """Do a run, a chunk and a transaction at a time; how many each went through."""
    for step in STEPS:
        yield from _chunks_of(run, step)


def _chunks_of(run: BillingRun, step: Step) -> Iterator[int]:
    after = None
    while True:
        before = run.done
        with _left_alone():
            after = _take_turn(run, step, after)
            # What a chunk has read is of no use to the next.
            db.session.expunge_all()
        yield run.done - before
        if after is None:
            return


@contextmanager
def _left_alone() -> Iterator[None]:
    """Do not look for garbage meanwhile: nearly all of a chunk goes by itself when it is done."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _take_turn(run: BillingRun, step: Step, after: Any) -> Any:
    """Do one chunk. Where others are at it for longer than a write waits, wait once more."""
    before = run.done
    if prepare := PREPARING.get(step):
        prepare(db.session(), run, after)
    for tries_left in reversed(range(_TURNS)):
        try:
            with committing(db.session):
                return step(db.session(), run, after)
        except OperationalError:
            # Nothing has been done yet: it is not this chunk that failed.
            if not tries_left or run.done != before:
                raise
    raise AssertionError
