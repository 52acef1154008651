"""`flask check`: whether what the site promises about bills is so; nothing is changed."""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator

import click
from flask import current_app
from flask.cli import with_appcontext

from pricingsite.cli.group import Command
from pricingsite.database import db
from pricingsite.services.billing_run.agreements import Agreements
from pricingsite.services.checks.documents import check_documents
from pricingsite.services.checks.findings import COLUMNS, Broken, Finding, Promise
from pricingsite.services.checks.messages import check_messages, check_webhooks
from pricingsite.services.checks.schedules import check_schedules
from pricingsite.services.customers.details import list_customers
from pricingsite.services.usage.rebuilding import verify
from pricingsite.web.clock import now
from pricingsite.web.issuing import prefixes
from pricingsite.web.merchant import merchant_today
from pricingsite.web.sweeps import Sweep


@click.command("check", cls=Command)
@with_appcontext
def command() -> None:
    """Look for broken promises: days billed twice or never, gaps in numbers, wrong sums and more.

    Each is a table, and the exit status 1. What merely waits is a remark on stderr.
    """
    broken: dict[Promise, list[tuple[str, ...]]] = defaultdict(list)
    remarks = 0
    for finding in _findings():
        if isinstance(finding, Broken):
            broken[finding.promise].append(finding.values)
        else:
            click.echo(finding.text, err=True)
            remarks += 1
    for promise in Promise:
        if rows := broken.get(promise):
            _show(promise, rows)
    if broken:
        raise SystemExit(1)
    remarked = f"; {remarks} remark{'s' * (remarks > 1)}" if remarks else ""
    click.echo(f"all promises are kept{remarked}")


def _findings() -> Iterator[Finding]:
    session = db.session()
    yield from check_documents(session, prefixes(), today=merchant_today())
    yield from check_messages(session, now=now())
    yield from check_webhooks(session)
    ids = [customer.id for customer in list_customers(session)]
    agreements = Agreements()
    sweep = Sweep("it could not be checked")
    hidden = not sys.stderr.isatty()
    with click.progressbar(ids, file=sys.stderr, hidden=hidden) as bar:
        for customer_id in bar:
            with sweep.each(customer_id):
                try:
                    yield from list(_of_customer(customer_id, agreements))
                finally:
                    # The next customer's agreement may be the same: a rollback would empty it.
                    session.expunge_all()
            session.rollback()
    for fault in sweep.faults:
        what, _, why = fault.partition(": ")
        yield Broken(Promise.CHECKED, (what, why))


def _of_customer(customer_id: str, agreements: Agreements) -> Iterator[Finding]:
    session, late_days = db.session(), current_app.config["LATE_USAGE_DAYS"]
    yield from check_schedules(session, agreements, customer_id, late_days=late_days, now=now())
    for found in verify(session, customer_id).differences:
        metric_and_day = (found.metric_id, found.day.isoformat())
        yield Broken(Promise.ROLLUPS, (customer_id, *metric_and_day))


def _show(promise: Promise, rows: Iterable[tuple[str, ...]]) -> None:
    click.echo(promise)
    for row in (COLUMNS[promise], *rows):
        click.echo("\t".join(row))
    click.echo()
