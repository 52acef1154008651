"""The types that the API's schemas are put together from, as JSON Schema."""

from typing import Any

import msgspec

Json = dict[str, Any]


def ref(name: str) -> Json:
    """A reference to a schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def record(fields: Json, *, optional: Json | None = None, description: str = "") -> Json:
    """An object of fields, those of `optional` not always there."""
    shape: Json = {
        "type": "object",
        "required": list(fields),
        "properties": fields | (optional or {}),
    }
    return {"description": description} | shape if description else shape


def text(description: str) -> Json:
    """A text."""
    return {"type": "string", "description": description}


def nullable(description: str, **more: Any) -> Json:
    """A text, or null."""
    return {"type": ["string", "null"], "description": description} | more


def count(description: str) -> Json:
    """A whole number, zero or more."""
    return {"type": "integer", "minimum": 0, "description": description}


def list_of(items: Json, description: str) -> Json:
    """A list."""
    return {"type": "array", "items": items, "description": description}


def day(description: str) -> Json:
    """A day."""
    return {"type": "string", "format": "date", "description": description}


def moment(description: str) -> Json:
    """A moment, with its offset."""
    return {"type": "string", "format": "date-time", "description": description}


def amount(description: str) -> Json:
    """An amount of money as text."""
    return text(f"{description}: an exact decimal in major units.")


def incoming(*types: type) -> Json:
    """What comes in by the very types that decode it, as programs that make clients understand it.

    To them a field with a default is always there.
    """
    _, found = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    for schema in found.values():
        for field in schema.get("properties", {}).values():
            field.pop("default", None)
    return found
