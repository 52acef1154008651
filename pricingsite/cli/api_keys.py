"""`flask api-keys create | list | revoke`: keys for the merchant's own programs."""

import click

from pricingsite.cli.group import Group
from pricingsite.database import db
from pricingsite.services.access.api_keys import SCOPES, ApiKeyError, create, list_keys, revoke
from pricingsite.web.clock import now
from pricingsite.web.transaction import committing

group = Group("api-keys", help="Make and revoke the keys that programs call the API with.")


@group.command("create")
@click.option(
    "--scope",
    "scopes",
    required=True,
    multiple=True,
    type=click.Choice(list(SCOPES)),
    help="What the key may do; repeatable.",
)
def create_(scopes: tuple[str, ...]) -> None:
    """Make a key and print it: it is shown this once, and only a hash of it is kept."""
    with committing(db.session):
        key = create(db.session(), scopes, now=now())
    click.echo(key)


@group.command("list")
def list_() -> None:
    """Print one key a line: id, scopes, when made, last used, and revoked; separated by tabs."""
    for key in list_keys(db.session()):
        moments = (key.created_at, key.last_used_at, key.revoked_at)
        written = (one.isoformat(timespec="seconds") if one else "-" for one in moments)
        click.echo("\t".join((key.id, key.scopes, *written)))


@group.command("revoke")
@click.argument("key")
def revoke_(key: str) -> None:
    """End KEY, given by its id or by itself; requests with it are refused from now on."""
    try:
        with committing(db.session):
            revoked = revoke(db.session(), key, now=now())
    except ApiKeyError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"revoked {revoked.id}")
