"""`flask customers list | create | …`: who pays, and custom deals on any price of the catalog.

A customer, its schedule and the e-mail that invites it to sign in are one transaction. Days are the
merchant's zone's.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import click

from pricingsite.cli.agreed_terms import agreed_terms, with_agreed_terms
from pricingsite.cli.group import Group
from pricingsite.cli.named_prices import named_prices
from pricingsite.cli.own_data import export_command
from pricingsite.cli.suspension import resume_command, suspend_command
from pricingsite.cli.verification import approve, verify
from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.models.merchant import Merchant
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.access.invitations import new_invitation
from pricingsite.services.access.users import EmailError, normalise_email
from pricingsite.services.billing.first_bill import check_billable
from pricingsite.services.changes.drafts import draft_of
from pricingsite.services.changes.timing import discount_left, main_place
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
)
from pricingsite.services.schedules.deals import PhaseTerms, new_deal
from pricingsite.web.clock import now
from pricingsite.web.mails.rendering import send_later
from pricingsite.web.sign_in.invitations import render_invitation
from pricingsite.web.transaction import committing
from pricingsite.wording.characters import CONTROL, hidden_character
from pricingsite.wording.countries import country_codes

group = Group("customers", help="List, verify, export and suspend customers; create custom deals.")
_DAY = click.DateTime(["%Y-%m-%d"])

group.add_command(export_command)
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
    if code not in country_codes():
        raise click.BadParameter(f"{text!r} is not an ISO 3166 code such as GB")
    return code


def _phases(
    _context: click.Context, _option: click.Parameter, texts: tuple[str, ...]
) -> Sequence[tuple[date, Sequence[str]]]:
    """The first day of each later phase, and its prices as `--price` takes them."""
    found = []
    for text in texts:
        day, _, prices = text.partition(":")
        try:
            found.append((date.fromisoformat(day), [one.strip() for one in prices.split(",")]))
        except ValueError:
            raise click.BadParameter(f"{text!r} is not a phase such as 2027-04-01:B,Z") from None
    return found


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
@click.option("--start", type=_DAY, help="First day; today if left out.")
@click.option("--end", type=_DAY, help="First day no longer covered; open if left out.")
@click.option(
    "--phase",
    "later",
    multiple=True,
    metavar="DAY:PRICE,…",
    callback=_phases,
    help="Other prices from a day on: 2027-04-01:B,Z or 2027-04-01:seat-month=7; repeatable.",
)
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
    end: datetime | None,
    later: Sequence[tuple[date, Sequence[str]]],
    calendar: bool,
    alias: str | None,
    discount: str | None,
    periods: int | None,
    minimum: Decimal | None,
) -> None:
    """Create a customer on any prices in the catalog, variants included, and print its id.

    Its periods count from the start, which may be in the past, or with --calendar from the first
    of a month. A discount and a minimum hold in every phase; with --periods a discount is for so
    many from the start, over the phases.
    """
    merchant, at = _merchant(), now()
    terms = agreed_terms(discount, periods, minimum)
    details = CustomerDetails(legal_name=name, billing_email=email, country=country)
    customer = new_customer(details, now=at)
    invitation = new_invitation(customer, email, now=at)
    message = render_invitation(invitation, by_merchant=True)
    first_day = start.date() if start else merchant.today(at)
    try:
        with committing(db.session):
            _subscribe(
                customer,
                [(first_day, price_ids), *later],
                terms,
                end=end.date() if end else None,
                by_calendar=calendar,
                now=at,
            )
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
    phases: Sequence[tuple[date, Sequence[str]]],
    terms: AgreedTerms,
    *,
    end: date | None,
    by_calendar: bool,
    now: datetime,
) -> None:
    session = db.session()
    deal = [
        PhaseTerms(start=start, prices=named_prices(session, price_ids), terms=terms)
        for start, price_ids in phases
    ]
    deal[-1] = replace(deal[-1], end=end)
    schedule = new_deal(
        customer=customer,
        phases=deal,
        by_calendar=by_calendar,
        merchant=get_merchant(session),
        now=now,
    )
    _end_discount(schedule)
    check_billable(session, schedule, customer)
    create_schedule(session, schedule)


def _end_discount(schedule: BillingSchedule) -> None:
    """Let a discount of the first phase go on in later ones for the periods that it has left."""
    first, *later = draft_of(schedule).phases
    for draft, phase in zip(later, schedule.phases[1:], strict=True):
        main = main_place(draft)
        left = discount_left(first, schedule.anchor_date, draft.start, new=main)
        phase.discount_periods = left.periods if left else None
        if left is None:
            phase.discount_code = phase.discount_rate = phase.discount_amount = None
