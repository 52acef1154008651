"""Stripe's products and prices as a catalog, with a line for each thing that could not be carried.

What is carried is exact. Stripe knows neither the merchant's terms nor plans: the merchant fills in
the first, and one plan is made for each product.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pricingsite.integrations.stripe.export import Export, Thing
from pricingsite.integrations.stripe.prices import (
    UNIT,
    NotCarriedError,
    currencies_of,
    is_metered,
    mapping,
    price_keys,
    refuse_unlike,
    remarks_on,
    sold_by,
    trial_of,
)
from pricingsite.services.catalog.document import CatalogError
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.catalog.writing import id_for, write_catalog

_MERCHANT = {
    "name": "", "legal_name": "", "email": "", "timezone": "", "country": "", "vat_rates": [],
    "sells_to": [],
}  # fmt: skip
_HEADER = "Made of an export of Stripe's products and prices by `flask catalog import`.\n\n"
_METER_FORMULAS = {"sum": "sum", "count": "count", "last": "latest"}
_RECORD_FORMULAS = {"sum": "sum", "max": "max", "last_during_period": "latest"}
_LEFT_OUT = ("metadata", "tax_code", "images", "statement_descriptor", "package_dimensions")
_LONGEST_TRIAL = 365
_OWN_ID = re.compile("(?!prod_)[a-z0-9]+([-_][a-z0-9]+)*")


@dataclass(slots=True)
class Import:
    """A catalog file in the making: its tables, where each comes from, and what is to be told."""

    export: Export
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    products: list[dict[str, Any]] = field(default_factory=list)
    plans: list[dict[str, Any]] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    trials: dict[str, Any] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def written(self) -> str:
        """The catalog file."""
        document = {
            "merchant": _MERCHANT,
            "metrics": list(self.metrics.values()),
            "products": self.products,
            "plans": self.plans,
        }
        remarks = {"": _HEADER, "merchant": "Stripe's export does not say this: fill it in."}
        return write_catalog(
            {name: tables for name, tables in document.items() if tables},
            lambda path: (remarks | self.sources).get(path, ""),
        )


def import_catalog(export: Export) -> Import:
    """A catalog of everything of an export that can be carried exactly."""
    made = Import(export)
    for url in export.incomplete:
        made.told.append(f"{url}: the export ends before the list does (has_more)")
    for product_id, product in export.products.items():
        _carry_product(made, product_id, product)
    for price_id, price in export.prices.items():
        if export.product_of(price) not in export.products:
            made.told.append(f"price {price_id}: not carried: its product is not in the export")
    made.told += _refused(made)
    return made


def _refused(made: Import) -> Iterator[str]:
    """What the catalog's own reader has against the file, but for what is to be filled in."""
    try:
        read_catalog(made.written().encode())
    except CatalogError as error:
        yield from (line for line in error.problems if not line.startswith("merchant."))


def _carry_product(made: Import, product_id: str, product: Thing) -> None:
    of_it = [
        (id_, price)
        for id_, price in made.export.prices.items()
        if made.export.product_of(price) == product_id
    ]
    about = f"product {product_id} ({product.get('name')})"
    if product.get("active") is False:
        made.told.append(f"{about}: not carried: it is archived, and its prices with it")
        return
    if not isinstance(product.get("name"), str):
        made.told.append(f"{about}: not carried: it has no name")
        return
    prices = [keys for id_, price in of_it for keys in _carried(made, product, id_, price)]
    if not prices:
        made.told.append(f"{about}: not carried: it has no price that is")
        return
    if left_out := [key for key in _LEFT_OUT if product.get(key)]:
        made.told.append(f"{about}: carried, but without its {', '.join(left_out)}")
    taken = {one["id"] for one in made.products}
    own = _OWN_ID.fullmatch(product_id) and product_id not in taken
    id_ = product_id if own else id_for(product["name"], taken)
    description = product.get("description")
    described = {"description": str(description)} if description else {}
    made.sources[f"products[{len(made.products)}]"] = f"Stripe's product {product_id}"
    made.products.append({"id": id_, "name": product["name"], **described, "prices": prices})
    _add_plan(made, product, about, prices)


def _carried(made: Import, product: Thing, price_id: str, price: Thing) -> Iterator[dict[str, Any]]:
    """A price's keys in each of its currencies; what cannot be carried is told instead."""
    about = f"price {price_id} ({price.get('nickname') or product.get('name')})"
    try:
        refuse_unlike(price, price)
        metric = _metric(made, product, price, about) if is_metered(price) else None
    except NotCarriedError as reason:
        made.told.append(f"{about}: not carried: {reason}")
        return
    per = sold_by(price, product)
    named = {"name": str(price["nickname"])} if price.get("nickname") else {}
    carried = 0
    for n, (currency, own) in enumerate(currencies_of(price)):
        try:
            keys = price_keys(price, own, currency, metric=metric, per=per)
        except NotCarriedError as reason:
            made.told.append(f"{about} in {currency}: not carried: {reason}")
            continue
        carried += 1
        id_ = f"{price_id}-{currency.lower()}" if n else price_id
        if trial := trial_of(price):
            made.trials[id_] = trial
        yield {"id": id_, **named, "list_price": True, **keys}
    if carried:
        made.told += [f"{about}: carried, but {remark}" for remark in remarks_on(price, product)]


