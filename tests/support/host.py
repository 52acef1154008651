"""A host that sells by metrics of one unit, in dollars: what pages of other catalogs never show."""

from collections.abc import Iterable

from flask import Flask

from pricingsite.database import db
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog

MERCHANT = """
[merchant]
name = "Bucket"
legal_name = "Bucket Ltd"
email = "billing@bucket.example"
timezone = "Europe/London"
country = "GB"
vat_rates = [{ valid_from = "2011-01-04", rate = "0.20" }]
sells_to = ["GB"]
"""

# Each metric by its id: its keys beside that.
METRICS = {
    "egress": """name = "Egress"
event_type = "transfer"
aggregation = "sum"
property = "gb"
unit = "GB"
unit_plural = "GB"
display_per = "1000"
where = { region = "us" }""",
    "egress_eu": """name = "Egress in Europe"
event_type = "transfer"
aggregation = "sum"
property = "gb"
unit = "GB"
unit_plural = "GB"
where = { region = "eu" }""",
    "tokens": """name = "Input tokens"
event_type = "prompt"
aggregation = "sum"
property = "tokens"
unit = "token"
display_per = "1000000\"""",
    "users": """event_type = "seen"
aggregation = "max"
property = "n"
unit = "user\"""",
    "pages": """event_type = "page"
aggregation = "count"
unit = "page\"""",
}

# Each price by its id: its metric, and its structure's keys.
PRICES = {
    "egress": ("egress", 'model = "linear"\nunit_price = "0.00009"\nincluded = "500"'),
    "egress-eu": ("egress_eu", 'model = "linear"\nunit_price = "0.000016666"'),
    "tokens": (
        "tokens",
        (
            'model = "graduated"\ntiers = [{ upper_bound = "1000000" }, '
            '{ upper_bound = "5000000", unit_price = "0.0000025" }, { unit_price = "0.000002" }]'
        ),
    ),
    "users": ("users", 'model = "linear"\nunit_price = "4.99"'),
    "seats": (
        "users",
        (
            'model = "volume"\ntiers = [{ upper_bound = "10", unit_price = "9" }, '
            '{ unit_price = "7.50" }]'
        ),
    ),
    "teams": (
        "users",
        'model = "volume"\ntiers = [{ upper_bound = "10" }, { flat_fee = "50" }]',
    ),
    "pages": (
        "pages",
        'model = "package"\npackage_size = "100"\npackage_price = "40"\nincluded = "250"',
    ),
    "packed": ("egress", 'model = "package"\npackage_size = "500"\npackage_price = "13.33"'),
    "share": ("egress", 'model = "percentage"\nrate = "0.029"'),
    "crowd": (
        "users",
        (
            'model = "volume"\ntiers = [{ upper_bound = "10", flat_fee = "50" }, '
            '{ flat_fee = "20" }]'
        ),
    ),
    "gift": ("users", 'model = "linear"\nunit_price = "0"'),
    "base": ("", 'model = "fixed"\namount = "20"'),
    "year": ("", 'model = "fixed"\namount = "1200"'),
}


def _price(price_id: str) -> str:
    metric, terms = PRICES[price_id]
    counted = f'metric = "{metric}"\n' if metric else ""
    kind = "in_arrears" if metric else "in_advance"
    return (
        f'[[products]]\nid = "{price_id}"\nname = "{price_id.capitalize()}"\n'
        f'[[products.prices]]\nid = "{price_id}"\nlist_price = true\ncurrency = "USD"\n'
        f'billing_frequency = "{"yearly" if price_id == "year" else "monthly"}"\n'
        f'billing_type = "{kind}"\n{counted}{terms}\n'
    )


def parts() -> str:
    """The host's metrics, products and prices, to follow any merchant's own."""
    metrics = (f'[[metrics]]\nid = "{name}"\n{keys}\n' for name, keys in METRICS.items())
    return "".join([*metrics, *map(_price, PRICES)])


def host(**plans: Iterable[str]) -> bytes:
    """The host's file with plans of these prices."""
    sold = (
        f'[[plans]]\nid = "{name}"\nname = "{name.capitalize()}"\nprices = {list(prices)}\n'
        for name, prices in plans.items()
    )
    return "".join([MERCHANT, parts(), *sold]).encode()


def sell(app: Flask, **plans: Iterable[str]) -> None:
    """Sell these plans and nothing else."""
    with app.app_context():
        document = read_catalog(host(**plans))
        apply(db.session(), document, archive=True, now=app.config["NOW"])
        db.session.commit()
