"""The API as OpenAPI 3.1: one document, which the reference page and any client's tools read."""

from pricingsite.blueprints.api.description import (
    catalog,
    changes,
    customers,
    entitlements,
    estimates,
    invoices,
    problems,
    schedules,
    usage,
)
from pricingsite.blueprints.api.description.schema_types import Json

_TAGS = {
    "Usage": "Send usage events, void them, and read what they come to.",
    "Estimates": "Read running bills.",
    "Invoices": "Read invoices, credit notes and drafts.",
    "Customers": "Make, read and change customers.",
    "Billing schedules": "Make, read and change custom deals.",
    "Entitlements": "Read what customers may use.",
    "Catalog": "Read plans, products and prices.",
}
_NOUNS = (usage, estimates, invoices, customers, schedules, changes, entitlements, catalog)


def document(base_url: str, contact: Json | None = None) -> Json:
    """The whole document, for a site at an address; `contact` has the merchant's name and email."""
    paths: Json = {}
    schemas: Json = {}
    for noun in _NOUNS:
        paths |= noun.PATHS
        schemas |= noun.SCHEMAS
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pricingsite API",
            "version": "1",
            "description": "Send usage events; read usage, estimates, invoices and "
            "entitlements; make customers and custom deals, and change them.",
            "license": {"name": "MIT License", "identifier": "MIT"},
            **({"contact": contact} if contact else {}),
        },
        "servers": [{"url": base_url}],
        "security": [{"key": []}],
        "tags": [{"name": name, "description": words} for name, words in _TAGS.items()],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas | problems.SCHEMAS,
        },
    }
