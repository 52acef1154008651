"""`flask invoices issue | hold | release | void | credit`: drafts, and corrections of invoices."""

from collections.abc import Iterable

import click

from pricingsite.cli.billing import new_run
from pricingsite.cli.invoices.asked import acting_on, amount_of
from pricingsite.database import db
from pricingsite.models.invoices import CreditCause, Invoice
from pricingsite.pricing import Money
from pricingsite.services.balances.credit_notes import credit
from pricingsite.services.billing_run.by_hand import issue_now, replace_invoice
from pricingsite.services.invoices.drafts import hold, release, void_draft
from pricingsite.services.invoices.history import history_of
from pricingsite.web.clock import now

_draft = click.argument("draft", metavar="ID")


@click.command("issue")
@_draft
def issue_command(draft: str) -> None:
    """Issue a draft at once, from what is known now, and print its number."""
    run = new_run()
    with acting_on(draft) as named:
        issued = issue_now(db.session(), run, named)
    if issued is None:
        click.echo(f"Nothing of the draft {draft} is left to bill, and so it is gone.", err=True)
    elif issued.number is None:
        raise click.ClickException(f"The draft {draft} cannot be issued yet. {_why(issued)}")
    else:
        click.echo(issued.number)


def _why(draft: Invoice) -> str:
    if draft.merchant_currency and draft.exchange_rate is None:
        return (
            f"It lacks an exchange rate: flask exchange-rates set {draft.currency} RATE "
            f"--from {draft.tax_point}."
        )
    return "flask billing run issues it when it can be."


@click.command("hold")
@_draft
def hold_command(draft: str) -> None:
    """Let no billing run issue a draft until it is released."""
    with acting_on(draft) as named:
        hold(db.session(), named, now=now())


@click.command("release")
@_draft
def release_command(draft: str) -> None:
    """Let the next billing run issue a draft that was held."""
    with acting_on(draft) as named:
        release(db.session(), named)


@click.command("void")
@_draft
@click.option("--reason", required=True, help="Why; for your own records.")
def void_command(draft: str, *, reason: str) -> None:
    """Never issue a draft. What it bills is not billed again.

    An invoice that is issued is taken back by `credit --all`.
    """
    with acting_on(draft) as named:
        void_draft(db.session(), named, reason, now=now())


@click.command("credit")
@click.argument("number")
@click.option("--reason", required=True, help="Why; the customer reads it.")
@click.option("--all", "everything", is_flag=True, help="Take back all that is left.")
@click.option(
    "--line",
    "lines",
    multiple=True,
    metavar="N=AMOUNT",
    help="Take back a net amount of line N, counted from 1; repeatable.",
)
@click.option(
    "--reissue",
    is_flag=True,
    help="With --all: bill it again, with the customer's details and order number as they are now.",
)
def credit_command(
    number: str, *, reason: str, everything: bool, lines: tuple[str, ...], reissue: bool
) -> None:
    """Issue a credit note for an invoice, and print its number; the new invoice's too.

    VAT is at the invoice's own rates. It lowers the invoice; what was paid already pays the
    customer's other invoices, or can be refunded. Its period is not billed again, unless you say
    --reissue.
    """
    if everything == bool(lines):
        raise click.UsageError("Say what is credited: --all, or --line N=AMOUNT.")
    if reissue and not everything:
        raise click.UsageError("--reissue takes all of the invoice back: use it with --all.")
    if reissue:
        _reissue(number, reason)
        return
    with acting_on(number) as invoice:
        amounts = _amounts(lines, invoice) if lines else None
        note = credit(db.session(), invoice, amounts, reason=reason, issue=new_run().issue)
    click.echo(note.number)


def _reissue(number: str, reason: str) -> None:
    with acting_on(number) as invoice:
        corrections = history_of(db.session(), invoice).corrections
        note, new = replace_invoice(db.session(), new_run(), invoice, reason=reason)
    click.echo(note.number)
    if new is None:
        click.echo("Nothing of its day is left to bill.", err=True)
    elif new.number is None:
        click.echo(f"The new invoice waits as the draft {new.id}. {_why(new)}", err=True)
    else:
        click.echo(new.number)
    lost = [str(one.number) for one in corrections if one.cause is CreditCause.GOODWILL]
    if lost:
        click.echo(
            f"The new invoice bills again what was given before by {', '.join(lost)}. "
            "Credit it once more if it is still meant.",
            err=True,
        )


def _amounts(lines: Iterable[str], invoice: Invoice) -> dict[int, Money]:
    """What is typed of each line: `2=65.00`."""
    amounts: dict[int, Money] = {}
    for text in lines:
        place, _, amount = text.partition("=")
        if not place.isascii() or not place.isdigit() or int(place[:9]) in amounts:
            raise click.BadParameter(
                f"{text!r} is not a line and its amount, each line once, such as 2=65.00.",
                param_hint="--line",
            )
        amounts[int(place[:9])] = amount_of(amount, invoice, "--line")
    return amounts
