"""Usage described: the events that come in, by the very types that decode them, and the answers."""

import msgspec

from pricingsite.blueprints.api.description.operations import answer, problems, query
from pricingsite.blueprints.api.description.schema_types import (
    Json,
    count,
    day,
    list_of,
    moment,
    nullable,
    record,
    ref,
    text,
)
from pricingsite.blueprints.api.events import BATCH, MOST_EVENTS, STRUCTURED
from pricingsite.blueprints.api.usage import MOST_DAYS
from pricingsite.pricing import Aggregation
from pricingsite.services.usage.events import CloudEvent, EventName

EVENT_EXAMPLE: Json = {
    "specversion": "1.0",
    "id": "0199c6f2-6c2e-7d4c-9f0b-3d1c5a7e9b21",
    "source": "/gateway",
    "type": "api_call",
    "subject": "cus_7k3m9qx2p0v4t8ws",
    "time": "2026-11-23T12:00:00Z",
    "data": {"calls": 250},
}
_NAME_EXAMPLE: Json = {key: EVENT_EXAMPLE[key] for key in ("subject", "source", "id")}


def _incoming() -> Json:
    """What comes in, by its name."""
    _, incoming = msgspec.json.schema_components(
        [CloudEvent, EventName], ref_template="#/components/schemas/{name}"
    )
    return _for_generators(incoming)


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
}

SCHEMAS: Json = _incoming() | _OUTGOING


def _send() -> Json:
    # openapi-python-client takes a list beside other bodies, and then can send none of them. This
    # one, whose items stand in a reference, it leaves out; others read it as the list that it is.
    most = f"Up to {MOST_EVENTS:,} events."
    batch = {"type": "array", "allOf": [ref("EventBatch"), {"description": most}]}
    return {
        "operationId": "sendEvents",
        "tags": ["Usage"],
        "summary": "Send usage events",
        "description": "All or nothing: every event is stored or counted as a duplicate, or none "
        f"is. A batch holds up to {MOST_EVENTS:,} events and 10 MB; send it again if no "
        "answer arrives.",
        "x-scope": "events:write",
        "parameters": [
            {
                "name": "Prefer",
                "in": "header",
                "description": "handling=lenient stores the valid events of a batch and lists the "
                "others in refused.",
                "schema": {"type": "string"},
            },
            *(_binary(name) for name in ("specversion", "id", "source", "type", "subject", "time")),
        ],
        "requestBody": {
            "description": "In binary mode an event without data has no body.",
            "content": {
                BATCH: {"schema": batch, "example": [EVENT_EXAMPLE]},
                STRUCTURED: {"schema": ref("CloudEvent"), "example": EVENT_EXAMPLE},
                "application/json": {
                    "schema": ref("EventData"),
                    "example": EVENT_EXAMPLE["data"],
                },
            },
        },
        "responses": {
            "200": answer("Stored", "Recorded"),
            **problems(400, 401, 403, 409, 413, 415, 422, 429, 503),
        },
    }


def _binary(attribute: str) -> Json:
    return {
        "name": f"ce-{attribute}",
        "in": "header",
        "description": "In binary mode: the event's attribute, percent-encoded, with the data as "
        "the body.",
        "schema": {"type": "string"},
        "example": EVENT_EXAMPLE[attribute],
    }


def _void() -> Json:
    names = {"type": "array", "items": ref("EventName")}
    return {
        "operationId": "voidEvents",
        "tags": ["Usage"],
        "summary": "Void events sent in error",
        "description": "Voided events no longer count, and their days are recalculated. Voiding an "
        "event twice is not an error. To correct an event, void it and send the right one with "
        "a new id.",
        "x-scope": "events:write",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": names, "example": [_NAME_EXAMPLE]}},
        },
        "responses": {
            "200": answer("Voided", "Voided"),
            **problems(400, 401, 403, 413, 415, 422, 429, 503),
        },
    }


def _usage() -> Json:
    return {
        "operationId": "readUsage",
        "tags": ["Usage"],
        "summary": "Read a customer's usage",
        "description": "The quantity of each metric over a range of days in the merchant's time "
        "zone. A day without events has a quantity of null, which is not zero.",
        "x-scope": "usage:read",
        "parameters": [
            query("customer", "The customer's id, or an alias.", "cus_7k3m9qx2p0v4t8ws"),
            query("from", "The first day.", "2026-11-01", format="date"),
            query(
                "to",
                f"The first day no longer covered, at most {MOST_DAYS} days after from.",
                "2026-12-01",
                format="date",
            ),
            query("metric", "One metric only.", "api_calls", required=False),
            query("by", "day: includes every day as well.", "day", required=False, enum=["day"]),
        ],
        "responses": {
            "200": answer("The usage", "Usage"),
            **problems(401, 403, 404, 422, 429, 503),
        },
    }


PATHS: Json = {
    "/api/v1/events": {"post": _send()},
    "/api/v1/events/void": {"post": _void()},
    "/api/v1/usage": {"get": _usage()},
}
