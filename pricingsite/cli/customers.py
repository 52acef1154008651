"""`flask customers list | create | …`: who pays, and custom deals on any price of the catalog.

A customer, its schedule and the e-mail that invites it to sign in are one transaction. Days are the
merchant's zone's.
"""

import re
from datetime import date, datetime
from decimal import Decimal

import click

from pricingsite.cli.agreed_terms import agreed_terms, with_agreed_terms
from pricingsite.cli.group import Group
from pricingsite.cli.named_prices import named_prices
from pricingsite.cli.suspension import resume_command, suspend_command
from pricingsite.cli.verification import approve, verify
from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.models.merchant import Merchant
from pricingsite.services.access.invitations import new_invitation
from pricingsite.services.access.users import EmailError, normalise_email
from pricingsite.services.billing.first_bill import check_billable
from pricingsite.services.catalog.toml_values import COUNTRIES
from pricingsite.services.customers.aliases import AliasError, add_alias
from pricingsite.services.customers.details import (
    CustomerDetails,
    list_customers,
    new_customer,
)
from pricingsite.services.merchant import find_merchant, get_merchant
from pricingsite.services.schedules.creating import (
    AgreedTerms,
    ScheduleError,
    create_schedule,
    new_schedule,
)
from pricingsite.web.clock import now
from pricingsite.web.mails.rendering import send_later
from pricingsite.web.sign_in.invitations import render_invitation
from pricingsite.web.transaction import committing
from pricingsite.wording.characters import CONTROL, hidden_character

group = Group("customers", help="List, verify and suspend customers; create custom deals.")
group.add_command(verify)
group.add_command(approve)
group.add_command(suspend_command)
group.add_command(resume_command)


def _name(_context: click.Context, _option: click.Parameter, text: str) -> str:
    name = re.sub(r"[ \t]+", " ", text).strip()
    if not name:
        raise click.BadParameter("give the customer's legal name")
    if CONTROL.search(name):
        raise click.BadParameter("give a name without line breaks or control characters")
    if hidden := hidden_character(name):
        raise click.BadParameter(f"the name contains a character that cannot be seen: {hidden}")
    return name


def _email(_context: click.Context, _option: click.Parameter, text: str) -> str:
    try:
        return normalise_email(text)
    except EmailError as error:
        raise click.BadParameter(str(error)) from None


def _country(_context: click.Context, _option: click.Parameter, text: str) -> str:
    code = text.strip().upper()
    if code not in COUNTRIES:
        raise click.BadParameter(f"{text!r} is not an ISO 3166 code such as GB")
    return code


@group.command("list")
def list_() -> None:
    """Print one customer a line: id, legal name and billing e-mail, separated by tabs."""
    for customer in list_customers(db.session()):
        name = " ".join(customer.legal_name.split())
        click.echo(f"{customer.id}\t{name}\t{customer.billing_email}")


@group.command("create")
@click.option("--name", required=True, callback=_name, help="Legal name.")
@click.option(
    "--email", required=True, callback=_email, help="Billing e-mail; it receives an invitation."
)
@click.option("--country", required=True, callback=_country, help="ISO 3166 code, such as GB.")
@click.option("--price", "price_ids", required=True, multiple=True, help="Price id; repeatable.")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="First day; today if left out.")
@click.option("--calendar", is_flag=True, help="Bill by calendar months.")
@click.option("--alias", help="Another name of the customer in usage events.")
@with_agreed_terms
def create(
    *,
    name: str,
    email: str,
    country: str,
    price_ids: tuple[str, ...],
    start: datetime | None,
    calendar: bool,
    alias: str | None,
    discount: str | None,
    periods: int | None,
    minimum: Decimal | None,
) -> None:
    """Create a customer on any prices in the catalog, variants included, and print its id.

    Its periods count from the start, which may be in the past, or with --calendar from the first
    of a month.
    """
    merchant, at = _merchant(), now()
    terms = agreed_terms(discount, periods, minimum)
    details = CustomerDetails(legal_name=name, billing_email=email, country=country)
    customer = new_customer(details, now=at)
    invitation = new_invitation(customer, email, now=at)
    message = render_invitation(invitation, by_merchant=True)
    first_day = start.date() if start else merchant.today(at)
    anchor = first_day.replace(day=1) if calendar else None
    try:
        with committing(db.session):
            _subscribe(customer, price_ids, terms, start=first_day, anchor=anchor, now=at)
            if alias is not None:
                add_alias(db.session(), customer, alias)
            db.session.add(invitation)
            send_later(message, key=f"invitation:{customer.id}", to=email)
    except (AliasError, ScheduleError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(customer.id)


def _merchant() -> Merchant:
    merchant = find_merchant(db.session())
    if merchant is None:
        raise click.ClickException(
            "No catalog has been applied yet: run `flask catalog apply FILE`."
        )
    return merchant


def _subscribe(
    customer: Customer,
    price_ids: tuple[str, ...],
    terms: AgreedTerms,
    *,
    start: date,
    anchor: date | None,
    now: datetime,
) -> None:
    session = db.session()
    schedule = new_schedule(
        customer=customer,
        prices=named_prices(session, price_ids),
        start=start,
        anchor=anchor,
        terms=terms,
        merchant=get_merchant(session),
        now=now,
    )
    check_billable(session, schedule, customer)
    create_schedule(session, schedule)
