"""Take a file of CSV apart into its rows, each once, whatever quotes stand in it.

A quote that nobody closes would swallow the rows after it; so a cell over several lines must end
soon, and may hold no line that is a row itself. The rows after a bad one are read all the same.
"""

import csv
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from pricingsite.services.usage.csv_events import CSV_REQUIRED
from pricingsite.services.usage.events import EventError

NOT_UTF_8 = "the file is not in UTF-8, but probably in UTF-16: save it in UTF-8"
_MOST_LINES = 100
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_OPEN = "a quoted cell is not closed, or a quote inside it is not doubled"

# The number of a row's first line, counted from 1, and its cells, or what is wrong with it.
Row = tuple[int, list[str] | EventError]


class HeaderError(ValueError):
    """A first line that names no columns for events; the message says what was found."""


def header_of(lines: Iterator[str], properties: Sequence[str]) -> list[str]:
    """The names of the columns; `properties` are those that metrics count."""
    line = next(lines, "")
    if line.startswith(("\udcff\udcfe", "\udcfe\udcff")) or "\0" in line:
        raise HeaderError(NOT_UTF_8)
    try:
        header = [name.strip() for name in next(csv.reader([line], strict=True), [])]
    except csv.Error:
        raise HeaderError(_OPEN) from None
    if twice := sorted({name for name in header if name and header.count(name) > 1}):
        raise HeaderError(f"the header names {', '.join(twice)} twice")
    for wanted in (*CSV_REQUIRED, "source", *properties):
        if wanted not in header and (like := [name for name in header if _like(name, wanted)]):
            raise HeaderError(f"the header has {like[0]!r}: write {wanted}")
    if lacking := [name for name in CSV_REQUIRED if name not in header]:
        raise HeaderError(f"the header lacks {', '.join(lacking)}{_separated(header)}")
    return header


def _like(name: str, wanted: str) -> bool:
    return name.casefold().replace(" ", "_").replace("-", "_") == wanted.casefold()


def _separated(header: Sequence[str]) -> str:
    """What stands between the columns in place of commas, in words."""
    for mark, name in _SEPARATORS.items():
        if len(header) == 1 and mark in header[0]:
            return f": its columns are separated by {name}, not by commas"
    return f": it has {', '.join(map(repr, header))}" if any(header) else ": it is empty"


def rows_of_csv(lines: Iterator[str], is_row: Callable[[list[str]], bool]) -> Iterator[Row]:
    """The rows of lines that come after a header; `is_row` tells lines that are rows themselves."""
    waiting = deque[str]()
    number = 2
    while True:
        taken: list[str] = []
        reader = csv.reader(_taking(waiting, lines, taken), strict=True)
        found: list[str] | EventError
        try:
            found = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            found = EventError(_in_words(error))
        if not isinstance(found, EventError) and any(map(is_row, csv.reader(taken[1:]))):
            found = EventError(_OPEN)
        yield number, found
        if isinstance(found, EventError):
            waiting.extendleft(reversed(taken[1:]))
            taken = taken[:1]
        number += len(taken)


def _taking(waiting: deque[str], lines: Iterator[str], taken: list[str]) -> Iterator[str]:
    """The lines of one row, noted as they are taken."""
    while len(taken) < _MOST_LINES:
        line = waiting.popleft() if waiting else next(lines, None)
        if line is None:
            return
        taken.append(line)
        yield line


def _in_words(error: csv.Error) -> str:
    if "field limit" in str(error):
        return f"a cell is longer than {csv.field_size_limit():,} characters"
    return _OPEN
