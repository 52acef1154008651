"""What Stripe's API answers, as it was saved: read whatever is in it, or refused in words."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import stripe
from support.stripe import METER, export_of, price, product, tiered

from pricingsite.integrations.stripe.catalog import import_catalog
from pricingsite.integrations.stripe.export import ExportError, read_export


def test_an_export_that_ends_before_its_list_is_told() -> None:
    text = stripe.listed("/v1/prices", [price("price_1", "1")], has_more=True)
    export = read_export([export_of(product("prod_1", "Pro")), text])
    assert import_catalog(export).told[0] == (
        "/v1/prices: the export ends before the list does (has_more)"
    )


def test_a_product_may_be_written_out_in_its_price() -> None:
    expanded = price("price_1", "1", product=product("prod_1", "Pro"))
    export = read_export([json.dumps([expanded])])
    assert list(export.products) == ["prod_1"]
    assert [one["id"] for one in import_catalog(export).products] == ["pro"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no product and no price"),
        ('{"object": "list", "data": []}', "no product and no price"),
        ("[1, 2", "it is not JSON"),
        ("[" * 100_000, "too deeply"),
        ("9" * 5_000, "it is not JSON"),
        ('{"object": "price", "id": 1}', "no product and no price"),
        ('{"object": "price", "id": "\\ud800"}', "half a character"),
    ],
)
def test_what_is_no_export_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ExportError, match=reason):
        read_export([text])


GOOD = [
    product("prod_1", "Pro", unit_label="seat", marketing_features=[{"name": "Projects"}]),
    METER,
    price("price_1", "900", currency_options={"eur": {"unit_amount": 800}}),
    tiered("price_2", [(10, "900", None), (None, "750", None)], "volume", usage="licensed"),
    tiered("price_3", [(10, "1", "5"), (None, "2", None)], "graduated", meter="mtr_1"),
    price("price_4", "9", transform_quantity={"divide_by": 5, "round": "up"}, usage="metered"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=3,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where in a JSON value something may be put in the place of something else."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for name, one in inside:
        found.append((*path, name))
        found += places(one, (*path, name)) if isinstance(one, dict | list) else []
    return found


@settings(deadline=None)
@given(place=st.sampled_from(places(GOOD)), value=JSON)
def test_whatever_an_export_holds_it_is_read_or_refused_in_words(
    place: tuple[Any, ...], value: Any
) -> None:
    things = json.loads(json.dumps(GOOD))
    parent = things
    for name in place[:-1]:
        parent = parent[name]
    parent[place[-1]] = value
    try:
        made = import_catalog(read_export([json.dumps(things)]))
    except ExportError:
        return
    # What no file can hold is told, as everything that the catalog refuses.
    assert made.written()
    assert made.told
