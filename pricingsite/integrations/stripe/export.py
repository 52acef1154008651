"""Reading an export of Stripe's API: every product, price and meter in any number of JSON texts.

The texts are what the API answers, one after another in any order: `GET /v1/products`,
`GET /v1/prices?expand[]=data.tiers` and `GET /v1/billing/meters`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Thing = Mapping[str, Any]


class ExportError(ValueError):
    """A text that is no export of Stripe's."""


@dataclass(frozen=True, slots=True)
class Export:
    """What was found, by id and in order; `incomplete` are lists that have further pages."""

    products: dict[str, Thing] = field(default_factory=dict)
    prices: dict[str, Thing] = field(default_factory=dict)
    meters: dict[str, Thing] = field(default_factory=dict)
    incomplete: list[str] = field(default_factory=list)

    def product_of(self, price: Thing) -> str:
        """The id of a price's product, which may be written out in its place."""
        product = price.get("product")
        return str(product.get("id") if isinstance(product, Mapping) else product)


def read_export(texts: Iterable[str]) -> Export:
    """Everything that some texts hold. Raises `ExportError` where there is neither a product."""
    export = Export()
    places = {"product": export.products, "price": export.prices, "billing.meter": export.meters}
    for text in texts:
        for thing in _things(list(_documents(text))):
            kind = thing["object"]
            if kind == "list":
                if thing.get("has_more"):
                    export.incomplete.append(str(thing.get("url", "a list")))
            elif kind in places and isinstance(thing.get("id"), str):
                places[kind][thing["id"]] = thing
    if not (export.products or export.prices):
        raise ExportError("there is no product and no price of Stripe's in it")
    return export


def _documents(text: str) -> Iterator[Any]:
    """The JSON documents that stand one after another in a text."""
    decoder = json.JSONDecoder(parse_float=Decimal)
    rest = text.lstrip("\ufeff \t\r\n")
    while rest:
        try:
            document, end = decoder.raw_decode(rest)
        except ValueError as error:
            # A number of thousands of digits is one too.
            raise ExportError(f"it is not JSON: {error}") from None
        except RecursionError:
            raise ExportError("it nests lists or objects too deeply") from None
        _refuse_half_characters(document)
        yield document
        rest = rest[end:].lstrip()


def _refuse_half_characters(document: Any) -> None:
    # JSON can name half of one; no file can hold it.
    try:
        json.dumps(document, default=str, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ExportError("it holds half a character") from None


def _things(value: Any) -> Iterator[Thing]:
    """Every object of the API in a value, at any depth."""
    if isinstance(value, list):
        for item in value:
            yield from _things(item)
    elif isinstance(value, Mapping):
        if isinstance(value.get("object"), str):
            yield value
        for item in value.values():
            yield from _things(item)
