"""`flask catalog import --stripe FILE`: another system's prices as a catalog file."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from pricingsite.cli.catalog.new import refuse_to_overwrite, write_new
from pricingsite.integrations.stripe.catalog import import_catalog
from pricingsite.integrations.stripe.export import ExportError, read_export


@click.command("import")
@click.option(
    "--stripe",
    "files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    required=True,
    help="JSON of Stripe's products, prices and meters; repeatable.",
)
@click.option("--output", type=click.Path(path_type=Path), help="A new file, instead of stdout.")
@with_appcontext
def import_(*, files: tuple[Path, ...], output: Path | None) -> None:
    """Turn an export of Stripe's products and prices into a catalog file.

    What cannot be carried exactly is said on stderr, a line for each.
    """
    if output:
        refuse_to_overwrite(output)
    try:
        made = import_catalog(read_export(file.read_text("utf-8") for file in files))
    except (ExportError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{', '.join(map(str, files))}: {error}") from None
    if output:
        write_new(output, made.written())
    else:
        click.echo(made.written(), nl=False)
    for line in made.told:
        click.echo(line, err=True)
    click.echo("merchant: not in the export: fill it in", err=True)
