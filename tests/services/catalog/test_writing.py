"""Writing catalog files: what is written is read again, and ids are made of names."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.catalog.writing import id_for, write_catalog
from pricingsite.settings import ROOT

EXAMPLES = sorted((ROOT / "pricingsite" / "demo").glob("*.toml"))
KEYS = st.from_regex("[a-z_]{1,8}", fullmatch=True)
# A lone surrogate is no text, and no file holds one.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SINGLE = TEXTS | st.booleans() | st.integers(-(10**9), 10**9)
FLAT = st.dictionaries(KEYS, SINGLE | st.lists(TEXTS), min_size=1)
TABLES = st.dictionaries(KEYS, SINGLE | st.lists(FLAT) | st.lists(TEXTS), min_size=1)


def silent(_path: str) -> str:
    return ""


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_shipped_catalog_is_written_as_it_was_read(path: Path) -> None:
    written = write_catalog(tomllib.loads(path.read_text()), silent)
    assert tomllib.loads(written) == tomllib.loads(path.read_text())
    assert read_catalog(written.encode()) == read_catalog(path.read_bytes())


@settings(deadline=None, max_examples=30)
@given(merchant=TABLES, products=st.lists(TABLES, min_size=1))
def test_whatever_is_written_is_read_again(
    merchant: dict[str, Any], products: list[dict[str, Any]]
) -> None:
    document = {"merchant": merchant, "products": [{"id": "a", **one} for one in products]}
    assert tomllib.loads(write_catalog(document, silent)) == document


def test_remarks_are_above_what_they_are_about() -> None:
    remarks = {"": "Top.", "plans[0]": "First plan.", "plans[0].name": "Its name."}
    document = {"plans": [{"name": "Start", "id": "start"}, {"id": "scale"}]}
    assert write_catalog(document, lambda path: remarks.get(path, "")) == (
        "# Top.\n\n[[plans]]\n# First plan.\n\n# Its name.\n"
        'name = "Start"\nid = "start"\n\n[[plans]]\nid = "scale"\n'
    )


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("AI add-on", "ai-add-on"),
        ("Crème brûlée", "creme-brulee"),
        ("  50 % off!", "50-off"),
        ("計画", "unnamed"),
    ],
)
def test_an_id_is_made_of_a_name(name: str, id_: str) -> None:
    assert id_for(name) == id_
    assert id_for(name, {id_}) == f"{id_}-2"
    assert id_for(name, {id_, f"{id_}-2"}) == f"{id_}-3"
