"""`flask exchange-rates set | list`: what other money is worth in the merchant's own.

An invoice in another currency states its VAT in the merchant's own, too. Without a rate its draft
waits.
"""

from datetime import datetime
from decimal import Decimal

import click

from pricingsite.cli.group import Group
from pricingsite.database import db
from pricingsite.models.merchant import Merchant
from pricingsite.pricing import NumberError, parse_decimal, plain
from pricingsite.services.catalog.currencies import tender_on
from pricingsite.services.invoices.exchange import exchange_rates, merchant_currency, set_rate
from pricingsite.services.merchant import find_merchant
from pricingsite.web.clock import now
from pricingsite.web.transaction import committing

group = Group("exchange-rates", help="What other money is worth in your own.")


def _rate(_context: click.Context, _option: click.Parameter, text: str) -> Decimal:
    try:
        rate = parse_decimal(text, places=12)
    except NumberError as error:
        raise click.BadParameter(f"{error}") from None
    if not rate:
        raise click.BadParameter("expected more than 0")
    return rate


@group.command("set")
@click.argument("currency")
@click.argument("rate", callback=_rate)
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), help="First day; else today.")
def set_(currency: str, rate: Decimal, start: datetime | None) -> None:
    """Record what one unit of CURRENCY is worth in your own: RATE, from a day on."""
    merchant = _merchant()
    code, day = currency.upper(), start.date() if start else merchant.today(now())
    own = merchant_currency(merchant, day)
    if code == own:
        raise click.ClickException(f"{own} is your own currency: it needs no rate.")
    if code not in tender_on(day):
        raise click.ClickException(f"{currency} is not the code of a currency such as USD.")
    with committing(db.session):
        set_rate(db.session(), code, rate, valid_from=day)
    click.echo(f"1 {code} = {plain(rate)} {own} from {day}.")


@group.command("list")
def list_() -> None:
    """Print one rate a line: currency, first day and rate, separated by tabs."""
    for one in exchange_rates(db.session()):
        click.echo(f"{one.currency}\t{one.valid_from}\t{plain(one.rate)}")


def _merchant() -> Merchant:
    merchant = find_merchant(db.session())
    if merchant is None:
        raise click.ClickException(
            "No catalog has been applied yet: run `flask catalog apply FILE`."
        )
    return merchant
