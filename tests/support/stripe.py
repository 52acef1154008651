"""Products, prices and meters as Stripe's API answers them, and the catalog made of them."""

import json
from typing import Any

from pricingsite.integrations.stripe.catalog import import_catalog
from pricingsite.integrations.stripe.export import read_export
from pricingsite.services.catalog.document import CatalogDocument
from pricingsite.services.catalog.reading import read_catalog

Thing = dict[str, Any]
# Up to which quantity, what each unit costs, and the flat fee; amounts in minor units.
TierAmounts = tuple[int | None, str | None, str | None]

MERCHANT = (
    '[merchant]\nname = "A"\nlegal_name = "A"\nemail = "a@a.example"\ntimezone = "UTC"\n'
    'country = "GB"\nsells_to = ["GB"]\nvat_rates = [{ valid_from = "2020-01-01", rate = "0" }]\n'
)

METER: Thing = {
    "id": "mtr_1",
    "object": "billing.meter",
    "customer_mapping": {"event_payload_key": "stripe_customer_id", "type": "by_id"},
    "default_aggregation": {"formula": "sum"},
    "display_name": "API calls",
    "event_name": "api_call",
    "event_time_window": None,
    "status": "active",
    "value_settings": {"event_payload_key": "calls"},
}


def product(id_: str, name: str, **others: Any) -> Thing:
    return {
        "id": id_,
        "object": "product",
        "active": True,
        "default_price": None,
        "description": None,
        "images": [],
        "marketing_features": [],
        "metadata": {},
        "name": name,
        "package_dimensions": None,
        "statement_descriptor": None,
        "tax_code": None,
        "unit_label": None,
        **others,
    }


def price(
    id_: str,
    minor: str | None,
    interval: str | None = "month",
    times: int = 1,
    *,
    usage: str = "licensed",
    meter: str | None = None,
    **others: Any,
) -> Thing:
    """A price of the product prod_1; billed once where it has no interval."""
    recurring = {
        "interval": interval,
        "interval_count": times,
        "meter": meter,
        "trial_period_days": None,
        "usage_type": usage,
    }
    whole = minor is not None and minor.lstrip("-").isdigit()
    return {
        "id": id_,
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "currency": "usd",
        "custom_unit_amount": None,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": "prod_1",
        "recurring": recurring if interval else None,
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if interval else "one_time",
        "unit_amount": int(minor) if minor and whole else None,
        "unit_amount_decimal": minor,
        **others,
    }


def tiered(
    id_: str, tiers: list[TierAmounts], mode: str, *, usage: str = "metered", **others: Any
) -> Thing:
    """A price in tiers."""
    found = [
        {
            "flat_amount": None,
            "flat_amount_decimal": flat,
            "unit_amount": None,
            "unit_amount_decimal": each,
            "up_to": up_to,
        }
        for up_to, each, flat in tiers
    ]
    return price(
        id_, None, usage=usage, billing_scheme="tiered", tiers_mode=mode, tiers=found, **others
    )


def listed(url: str, things: list[Thing], *, has_more: bool = False) -> str:
    return json.dumps({"object": "list", "data": things, "has_more": has_more, "url": url})


def export_of(*things: Thing) -> str:
    """The API's lists of some things, one after another in a text; the last of an id counts."""
    urls = {"product": "/v1/products", "price": "/v1/prices", "billing.meter": "/v1/billing/meters"}
    return "\n".join(
        listed(url, [one for one in things if one["object"] == kind]) for kind, url in urls.items()
    )


def imported(*things: Thing) -> tuple[CatalogDocument, list[str]]:
    """The catalog of a product with some prices, its merchant filled in, and what was told."""
    made = import_catalog(read_export([export_of(product("prod_1", "Pro"), *things)]))
    tables = made.written().split("sells_to = []\n")[1]
    return read_catalog(f"{MERCHANT}{tables}".encode()), made.told


def told_of(*things: Thing) -> str:
    """All that is told of some prices, none of which is carried."""
    made = import_catalog(read_export([export_of(product("prod_1", "Pro"), *things)]))
    assert made.products == made.plans == []
    return "\n".join(made.told)
