"""Customers described."""

from pricingsite.blueprints.api.customer_bodies import CustomerChanges, NewCustomer
from pricingsite.blueprints.api.description.operations import (
    CUSTOMER_EXAMPLE,
    answer,
    customer_in_path,
    idempotency_key,
    json_body,
    page_of,
    problem,
    problems,
)
from pricingsite.blueprints.api.description.schema_types import (
    Json,
    incoming,
    list_of,
    moment,
    nullable,
    record,
    ref,
    text,
)


def _moment_or_null(description: str) -> Json:
    return nullable(description, format="date-time")


SCHEMAS: Json = incoming(NewCustomer, CustomerChanges) | {
    "CustomerPage": record(
        {
            "customers": list_of(ref("Customer"), "Those of this page, the first made first."),
            "next": nullable("What to send as after for the next page; null on the last."),
        }
    ),
    "Customer": record(
        {
            "id": text("What it is known by for good."),
            "legal_name": text("The company's name."),
            "contact_name": nullable("Whom bills are addressed to."),
            "billing_email": text("Where bills are sent."),
            "line1": nullable("The address's first line."),
            "line2": nullable("Its second line."),
            "town": nullable("Town or city."),
            "postcode": nullable("Postcode."),
            "country": text("The code of ISO 3166."),
            "tax_id": nullable("VAT number or other tax id, in its normal form where it has one."),
            "tax_verified_at": _moment_or_null("When its tax id or business was verified."),
            "copies_to": list_of(
                {"type": "string"},
                "Other addresses that get copies of e-mails about invoices.",
            ),
            "purchase_order": nullable(
                "What its next invoices name; null for nothing, or without a billing schedule."
            ),
            "aliases": list_of({"type": "string"}, "Its other names in usage events."),
            "created_at": moment("When it was made."),
            "verified_at": _moment_or_null("When its e-mail address was confirmed."),
            "suspended_at": _moment_or_null("Since when it is suspended."),
            "closed_at": _moment_or_null("When its account was closed: nobody signs in to it."),
        }
    ),
}

_NEW: Json = {
    "legal_name": "Ashdown Ltd",
    "billing_email": "ada@ashdown.example",
    "country": "GB",
    "aliases": ["team-42"],
    "invite": False,
}
_CHANGES: Json = {
    "town": "London",
    "tax_id": None,
    "copies_to": ["bo@ashdown.example"],
    "aliases": ["team-42", "team-43"],
}


def _list() -> Json:
    return {
        "operationId": "listCustomers",
        "tags": ["Customers"],
        "summary": "List customers",
        "description": "All customers, in the order in which they were made.",
        "x-scope": "customers:read",
        "parameters": page_of(CUSTOMER_EXAMPLE),
        "responses": {
            "200": answer("A page of customers", "CustomerPage"),
            **problems(401, 403, 422, 429, 503),
        },
    }


def _create() -> Json:
    return {
        "operationId": "createCustomer",
        "tags": ["Customers"],
        "summary": "Make a customer",
        "description": "The billing e-mail is invited to sign in, unless invite is false. A deal "
        "is a customer and its billing schedule: make that next.",
        "x-scope": "customers:write",
        "parameters": [idempotency_key()],
        "requestBody": json_body("NewCustomer", _NEW),
        "responses": {
            "201": answer("Made; its address is in Location", "Customer"),
            **problems(400, 401, 403, 413, 415, 422, 429, 503),
            "409": problem("The Idempotency-Key came with another request"),
        },
    }


def _read() -> Json:
    return {
        "operationId": "readCustomer",
        "tags": ["Customers"],
        "summary": "Read a customer",
        "description": "A customer's details, and what usage events may call it.",
        "x-scope": "customers:read",
        "parameters": [customer_in_path()],
        "responses": {
            "200": answer("The customer", "Customer"),
            **problems(401, 403, 404, 429, 503),
        },
    }


def _update() -> Json:
    return {
        "operationId": "updateCustomer",
        "tags": ["Customers"],
        "summary": "Change a customer's details",
        "description": "What is left out stays as it is. aliases, where they are sent, are all "
        "that it has from then on: events that name it by another are refused; those recorded "
        "before stay. Of other details the old and the new billing e-mail are told, as of a "
        "change on the account's own page. Another name, country or tax id takes "
        "back what was verified of them. Invoices that are issued stay as they are.",
        "x-scope": "customers:write",
        "parameters": [customer_in_path()],
        "requestBody": json_body(
            "CustomerChanges", {"town": "London", "tax_id": None, "aliases": ["team-42", "team-43"]}
        ),
        "responses": {
            "200": answer("The customer as it is now", "Customer"),
            **problems(400, 401, 403, 404, 413, 415, 422, 429, 503),
        },
    }


PATHS: Json = {
    "/api/v1/customers": {"get": _list(), "post": _create()},
    "/api/v1/customers/{customer}": {"get": _read(), "patch": _update()},
}
