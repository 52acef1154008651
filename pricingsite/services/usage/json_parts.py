"""Split JSON text into parts in linear time, however deeply it nests."""

import re
from collections.abc import Iterator
from typing import Any

# How deeply lists and objects may nest inside an event's data.
MOST_LEVELS = 64
# Of 10,000 events, each has room for fifty; more take too long to read.
MOST_VALUES = 500_000
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_BRACKETS = rb"[\[{]++|[\]}]++"
_INSIDE = re.compile(rb'(?:[^"\[\]{}]++|' + _STRING + rb")*+(" + _BRACKETS + rb")", re.DOTALL)
_BETWEEN = re.compile(rb'(?:[^"\[\]{},]++|' + _STRING + rb")*+(" + _BRACKETS + rb"|,)", re.DOTALL)
_PAIR = rb"\\u[dD][89abAB]..\\u[dD][c-fC-F].."
_OTHER = rb"[^\\]++|\\[^u]|\\u(?![dD][89a-fA-F])"
_HALF = re.compile(rb"(?:" + _OTHER + rb"|" + _PAIR + rb")*+\\u[dD][89a-fA-F]", re.DOTALL)


class UnevenError(ValueError):
    """Text that is not one list; the message says why."""


def holds_too_much(text: bytes) -> bool:
    """Whether JSON may hold more values than are read at a time, by what parts them."""
    # Each value comes after one of these, but for the first.
    return len(text) > MOST_VALUES and sum(map(text.count, (b"[", b"{", b","))) > MOST_VALUES


def nests_too_deeply(value: dict[str, Any]) -> bool:
    """Whether lists and objects lie in a decoded object more levels deep than data may have."""
    # Nearly always nothing lies in it but text and numbers.
    for inner in value.values():
        if type(inner) is dict or type(inner) is list:
            break
    else:
        return False
    level: list[Any] = [value]
    for _ in range(MOST_LEVELS + 1):
        if not level:
            return False
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) is dict or type(inner) is list
        ]
    return bool(level)


def items_of(text: bytes) -> Iterator[bytes]:
    """The items of a list, as they are written. Raises `UnevenError` where it is not one list."""
    text = text.strip(b" \t\r\n")
    depth, start, place = 0, 1, 0
    while depth or not place:
        # Commas are looked for where they part the items, and nowhere deeper.
        found = (_BETWEEN if depth == 1 else _INSIDE).match(text, place)
        if found is None:
            raise UnevenError("the JSON ends too early")
        place, mark = found.end(), found[1]
        if mark == b",":
            yield text[start : place - 1]
            start = place
        else:
            depth += len(mark) if mark[0] in b"[{" else -len(mark)
    if depth < 0 or place < len(text):
        raise UnevenError("not JSON: something follows the list")
    yield text[start : place - 1]


def pruned(text: bytes) -> bytes:
    """JSON whose lists and objects are empty where they nest deeper than data may."""
    kept, depth, place = bytearray(), 0, 0
    # The data itself, its levels, and those that are emptied.
    most = MOST_LEVELS + 2
    while found := _INSIDE.match(text, place):
        mark = found[1]
        if depth < most:
            kept += text[place : found.start(1)]
        if mark[0] in b"[{":
            kept += mark[: max(0, most - depth)]
            depth += len(mark)
        else:
            kept += mark[max(0, depth - most) :]
            depth -= len(mark)
        place = found.end()
    return bytes(kept) + text[place:]


def cuts_a_character(text: bytes) -> bool:
    """Whether an escape stands for half a character alone, as where text was cut in its middle."""
    return _HALF.match(text) is not None
