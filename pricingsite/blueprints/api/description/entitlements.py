"""Entitlements described."""

from pricingsite.blueprints.api.description.operations import answer, customer_in_path, problems
from pricingsite.blueprints.api.description.schema_types import (
    Json,
    list_of,
    moment,
    nullable,
    record,
    ref,
    text,
)
from pricingsite.services.schedules.entitlements import EntitlementStatus

SCHEMAS: Json = {
    "Entitlements": record(
        {
            "customer": text("The customer's id."),
            "status": text(
                "active: the products may be used; unverified: the e-mail address of the order is "
                "not confirmed yet; suspended; ended: no schedule is in force, because it has "
                "ended, has not begun, or was never made. Only an active customer has products."
            )
            | {"enum": [*EntitlementStatus]},
            "as_of": moment("When this was read."),
            "products": list_of(ref("EntitledProduct"), "The products that may be used."),
            "limits": {
                "type": "object",
                "additionalProperties": {"type": "string"},
                "description": "The limits of the plan by feature or metric id, exact decimals. "
                "What is not named has no limit.",
            },
            "changes_at": nullable(
                "The next moment at which this changes by what is agreed now: the start, the next "
                "phase or the end of a schedule. Null where there is none. A suspension is never "
                "foreseen: what is overdue may still be paid.",
                format="date-time",
            ),
        }
    ),
    "EntitledProduct": record(
        {
            "id": text("The product's id."),
            "name": text("Its name."),
            "until": nullable("The last day that is agreed; null if open.", format="date"),
        }
    ),
}


def _entitlements() -> Json:
    not_modified = {"description": "Nothing has changed since the answer of that ETag"}
    return {
        "operationId": "readEntitlements",
        "tags": ["Entitlements"],
        "summary": "Read what a customer may use",
        "description": "The products of the phase in force and the limits of its plan, true to the "
        "midnight of the merchant's time zone. Keep the answer and its ETag, and send that as "
        "If-None-Match: a 304 says that only as_of would differ.",
        "x-scope": "entitlements:read",
        "parameters": [
            customer_in_path(),
            {
                "name": "If-None-Match",
                "in": "header",
                "description": "The ETag of an answer that you keep.",
                "schema": {"type": "string"},
                "example": 'W/"5f0c1d7a"',
            },
        ],
        "responses": {
            "200": answer("What may be used", "Entitlements"),
            "304": not_modified,
            **problems(401, 403, 404, 429, 503),
        },
    }


PATHS: Json = {"/api/v1/customers/{customer}/entitlements": {"get": _entitlements()}}
