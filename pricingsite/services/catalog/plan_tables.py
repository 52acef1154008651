"""Reading what the catalog file says of plans besides their prices: values, limits, whom to ask."""

from typing import Any
from urllib.parse import urlsplit

from pricingsite.services.catalog.toml_tables import Problems, Read, join, only_tables
from pricingsite.services.catalog.toml_values import (
    check_text,
    decimal,
    email,
    id_,
    reader,
    shown,
    text,
)

# As many as a customer's usage of a month can be.
_MOST = 10**12
_MOST_NAMES = 24


def by_id(read: Read) -> Read:
    """Read a table whose keys are ids of others; a key that is none is a problem."""

    @only_tables
    def read_all(found: dict[str, Any], path: str, problems: Problems) -> dict[str, Any]:
        places = {name: join(path, name) for name in found}
        return {
            name: read(value, places[name], problems)
            for name, value in found.items()
            if id_(name, places[name], problems)
        }

    return read_all


def feature_value(value: Any, path: str, problems: Problems) -> bool | str | None:
    """Whether a plan has a feature, or how much of it."""
    if isinstance(value, bool):
        return value
    if not isinstance(value, str):
        problems.add(path, f"expected true, false or text in quotes, found {shown(value)}")
        return None
    found: str | None = text(value, path, problems)
    return found


limit = decimal(at_most=_MOST, places=6)


def contact(value: Any, path: str, problems: Problems) -> str | None:
    """Where to talk about a plan: an e-mail address, or a page."""
    is_page = isinstance(value, str) and ":" in value
    address: str | None = (_page if is_page else email)(value, path, problems)
    return address


@reader
def _page(value: Any) -> str:
    address = check_text(value)
    try:
        parts = urlsplit(address)
        found = parts.scheme == "https" and bool(parts.hostname)
    except ValueError:
        found = False
    if not found or any(character.isspace() for character in address):
        raise ValueError(
            f'expected an e-mail address or one that begins with "https://", found "{value}"'
        )
    return address


@reader
def tax_name(value: Any) -> str:
    """What the tax is called, beside amounts."""
    name = check_text(value)
    if len(name) > _MOST_NAMES or "\n" in name:
        raise ValueError(f"expected a name of at most {_MOST_NAMES} characters, such as VAT")
    return name