def _metric(made: Import, product: Thing, price: Thing, about: str) -> str:
    """The id of the metric that a price counts by, made at its first use."""
    recurring = mapping(price.get("recurring"))
    unit = str(product.get("unit_label") or UNIT)
    if meter_id := recurring.get("meter"):
        source, keys = f"Stripe's meter {meter_id}", _of_meter(made.export, meter_id)
    else:
        source, keys = f"Usage records of {price.get('id')}", _of_records(product, recurring)
    for id_, metric in made.metrics.items():
        if metric["event_type"] == keys["event_type"] and made.sources.get(id_) == source:
            return id_
    id_ = id_for(keys["event_type"], made.metrics, between="_")
    made.sources[f"metrics[{len(made.metrics)}]"] = source
    made.sources[id_] = source
    made.metrics[id_] = {"id": id_, **keys, "unit": unit}
    if not product.get("unit_label"):
        made.told.append(f"metric {id_}: Stripe names no unit: it is called {unit}")
    if not meter_id:
        made.told.append(
            f"{about}: usage records have no event type: metric {id_} counts events of type "
            f"{keys['event_type']} by their quantity"
        )
    return id_


def _of_meter(export: Export, meter_id: str) -> dict[str, Any]:
    meter = export.meters.get(str(meter_id))
    if meter is None:
        raise NotCarriedError(f"its meter {meter_id} is not in the export: GET /v1/billing/meters")
    if meter.get("status") == "inactive":
        raise NotCarriedError(f"its meter {meter_id} is inactive")
    formula = mapping(meter.get("default_aggregation")).get("formula")
    aggregation = _METER_FORMULAS.get(str(formula))
    if aggregation is None:
        raise NotCarriedError(f"its meter counts by {formula}")
    property_ = mapping(meter.get("value_settings")).get("event_payload_key", "value")
    by = {} if aggregation == "count" else {"property": str(property_)}
    return {"event_type": str(meter.get("event_name")), "aggregation": aggregation, **by}


def _of_records(product: Thing, recurring: Thing) -> dict[str, Any]:
    formula = str(recurring.get("aggregate_usage") or "sum")
    if formula not in _RECORD_FORMULAS:
        raise NotCarriedError(f"its usage counts by {formula}")
    event_type = id_for(product["name"], between="_")
    return {
        "event_type": event_type,
        "aggregation": _RECORD_FORMULAS[formula],
        "property": "quantity",
    }


def _add_plan(made: Import, product: Thing, about: str, prices: list[dict[str, Any]]) -> None:
    """A plan of the product: its default price, or the first, and other ways to pay the like."""
    default = product.get("default_price")
    default_id = mapping(default).get("id", default)
    first = next((price for price in prices if price["id"] == default_id), prices[0])
    options = {_rhythm(first): first["id"]}
    if not first.get("metric"):
        for price in prices:
            if not price.get("metric") and price["billing_frequency"] != "one_time":
                options.setdefault(_rhythm(price), price["id"])
    listed = product.get("marketing_features")
    features = [
        str(mapping(one).get("name")) for one in (listed if isinstance(listed, list) else ())
    ]
    chosen = list(options.values())
    ways = [{"id": id_, "prices": [price_id]} for id_, price_id in options.items()]
    made.plans.append(
        {
            "id": id_for(product["name"], {plan["id"] for plan in made.plans}),
            "name": product["name"],
            **({"features": features} if features else {}),
            **_trial(made, about, chosen),
            **({"options": ways} if chosen[1:] else {"prices": chosen}),
        }
    )
    made.told.append(f"{about}: Stripe has no plans: one was made, with {_listed(chosen)}")
    others = [price["id"] for price in prices if price["id"] not in chosen]
    if others:
        made.told.append(f"{about}: in no plan: {_listed(others)}")
    made.told += [
        f"price {id_}: carried, but without its trial of {made.trials[id_]} days: it is in no plan"
        for id_ in others
        if id_ in made.trials
    ]


def _trial(made: Import, about: str, chosen: list[str]) -> dict[str, Any]:
    """A plan's trial: that of its prices, where all of them have the same."""
    trials = [made.trials.get(id_) for id_ in chosen]
    days = trials[0]
    if trials.count(days) == len(trials) and type(days) is int and 0 < days <= _LONGEST_TRIAL:
        made.told.append(
            f"{about}: its trial of {days} days is carried: the plan goes on after it, as at Stripe"
        )
        return {"trial_days": days, "trial_then": "continues"}
    why = "a plan has one trial, of 1 to 365 days, for all of its prices"
    made.told += [
        f"price {id_}: carried, but without its trial of {made.trials[id_]} days: {why}"
        for id_ in chosen
        if id_ in made.trials
    ]
    return {}


def _rhythm(price: dict[str, Any]) -> str:
    """The id of the option that a price is: `monthly-usd`."""
    return id_for(f"{price['billing_frequency']} {price['currency']}")


def _listed(price_ids: list[str]) -> str:
    return f"price{'s' if price_ids[1:] else ''} {', '.join(price_ids)}"
