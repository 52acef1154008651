"""`flask customers suspend | resume`: what the merchant may do about a customer's access."""

import click

from pricingsite.database import db
from pricingsite.models.customers import Customer, SuspensionCause
from pricingsite.services.customers.aliases import find_customer
from pricingsite.services.customers.suspension import resume, suspend
from pricingsite.web.clock import now
from pricingsite.web.transaction import committing


@click.command("suspend")
@click.argument("customer")
def suspend_command(customer: str) -> None:
    """Suspend a CUSTOMER (by its id or an alias): it is entitled to nothing until it is resumed.

    Its plan and its bills go on, and nothing is deleted.
    """
    with committing(db.session):
        found = _found(customer)
        is_new = suspend(db.session(), found, SuspensionCause.MERCHANT, now=now())
    click.echo(f"{found.legal_name} {'is suspended.' if is_new else 'was suspended already.'}")


@click.command("resume")
@click.argument("customer")
def resume_command(customer: str) -> None:
    """Lift the suspension of a CUSTOMER, whatever it was for."""
    with committing(db.session):
        found = _found(customer)
        was_suspended = resume(db.session(), found, now=now())
    click.echo(f"{found.legal_name} {'is resumed.' if was_suspended else 'was not suspended.'}")


def _found(name: str) -> Customer:
    found = find_customer(db.session(), name)
    if found is None:
        raise click.ClickException(f"There is no customer {name}: `flask customers list` has all.")
    return found
