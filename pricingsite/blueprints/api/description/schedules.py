"""Billing schedules described."""

from pricingsite.blueprints.api.description.operations import (
    CUSTOMER_EXAMPLE,
    answer,
    idempotency_key,
    in_path,
    json_body,
    page_of,
    problem,
    problems,
    query,
)
from pricingsite.blueprints.api.description.schema_types import (
    Json,
    day,
    incoming,
    list_of,
    moment,
    nullable,
    record,
    ref,
    text,
)
from pricingsite.blueprints.api.schedules import NewBillingSchedule

_SCHEDULE_EXAMPLE = "sch_4n8x2k7q9v3t1m6z"


def _day_or_null(description: str) -> Json:
    return nullable(description, format="date")


SCHEMAS: Json = incoming(NewBillingSchedule) | {
    "BillingSchedulePage": record(
        {
            "billing_schedules": list_of(
                ref("BillingSchedule"), "Those of this page, the first made first."
            ),
            "next": nullable("What to send as after for the next page; null on the last."),
        }
    ),
    "BillingSchedule": record(
        {
            "id": text("What it is known by for good."),
            "customer": text("The customer's id."),
            "state": text("Where it is today; withdrawn: cancelled before its start.")
            | {"enum": ["upcoming", "active", "ended", "withdrawn"]},
            "currency": text("The code of ISO 4217."),
            "timezone": text("The zone whose days these are."),
            "start_date": day("Its first day."),
            "end_date": _day_or_null("The first day no longer covered; null is open."),
            "anchor_date": day("The day that its periods count from."),
            "purchase_order": nullable("The customer's own reference."),
            "created_at": moment("When it was made."),
            "phases": list_of(
                ref("Phase"),
                "They follow one another. Those from end_date on are what follows a trial if the "
                "customer keeps its plan.",
            ),
        }
    ),
    "Phase": record(
        {
            "start_date": day("Its first day."),
            "end_date": _day_or_null("The first day no longer covered; null is open."),
            "trial": {"type": "boolean", "description": "In a trial nothing is billed."},
            "plan": nullable("The plan that was chosen; null where prices were agreed."),
            "prices": list_of(ref("PhasePrice"), "What is charged; nothing in a pause."),
            "discount": {
                "anyOf": [ref("Discount"), {"type": "null"}],
                "description": "What is taken off.",
            },
            "minimum": nullable("What a period of the main price costs at least."),
        }
    ),
    "PhasePrice": record(
        {
            "price": text("The price's id."),
            "quantity": nullable("How many are bought, of a price that is bought by quantity."),
        }
    ),
    "Discount": record(
        {
            "code": text("The promotion code, or as agreed."),
            "percent": nullable("So much off every line."),
            "amount": nullable("So much off a period of the main price."),
            "periods": {
                "type": ["integer", "null"],
                "description": "For how many periods of the main price; null is for good.",
            },
        }
    ),
}

_NEW: Json = {
    "customer": CUSTOMER_EXAMPLE,
    "phases": [
        {"start_date": "2027-01-01", "prices": [{"price": "B"}, {"price": "Y"}]},
        {"start_date": "2027-04-01", "prices": [{"price": "B"}, {"price": "Z"}]},
    ],
    "purchase_order": "PO-1815",
}


def _list() -> Json:
    which = "Those of one customer: its id, or an alias."
    return {
        "operationId": "listBillingSchedules",
        "tags": ["Billing schedules"],
        "summary": "List billing schedules",
        "description": "All billing schedules, in the order in which they were made.",
        "x-scope": "customers:read",
        "parameters": [
            query("customer", which, CUSTOMER_EXAMPLE, required=False),
            *page_of(_SCHEDULE_EXAMPLE),
        ],
        "responses": {
            "200": answer("A page of billing schedules", "BillingSchedulePage"),
            **problems(401, 403, 404, 422, 429, 503),
        },
    }


def _create() -> Json:
    return {
        "operationId": "createBillingSchedule",
        "tags": ["Billing schedules"],
        "summary": "Make a billing schedule",
        "description": "A custom deal: any prices of the catalog, variants too, in one phase or "
        "several, from a day that may be past or to come. A usage price of a product may replace "
        "another only where a period of that begins. It is billed and entitles without "
        "verification.",
        "x-scope": "schedules:write",
        "parameters": [idempotency_key()],
        "requestBody": json_body("NewBillingSchedule", _NEW),
        "responses": {
            "201": answer("Made; its address is in Location", "BillingSchedule"),
            **problems(400, 401, 403, 413, 415, 422, 429, 503),
            "409": problem(
                "The customer has a billing schedule on these days, or the Idempotency-Key came "
                "with another request"
            ),
        },
    }


def _read() -> Json:
    return {
        "operationId": "readBillingSchedule",
        "tags": ["Billing schedules"],
        "summary": "Read a billing schedule",
        "description": "A billing schedule with its phases, as it is agreed now.",
        "x-scope": "customers:read",
        "parameters": [in_path("schedule_id", "Its id.", _SCHEDULE_EXAMPLE)],
        "responses": {
            "200": answer("The billing schedule", "BillingSchedule"),
            **problems(401, 403, 429, 503),
            "404": problem("No billing schedule has this id"),
        },
    }


PATHS: Json = {
    "/api/v1/billing-schedules": {"get": _list(), "post": _create()},
    "/api/v1/billing-schedules/{schedule_id}": {"get": _read()},
}
