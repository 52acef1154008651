"""`flask api-keys create | list | revoke`: keys for the merchant's own programs."""

import click

from pricingsite.cli.group import Group
from pricingsite.database import db
from pricingsite.services.access.api_keys import SCOPES, ApiKeyError, create, list_keys, revoke
from pricingsite.web.clock import now
from pricingsite.web.transaction import committing

group = Group("api-keys", help="Create and revoke the keys that programs use to call the API.")


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
    """Create a key and print it. It is shown once; only a hash of it is stored."""
    with committing(db.session):
        key = create(db.session(), scopes, now=now())
    click.echo(key)


@group.command("list")
def list_() -> None:
    """Print one key a line: id, scopes, created, last used and revoked, separated by tabs."""
    for key in list_keys(db.session()):
        moments = (key.created_at, key.last_used_at, key.revoked_at)
        written = (one.isoformat(timespec="seconds") if one else "-" for one in moments)
        click.echo("\t".join((key.id, key.scopes, *written)))


@group.command("revoke")
@click.argument("key")
def revoke_(key: str) -> None:
    """Revoke KEY, given by its id or in full; requests with it are refused from now on."""
    try:
        with committing(db.session):
            revoked = revoke(db.session(), key, now=now())
    except ApiKeyError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"revoked {revoked.id}")
