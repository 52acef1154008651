"""The catalog file's JSON Schema, for editors: made from the readers that `catalog check` uses.

It knows keys, kinds of values and what is missing; how tables fit together is for `catalog check`
alone. Draft 7, with nothing referred to, is what editors of TOML understand best.
"""

from pricingsite.services.catalog.document import CatalogDocument
from pricingsite.services.catalog.toml_tables import Schema, accepted, table


def catalog_schema() -> Schema:
    """The JSON Schema of a catalog file."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Pricingsite catalog",
        "description": "Everything that is for sale. Amounts and rates are decimals in quotes.",
        **accepted(table(CatalogDocument), ""),
    }
