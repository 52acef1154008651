"""`flask billing run`: draft and issue what is due; any number of processes may run it at once."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import click
from flask import current_app

from pricingsite.cli.group import Group
from pricingsite.database import db
from pricingsite.models.invoices import InvoiceKind
from pricingsite.services.billing_run.making import BillingRun
from pricingsite.services.billing_run.run import STEPS, Step, count_waiting
from pricingsite.services.invoices.storing import Issue
from pricingsite.web.clock import now
from pricingsite.web.merchant import merchant_today
from pricingsite.web.transaction import committing

group = Group("billing", help="Invoices of what has fallen due.")


@group.command("run")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Bill only what fell due by this day; no later than today.",
)
def run_command(*, as_of: datetime | None) -> None:
    """Draft and issue the invoices that are due; running it again changes nothing."""
    until = as_of.date() if as_of else None
    if until and until > merchant_today():
        raise click.BadParameter(f"{until} is later than today.", param_hint="--as-of")
    run = new_run(until)
    for _ in steps(run):
        pass
    count_waiting(db.session(), run)
    click.echo(run.summary)
    for fault in run.summary.faults:
        click.echo(fault, err=True)
    if run.summary.faults:
        raise SystemExit(1)


def new_run(until: date | None = None) -> BillingRun:
    """A billing run by the site's settings."""
    config = current_app.config
    prefixes = {
        InvoiceKind.INVOICE: config["INVOICE_PREFIX"],
        InvoiceKind.CREDIT_NOTE: config["CREDIT_NOTE_PREFIX"],
    }
    return BillingRun(
        issue=Issue(prefixes=prefixes, clock=now),
        grace=timedelta(hours=config["INVOICE_GRACE_HOURS"]),
        late_days=config["LATE_USAGE_DAYS"],
        until=until,
    )


def steps(run: BillingRun) -> Iterator[None]:
    """Do a run, a chunk and a transaction at a time."""
    for step in STEPS:
        yield from _chunks(run, step)


def _chunks(run: BillingRun, step: Step) -> Iterator[None]:
    after = None
    while True:
        with committing(db.session):
            after = step(db.session(), run, after)
        # What a chunk has read is of no use to the next.
        db.session.expunge_all()
        if after is None:
            return
        yield
