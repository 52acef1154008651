"""`flask customers verify-tax-id | approve-business`: what the merchant verifies for the tax."""

import click

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.pricing import TaxTreatment
from pricingsite.services.billing.tax import tax_status_of
from pricingsite.services.customers.aliases import find_customer
from pricingsite.services.customers.verification import (
    VerificationError,
    approve_business,
    verify_tax_id,
)
from pricingsite.services.merchant import get_merchant
from pricingsite.web.clock import now
from pricingsite.web.transaction import committing
from pricingsite.wording.characters import CONTROL, hidden_character

_TREATED = {
    TaxTreatment.STANDARD: "it is in your own country, so that {tax} is charged as before",
    TaxTreatment.REVERSE_CHARGE: "its bills are under the reverse charge from now on",
    TaxTreatment.OUTSIDE_SCOPE: "its bills are outside the scope of {tax} from now on",
}


def _said(_context: click.Context, option: click.Parameter, text: str) -> str:
    """Text of an invoice, on one line, all to be seen."""
    line = text.strip()
    if not line or CONTROL.search(line):
        raise click.BadParameter(f"give the {option.name} on one line")
    if hidden := hidden_character(line):
        raise click.BadParameter(f"it contains a character that cannot be seen: {hidden}")
    return line


@click.command("verify-tax-id")
@click.argument("customer")
@click.option("--consultation", required=True, callback=_said, help="The check's own number.")
def verify(customer: str, consultation: str) -> None:
    """Record that you have verified a CUSTOMER's tax id (by its id or an alias)."""
    try:
        with committing(db.session):
            found = _found(customer)
            verify_tax_id(db.session(), found, consultation=consultation, now=now())
    except VerificationError as error:
        raise click.ClickException(str(error)) from None
    _tell(found, f"Tax id {found.tax_id}")


@click.command("approve-business")
@click.argument("customer")
@click.option("--evidence", required=True, callback=_said, help="What shows it, in words.")
def approve(customer: str, evidence: str) -> None:
    """Record that a CUSTOMER is a business, where companies have no VAT number."""
    try:
        with committing(db.session):
            found = _found(customer)
            approve_business(db.session(), found, evidence=evidence, now=now())
    except VerificationError as error:
        raise click.ClickException(str(error)) from None
    _tell(found, "Business")


def _found(name: str) -> Customer:
    found = find_customer(db.session(), name)
    if found is None:
        raise click.ClickException(f"There is no customer {name}: `flask customers list` has all.")
    return found


def _tell(customer: Customer, verified: str) -> None:
    merchant = get_merchant(db.session())
    treated = _TREATED[tax_status_of(merchant, customer).treatment].format(tax=merchant.tax.name)
    click.echo(f"{verified} of {customer.legal_name} verified: {treated}.")
