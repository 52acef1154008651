"""What the API takes and answers, as JSON Schema.

What comes in is described by the very types that decode it.
"""

import msgspec

from pricingsite.blueprints.api.invoice_schemas import INVOICES
from pricingsite.blueprints.api.schema_types import (
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
from pricingsite.pricing import Aggregation
from pricingsite.services.usage.events import CloudEvent, EventName


def schemas() -> Json:
    """Every schema by its name: what comes in, then what goes out."""
    _, incoming = msgspec.json.schema_components(
        [CloudEvent, EventName], ref_template="#/components/schemas/{name}"
    )
    return _for_generators(incoming) | _OUTGOING | INVOICES


def _for_generators(incoming: Json) -> Json:
    """What comes in, as programs that make clients understand it.

    To them a field with a default is always there, an object that names no properties has none,
    and an enumeration without a type is of unknown things.
    """
    event = incoming["CloudEvent"]["properties"]
    for field in event.values():
        field.pop("default", None)
    event["specversion"]["type"] = "string"
    event["data"]["anyOf"] = [ref("EventData"), {"type": "null"}]
    return incoming | {
        "EventData": {
            "type": "object",
            "description": "An event's properties: those that metrics count, and any others.",
            "additionalProperties": True,
        },
        "EventBatch": {
            "type": "array",
            "description": "Several events at once.",
            "items": ref("CloudEvent"),
        },
    }


_PERIOD = ref("Period")
_COUNTED_TO = nullable("The moment of the last event counted.", format="date-time")

_OUTGOING: Json = {
    "Recorded": record(
        {
            "accepted": count("Events newly stored."),
            "duplicates": count("Events that were stored already."),
        },
        optional={
            "unbilled": count(
                "Events that no billing schedule bills, where there are any: before its start or "
                "after its end."
            ),
            "uncounted": count(
                "Events that no metric counts, where there are any: none of its type asks for the "
                "values in their data."
            ),
            "refused": list_of(ref("BadEvent"), "With handling=lenient: those left out."),
        },
    ),
    "Voided": record(
        {
            "voided": count("Events taken out now."),
            "already_voided": count("Events that were out already."),
        }
    ),
    "Usage": record(
        {
            "customer": text("The customer's id."),
            "from": day("The first day."),
            "to": day("The first day no longer covered."),
            "timezone": text("The zone whose days these are."),
            "as_of": moment("When this was read."),
            "counted_to": _COUNTED_TO,
            "stored_at": nullable("When usage was last stored.", format="date-time"),
            "metrics": list_of(ref("UsageOfMetric"), "What was asked for, one a metric."),
        }
    ),
    "UsageOfMetric": record(
        {
            "metric": text("The metric's id."),
            "unit": text("What it counts."),
            "aggregation": text(
                "How its events become a quantity; latest is the last value by time, source and id."
            )
            | {"enum": [*Aggregation]},
            "quantity": text("What the days come to, an exact decimal."),
        },
        optional={
            "name": text("What it is called, where the unit does not say it all."),
            "days": list_of(ref("UsageOfDay"), "With by=day: every day, in order."),
        },
    ),
    "UsageOfDay": record(
        {
            "day": day("The day."),
            "events": count("How many events happened on it."),
            "quantity": nullable("What the day comes to; null where no event came."),
            "cumulative": text("What the days up to this one come to."),
        }
    ),
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
            "counted_to": _COUNTED_TO,
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
    "Problem": record(
        {
            "type": text("The kind of problem: an address on this page, or about:blank."),
            "title": text("HTTP's name of it."),
            "status": count("HTTP's status."),
            "detail": text("What is wrong, and what to do."),
        },
        optional={
            "errors": list_of(ref("BadEvent"), "The events that cannot be counted."),
            "indexes": list_of(
                {"type": "integer"}, "The events that are stored with other content, from 0."
            ),
            "scope": text("The scope that the key lacks."),
        },
        description="An RFC 9457 problem document.",
    ),
    "BadEvent": record(
        {
            "index": count("Where it stands in the request, from 0."),
            "reason": text("Why, in words that say what to change."),
        }
    ),
}
