"""`flask schedules end | pause`: the merchant ends a schedule, or lets it rest for a while."""

from collections.abc import Sequence
from datetime import date

import click
from sqlalchemy.orm import Session

from pricingsite.cli.invoices.asked import DAY, as_day
from pricingsite.cli.schedules.asked import (
    at_period_end_option,
    carry_out,
    customer_argument,
    day_asked,
    dry_run_option,
    on_option,
)
from pricingsite.models.changes import ChangeKind
from pricingsite.models.customers import Customer
from pricingsite.pricing import Money
from pricingsite.services.changes.changing import Made
from pricingsite.services.changes.leaving import quote_end, quote_pause
from pricingsite.services.changes.quoting import ChangeQuote
from pricingsite.services.changes.refunding import refund_credit_notes
from pricingsite.services.changes.timing import When
from pricingsite.web.clock import now
from pricingsite.wording.figures import money

_REFUND = "refund"


@click.command("end")
@customer_argument
@on_option
@at_period_end_option
@click.option(
    "--credit", "gives_back", flag_value="credit", help="Credit what was paid for days after it."
)
@click.option(
    "--refund",
    "gives_back",
    flag_value=_REFUND,
    help="The same, and record as refunded what of it was paid.",
)
@dry_run_option
def end_command(
    customer: str,
    *,
    on: date | None,
    at_period_end: bool,
    gives_back: str | None,
    dry_run: bool,
) -> None:
    """End what a CUSTOMER (by its id or an alias) is on; the day before is the last one covered.

    Usage is billed whole. What was paid in advance for days after it is kept, unless you say
    --credit or --refund.
    """
    when = day_asked(on, at_period_end=at_period_end)
    kept: list[Money] = []
    refunded: list[Money] = []

    def quote_it(session: Session, customer: Customer) -> ChangeQuote:
        if gives_back is None:
            kept.append(_given_back(_quote(session, customer, when, gives_back=True)))
        return _quote(session, customer, when, gives_back=gives_back is not None)

    def finish(session: Session, made: Made) -> None:
        if gives_back == _REFUND:
            refunded.extend(refund_credit_notes(session, made.credit_notes, now=now()))

    quote = carry_out(customer, quote_it, kind=ChangeKind.END, dry_run=dry_run, finish=finish)
    if gives_back is None:
        _tell_kept(kept[-1])
    if gives_back == _REFUND and not dry_run:
        _tell_refunded(quote, refunded)


def _quote(
    session: Session, customer: Customer, when: date | When, *, gives_back: bool
) -> ChangeQuote:
    return quote_end(session, customer, on=when, gives_back=gives_back, now=now())


def _given_back(quote: ChangeQuote) -> Money:
    """What was paid in advance, net, for days that are not used any more."""
    nets = (one.net for one in (*quote.unused, *quote.credited))
    return Money.total(nets, quote.situation.schedule.currency)


def _tell_kept(amount: Money) -> None:
    if amount.minor:
        click.echo(
            f"{money(amount)}, net, was charged in advance for days after it, and is kept. "
            "--credit or --refund gives it back.",
            err=True,
        )


def _tell_refunded(quote: ChangeQuote, amounts: Sequence[Money]) -> None:
    currency = quote.situation.schedule.currency
    if (amount := Money.total(amounts, currency)).minor:
        click.echo(f"Refunded\t{money(amount)}")
        return
    why = "nothing was paid in advance for days after it"
    if quote.credited:
        why = "what is credited was not paid, or has paid other invoices"
    if quote.unused:
        why = "what was paid in advance comes off the last bill"
    click.echo(f"Nothing is refunded: {why}.", err=True)


@click.command("pause")
@customer_argument
@click.option(
    "--until",
    type=DAY,
    callback=as_day,
    required=True,
    help="The day on which it goes on.",
)
@dry_run_option
def pause_command(customer: str, *, until: date, dry_run: bool) -> None:
    """Let a CUSTOMER pause: nothing is billed from the period's end up to a day.

    It then goes on as it was.
    """
    carry_out(
        customer,
        lambda session, found: quote_pause(session, found, until=until, now=now()),
        kind=ChangeKind.PAUSE,
        dry_run=dry_run,
    )
