"""What the commands about schedules are asked for: a customer, a day, a dry run or the change."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import click
from sqlalchemy.orm import Session

from pricingsite.cli.billing import new_run
from pricingsite.cli.invoices.asked import DAY, as_day
from pricingsite.cli.schedules.sheet import quote_sheet
from pricingsite.database import db
from pricingsite.models.changes import ChangeKind
from pricingsite.models.customers import Customer
from pricingsite.pricing import PricingError
from pricingsite.services.balances.credit_notes import CreditError
from pricingsite.services.changes.changing import Made, Maker, QuoteIt, make_change
from pricingsite.services.changes.quoting import ChangeQuote
from pricingsite.services.changes.timing import When
from pricingsite.services.changes.wanted import ChangeError
from pricingsite.services.customers.aliases import find_customer
from pricingsite.services.orders.promotions import PromotionError
from pricingsite.services.schedules.creating import ScheduleError
from pricingsite.web.clock import now
from pricingsite.web.mails.merchants_changes import Tell, change_and_tell
from pricingsite.web.transaction import committing

_REFUSALS = (ChangeError, CreditError, PricingError, PromotionError, ScheduleError)

customer_argument = click.argument("customer")
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Print what it comes to, and change nothing."
)
on_option = click.option(
    "--on", type=DAY, callback=as_day, help="The first day of it; today if left out."
)
at_period_end_option = click.option("--at-period-end", is_flag=True, help="When the period ends.")


def day_asked(on: date | None, *, at_period_end: bool) -> date | When:
    """When a change is to take effect. Raises `click.UsageError` where two answers are given."""
    if on is not None and at_period_end:
        raise click.UsageError("Say one day: --on, or --at-period-end.")
    return When.PERIOD_END if at_period_end else on or When.NOW


def found(name: str) -> Customer:
    """The customer of an id or alias."""
    customer = find_customer(db.session(), name)
    if customer is None:
        raise click.ClickException(f"There is no customer {name}: `flask customers list` has all.")
    return customer


@contextmanager
def refusing() -> Iterator[None]:
    """What is refused is told in words."""
    try:
        yield
    except _REFUSALS as error:
        raise click.ClickException(str(error)) from None


def carry_out(
    name: str,
    quote_it: QuoteIt,
    *,
    kind: ChangeKind = ChangeKind.PLAN,
    to_plan: str | None = None,
    dry_run: bool,
    finish: Callable[[Session, Made], None] | None = None,
) -> ChangeQuote:
    """Quote a change and print what it comes to; make it in one transaction unless it is dry.

    The customer is told by e-mail.
    `finish` does what else belongs to it, in that transaction.
    """

    def make(shown: str, tell: Tell) -> Made:
        with committing(db.session):
            made = make_change(
                db.session(),
                found(name).id,
                quote_it,
                kind=kind,
                to_plan=to_plan,
                shown=shown,
                maker=Maker(issue=new_run().issue),
                now=now(),
            )
            tell(made)
            if finish is not None:
                finish(db.session(), made)
        return made

    with refusing():
        if dry_run:
            quote = quote_it(db.session(), found(name))
            _print(quote)
            click.echo("Dry run: nothing has changed.", err=True)
            return quote
        made = change_and_tell(
            lambda: quote_it(db.session(), found(name)), make, kind=kind, to_plan=to_plan
        )
    _print(made.quote)
    for note in made.credit_notes:
        click.echo(f"Issued\t{note.number}")
    return made.quote


def _print(quote: ChangeQuote) -> None:
    for line in quote_sheet(quote):
        click.echo(line)
