"""The catalog described."""

from pricingsite.blueprints.api.description.operations import answer, page_of, problems
from pricingsite.blueprints.api.description.schema_types import (
    Json,
    list_of,
    nullable,
    record,
    ref,
    text,
)

_TEXTS: Json = {"type": "string"}
_ARCHIVED = nullable("When it was closed to new orders.", format="date-time")
_NEXT = nullable("What to send as after for the next page; null on the last.")


def _flag(description: str) -> Json:
    return {"type": "boolean", "description": description}


def _page(noun: str, schema: str) -> Json:
    return record({noun: list_of(ref(schema), "Those of this page."), "next": _NEXT})


SCHEMAS: Json = {
    "PlanPage": _page("plans", "Plan"),
    "ProductPage": _page("products", "Product"),
    "PricePage": _page("prices", "Price"),
    "Plan": record(
        {
            "id": text("Its id."),
            "name": text("Its name."),
            "tagline": nullable("What it is for."),
            "features": list_of(_TEXTS, "What is in it."),
            "values": {
                "type": "object",
                "additionalProperties": {"type": ["boolean", "string"]},
                "description": "Its values in the comparison, by feature id.",
            },
            "limits": {
                "type": "object",
                "additionalProperties": _TEXTS,
                "description": "Its limits by feature or metric id, exact decimals.",
            },
            "recommended": nullable("Why it is the one to choose."),
            "contact": nullable("Where to talk about it, of a plan without prices."),
            "minimum": nullable("What a period costs at least, an exact decimal."),
            "trial_days": {"type": ["integer", "null"], "description": "How long its trial is."},
            "trial_then": nullable("What follows the trial: ends or continues."),
            "options": list_of(ref("PlanOption"), "The ways to pay it, the default first."),
            "archived_at": _ARCHIVED,
        }
    ),
    "PlanOption": record(
        {
            "id": text("Its id in the plan."),
            "note": nullable("What is said beside it."),
            "prices": list_of(_TEXTS, "The ids of its list prices."),
            "add_ons": list_of(ref("PlanAddOn"), "What can be added."),
        }
    ),
    "PlanAddOn": record(
        {
            "price": text("The price's id."),
            "maximum_quantity": nullable("How many at most."),
        }
    ),
    "Product": record(
        {
            "id": text("Its id."),
            "name": text("Its name."),
            "description": nullable("What it is."),
            "prices": list_of(_TEXTS, "The ids of its prices."),
            "archived_at": _ARCHIVED,
        }
    ),
    "Price": record(
        {
            "id": text("Its id."),
            "product": text("The id of its product."),
            "name": text("Its name."),
            "list_price": _flag("Whether it is public; a variant is for custom deals alone."),
            "variant_of": nullable("Of a variant: the id of its list price."),
            "replaces": nullable("The id of the list price whose place it takes."),
            "valid_from": nullable("From when on it takes that place.", format="date"),
            "currency": text("The code of ISO 4217."),
            "billing_frequency": text("monthly, quarterly, half_yearly, yearly or one_time."),
            "billing_type": text("in_arrears or in_advance."),
            "metric": nullable("The id of the metric that it charges for."),
            "unit": nullable("What is counted or bought."),
            "whole": {
                "type": ["boolean", "null"],
                "description": "Whether people type whole units only.",
            },
            "structure": {
                "type": "object",
                "additionalProperties": True,
                "description": "How a quantity becomes money: model, and what that model needs.",
            },
            "prorate_flat_fees": _flag("Whether flat fees of a partial period are scaled."),
            "archived_at": _ARCHIVED,
        },
        optional={
            "metric_name": text("What the metric is called, where the unit does not say it all."),
            "display_per": text("For how many units prices are shown."),
            "per": text("What it is bought by, such as a seat."),
            "minimum_quantity": text("How many are bought at least."),
            "maximum_quantity": nullable("How many are bought at most."),
        },
    ),
}


def _list(noun: str, what: str) -> Json:
    schema = f"{noun[:-1].title()}Page"
    return {
        "operationId": f"list{noun.title()}",
        "tags": ["Catalog"],
        "summary": f"List {noun}",
        "description": f"{what} What is closed to new orders is among them.",
        "x-scope": "catalog:read",
        "parameters": page_of("A"),
        "responses": {
            "200": answer(f"A page of {noun}", schema),
            **problems(401, 403, 422, 429, 503),
        },
    }


PATHS: Json = {
    "/api/v1/plans": {"get": _list("plans", "Every plan in the catalog's order.")},
    "/api/v1/products": {"get": _list("products", "Every product in the catalog's order.")},
    "/api/v1/prices": {
        "get": _list("prices", "Every price, product after product; variants are marked.")
    },
}
