"""`flask catalog check | apply | show | schema`: what is for sale, from one TOML file.

Problems go to stderr, one a line with its place in the file, and make the exit status 1.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import click
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from pricingsite.cli.catalog.costs import plan_costs
from pricingsite.cli.catalog.importing import import_
from pricingsite.cli.catalog.new import new
from pricingsite.cli.group import Group
from pricingsite.database import db
from pricingsite.models.catalog import Feature, Plan, Price, Product, UsageMetric, unit_of
from pricingsite.models.merchant import Merchant
from pricingsite.models.promotions import Promotion
from pricingsite.pricing import plain
from pricingsite.services.catalog.applying import apply, changes_of
from pricingsite.services.catalog.changes import Changes, Stored, load
from pricingsite.services.catalog.conditions import in_words
from pricingsite.services.catalog.document import CatalogDocument, CatalogError
from pricingsite.services.catalog.reading import read_catalog, remarks
from pricingsite.services.catalog.rows import Record, label
from pricingsite.services.catalog.schema import catalog_schema
from pricingsite.services.merchant import find_merchant
from pricingsite.services.schedules.plan_limits import limits_of_plans, tell_of_new_limits
from pricingsite.web.clock import now
from pricingsite.web.formats import sentence
from pricingsite.web.transaction import committing
from pricingsite.wording.bank import ACCOUNT, bank_words
from pricingsite.wording.periods import billed

group = Group("catalog", help="Write, check, apply and show the catalog.")
group.add_command(new)
group.add_command(import_)
# How the file says what some columns hold.
_KEYS = {
    "places": "prices",
    "position": "order",
    "feature_values": "values",
    "group_name": "group",
    "tax_name": "tax.name",
    "tax_shown": "tax.shown",
}
_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@group.command("check")
@_file
def check(file: Path) -> None:
    """Report what is wrong with FILE, or what applying it would do. Nothing is changed.

    A table says what each plan would then cost at a few quantities.
    """
    document = _read(file)
    migrated = inspect(db.engine).has_table(Merchant.__tablename__)
    changes = changes_of(document, load(db.session()) if migrated else Stored(), now=now())
    if changes.problems:
        _refuse(changes.problems)
    costs = plan_costs(document, now=now())
    for line in (*(_would_do(changes) or ["No changes."]), "", *costs):
        click.echo(line)
    for remark in remarks(document):
        click.echo(remark, err=True)


@group.command("apply")
@_file
@click.option("--archive", is_flag=True, help="Archive what FILE no longer names.")
def apply_(file: Path, *, archive: bool) -> None:
    """Apply FILE to the catalog: all of it or nothing."""
    document = _read(file)
    try:
        with committing(db.session):
            before = limits_of_plans(db.session())
            applied = apply(db.session(), document, archive=archive, now=now())
            tell_of_new_limits(db.session(), before, now=now())
    except CatalogError as error:
        _refuse(error.problems)
    done = {
        "added": applied.added,
        "changed": applied.updated,
        "restored": applied.restored,
        "archived": applied.archived,
        "removed": applied.removed,
    }
    for verb, names in done.items():
        for name in names:
            click.echo(f"{verb}: {name}")
    click.echo(f"Catalog version {applied.version}." if applied.changed else "No changes.")
    for metric in applied.uncounted:
        click.echo(
            f"{metric} does not include usage stored before; to include it, run: "
            "flask usage rebuild",
            err=True,
        )
    for remark in remarks(document):
        click.echo(remark, err=True)


@group.command("schema")
def schema() -> None:
    """Print the JSON Schema of a catalog file, for your editor."""
    click.echo(json.dumps(catalog_schema(), indent=2, ensure_ascii=False))


@group.command("show")
def show() -> None:
    """Print plans, prices with their variants, features, metrics, and promotion codes."""
    session = db.session()
    merchant = find_merchant(session)
    if merchant is None:
        raise click.ClickException("No catalog has been applied yet: flask catalog apply FILE")
    click.echo(f"{merchant.name}, catalog version {merchant.version}")
    if account := bank_words({name: getattr(merchant, name) for name in ACCOUNT}):
        click.echo(f"bank account: {account}")
    for plan in session.scalars(select(Plan).order_by(Plan.position)):
        sold_as = f"has no prices: talk to {plan.contact}" if plan.contact else f"= {_prices(plan)}"
        click.echo(f"plan {plan.id} ({plan.name}) {sold_as}{_terms(plan)}{_archived(plan)}")
    for product in session.scalars(select(Product).order_by(Product.position)):
        click.echo(f"product {product.id} ({product.name}){_archived(product)}")
        for price in product.prices:
            click.echo(f"  {_price(price)}")
    for feature in session.scalars(select(Feature).order_by(Feature.position)):
        group = f", {feature.group_name}" if feature.group_name else ""
        click.echo(f"feature {feature.id} ({feature.name}{group})")
    _show_metrics(session)
    for one in session.scalars(select(Promotion).order_by(Promotion.position)):
        off = f"{one.amount} {one.currency}" if one.rate is None else f"{plain(one.rate * 100)}%"
        most = f" of {one.maximum_redemptions}" if one.maximum_redemptions else ""
        told = f"{off} off, redeemed {one.redeemed}{most}"
        click.echo(f"promotion code {one.id}: {told}{_archived(one)}")


def _terms(plan: Plan) -> str:
    """What a plan promises besides its prices."""
    minimum = f", minimum {plan.minimum}" if plan.minimum is not None else ""
    trial = f", trial {plan.trial_days} days then {plan.trial_then}" if plan.trial_days else ""
    return minimum + trial


def _prices(plan: Plan) -> str:
    """A plan's prices, an option after the other, with what may be added."""
    options = {
        option_id: " + ".join(
            f"[{one.price_id}]" if one.add_on else one.price_id for one in plan.places_in(option_id)
        )
        for option_id in plan.option_ids
    }
    if len(options) == 1:
        return "".join(options.values())
    return "; ".join(f"{option_id}: {prices}" for option_id, prices in options.items())


