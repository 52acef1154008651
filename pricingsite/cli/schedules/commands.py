"""`flask schedules`: the group, and what only looks: show."""

import json

import click

from pricingsite.cli.group import Group
from pricingsite.cli.schedules import changing, leaving
from pricingsite.cli.schedules.asked import customer_argument, found
from pricingsite.cli.schedules.sheet import schedule_sheet
from pricingsite.database import db
from pricingsite.services.changes.history import schedule_state
from pricingsite.web.change_documents import state_document
from pricingsite.web.clock import now

group = Group("schedules", help="Look at what customers are on; change, pause and end it.")
for command in (
    changing.change_command,
    changing.undo_command,
    leaving.end_command,
    leaving.pause_command,
):
    group.add_command(command)


@group.command("show")
@customer_argument
@click.option("--json", "as_json", is_flag=True, help="As the site has it in JSON.")
def show_command(customer: str, *, as_json: bool) -> None:
    """Show what a CUSTOMER (by its id or an alias) is on.

    Its phases with their prices, the change that is pending, and those that were made.
    """
    at = now()
    state = schedule_state(db.session(), found(customer), now=at)
    if state is None:
        raise click.ClickException(f"{customer} has no billing schedule: it has ordered nothing.")
    if as_json:
        document = state_document(state, now=at)
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        for line in schedule_sheet(state):
            click.echo(line)
