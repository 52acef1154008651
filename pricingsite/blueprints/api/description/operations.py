"""What operations of the API are put together from: parameters, answers, and what may go wrong."""

from typing import Any

from pricingsite.blueprints.api.description.schema_types import Json, ref
from pricingsite.blueprints.api.paging import MOST

CUSTOMER_EXAMPLE = "cus_7k3m9qx2p0v4t8ws"


def query(name: str, what: str, example: str, *, required: bool = True, **schema: Any) -> Json:
    """A parameter of the address."""
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": what,
        "schema": {"type": "string"} | schema,
        "example": example,
    }


def in_path(name: str, what: str, example: str) -> Json:
    """A parameter that is a part of the path."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": what,
        "schema": {"type": "string", "minLength": 1},
        "example": example,
    }


def customer_in_path() -> Json:
    """The customer that an operation is about."""
    what = "The customer's id, or an alias, percent-encoded: a slash is %2F."
    return in_path("customer", what, CUSTOMER_EXAMPLE)


def page_of(cursor: str, **schema: Any) -> list[Json]:
    """The parameters of a list that comes page by page."""
    after = "The next of the page before; left out on the first."
    limit = f"How many at most: 1 to {MOST}, which is also the default."
    return [
        query("limit", limit, "50", required=False, pattern="^([1-9][0-9]?|100)$"),
        query("after", after, cursor, required=False, **schema),
    ]


def answer(description: str, schema: str) -> Json:
    """An answer in JSON."""
    return {
        "description": description,
        "content": {"application/json": {"schema": ref(schema)}},
    }


def json_body(schema: str, example: Json) -> Json:
    """A body in JSON."""
    return {
        "required": True,
        "content": {"application/json": {"schema": ref(schema), "example": example}},
    }


def idempotency_key() -> Json:
    """The header with which a request is done once, however often it is sent."""
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A text of your own, new for each request: sent again within a day, the "
        "same request is answered as it was, and not done again.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
        "example": "0199c6f2-6c2e-7d4c-9f0b-3d1c5a7e9b21",
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


def problems(*codes: int) -> Json:
    """Refusals by their status, in the words that they usually have."""
    return {str(code): problem(_WHEN[code]) for code in codes}


def problem(description: str) -> Json:
    """A refusal: a problem document."""
    content = {"application/problem+json": {"schema": ref("Problem")}}
    return {"description": description, "content": content}
