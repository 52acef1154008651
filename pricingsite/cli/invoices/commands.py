"""`flask invoices`: the group, and what only looks at them: list, show, export."""

import json
from datetime import date
from typing import IO

import click

from pricingsite.cli.group import Group
from pricingsite.cli.invoices import by_hand, files, settling
from pricingsite.cli.invoices.asked import DAY, as_day, found, standing_of, today
from pricingsite.cli.invoices.sheet import sheet
from pricingsite.database import db
from pricingsite.models.invoices import Invoice
from pricingsite.services.balances.accounting import bookings
from pricingsite.services.balances.standing import InvoiceStatus, Standing, standings
from pricingsite.services.customers.aliases import find_customer
from pricingsite.services.invoices.history import history_of
from pricingsite.services.invoices.reading import list_invoices
from pricingsite.web.csv import write_bookings
from pricingsite.web.invoice_documents import invoice as invoice_document

group = Group("invoices", help="Look at invoices; issue, correct and settle them by hand.")
for command in (
    by_hand.issue_command,
    by_hand.hold_command,
    by_hand.release_command,
    by_hand.void_command,
    by_hand.credit_command,
    settling.mark_paid_command,
    settling.refund_command,
    settling.write_off_command,
    files.pdf_command,
    files.xml_command,
):
    group.add_command(command)


@group.command("list")
@click.option("--customer", help="Of this customer alone, by its id or an alias.")
@click.option("--status", type=click.Choice([one.value for one in InvoiceStatus]))
def list_command(*, customer: str | None, status: str | None) -> None:
    """Print one document a line, by number: invoices, then credit notes, then drafts.

    Number (of a draft its id), customer id, status, issued on, due on, currency, net, tax, gross
    and paid, separated by tabs; a credit note's amounts are negative.
    """
    on = today()
    owner = None if customer is None else _customer_id(customer)
    for some in list_invoices(db.session(), customer_id=owner):
        found_ = standings(db.session(), some, today=on)
        for invoice in some:
            if status in {None, found_[invoice.id].status.value}:
                click.echo("\t".join(_columns(invoice, found_[invoice.id])))


def _customer_id(name: str) -> str:
    customer = find_customer(db.session(), name)
    if customer is None:
        raise click.ClickException(f"There is no customer {name}: `flask customers list` has all.")
    return customer.id


def _columns(invoice: Invoice, standing: Standing) -> list[str]:
    days = (one.isoformat() if one else "" for one in (invoice.issued_on, invoice.due_on))
    amounts = map(invoice.money, (invoice.net, invoice.tax, invoice.gross))
    return [
        invoice.number or str(invoice.id),
        invoice.customer_id,
        standing.status.value,
        *days,
        invoice.currency,
        *map(str, amounts),
        str(standing.paid),
    ]


@group.command("show")
@click.argument("number")
@click.option("--json", "as_json", is_flag=True, help="As the site has it in JSON.")
def show_command(number: str, *, as_json: bool) -> None:
    """Show an invoice, a credit note or a draft, its lines, and what settled it."""
    invoice = found(number)
    standing = standing_of(invoice)
    if as_json:
        document = invoice_document(invoice, standing)
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        for line in sheet(invoice, standing, history_of(db.session(), invoice)):
            click.echo(line)


@group.command("export")
@click.option("--from", "first", type=DAY, callback=as_day, required=True, help="The first day.")
@click.option("--to", "last", type=DAY, callback=as_day, required=True, help="The last day.")
@click.argument("file", type=click.File("w", encoding="utf-8", atomic=True))
def export_command(first: date, last: date, file: IO[str]) -> None:
    """Write what an accountant books into FILE, as CSV: - is the terminal.

    A line for each VAT rate of an invoice or a credit note, on the day of its issue, and for each
    payment, refund, credit and write-off on its own.
    """
    if last < first:
        raise click.BadParameter(f"{last} is before {first}.", param_hint="--to")
    write_bookings(file, bookings(db.session(), first, last))
