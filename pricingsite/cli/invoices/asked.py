"""What the commands about invoices are asked for: a document by its number, an amount, a day."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

import click

from pricingsite.database import db
from pricingsite.models.invoices import Invoice
from pricingsite.pricing import Money, NumberError, decimals_of, parse_decimal
from pricingsite.services.balances.credit_notes import CreditError
from pricingsite.services.balances.payments import PaymentError
from pricingsite.services.balances.standing import Standing, standings
from pricingsite.services.invoices.drafts import DraftError
from pricingsite.services.invoices.reading import find_invoice
from pricingsite.services.merchant import find_merchant
from pricingsite.web.clock import now
from pricingsite.web.transaction import committing

DAY = click.DateTime(["%Y-%m-%d"])


def as_day(
    _context: click.Context, _option: click.Parameter, moment: datetime | None
) -> date | None:
    """The day that an option of type `DAY` names."""
    return moment.date() if moment else None


def today() -> date:
    """The merchant's date."""
    merchant = find_merchant(db.session())
    if merchant is None:
        raise click.ClickException(
            "No catalog has been applied yet: run `flask catalog apply FILE`."
        )
    return merchant.today(now())


def found(number: str) -> Invoice:
    """The invoice, credit note or draft that is named."""
    invoice = find_invoice(db.session(), number)
    if invoice is None:
        raise click.ClickException(
            f"There is no invoice, credit note or draft {number}: `flask invoices list` has all."
        )
    return invoice


def standing_of(invoice: Invoice) -> Standing:
    """How far it is settled."""
    return standings(db.session(), [invoice], today=today())[invoice.id]


@contextmanager
def acting_on(number: str) -> Iterator[Invoice]:
    """What is named, in a transaction; what is refused is told in words, and changes nothing."""
    try:
        with committing(db.session):
            yield found(number)
    except (CreditError, DraftError, PaymentError) as error:
        raise click.ClickException(str(error)) from None


def amount_of(text: str, invoice: Invoice, option: str) -> Money:
    """An amount as it is typed, in the invoice's currency."""
    places = decimals_of(invoice.currency)
    example = f"{12:.{places}f}" if places else "12"
    try:
        return Money.rounded(parse_decimal(text, places=places), invoice.currency)
    except NumberError:
        raise click.BadParameter(
            f"{text!r} is not an amount in {invoice.currency} such as {example}.",
            param_hint=option,
        ) from None