def _show_metrics(session: Session) -> None:
    for metric in session.scalars(select(UsageMetric).order_by(UsageMetric.position)):
        of = f" of {metric.property}" if metric.property else ""
        counts = f"{metric.aggregation}{of} over events of type {metric.event_type}"
        counts += f" where {in_words(metric.where)}" if metric.where else ""
        counts += ", in whole units" if unit_of(metric).whole else ""
        counts += f", priced per {metric.display_per:,f}" if metric.display_per else ""
        unit = f"{metric.name}, {metric.unit}" if metric.name else metric.unit
        click.echo(f"metric {metric.id} ({unit}): {counts}{_archived(metric)}")


def _price(price: Price) -> str:
    kind = "list price" if price.list_price else f"variant of {price.variant_of}"
    if price.replaces:
        kind += f" in place of {price.replaces} from {price.valid_from}"
    when = billed(price.terms)
    return f"price {price.id}, {kind}, {when}: {sentence(price.terms)}{_archived(price)}"


def _archived(row: Plan | Product | Price | UsageMetric | Promotion) -> str:
    return " [archived]" if row.archived_at else ""


def _read(file: Path) -> CatalogDocument:
    try:
        return read_catalog(file.read_bytes())
    except CatalogError as error:
        _refuse(error.problems)


def _refuse(problems: tuple[str, ...]) -> NoReturn:
    for problem in problems:
        click.echo(problem, err=True)
    click.echo("Nothing was changed.", err=True)
    raise SystemExit(1)


def _would_do(changes: Changes) -> list[str]:
    return [
        *(f"would add {record.label}" for record in changes.added),
        *(
            line
            for record, _, columns in changes.changed
            for line in _would_change(record, columns)
        ),
        *(f"would archive {label(row)} (apply needs --archive)" for row in changes.archived),
        *(f"would remove {label(row)}" for row in changes.removed),
    ]


def _would_change(record: Record, columns: tuple[str, ...]) -> Iterator[str]:
    if "archived_at" in columns:
        yield f"would restore {record.label}"
    keys = [_KEYS.get(column, column) for column in columns if column != "archived_at"]
    if keys:
        yield f"would change {record.label}: {', '.join(keys)}"
