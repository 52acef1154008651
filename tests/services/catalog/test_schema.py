"""The JSON Schema of the catalog file: it knows every key, and refuses nothing that is right."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from support.factories import AMARA, amara_with

from pricingsite.pricing import STRUCTURES
from pricingsite.services.catalog.document import CatalogError
from pricingsite.services.catalog.key_descriptions import DESCRIPTIONS
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.catalog.schema import catalog_schema
from pricingsite.services.catalog.toml_tables import (
    Problems,
    Schema,
    accepted,
    key,
    only_tables,
    table,
)
from pricingsite.services.catalog.toml_values import flag, text
from pricingsite.settings import ROOT

SCHEMA = catalog_schema()
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)
EXAMPLES = sorted((ROOT / "pricingsite" / "demo").glob("*.toml"))
TOUR = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


def as_json(value: Any) -> Any:
    """TOML as editors hand it to a validator: its dates are texts."""
    if isinstance(value, dict):
        return {name: as_json(one) for name, one in value.items()}
    if isinstance(value, list):
        return [as_json(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def refusals(toml: bytes) -> list[str]:
    """Where a file is refused: `products/0/prices/0/amount`."""
    errors = VALIDATOR.iter_errors(as_json(tomllib.loads(toml.decode())))
    return ["/".join(map(str, error.instance_path)) for error in errors]


def keys(schema: Schema, place: str = "") -> Iterator[tuple[str, Schema]]:
    """Every key of a schema by its place in the file, lists uncounted."""
    for name, one in schema.get("properties", {}).items():
        where = f"{place}.{name}" if place else name
        yield where, one
        yield from keys(one, where)
    if "items" in schema:
        yield from keys(schema["items"], place)


def test_it_is_a_json_schema() -> None:
    assert jsonschema_rs.meta.is_valid(SCHEMA)
    # Editors of TOML follow no references, and list no keys beside allOf.
    assert not {"$ref", "allOf"} & set(re.findall(r"'(\$?\w+)':", repr(SCHEMA)))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_shipped_catalog_is_valid(path: Path) -> None:
    assert refusals(path.read_bytes()) == []


def test_the_readmes_tour_is_one_catalog_that_is_valid() -> None:
    tour = "\n".join(TOUR).encode()
    assert refusals(tour) == []
    names = [plan.name for plan in read_catalog(tour).plans]
    assert names == ["Start", "Scale", "Team", "Hosting", "Growth"]


def test_every_key_says_what_it_is_for_and_what_it_takes() -> None:
    found = dict(keys(SCHEMA))
    assert [where for where in found if where not in DESCRIPTIONS] == [], "describe the key"
    gone = [where for where in DESCRIPTIONS if where not in found]
    assert gone == [], "there is no such key"
    assert [where for where, one in found.items() if not one.keys() & {"type", "anyOf"}] == []
    assert all(one["description"] == DESCRIPTIONS[where] for where, one in found.items())


@only_tables
def values(found: dict[str, Any], path: str, problems: Problems) -> Mapping[str, bool | str]:
    raise NotImplementedError(found, path, problems)


def other(found: Any, path: str, problems: Problems) -> str | None:
    raise NotImplementedError(found, path, problems)


def test_a_new_key_is_in_the_schema_by_itself() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Entry:
        path: str
        name: str = key(text)
        open: bool = key(flag, default=True)
        values: Mapping[str, bool | str] = key(values, default={})
        other: str | None = key(other, default=None)

    schema = accepted(table(Entry), "")
    assert schema["required"] == ["name"]
    assert schema["properties"]["open"] == {"type": "boolean", "default": True}
    assert schema["properties"]["values"] == {
        "type": "object",
        "additionalProperties": {"anyOf": [{"type": "boolean"}, {"type": "string"}]},
    }
    assert schema["properties"]["other"] == {"type": "string"}


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('name = "Amara"', 'name = ""', "merchant/name"),
        ('country = "GB"', 'country = "UK"', "merchant/country"),
        ('"Europe/London"', '"Europe/Manchester"', "merchant/timezone"),
        ('email = "billing@amara.example"', 'email = "billing"', "merchant/email"),
        ("payment_days = 30", 'payment_days = "30"', "merchant/payment_days"),
        ("payment_days = 30", "payment_days = 400", "merchant/payment_days"),
        ("vat_number =", "vat_nummer =", "merchant"),
        ('legal_name = "Amara Software Ltd"', "", "merchant"),
        ("vat_rates = [", "vat_rates = [] #", "merchant/vat_rates"),
        ("2011-01-04", "4 January 2011", "merchant/vat_rates/0/valid_from"),
        ('id = "api_calls"', 'id = "API calls"', "metrics/0/id"),
        ('aggregation = "sum"', 'aggregation = "total"', "metrics/0/aggregation"),
        ("whole = true", 'whole = "yes"', "metrics/0/whole"),
        ('amount = "500"', "amount = 500.0", "products/0/prices/0/amount"),
        ('amount = "500"', 'amount = "500 pounds"', "products/0/prices/0/amount"),
        ('amount = "500"', 'unit_price = "500"', "products/0/prices/0"),
        ('model = "fixed"', 'model = "flat"', "products/0/prices/0/model"),
        ('model = "graduated"', 'model = "linear"', "products/1/prices/0"),
        ('currency = "GBP"', 'currency = "Pounds"', "products/0/prices/0/currency"),
        ('"monthly"', '"weekly"', "products/0/prices/0/billing_frequency"),
        ('flat_fee = "250"', 'fee = "250"', "products/1/prices/0/tiers/0"),
        ('prices = ["A"]', "prices = []", "plans/0/prices"),
        ('prices = ["A"]', 'prices = "A"', "plans/0/prices"),
    ],
)
def test_a_wrong_file_is_refused_at_its_place(old: str, new: str, place: str) -> None:
    wrong = amara_with((old, new))
    assert place in refusals(wrong)
    # The schema is never stricter than the site.
    with pytest.raises(CatalogError):
        read_catalog(wrong)


@pytest.mark.parametrize("model", STRUCTURES)
def test_each_model_has_its_own_keys(model: str) -> None:
    price = SCHEMA["properties"]["products"]["items"]["properties"]["prices"]["items"]
    own = {
        "id": "N",
        "currency": "GBP",
        "billing_frequency": "monthly",
        "billing_type": "in_arrears",
    }
    numbers = dict.fromkeys(STRUCTURES[model].numbers, "1") or {"tiers": [{"unit_price": "1"}]}
    validator = jsonschema_rs.validator_for(price)
    assert validator.is_valid({**own, "model": model, **numbers})
    assert not validator.is_valid({**own, "model": model})
    others = {key for kind in STRUCTURES.values() for key in kind.numbers} | {"tiers"}
    for other in others - numbers.keys():
        assert not validator.is_valid({**own, "model": model, **numbers, other: "1"})


def test_a_date_of_tomls_own_is_right() -> None:
    assert refusals(amara_with(('"2011-01-04"', "2011-01-04"))) == []
    assert AMARA in EXAMPLES
