"""`flask customers export`: all data of a customer in one file, as it downloads them itself."""

from typing import BinaryIO

import click
from flask.cli import with_appcontext

from pricingsite.database import db
from pricingsite.services.customers.aliases import find_customer
from pricingsite.web.own_data import own_data


@click.command("export")
@click.argument("customer")
# It is opened when there is something to write.
@click.argument("file", type=click.File("wb", lazy=True))
@with_appcontext
def export_command(customer: str, file: BinaryIO) -> None:
    """Write all data of a CUSTOMER (by its id or an alias) into FILE as ZIP; - is the terminal.

    It holds its account, users, schedules, invoices, payments, usage by day and every usage event.
    """
    found = find_customer(db.session(), customer)
    if found is None:
        raise click.ClickException(
            f"There is no customer {customer}: `flask customers list` has all."
        )
    file.writelines(own_data(found.id))
