"""Refusals described."""

from pricingsite.blueprints.api.description.schema_types import (
    Json,
    count,
    list_of,
    record,
    ref,
    text,
)

SCHEMAS: Json = {
    "Problem": record(
        {
            "type": text("The kind of problem: an address on this page, or about:blank."),
            "title": text("HTTP's name of it."),
            "status": count("HTTP's status."),
            "detail": text("What is wrong, and what to do."),
        },
        optional={
            "errors": list_of(
                {"anyOf": [ref("BadEvent"), ref("BadField")]},
                "The events that cannot be counted, or the fields that cannot be used.",
            ),
            "indexes": list_of(
                {"type": "integer"}, "The events that are stored with other content, from 0."
            ),
            "scope": text("The scope that the key lacks."),
            "schedule": text("The id of the billing schedule that is in the way."),
        },
        description="An RFC 9457 problem document.",
    ),
    "BadEvent": record(
        {
            "index": count("Where it stands in the request, from 0."),
            "reason": text("Why, in words that say what to change."),
        }
    ),
    "BadField": record(
        {
            "path": text("Where it is in the body, lists counted from 0; empty for all of it."),
            "reason": text("Why, in words that say what to change."),
        }
    ),
}
