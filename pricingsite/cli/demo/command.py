"""`flask demo`: the first thing a newcomer runs. Safe to run again: nothing is lost or doubled."""

from datetime import date
from decimal import Decimal

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade
from flask_security import hash_password
from sqlalchemy.orm import Session
from werkzeug.serving import run_simple

from pricingsite import settings
from pricingsite.cli.demo.customers import DEMOS, DemoCustomer
from pricingsite.cli.demo.history import relive
from pricingsite.database import db
from pricingsite.models.catalog import Price
from pricingsite.models.customers import Customer
from pricingsite.pricing import BillingFrequency, boundary, day_start
from pricingsite.services.access.users import add_membership, create_user, find_user
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.document import CatalogError
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.customers.verification import verify_tax_id
from pricingsite.services.estimates.calibration import put_ranges, read_past
from pricingsite.services.merchant import get_merchant
from pricingsite.services.schedules.creating import create_schedule, new_schedule
from pricingsite.web.clock import now
from pricingsite.web.sign_in.flask_security import DEMO_PASSWORD
from pricingsite.web.transaction import committing

CATALOGS = settings.ROOT / "pricingsite" / "demo"
_CONSULTATION = "WAPIAAAAEXAMPLE1"  # As the European Commission's service numbers them.
EMAIL, PASSWORD = "ada@ashdown.example", DEMO_PASSWORD


@click.command("demo")
@click.option("--port", default=5000, show_default=True, help="The port to serve on.")
@click.option(
    "--catalog",
    "name",
    default="amara",
    show_default=True,
    type=click.Choice(list(DEMOS)),
    help="Which example to show, with customers of its own.",
)
@click.option("--prepare-only", is_flag=True, help="Stop before serving.")
@with_appcontext
def command(*, port: int, name: str, prepare_only: bool) -> None:
    """Serve an example's site with customers and months of their usage."""
    base_url = current_app.config["BASE_URL"]
    if base_url.startswith("https://"):
        raise click.ClickException(f"The demo is for trying things out, not for {base_url}.")
    if base_url == settings.BASE_URL:
        base_url = current_app.config["BASE_URL"] = f"http://127.0.0.1:{port}"
    upgrade()
    _prepare(name)
    for title, path in (("Plans", "/"), ("Calculator", "/calculator"), ("Account", "/account")):
        click.echo(f"{title}: {base_url}{path}")
    click.echo(f"Sign in: {EMAIL} / {PASSWORD}")
    if not prepare_only:
        _serve(current_app._get_current_object(), port)  # type: ignore[attr-defined] # noqa: SLF001


def _prepare(name: str) -> None:
    click.echo("Preparing the demo: catalog, customers, usage, invoices …", err=True)
    with committing(db.session):
        try:
            catalog = read_catalog((CATALOGS / f"{name}.toml").read_bytes())
            apply(db.session(), catalog, archive=False, now=now())
        except CatalogError as error:
            raise click.ClickException(f"This database has another catalog.\n{error}") from None
    today = get_merchant(db.session()).today(now())
    with committing(db.session):
        for customer in DEMOS[name]:
            if db.session.get(Customer, customer.id) is None:
                _subscribe(customer, today)
    for fault in relive(DEMOS[name]):
        click.echo(fault, err=True)
    with committing(db.session):
        _add_user(DEMOS[name][0])
        put_ranges(db.session(), read_past(db.session(), now=now()), now=now())


def _subscribe(customer: DemoCustomer, today: date) -> None:
    """A customer and its schedule: the first run decides when it started."""
    session = db.session()
    merchant = get_merchant(session)
    started = boundary(today.replace(day=1), BillingFrequency.MONTHLY, -customer.months_ago)
    start = boundary(date(2024, 1, customer.day), BillingFrequency.MONTHLY, _months(started))
    began_at = min(day_start(start, merchant.zone), now())
    country, tax_id = customer.abroad or (merchant.country, None)
    row = Customer(
        id=customer.id,
        legal_name=customer.name,
        billing_email=customer.email,
        line1="1 Example Street",
        town=customer.place[0],
        postcode=customer.place[1],
        country=country,
        tax_id=tax_id,
        tax_id_valid=tax_id is not None,
        created_at=began_at,
        verified_at=began_at,
    )
    session.add(row)
    session.flush()
    if tax_id:
        verify_tax_id(session, row, consultation=_CONSULTATION, now=began_at)
    schedule = new_schedule(
        customer=row,
        prices=dict(_price(session, price) for price in customer.prices),
        start=start,
        terms=customer.terms,
        merchant=merchant,
        now=began_at,
    )
    # Invoices of one day are numbered by it: the same on every machine.
    schedule.id = f"sch_demo_{customer.key}"
    create_schedule(session, schedule)


def _price(session: Session, text: str) -> tuple[Price, Decimal | None]:
    price_id, _, quantity = text.partition("=")
    return session.get_one(Price, price_id), Decimal(quantity) if quantity else None


def _months(day: date) -> int:
    """Months since January 2024, from which start days are counted so that a 31st stays one."""
    return (day.year - 2024) * 12 + day.month - 1


def _add_user(customer: DemoCustomer) -> None:
    session = db.session()
    user = find_user(session, EMAIL)
    if user is None:
        user = create_user(session, EMAIL, hash_password(PASSWORD), now=now())
    add_membership(session, user, session.get_one(Customer, customer.id), now=now())


def _serve(app: Flask, port: int) -> None:
    try:
        run_simple("127.0.0.1", port, app, threaded=True)
    except OSError as error:
        raise click.ClickException(
            f"Port {port} cannot be used: {error}. Try --port 5001."
        ) from None
