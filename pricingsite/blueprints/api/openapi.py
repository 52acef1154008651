"""The API as OpenAPI 3.1: one document, which the reference page and any client's tools read."""

from typing import Any

from pricingsite.blueprints.api.events import BATCH, MOST_EVENTS, STRUCTURED
from pricingsite.blueprints.api.invoices import MOST_INVOICES
from pricingsite.blueprints.api.schema_types import Json, ref
from pricingsite.blueprints.api.schemas import schemas
from pricingsite.blueprints.api.usage import MOST_DAYS
from pricingsite.services.balances.standing import InvoiceStatus

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


_TAGS = {
    "Usage": "Send usage events, void them, and read what they come to.",
    "Estimates": "Read running bills.",
    "Invoices": "Read invoices, credit notes and drafts.",
}


def document(base_url: str, contact: Json | None = None) -> Json:
    """The whole document, for a site at an address; `contact` has the merchant's name and email."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pricingsite API",
            "version": "1",
            "description": "Send usage events, and read usage, estimates and invoices.",
            "license": {"name": "MIT License", "identifier": "MIT"},
            **({"contact": contact} if contact else {}),
        },
        "servers": [{"url": base_url}],
        "security": [{"key": []}],
        "tags": [{"name": name, "description": words} for name, words in _TAGS.items()],
        "paths": {
            "/api/v1/events": {"post": _send()},
            "/api/v1/events/void": {"post": _void()},
            "/api/v1/usage": {"get": _usage()},
            "/api/v1/estimates/{customer}": {"get": _estimate()},
            "/api/v1/invoices": {"get": _invoices()},
            "/api/v1/invoices/{number}": {"get": _invoice()},
        },
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas(),
        },
    }


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
            "200": _answer("Stored", "Recorded"),
            **_problems(400, 401, 403, 409, 413, 415, 422, 429, 503),
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
            "200": _answer("Voided", "Voided"),
            **_problems(400, 401, 403, 413, 415, 422, 429, 503),
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
            _query("customer", "The customer's id, or an alias.", "cus_7k3m9qx2p0v4t8ws"),
            _query("from", "The first day.", "2026-11-01", format="date"),
            _query(
                "to",
                f"The first day no longer covered, at most {MOST_DAYS} days after from.",
                "2026-12-01",
                format="date",
            ),
            _query("metric", "One metric only.", "api_calls", required=False),
            _query("by", "day: includes every day as well.", "day", required=False, enum=["day"]),
        ],
        "responses": {
            "200": _answer("The usage", "Usage"),
            **_problems(401, 403, 404, 422, 429, 503),
        },
    }


def _query(name: str, what: str, example: str, *, required: bool = True, **schema: Any) -> Json:
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": what,
        "schema": {"type": "string"} | schema,
        "example": example,
    }


def _estimate() -> Json:
    return {
        "operationId": "readEstimate",
        "tags": ["Estimates"],
        "summary": "Read the estimate of a customer's running bill",
        "description": "The same figures as on the customer's account page, worked out as the "
        "invoice will be.",
        "x-scope": "estimates:read",
        "parameters": [
            {
                "name": "customer",
                "in": "path",
                "required": True,
                "description": "The customer's id, or an alias, percent-encoded: a slash is %2F.",
                "schema": {"type": "string", "minLength": 1},
                "example": "cus_7k3m9qx2p0v4t8ws",
            }
        ],
        "responses": {
            "200": _answer("The estimate", "Estimate"),
            **_problems(401, 403, 404, 429, 503),
            "409": _problem("The bill cannot be worked out from the customer's schedule"),
        },
    }


def _invoices() -> Json:
    which = "Those of one customer: its id, or an alias."
    after = "The next of the page before; left out on the first."
    limit = f"How many at most: 1 to {MOST_INVOICES}, which is also the default."
    return {
        "operationId": "listInvoices",
        "tags": ["Invoices"],
        "summary": "List invoices",
        "description": "Invoices, credit notes and drafts in the order in which they were made, "
        "without their lines. A page may hold fewer than limit: go on while next is not null.",
        "x-scope": "invoices:read",
        "parameters": [
            _query("customer", which, "cus_7k3m9qx2p0v4t8ws", required=False),
            _query(
                "status",
                "Those of one status.",
                "issued",
                required=False,
                enum=[*InvoiceStatus],
            ),
            _query("limit", limit, "50", required=False, pattern="^([1-9][0-9]?|100)$"),
            _query("after", after, "1042", required=False, pattern="^[0-9]{1,18}$"),
        ],
        "responses": {
            "200": _answer("A page of invoices", "InvoicePage"),
            **_problems(401, 403, 404, 422, 429, 503),
        },
    }


def _invoice() -> Json:
    return {
        "operationId": "readInvoice",
        "tags": ["Invoices"],
        "summary": "Read an invoice",
        "description": "An invoice or a credit note with its lines, as it was issued, and what "
        "has settled it since; or a draft, which usage can still change.",
        "x-scope": "invoices:read",
        "parameters": [
            {
                "name": "number",
                "in": "path",
                "required": True,
                "description": "Its number; the id of a draft.",
                "schema": {"type": "string", "minLength": 1},
                "example": "INV-000001",
            }
        ],
        "responses": {
            "200": _answer("The invoice", "Invoice"),
            **_problems(401, 403, 429, 503),
            "404": _problem("No invoice has this number"),
        },
    }


def _answer(description: str, schema: str) -> Json:
    return {
        "description": description,
        "content": {"application/json": {"schema": ref(schema)}},
    }


_WHEN = {
    400: "The body cannot be read",
    401: "The API key is missing, revoked or wrong",
    403: "The key lacks the scope",
    404: "No customer has this id or alias",
    409: "Already stored with other content",
    413: "The request is too large",
    415: "The content type is not supported",
    422: "Part of the request cannot be counted or used",
    429: "Too many requests without a valid key",
    503: "The database is busy: send the request again",
}


def _problems(*codes: int) -> Json:
    return {str(code): _problem(_WHEN[code]) for code in codes}


def _problem(description: str) -> Json:
    content = {"application/problem+json": {"schema": ref("Problem")}}
    return {"description": description, "content": content}
