"""Invoices described."""

from pricingsite.blueprints.api.description.operations import (
    CUSTOMER_EXAMPLE,
    answer,
    in_path,
    page_of,
    problem,
    problems,
    query,
)
from pricingsite.blueprints.api.description.schema_types import (
    Json,
    amount,
    day,
    list_of,
    nullable,
    record,
    ref,
    text,
)
from pricingsite.pricing import TaxTreatment
from pricingsite.services.balances.standing import InvoiceStatus

_NULLABLE_DAY = {"type": ["string", "null"], "format": "date"}


def _texts(names: str, description: str) -> Json:
    """An object of texts that may be unknown, by their names."""
    return record(
        {name: nullable(name.replace("_", " ")) for name in names.split()}, description=description
    )


_SUMMARY: Json = {
    "customer": text("The customer's id."),
    "id": text("What names it in this API while it is a draft; it stays."),
    "number": nullable("Null while it is a draft."),
    "kind": text("What it is.") | {"enum": ["invoice", "credit_note"]},
    "status": text("Where it stands.") | {"enum": [*InvoiceStatus]},
    "overdue": {"type": "boolean", "description": "Whether it should have been paid by now."},
    "issued_on": _NULLABLE_DAY | {"description": "Null while it is a draft."},
    "tax_point": day("The day whose tax applies."),
    "due_on": _NULLABLE_DAY | {"description": "When it is to be paid by."},
    "currency": text("The code of ISO 4217."),
    "net": amount("Before tax, negative on credit notes"),
    "tax": amount("The tax"),
    "gross": amount("With tax"),
    "paid": amount("Paid, less what was refunded"),
    "credited": amount("Settled by credit notes"),
    "balance": amount("What is left to pay; negative in the customer's favour"),
    "period": ref("Period"),
    "seller": ref("Seller"),
    "buyer": ref("Buyer"),
    "purchase_order": nullable("The customer's own reference."),
    "tax_treatment": text("How it is taxed.") | {"enum": [*TaxTreatment]},
    "tax_lines": list_of(ref("TaxLine"), "The tax of each rate; none where it names no tax."),
    "tax_in_merchant_currency": {
        "anyOf": [ref("MerchantTax"), {"type": "null"}],
        "description": "Where the merchant's currency is another.",
    },
    "corrects": nullable("Of a credit note: the number of the invoice that it corrects."),
    "reason": nullable("Of a credit note: why."),
}

SCHEMAS: Json = {
    "InvoicePage": record(
        {
            "invoices": list_of(ref("InvoiceSummary"), "Those of this page, the oldest first."),
            "next": nullable("What to send as after for the next page; null on the last."),
        }
    ),
    "InvoiceSummary": record(_SUMMARY, description="An invoice, credit note or draft."),
    "Invoice": record(
        _SUMMARY | {"lines": list_of(ref("LineItem"), "They add up to net.")},
        description="An invoice, credit note or draft with its lines. Issued, it never changes; "
        "what changes is its status, paid, credited and balance.",
    ),
    "Seller": _texts(
        "name legal_name email country registration registered_office vat_number tax_name "
        "how_to_pay iban bic sort_code account_number",
        "The merchant as the invoice states it.",
    ),
    "Buyer": _texts(
        "id legal_name contact_name billing_email line1 line2 town postcode country tax_id",
        "The customer as the invoice states it.",
    ),
    "TaxLine": record(
        {
            "rate": text("A fraction, such as 0.2."),
            "net": amount("The sum of its lines"),
            "tax": amount("The tax of these, rounded once"),
        }
    ),
    "MerchantTax": record(
        {
            "currency": text("The merchant's currency."),
            "tax": amount("The tax in it"),
            "exchange_rate": nullable("What one unit of the invoice's currency is worth in it."),
        }
    ),
}


def _invoices() -> Json:
    which = "Those of one customer: its id, or an alias."
    return {
        "operationId": "listInvoices",
        "tags": ["Invoices"],
        "summary": "List invoices",
        "description": "Invoices, credit notes and drafts in the order in which they were made, "
        "without their lines. A page may hold fewer than limit: go on while next is not null.",
        "x-scope": "invoices:read",
        "parameters": [
            query("customer", which, CUSTOMER_EXAMPLE, required=False),
            query(
                "status",
                "Those of one status.",
                "issued",
                required=False,
                enum=[*InvoiceStatus],
            ),
            *page_of("1042", pattern="^[0-9]{1,18}$"),
        ],
        "responses": {
            "200": answer("A page of invoices", "InvoicePage"),
            **problems(401, 403, 404, 422, 429, 503),
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
        "parameters": [in_path("number", "Its number; the id of a draft.", "INV-000001")],
        "responses": {
            "200": answer("The invoice", "Invoice"),
            **problems(401, 403, 429, 503),
            "404": problem("No invoice has this number"),
        },
    }


PATHS: Json = {
    "/api/v1/invoices": {"get": _invoices()},
    "/api/v1/invoices/{number}": {"get": _invoice()},
}
