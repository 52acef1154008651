"""`flask schedules change | undo`: other prices from a day on, and that change taken back."""

from datetime import date
from decimal import Decimal

import click
from sqlalchemy.orm import Session

from pricingsite.cli.agreed_terms import agreed_terms, with_agreed_terms
from pricingsite.cli.named_prices import named_prices, named_quantity
from pricingsite.cli.schedules.asked import (
    at_period_end_option,
    carry_out,
    customer_argument,
    day_asked,
    dry_run_option,
    found,
    on_option,
    refusing,
)
from pricingsite.cli.schedules.sheet import change_words
from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.services.changes.choosing import quote_agreed
from pricingsite.services.changes.quoting import ChangeQuote
from pricingsite.services.changes.wanted import Wanted, WantedPlan, WantedPrices
from pricingsite.services.plans.as_sold import Choice
from pricingsite.services.plans.on_sale import find_plan
from pricingsite.services.schedules.creating import AgreedTerms
from pricingsite.web.clock import now
from pricingsite.web.mails.merchants_changes import undo_and_tell


@click.command("change")
@customer_argument
@click.option("--plan", "plan_id", help="A plan on sale, at its list prices of today.")
@click.option("--option", "option_id", help="How to pay the plan; its first option if left out.")
@click.option("--add-on", "add_ons", multiple=True, metavar="ID[=QUANTITY]", help="Of the plan.")
@click.option(
    "--quantity", "bought", multiple=True, metavar="ID=QUANTITY", help="How many, of the plan's."
)
@click.option(
    "--price", "price_ids", multiple=True, metavar="ID[=QUANTITY]", help="Any price; repeatable."
)
@on_option
@at_period_end_option
@with_agreed_terms
@dry_run_option
def change_command(
    customer: str,
    *,
    plan_id: str | None,
    option_id: str | None,
    add_ons: tuple[str, ...],
    bought: tuple[str, ...],
    price_ids: tuple[str, ...],
    on: date | None,
    at_period_end: bool,
    discount: str | None,
    periods: int | None,
    minimum: Decimal | None,
    dry_run: bool,
) -> None:
    """Change a CUSTOMER (by its id or an alias) to a plan or to any prices, from a day on.

    Prices are all that it then has. A usage price that replaces another of its product follows when
    that one's period ends. It replaces the change that is pending.
    """
    when = day_asked(on, at_period_end=at_period_end)
    terms = agreed_terms(discount, periods, minimum)
    if bool(plan_id) == bool(price_ids):
        raise click.UsageError("Say what it changes to: --plan, or --price for each price.")
    if not plan_id and (option_id or add_ons or bought):
        raise click.UsageError("--option, --add-on and --quantity are of a --plan.")
    with refusing():
        choice = Choice(option_id, _quantities(bought), _quantities(add_ons))

    def quote_it(session: Session, found: Customer) -> ChangeQuote:
        wanted = _wanted(session, plan_id, choice, price_ids, terms)
        return quote_agreed(session, found, wanted, on=when, now=now())

    carry_out(customer, quote_it, to_plan=_plan_name(plan_id), dry_run=dry_run)


def _quantities(texts: tuple[str, ...]) -> dict[str, Decimal]:
    named = map(named_quantity, texts)
    return {price_id: Decimal(1) if many is None else many for price_id, many in named}


def _wanted(
    session: Session,
    plan_id: str | None,
    choice: Choice,
    price_ids: tuple[str, ...],
    terms: AgreedTerms,
) -> Wanted:
    if plan_id:
        return WantedPlan(plan_id=plan_id, choice=choice, terms=terms)
    return WantedPrices(
        prices=named_prices(session, price_ids), minimum=terms.minimum, discount=terms.discount
    )


def _plan_name(plan_id: str | None) -> str | None:
    plan = find_plan(db.session(), plan_id) if plan_id else None
    return plan.name if plan else None


@click.command("undo")
@customer_argument
def undo_command(customer: str) -> None:
    """Undo the change of a CUSTOMER that has not taken effect yet, and print which that was."""
    with refusing():
        undone = undo_and_tell(found(customer))
    click.echo(change_words(undone))
