"""Writing a catalog file: tables in the order they are given, with remarks above their keys."""

import re
from collections.abc import Callable, Container, Mapping
from itertools import count
from textwrap import wrap
from typing import Any
from unicodedata import normalize

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.items import Array, InlineTable, Table

from pricingsite.services.catalog.toml_tables import join

# What a place of the file says of itself, lists counted from 0; nothing where it is empty.
Remark = Callable[[str], str]
_WIDTH = 98
_MOST_KEYS_IN_A_LINE = 4


def write_catalog(document: Mapping[str, Any], remark: Remark) -> str:
    """A catalog file of plain values: texts, flags, numbers, and lists and tables of these.

    Tables inside others are written in a line each, unless they have many keys. The remark at no
    place opens the file.
    """
    written = tomlkit.document()
    _fill(written, document, "", remark)
    return f"{tomlkit.dumps(written).rstrip()}\n"


def id_for(name: str, taken: Container[str] = (), *, between: str = "-") -> str:
    """An id made of a name, and of a number where another has it already: `ai-add-on`, `pro-2`."""
    letters = normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    plain = between.join(re.findall("[a-z0-9]+", letters)) or "unnamed"
    numbered = (f"{plain}{between}{n}" for n in count(2))
    return plain if plain not in taken else next(one for one in numbered if one not in taken)


def _fill(into: TOMLDocument | Table, values: Mapping[str, Any], path: str, remark: Remark) -> None:
    about = remark(path)
    _say(into, about)
    # A key after a table would belong to that table.
    for name, value in sorted(values.items(), key=lambda item: _has_heading(item[1], path)):
        place = join(path, name)
        if not _has_heading(value, path):
            words = remark(place)
            if words and about:
                into.add(tomlkit.nl())
            _say(into, words)
            into.add(name, _inline(value))
            about = ""
        elif isinstance(value, Mapping):
            into.add(name, _table(value, place, remark))
        else:
            tables = tomlkit.aot()
            for n, one in enumerate(value):
                tables.append(_table(one, f"{place}[{n}]", remark))
            into.add(name, tables)


def _has_heading(value: Any, path: str) -> bool:
    """Whether a value is a table of its own, or a list of such: at the top, or with many keys."""
    if isinstance(value, Mapping):
        return not path
    tables = [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
    return bool(tables) and (not path or max(map(len, tables)) > _MOST_KEYS_IN_A_LINE)


def _table(values: Mapping[str, Any], path: str, remark: Remark) -> Table:
    table = tomlkit.table()
    _fill(table, values, path, remark)
    return table


def _say(into: TOMLDocument | Table, words: str) -> None:
    for paragraph in words.splitlines():
        for line in wrap(paragraph, _WIDTH, break_on_hyphens=False) or [""]:
            into.add(tomlkit.comment(line) if line else tomlkit.nl())


def _inline(value: Any) -> Any:
    if isinstance(value, list):
        return _array(value)
    if isinstance(value, Mapping):
        return _inline_table(value)
    # In several lines a carriage return would not be read again.
    if isinstance(value, str) and "\n" in value and "\r" not in value:
        return tomlkit.string(value, multiline=True)
    return value


def _array(values: list[Any]) -> Array:
    array = tomlkit.array()
    for value in values:
        array.append(_inline(value))
    several = len(values) > 1
    return array.multiline(several and (isinstance(values[0], Mapping) or _is_long(values)))


def _is_long(values: list[Any]) -> bool:
    return sum(len(str(value)) + 4 for value in values) > _WIDTH - 20


def _inline_table(values: Mapping[str, Any]) -> InlineTable:
    table = tomlkit.inline_table()
    for name, value in values.items():
        table.append(name, _inline(value))
    return table
