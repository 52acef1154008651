"""JSON is taken apart however deeply it nests, in a time that grows with its length alone."""

import json
from time import process_time

import pytest

from pricingsite.services.usage.json_parts import (
    MOST_LEVELS,
    UnevenError,
    cuts_a_character,
    holds_too_much,
    items_of,
    nests_too_deeply,
    pruned,
)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("[1,2]", ["1", "2"]),
        (' [ {"a": [1, 2]} ,[[],[]], "x,]\\"," ]\n', [' {"a": [1, 2]} ', "[[],[]]", ' "x,]\\"," ']),
        ("[null]", ["null"]),
        ("[1,]", ["1", ""]),
        (f"[{'[' * 9_999}{']' * 9_999},2]", [f"{'[' * 9_999}{']' * 9_999}", "2"]),
    ],
)
def test_a_list_comes_apart_into_its_items(text: str, items: list[str]) -> None:
    assert [item.decode() for item in items_of(text.encode())] == items


@pytest.mark.parametrize("text", ["[1", '["a]', '["\\"]', "[1] 2", "[1]]", "[[1]", "[1][2]"])
def test_what_is_not_one_list_is_refused(text: str) -> None:
    with pytest.raises(UnevenError):
        list(items_of(text.encode()))


@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a": ', "}")])
@pytest.mark.parametrize(
    ("levels", "too_deep"),
    [(0, False), (1, False), (MOST_LEVELS, False), (MOST_LEVELS + 1, True), (900, True)],
)
def test_levels_are_counted_inside_the_data(
    levels: int,
    too_deep: bool,  # noqa: FBT001
    opened: str,
    closed: str,
) -> None:
    text = f'{{"calls": 3, "n": {opened * levels}1{closed * levels}, "z": "]["}}'
    assert nests_too_deeply(json.loads(text)) is too_deep
    left = json.loads(pruned(text.encode()))
    assert (left == json.loads(text)) is not too_deep
    assert (left["calls"], left["z"]) == (3, "][")


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        (r"cut \ud83d", True),
        (r"\uDC00", True),
        (r"\ud83d\ud83d\ude00", True),
        (r"\ud83d\ude00", False),
        (r"\\ud83d", False),
        (r"\\\ud83d", True),
        (r"caf\u00e9 \"", False),
    ],
)
def test_an_escape_may_stand_for_half_a_character(text: str, cut: bool) -> None:  # noqa: FBT001
    assert cuts_a_character(f'"{text}"'.encode()) is cut


@pytest.mark.parametrize(
    "text",
    [
        b"[" + b",".join([b"null"] * 490_000) + b"]",
        b"[[" + b",".join([b"[]"] * 249_000) + b"]]",
        b"[[0," * 160_000 + b"]]" * 160_000,
        b'["' + b'\\"' * 4_900_000 + b'"]',
        b'["' + b"\\ud83d\\ude00" * 800_000 + b'"]',
    ],
    ids=lambda text: str(text[:8]),
)
def test_ten_megabytes_take_less_than_a_second(text: bytes) -> None:
    started = process_time()
    assert not holds_too_much(text)
    list(items_of(text))
    cuts_a_character(text)
    pruned(text)
    assert process_time() - started < 2  # Much less on an idle machine.
