"""Reading the tables of a file by the keys that a dataclass declares.

`key(…)` stands on a field and says how its value is read; `table(cls)` is the one walker over them.
Every problem is collected with its path, lists counted from 0, and a value that has one is None. A
reader also says which values it takes, in JSON Schema, so that editors know the same keys.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from keyword import iskeyword
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from pricingsite.services.catalog.key_descriptions import DESCRIPTIONS

REQUIRED = object()


class Problems:
    """What is wrong with a file, one line each, in the order it was found."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._places: set[str] = set()

    def add(self, path: str, message: str) -> None:
        """Note a problem at a place; an empty path is the whole file."""
        self._places.add(path)
        self.lines.append(f"{path}: {message}" if path else message)

    def at(self, path: str) -> bool:
        """Whether something is wrong at a place already."""
        return path in self._places


Read = Callable[[Any, str, Problems], Any]
Schema = dict[str, Any]
_ACCEPTED: Mapping[Any, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    date: {"type": "string", "format": "date"},
    Decimal: {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"},
}


@dataclass(frozen=True, slots=True)
class Reader:
    """How a value is read, and which values it takes: their JSON Schema.

    `accepts` is given the place of the key in any file, lists uncounted: `products.prices`.
    """

    read: Read
    accepts: Callable[[str], Schema]

    def __call__(self, found: Any, path: str, problems: Problems) -> Any:
        """Read a value."""
        return self.read(found, path, problems)


def accepted(read: Read, where: str) -> Schema:
    """The JSON Schema of what a reader takes; where it does not say, by the type it gives."""
    if isinstance(read, Reader):
        return read.accepts(where)
    return accepted_as(get_type_hints(read).get("return"))


def accepted_as(type_: Any) -> Schema:
    """The JSON Schema of what is read as a type; it takes anything where nothing is known."""
    if isinstance(type_, UnionType):
        several = [accepted_as(one) for one in get_args(type_) if one is not NoneType]
        return several[0] if len(several) == 1 else {"anyOf": several}
    if get_origin(type_) in {dict, Mapping}:
        return {"type": "object", "additionalProperties": accepted_as(get_args(type_)[1])}
    return _ACCEPTED.get(type_, {})


@dataclass(frozen=True, slots=True)
class Key:
    """How a key's value is read, and what stands for it when it is left out."""

    read: Read
    default: Any = REQUIRED


def key(read: Read, default: Any = REQUIRED) -> Any:
    """A dataclass field that is a key of its table."""
    return field(metadata={"key": Key(read, default)})


def keys_of(cls: Any) -> dict[str, Key]:
    """The keys that a dataclass declares; one that Python keeps for itself ends in `_` there."""
    return {f.name.rstrip("_"): f.metadata["key"] for f in fields(cls) if "key" in f.metadata}


def read_keys(
    keys: Mapping[str, Key], found: dict[str, Any], path: str, problems: Problems
) -> dict[str, Any]:
    """The values of a table's keys; unknown and missing ones are problems."""
    for name in found:
        if name not in keys:
            problems.add(join(path, name), f"unknown key{_known(name, keys, found)}")
    return {name: _value(name, key, found, path, problems) for name, key in keys.items()}


def _value(name: str, key: Key, found: dict[str, Any], path: str, problems: Problems) -> Any:
    if name in found:
        return key.read(found[name], join(path, name), problems)
    if key.default is REQUIRED:
        problems.add(join(path, name), "this key is missing")
        return None
    return key.default


def _known(name: str, keys: Mapping[str, Key], found: dict[str, Any]) -> str:
    # What stands there under its own name is not what was meant.
    near = get_close_matches(name, keys.keys() - found.keys(), n=1)
    hint = f': did you mean "{near[0]}"?' if near else "."
    return f"{hint} Known here: {', '.join(sorted(keys))}"


def join(path: str, name: str) -> str:
    """The path of a key in the table at `path`."""
    return f"{path}.{name}" if path else name


def kind_of(value: Any) -> str:
    """What a TOML value is, in words."""
    kinds = {
        bool: "true or false", int: "a number", float: "a float", str: "text",
        list: "a list", dict: "a table",
    }  # fmt: skip
    return kinds.get(type(value), "a date or time")


def accepted_keys(keys: Mapping[str, Key], where: str) -> Schema:
    """The JSON Schema of a table of keys, each with its description and its default."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name, key in keys.items() if key.default is REQUIRED],
        "properties": {name: _accepted_key(key, join(where, name)) for name, key in keys.items()},
    }


def _accepted_key(key: Key, where: str) -> Schema:
    schema = dict(accepted(key.read, where))
    if where in DESCRIPTIONS:
        schema["description"] = DESCRIPTIONS[where]
    if isinstance(key.default, bool | int | str):
        schema["default"] = key.default
    return schema


def table(cls: Any) -> Reader:
    """Read a table into the dataclass that declares its keys, with the `path` it stands at."""
    keys = keys_of(cls)

    def read(found: dict[str, Any], path: str, problems: Problems) -> Any:
        values = read_keys(keys, found, path, problems)
        return cls(path=path, **{f"{n}_" if iskeyword(n) else n: v for n, v in values.items()})

    return Reader(only_tables(read), lambda where: accepted_keys(keys, where))


def only_tables(read: Read) -> Reader:
    """Refuse what is no table, which then reads as None."""

    def check(found: Any, path: str, problems: Problems) -> Any:
        if isinstance(found, dict):
            return read(found, path, problems)
        problems.add(path, f"expected a table of keys, found {kind_of(found)}")
        return None

    return Reader(check, lambda where: accepted(read, where) | {"type": "object"})


def tables(read: Read, *, at_least: int = 0) -> Reader:
    """Read a list of tables, those that are none left out: the others know their own paths."""
    read_all = each(read, at_least=at_least)
    return Reader(
        lambda *place: tuple(item for item in read_all(*place) if item is not None),
        read_all.accepts,
    )


def each(read: Read, *, at_least: int = 0) -> Reader:
    """Read every item of a list; one that has a problem keeps its place, as None."""

    def read_all(found: Any, path: str, problems: Problems) -> tuple[Any, ...]:
        if not isinstance(found, list):
            problems.add(path, f"expected a list, found {kind_of(found)}")
            return ()
        if len(found) < at_least:
            problems.add(path, "name at least one")
        return tuple(read(item, f"{path}[{n}]", problems) for n, item in enumerate(found))

    def accepts(where: str) -> Schema:
        fewest = {"minItems": at_least} if at_least else {}
        return {"type": "array", "items": accepted(read, where)} | fewest

    return Reader(read_all, accepts)
