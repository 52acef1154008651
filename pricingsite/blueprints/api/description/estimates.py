"""Estimates described, and the bills that they share with invoices."""

from pricingsite.blueprints.api.description.operations import (
    answer,
    customer_in_path,
    problem,
    problems,
)
from pricingsite.blueprints.api.description.schema_types import (
    Json,
    amount,
    count,
    day,
    list_of,
    moment,
    nullable,
    record,
    ref,
    text,
)

_PERIOD = ref("Period")

SCHEMAS: Json = {
    "Estimate": record(
        {
            "customer": text("The customer's id."),
            "state": text("upcoming, active or ended: where the schedule stands."),
            "currency": text("The code of ISO 4217."),
            "net": amount("Before tax"),
            "tax": amount("The tax"),
            "gross": amount("With tax"),
            "period": _PERIOD,
            "lines": list_of(ref("LineItem"), "They add up to net."),
            "timezone": text("The schedule's zone."),
            "as_of": moment("When this was read."),
            "counted_to": nullable("The moment of the last event counted.", format="date-time"),
            "invoice_on": day("When the invoice is made."),
            "due_on": day("When it is to be paid by."),
        },
        optional={
            "trial": {"type": "boolean", "description": "True in a trial: nothing is billed."}
        },
    ),
    "LineItem": record(
        {
            "price_id": nullable("The price; null for a discount or a minimum."),
            "kind": text("fixed, usage, adjustment, discount or minimum."),
            "description": text("The line in words."),
            "period": _PERIOD,
            "quantity": nullable("An exact decimal; null where a fee is fixed."),
            "unit_price": nullable("An exact decimal."),
            "flat_fee": nullable("An exact decimal."),
            "proration": {
                "type": ["object", "null"],
                "properties": {
                    "days_used": count("Days covered."),
                    "days_in_period": count("Days of the full period."),
                },
                "description": "The days of a partial period.",
            },
            "tax_rate": nullable("A fraction, such as 0.20; null on bills that name no tax."),
            "net": amount("Before tax, rounded once"),
        }
    ),
    "Period": record({"start": day("The first day."), "end": day("The first day after it.")}),
}


def _estimate() -> Json:
    return {
        "operationId": "readEstimate",
        "tags": ["Estimates"],
        "summary": "Read the estimate of a customer's running bill",
        "description": "The same figures as on the customer's account page, worked out as the "
        "invoice will be.",
        "x-scope": "estimates:read",
        "parameters": [customer_in_path()],
        "responses": {
            "200": answer("The estimate", "Estimate"),
            **problems(401, 403, 404, 429, 503),
            "409": problem("The bill cannot be worked out from the customer's schedule"),
        },
    }


PATHS: Json = {"/api/v1/estimates/{customer}": {"get": _estimate()}}
