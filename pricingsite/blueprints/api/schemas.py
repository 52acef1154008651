"""What the API takes and answers, as JSON Schema.

What comes in is described by the very types that decode it.
"""

from typing import Any

import msgspec

from pricingsite.pricing import Aggregation
from pricingsite.services.usage.events import CloudEvent, EventName

Json = dict[str, Any]


def schemas() -> Json:
    """Every schema by its name: what comes in, then what goes out."""
    _, incoming = msgspec.json.schema_components(
        [CloudEvent, EventName], ref_template="#/components/schemas/{name}"
    )
    return _for_generators(incoming) | _OUTGOING


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


def ref(name: str) -> Json:
    """A reference to a schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def _object(fields: Json, *, optional: Json | None = None, description: str = "") -> Json:
    shape: Json = {
        "type": "object",
        "required": list(fields),
        "properties": fields | (optional or {}),
    }
    return {"description": description} | shape if description else shape


def _text(description: str) -> Json:
    return {"type": "string", "description": description}


def _nullable(description: str, **more: Any) -> Json:
    return {"type": ["string", "null"], "description": description} | more


def _count(description: str) -> Json:
    return {"type": "integer", "minimum": 0, "description": description}


def _list(items: Json, description: str) -> Json:
    return {"type": "array", "items": items, "description": description}


def _day(description: str) -> Json:
    return {"type": "string", "format": "date", "description": description}


def _moment(description: str) -> Json:
    return {"type": "string", "format": "date-time", "description": description}


def _amount(description: str) -> Json:
    return _text(f"{description}: an exact decimal in major units.")


_PERIOD = ref("Period")
_COUNTED_TO = _nullable("The moment of the last event counted.", format="date-time")

_OUTGOING: Json = {
    "Recorded": _object(
        {
            "accepted": _count("Events newly stored."),
            "duplicates": _count("Events that were stored already."),
        },
        optional={
            "unbilled": _count(
                "Events that no billing schedule bills, where there are any: before its start or "
                "after its end."
            ),
            "uncounted": _count(
                "Events that no metric counts, where there are any: none of its type asks for the "
                "values in their data."
            ),
            "refused": _list(ref("BadEvent"), "With handling=lenient: those left out."),
        },
    ),
    "Voided": _object(
        {
            "voided": _count("Events taken out now."),
            "already_voided": _count("Events that were out already."),
        }
    ),
    "Usage": _object(
        {
            "customer": _text("The customer's id."),
            "from": _day("The first day."),
            "to": _day("The first day no longer covered."),
            "timezone": _text("The zone whose days these are."),
            "as_of": _moment("When this was read."),
            "counted_to": _COUNTED_TO,
            "stored_at": _nullable("When usage was last stored.", format="date-time"),
            "metrics": _list(ref("UsageOfMetric"), "What was asked for, one a metric."),
        }
    ),
    "UsageOfMetric": _object(
        {
            "metric": _text("The metric's id."),
            "unit": _text("What it counts."),
            "aggregation": _text(
                "How its events become a quantity; latest is the last value by time, source and id."
            )
            | {"enum": [*Aggregation]},
            "quantity": _text("What the days come to, an exact decimal."),
        },
        optional={
            "name": _text("What it is called, where the unit does not say it all."),
            "days": _list(ref("UsageOfDay"), "With by=day: every day, in order."),
        },
    ),
    "UsageOfDay": _object(
        {
            "day": _day("The day."),
            "events": _count("How many events happened on it."),
            "quantity": _nullable("What the day comes to; null where no event came."),
            "cumulative": _text("What the days up to this one come to."),
        }
    ),
    "Estimate": _object(
        {
            "customer": _text("The customer's id."),
            "state": _text("upcoming, active or ended: where the schedule stands."),
            "currency": _text("The code of ISO 4217."),
            "net": _amount("Before tax"),
            "tax": _amount("The tax"),
            "gross": _amount("With tax"),
            "period": _PERIOD,
            "lines": _list(ref("LineItem"), "They add up to net."),
            "timezone": _text("The schedule's zone."),
            "as_of": _moment("When this was read."),
            "counted_to": _COUNTED_TO,
            "invoice_on": _day("When the invoice is made."),
            "due_on": _day("When it is to be paid by."),
        },
        optional={
            "trial": {"type": "boolean", "description": "True in a trial: nothing is billed."}
        },
    ),
    "LineItem": _object(
        {
            "price_id": _nullable("The price; null for a discount or a minimum."),
            "kind": _text("fixed, usage, adjustment, discount or minimum."),
            "description": _text("The line in words."),
            "period": _PERIOD,
            "quantity": _nullable("An exact decimal; null where a fee is fixed."),
            "unit_price": _nullable("An exact decimal."),
            "flat_fee": _nullable("An exact decimal."),
            "proration": {
                "type": ["object", "null"],
                "properties": {
                    "days_used": _count("Days covered."),
                    "days_in_period": _count("Days of the full period."),
                },
                "description": "The days of a partial period.",
            },
            "tax_rate": _nullable("A fraction, such as 0.20; null on bills that name no tax."),
            "net": _amount("Before tax, rounded once"),
        }
    ),
    "Period": _object({"start": _day("The first day."), "end": _day("The first day after it.")}),
    "Problem": _object(
        {
            "type": _text("The kind of problem: an address on this page, or about:blank."),
            "title": _text("HTTP's name of it."),
            "status": _count("HTTP's status."),
            "detail": _text("What is wrong, and what to do."),
        },
        optional={
            "errors": _list(ref("BadEvent"), "The events that cannot be counted."),
            "indexes": _list(
                {"type": "integer"}, "The events that are stored with other content, from 0."
            ),
            "scope": _text("The scope that the key lacks."),
        },
        description="An RFC 9457 problem document.",
    ),
    "BadEvent": _object(
        {
            "index": _count("Where it stands in the request, from 0."),
            "reason": _text("Why, in words that say what to change."),
        }
    ),
}
