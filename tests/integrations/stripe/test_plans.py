"""Stripe's products as plans, each with its prices as options."""

from typing import Any

import pytest
from support.stripe import METER, export_of, imported, price, product, tiered

from pricingsite.integrations.stripe.catalog import import_catalog
from pricingsite.integrations.stripe.export import read_export


def test_a_plan_is_made_of_a_product_and_its_default_price() -> None:
    described = product(
        "prod_1", "Pro", default_price="price_2", description="For teams.", tax_code="txcd_1",
        marketing_features=[{"name": "Projects"}],
    )  # fmt: skip
    document, told = imported(
        described,
        METER,
        price("price_1", "9", usage="metered", meter="mtr_1"),
        price("price_2", "90", None),
        price("price_3", "90", None),
    )
    assert document.products[0].description == "For teams."
    assert [(plan.id, plan.features, plan.prices) for plan in document.plans] == [
        ("pro", ("Projects",), ("price_2",))
    ]
    assert told[-3:] == [
        "product prod_1 (Pro): carried, but without its tax_code",
        "product prod_1 (Pro): Stripe has no plans: one was made, with price price_2",
        "product prod_1 (Pro): in no plan: prices price_1, price_3",
    ]


def test_other_rhythms_and_currencies_of_a_product_are_options_of_its_plan() -> None:
    document, told = imported(
        product("prod_1", "Pro", default_price={"id": "price_2"}),
        METER,
        price("price_1", "9"),
        price("price_2", "90", "year"),
        price("price_3", "8", currency="eur"),
        price("price_4", "7", currency="eur"),
        price("price_5", "9", usage="metered", meter="mtr_1"),
    )
    (plan,) = document.plans
    assert [(one.id, one.prices) for one in plan.options] == [
        ("yearly-usd", ("price_2",)),
        ("monthly-usd", ("price_1",)),
        ("monthly-eur", ("price_3",)),
    ]
    assert told[-2:] == [
        (
            "product prod_1 (Pro): Stripe has no plans: one was made, with prices price_2, "
            "price_1, price_3"
        ),
        "product prod_1 (Pro): in no plan: prices price_4, price_5",
    ]


@pytest.mark.parametrize(
    ("label", "per", "remark"),
    [("seat", "seat", None), (None, "unit", "per unit: Stripe does not name what is bought")],
)
def test_what_is_bought_in_tiers_is_carried(
    label: str | None, per: str, remark: str | None
) -> None:
    tiers = [(10, "900", None), (None, "750", None)]
    document, told = imported(
        product("prod_1", "Pro", unit_label=label),
        tiered("price_1", tiers, "volume", usage="licensed"),
    )
    (found,) = document.prices
    assert (found.per, found.metric, found.billing_type) == (per, None, "in_advance")
    assert found.structure.to_dict()["tiers"][0] == {"upper_bound": "10", "unit_price": "9"}
    about = "price price_1 (Pro): carried, but "
    assert [line for line in told if line.startswith(about)] == (
        [f"{about}{remark}"] if remark else []
    )


def test_a_fee_of_a_product_that_is_counted_is_for_each() -> None:
    document, told = imported(product("prod_1", "Pro", unit_label="seat"), price("price_1", "800"))
    assert (document.prices[0].per, document.prices[0].structure.to_dict()) == (
        "seat",
        {"model": "fixed", "amount": "8"},
    )
    assert not any("quantity of one" in line for line in told)


def trying(days: Any, price_id: str, *about: Any) -> dict[str, Any]:
    """A price with a trial."""
    one = price(price_id, *about)
    one["recurring"]["trial_period_days"] = days
    return one


def test_a_trial_that_all_prices_of_a_plan_have_is_the_plans() -> None:
    document, told = imported(trying(14, "price_1", "900"), trying(14, "price_2", "9000", "year"))
    (plan,) = document.plans
    assert (plan.trial_days, plan.trial_then) == (14, "continues")
    assert (
        "product prod_1 (Pro): its trial of 14 days is carried: the plan goes on after it, "
        "as at Stripe"
    ) in told


def test_a_trial_that_some_prices_of_a_plan_have_is_told() -> None:
    document, told = imported(trying(14, "price_1", "900"), price("price_2", "9000", "year"))
    assert document.plans[0].trial_days is None
    assert (
        "price price_1: carried, but without its trial of 14 days: a plan has one trial, of 1 to "
        "365 days, for all of its prices"
    ) in told
    document, told = imported(price("price_1", "900"), trying(14, "price_2", "500"))
    assert document.plans[0].trial_days is None
    assert "price price_2: carried, but without its trial of 14 days: it is in no plan" in told


@pytest.mark.parametrize("days", [730, -1, "14", 1.5, True])
def test_a_trial_that_no_plan_can_have_is_told(days: Any) -> None:
    document, told = imported(trying(days, "price_1", "900"))
    assert document.plans[0].trial_days is None
    assert any(f"without its trial of {days} days" in line for line in told)


def test_archived_products_and_repeated_names() -> None:
    document, told = imported(
        product("prod_2", "Old", active=False),
        product("prod_3", "Pro"),
        product("own-id", "Pro"),
        *(price(f"price_{n}", "1", product=of) for n, of in enumerate(["prod_1", "prod_2"])),
        *(price(f"price_{n}", "1", product=of) for n, of in enumerate(["prod_3", "own-id"], 5)),
    )
    assert [one.id for one in document.products] == ["pro", "pro-2", "own-id"]
    assert [one.id for one in document.plans] == ["pro", "pro-2", "pro-3"]
    assert "product prod_2 (Old): not carried: it is archived, and its prices with it" in told


def test_what_the_catalog_itself_refuses_is_told() -> None:
    made = import_catalog(
        read_export([export_of(product("prod_1", "A\u200bB"), price("price_1", "1"))])
    )
    assert any(line.startswith("products[0].name: the text contains") for line in made.told)
