"""`flask prices move`: customers from one price to another, told 30 days before."""

import sys
from collections.abc import Iterator
from datetime import date
from itertools import chain

import click

from pricingsite.cli.group import Group
from pricingsite.cli.invoices.asked import DAY, as_day, today
from pricingsite.database import db
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.price_moves.moving import (
    MoveError,
    PlannedMove,
    PriceMove,
    plan_move,
    price_move,
    schedules_to_move,
)
from pricingsite.services.schedules.creating import ScheduleError
from pricingsite.web.clock import now
from pricingsite.web.mails.price_moves import move_and_tell
from pricingsite.web.sweeps import Sweep
from pricingsite.wording.days import day, period_name
from pricingsite.wording.figures import money
from pricingsite.wording.quantities import in_units

group = Group("prices", help="Move customers from one price to another.")


@group.command("move")
@click.argument("old")
@click.argument("new")
@click.option(
    "--on",
    type=DAY,
    callback=as_day,
    help="The earliest day; the first that is 30 days ahead if left out.",
)
@click.option("--dry-run", is_flag=True, help="Print what it comes to, and change nothing.")
def move_command(old: str, new: str, *, on: date | None, dry_run: bool) -> None:
    """Move every customer that has the price OLD to NEW, and tell each by e-mail.

    Each moves on the first day of a period of OLD that is --on or later. Prints a line for each
    customer, and its last months at both prices. Running it again changes nothing.
    """
    today()  # Without a catalog there are no prices.
    try:
        move = price_move(db.session(), old, new, on=on, now=now())
    except MoveError as error:
        raise click.ClickException(str(error)) from None
    sweep, refused = Sweep("its price could not be moved"), list[str]()
    moved = list(_each(move, sweep, refused, dry_run=dry_run))
    for line in chain.from_iterable(moved):
        click.echo(line)
    problems = (*refused, *sweep.faults)
    click.echo(f"{'would move' if dry_run else 'moved'} {len(moved)}, refused {len(problems)}")
    for problem in problems:
        click.echo(problem, err=True)
    if dry_run:
        click.echo("Dry run: nothing has changed.", err=True)
    if problems:
        raise SystemExit(1)


def _each(
    move: PriceMove, sweep: Sweep, refused: list[str], *, dry_run: bool
) -> Iterator[list[str]]:
    """What is printed of each schedule that is moved, or would be; a bar shows how far it is."""
    ids = schedules_to_move(db.session(), move, now=now())
    hidden = not sys.stderr.isatty()
    with click.progressbar(ids, file=sys.stderr, hidden=hidden or not ids) as bar:
        for schedule_id in bar:
            with sweep.each(schedule_id):
                try:
                    planned = _move(schedule_id, move, dry_run=dry_run)
                except ScheduleError as error:
                    refused.append(f"{_customer_id(schedule_id)}: {error}")
                else:
                    if planned is not None:
                        yield list(_lines(planned, move))
            db.session.rollback()


def _move(schedule_id: str, move: PriceMove, *, dry_run: bool) -> PlannedMove | None:
    if dry_run:
        return plan_move(db.session(), schedule_id, move, now=now())
    return move_and_tell(schedule_id, move)


def _customer_id(schedule_id: str) -> str:
    return db.session.get_one(BillingSchedule, schedule_id).customer_id


def _lines(planned: PlannedMove, move: PriceMove) -> Iterator[str]:
    customer = planned.customer
    note = "" if planned.in_force else "\tif its pending change is undone"
    yield f"{customer.id}\t{customer.legal_name}\t{day(planned.on)}{note}"
    unit = move.old.terms.unit
    for one in planned.past:
        used = f"{in_units(one.quantity, unit)}\t" if unit and one.quantity is not None else ""
        more = f"+{money(one.difference)}" if one.difference.minor > 0 else money(one.difference)
        amounts = f"{money(one.old)}\t{money(one.new)}\t{more}"
        yield f"\t{period_name(one.period)}\t{used}{amounts}"
