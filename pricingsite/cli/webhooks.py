"""`flask webhooks add | list | remove | rotate | replay`: where programs get events."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from pricingsite.cli.group import Group
from pricingsite.cli.webhook_delivery import webhook_client
from pricingsite.database import db
from pricingsite.integrations.webhooks import WebhookUrlError
from pricingsite.services.messages.webhook_deliveries import ReplayError, replay
from pricingsite.services.messages.webhook_endpoints import (
    EndpointError,
    ListedEndpoint,
    add_endpoint,
    list_endpoints,
    remove_endpoint,
    rotate_secret,
)
from pricingsite.services.messages.webhooks import EventType
from pricingsite.web.clock import now
from pricingsite.web.transaction import committing

group = Group("webhooks", help="Send what happens to programs of yours, by Standard Webhooks.")

_endpoint = click.argument("endpoint", metavar="ENDPOINT")


@contextmanager
def _writing() -> Iterator[None]:
    """A transaction; what is refused is told in a line."""
    try:
        with committing(db.session):
            yield
    except (EndpointError, ReplayError) as error:
        raise click.ClickException(str(error)) from None


@group.command("add")
@click.argument("url")
@click.option(
    "--type",
    "types",
    multiple=True,
    type=click.Choice([one.value for one in EventType]),
    metavar="TYPE",
    help="Send events of this type alone, such as invoice.paid; repeatable. All if left out.",
)
def add_(url: str, types: tuple[str, ...]) -> None:
    """Send events to URL from now on, and print the secret that signs them. It is shown once."""
    try:
        is_known = webhook_client().check(url)
    except WebhookUrlError as error:
        raise click.BadParameter(str(error), param_hint="URL") from None
    with _writing():
        endpoint = add_endpoint(db.session(), url, [EventType(one) for one in types], now=now())
    if not is_known:
        click.echo("Its name is not known yet: deliveries fail until it is.", err=True)
    click.echo(f"Added {endpoint.id}. Its secret is shown this once:", err=True)
    click.echo(endpoint.secret)


@group.command("list")
def list_() -> None:
    """Print one endpoint a line: id, URL, types, state, waiting and given up, separated by tabs."""
    for one in list_endpoints(db.session()):
        click.echo("\t".join(_columns(one)))


def _columns(one: ListedEndpoint) -> tuple[str, ...]:
    endpoint = one.endpoint
    disabled = endpoint.disabled_at
    state = f"disabled {disabled.isoformat(timespec='seconds')}" if disabled else "enabled"
    types = ",".join(endpoint.types) or "all"
    return endpoint.id, endpoint.url, types, state, str(one.waiting), str(one.given_up)


@group.command("remove")
@_endpoint
def remove_(endpoint: str) -> None:
    """Send no more to ENDPOINT, given by its id or its URL; what waits for it is forgotten."""
    with _writing():
        removed = remove_endpoint(db.session(), endpoint, now=now())
    click.echo(f"removed {removed.id}")


@group.command("rotate")
@_endpoint
def rotate_(endpoint: str) -> None:
    """Give ENDPOINT a new secret and print it; for a day the old one signs, too."""
    with _writing():
        rotated = rotate_secret(db.session(), endpoint, now=now())
    click.echo(
        "It is shown this once; for a day deliveries are signed by the old one, too.", err=True
    )
    click.echo(rotated.secret)


@group.command("replay")
@click.argument("event", metavar="ID")
def replay_(event: str) -> None:
    """Send the event of an ID again, as it was, to every endpoint that wants its type."""
    with _writing():
        count = replay(db.session(), event, now=now())
    click.echo(f"{event} is sent again to {count} endpoint{'s' * (count != 1)}")
