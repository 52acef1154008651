"""`flask outbox deliver`: hand over e-mails and webhooks, each claimed and marked by itself.

Links to new passwords, reminders of trials that end and of invoices, and alerts that usage has
reached since the last look, are written by it too, and orders that nobody verified end: one process
does it all.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

import click
from flask import current_app
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from pricingsite.cli.billing import run_billing
from pricingsite.cli.group import Group
from pricingsite.cli.letters import letter_of
from pricingsite.cli.midnights import sweep_midnights
from pricingsite.cli.tax_id_checks import check_tax_ids
from pricingsite.cli.unverified import sweep_unverified_orders
from pricingsite.cli.webhook_delivery import deliver_webhooks
from pricingsite.database import db, is_away
from pricingsite.integrations.mail import FileTransport, SmtpTransport, Transport
from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.access.idempotency import forget_answers
from pricingsite.services.merchant import find_merchant
from pricingsite.services.messages.outbox import claim, mark_delivered, mark_failed, mark_parked
from pricingsite.services.messages.webhooks import forget_old_events
from pricingsite.web.clock import now
from pricingsite.web.mails.alerts import write_alert_mails
from pricingsite.web.mails.endings import write_ending_mails
from pricingsite.web.mails.reminders import write_reminders
from pricingsite.web.mails.renewals import write_renewal_mails
from pricingsite.web.mails.trials import write_trial_mails
from pricingsite.web.merchant import current_merchant
from pricingsite.web.sign_in.password_links import write_reset_mails
from pricingsite.web.transaction import committing

_POLL_SECONDS = 5
_MARK_TRIES = 10

group = Group("outbox", help="E-mails and webhooks that wait to be sent.")


@dataclass(slots=True)
class _Tally:
    delivered: int = 0
    failed: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, recipient: str, problem: str | None) -> None:
        """Count a message, and tell of what went wrong with it."""
        if problem is None:
            self.delivered += 1
            return
        self.failed += 1
        click.echo(f"{recipient}: {problem}", err=True)

    def __str__(self) -> str:
        return f"delivered {self.delivered}, failed {self.failed}"


@group.command("deliver")
@click.option("--watch", is_flag=True, help="Bill what is due too, and go on until interrupted.")
def deliver(*, watch: bool) -> None:
    """Write the alerts that usage has reached, and deliver all e-mails and webhooks that wait.

    E-mails go by SMTP where it is configured, else to files in instance/outbox/.
    The exit status is 1 when a message could not be delivered. It is tried again later, unless it
    cannot be built at all: then it is parked. It is 1, too, when a customer's bill could not be
    worked out; all others have their alerts.
    """
    transport = _transport()
    if watch:
        _watch(transport)
        return
    tally = _deliver_due(transport)
    click.echo(tally)
    _tell(tally.faults)
    if tally.failed or tally.faults:
        raise SystemExit(1)


def _watch(transport: Transport) -> None:
    known: list[str] = []
    reminded_in: datetime | None = None
    try:
        while True:
            hour = now().replace(minute=0, second=0, microsecond=0)
            tally = _deliver_if_possible(transport, remind=hour != reminded_in)
            if tally is not None:
                reminded_in = hour
                if tally.delivered or tally.failed:
                    click.echo(tally)
                # What goes on being wrong is told once.
                _tell(fault for fault in tally.faults if fault not in known)
                known = tally.faults
            time.sleep(_POLL_SECONDS)
    except KeyboardInterrupt:
        click.echo("stopped", err=True)


def _tell(faults: Iterable[str]) -> None:
    for fault in faults:
        click.echo(fault, err=True)


def _deliver_if_possible(transport: Transport, *, remind: bool) -> _Tally | None:
    """One round of a deliverer that goes on; while the database is busy or away, none."""
    try:
        # Each round in a context of its own: it looks at the merchant as it is now.
        with current_app.app_context():
            faults = _bill()
            tally = _deliver_due(transport, remind=remind)
            tally.faults += faults
            return tally
    except (OperationalError, InterfaceError, NoConnectionLeft) as error:
        click.echo(f"{getattr(error, 'orig', error)}. Trying again.", err=True)
        return None


def _bill() -> list[str]:
    """Bill what is due, as `flask billing run` does; what went wrong."""
    if find_merchant(db.session()) is None:
        return []
    summary = run_billing()
    if summary.issued or summary.credit_notes:
        click.echo(summary)
    return summary.faults


def _transport() -> Transport:
    url: str | None = current_app.config["SMTP_URL"]
    return SmtpTransport(url) if url else FileTransport(Path(current_app.instance_path) / "outbox")


def _deliver_due(transport: Transport, *, remind: bool = True) -> _Tally:
    """End orders; hand over what is due, reminders and links among it, then new alerts.

    To `remind` of invoices and renewals takes a look at all of some weeks: once an hour is enough.
    """
    faults = sweep_unverified_orders() + write_reset_mails() + write_trial_mails()
    faults += sweep_midnights()
    if remind:
        faults += write_reminders() + write_renewal_mails() + write_ending_mails()
        with committing(db.session):
            forget_answers(db.session(), now=now())
            forget_old_events(db.session(), now=now())
    tally = _Tally(faults=faults)
    _deliver_waiting(transport, tally)
    written, faults = write_alert_mails()
    tally.faults += faults
    if written:
        _deliver_waiting(transport, tally)
    # E-mails first: an endpoint may keep a deliverer waiting.
    deliver_webhooks(tally.add)
    check_tax_ids()
    return tally


def _deliver_waiting(transport: Transport, tally: _Tally) -> None:
    while claimed := _claim():
        message, sender = claimed
        try:
            letter = letter_of(message, sender=sender)
        except Exception as error:
            if is_away(error):
                raise
            tally.add(message.recipient, _park(message, str(error) or type(error).__name__))
            continue
        if letter is not None:
            tally.add(message.recipient, _send(transport, message, letter))


def _claim() -> tuple[OutboxMessage, Address] | None:
    """The next message and whom it is from, in a transaction that ends before it is sent."""
    with committing(db.session):
        message = claim(db.session(), now=now())
        if message is None:
            return None
        merchant = current_merchant()
        return message, Address(merchant.name, addr_spec=merchant.email)


def _send(transport: Transport, message: OutboxMessage, letter: EmailMessage) -> str | None:
    """Send a claimed message and mark it; why it failed, if it did."""
    problem = None
    try:
        transport.send(letter)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one holds up no other
        problem = str(error) or type(error).__name__
    _mark(message, problem)
    return problem


def _mark(message: OutboxMessage, problem: str | None) -> None:
    """Mark a message, even if the database is busy: unmarked, it would be sent once more."""
    for tries_left in reversed(range(_MARK_TRIES)):
        try:
            with committing(db.session):
                if problem is None:
                    mark_delivered(message, now=now())
                else:
                    mark_failed(message, problem, now=now())
        except OperationalError:
            if not tries_left:
                raise
            time.sleep(1)
        else:
            return


def _park(message: OutboxMessage, why: str) -> str:
    with committing(db.session):
        mark_parked(message, why, now=now())
    return f"{why} It is parked and not tried again: {message.message_id}"
