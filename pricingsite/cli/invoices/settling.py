"""`flask invoices mark-paid | refund | write-off`: what settles an invoice."""

from datetime import date

import click

from pricingsite.cli.invoices.asked import DAY, acting_on, amount_of, as_day, found, standing_of
from pricingsite.database import db
from pricingsite.models.invoices import Invoice
from pricingsite.services.balances.payments import mark_paid, refund, write_off
from pricingsite.services.balances.standing import InvoiceStatus
from pricingsite.web.clock import now

_number = click.argument("number")
_on = click.option(
    "--on", type=DAY, callback=as_day, help="The day of the money; today if left out."
)
_reference = click.option(
    "--reference", help="What names it at the bank: the same again, of the same amount, is one."
)


@click.command("mark-paid")
@_number
@_on
@click.option("--amount", help="How much; all that is unpaid if left out.")
@_reference
def mark_paid_command(
    number: str, *, on: date | None, amount: str | None, reference: str | None
) -> None:
    """Record a payment of an invoice: wholly, in part, or too much.

    What is too much pays the customer's other invoices, the earliest due first.
    """
    with acting_on(number) as invoice:
        paid = None if amount is None else amount_of(amount, invoice, "--amount")
        is_new = mark_paid(
            db.session(), invoice, amount=paid, on=on, reference=_text(reference), now=now()
        )
    _tell(number, "payment", is_new=is_new)


@click.command("refund")
@_number
@click.option("--amount", required=True, help="How much was given back.")
@_on
@_reference
def refund_command(number: str, *, amount: str, on: date | None, reference: str | None) -> None:
    """Record money that was given back for an invoice, or for a credit note.

    At most what was paid too much or credited, and has not paid another invoice.
    """
    with acting_on(number) as invoice:
        back = amount_of(amount, invoice, "--amount")
        is_new = refund(db.session(), invoice, back, on=on, reference=_text(reference), now=now())
    _tell(number, "refund", is_new=is_new)


@click.command("write-off")
@_number
@click.option("--reason", required=True, help="Why; for your own records.")
def write_off_command(number: str, *, reason: str) -> None:
    """Give up what is still open of an invoice. Money that comes later can be recorded."""
    with acting_on(number) as invoice:
        rest = write_off(db.session(), invoice, reason, now=now())
    click.echo(f"{number}: {rest} {rest.currency} written off")


def _text(reference: str | None) -> str | None:
    return (reference or "").strip() or None


def _tell(number: str, what: str, *, is_new: bool) -> None:
    """What is open now; that nothing changed is a remark."""
    if not is_new:
        click.echo(
            f"This {what} is recorded already: the same amount and reference. Nothing changed.",
            err=True,
        )
    click.echo(_standing(found(number)))


def _standing(invoice: Invoice) -> str:
    """`INV-000001: partly paid, 350.00 GBP open`."""
    standing = standing_of(invoice)
    words = f"{invoice.number}: {standing.status.value.replace('_', ' ')}"
    if standing.balance.minor > 0:
        return f"{words}, {standing.balance} {invoice.currency} open"
    if standing.balance.minor < 0 and standing.status is not InvoiceStatus.DRAFT:
        return f"{words}, {-standing.balance} {invoice.currency} is the customer's"
    return words
