"""Unit prices shown for as many units as a metric says, and names of metrics before words."""

from decimal import Decimal
from typing import Any

import pytest

from pricingsite.pricing import (
    BillingFrequency,
    BillingType,
    PriceTerms,
    Unit,
    structure_from_dict,
)
from pricingsite.wording.bills import priced_name
from pricingsite.wording.headlines import usage_words
from pricingsite.wording.prices import each_unit, price_sentence, tier_labels, words_of
from pricingsite.wording.quantities import column, counted, named
from pricingsite.wording.rates import next_per, next_rate

GB = Unit("GB", "GB", name="Egress", per=Decimal(1000))
CALLS = Unit("API call", "API calls")
LINEAR = {"model": "linear", "unit_price": "0.00009"}
PACKAGE = {"model": "package", "package_size": "100", "package_price": "40"}
TIERS = [{"upper_bound": "10", "unit_price": "0.5"}, {"unit_price": "0.25"}]


def dollars(rate: Decimal, currency: str) -> str:
    assert currency == "USD"
    return f"US${rate:.2f}"


def priced(document: dict[str, Any], unit: Unit = GB, name: str = "Traffic") -> PriceTerms:
    return PriceTerms(
        id="X",
        name=name,
        currency="USD",
        structure=structure_from_dict(document),
        billing_frequency=BillingFrequency.MONTHLY,
        billing_type=BillingType.IN_ARREARS,
        unit=unit,
        metric_id="x",
    )


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (LINEAR, "US$0.09 per 1,000 GB"),
        (LINEAR | {"included": "500"}, "First 500 GB included, then US$0.09 per 1,000 GB"),
        (PACKAGE, "US$40.00 for each 100 GB or part of 100"),
        (
            PACKAGE | {"included": "5"},
            "First 5 GB included, then US$40.00 for each 100 GB or part of 100",
        ),
        ({"model": "percentage", "rate": "0.02"}, "2% of each GB"),
        (
            {"model": "graduated", "tiers": TIERS},
            "First 10 GB: US$500.00 per 1,000 GB; every GB after 10: US$250.00 per 1,000 GB",
        ),
    ],
)
def test_a_sentence_shows_the_price_of_so_many(document: dict[str, Any], sentence: str) -> None:
    assert price_sentence(priced(document), dollars) == sentence


def test_one_by_one_nothing_changes() -> None:
    price = priced(LINEAR | {"unit_price": "0.45", "included": "5"}, CALLS)
    assert price_sentence(price, dollars) == (
        "First 5 API calls included, then US$0.45 for each API call"
    )
    assert each_unit(price, Decimal("0.45"), dollars) == "US$0.45"
    labels = tier_labels(price, dollars)
    assert [(one.range, one.price) for one in labels] == [
        ("First 5 API calls", "Free"),
        ("Every API call after 5", "US$0.45 each"),
    ]
    assert words_of(price).explanation(price, "a month") == (
        "After the first 5 API calls, every API call costs the same."
    )


def test_what_is_shown_is_exact() -> None:
    unit = Unit("token", "tokens", per=Decimal(1_000_000_000))
    price = priced({"model": "linear", "unit_price": "999999999999999.999999999999"}, unit)
    shown = next_rate(price, Decimal("999999999999999.999999999999"))
    assert f"{shown:f}".rstrip("0") == "999999999999999999999999.999"


@pytest.mark.parametrize(
    ("document", "cost", "shown", "per"),
    [
        (LINEAR, "0.00009", "0.09", "per 1,000 GB"),
        # What is no unit price is that of one unit: nothing, a package, a fee, a fall.
        (LINEAR, "0", "0", ""),
        (PACKAGE, "40", "40", ""),
        ({"model": "volume", "tiers": TIERS}, "-2.25", "-2.25", ""),
        ({"model": "volume", "tiers": TIERS}, "0.25", "250", "per 1,000 GB"),
        ({"model": "percentage", "rate": "0.02"}, "0.02", "0.02", ""),
    ],
)
def test_the_next_unit_is_shown_per_so_many_where_it_is_a_unit_price(
    document: dict[str, Any], cost: str, shown: str, per: str
) -> None:
    price = priced(document)
    assert next_rate(price, Decimal(cost)) == Decimal(shown)
    assert next_per(price, Decimal(cost)) == per


def test_names_stand_before_words_and_after_quantities() -> None:
    assert named("Next GB costs", GB) == "Egress: next GB costs"
    assert named("API calls since", GB) == "Egress: API calls since"
    assert named("A bill", GB) == "Egress: a bill"
    assert named("Next API call costs", CALLS) == "Next API call costs"
    assert counted(Decimal(5), GB) == "5 GB (Egress)"
    assert counted(Decimal(5), CALLS) == "5 API calls"
    assert (column(GB), column(CALLS)) == ("Egress (GB)", "API calls")
    assert column(Unit("token", "tokens", name="Input tokens")) == "Input tokens"


def test_a_price_takes_the_name_of_its_metric_where_it_lacks_it() -> None:
    assert priced_name(priced(LINEAR)) == "Traffic, Egress"
    assert priced_name(priced(LINEAR, name="Egress in the US")) == "Egress in the US"
    assert priced_name(priced(LINEAR, CALLS)) == "Traffic"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (LINEAR, "Egress: US$0.09 per 1,000 GB"),
        (
            {"model": "graduated", "tiers": [*TIERS[:1], {"unit_price": "0.1", "flat_fee": "5"}]},
            "Egress: US$100.00 to US$500.00 per 1,000 GB, plus a fee for each band you reach",
        ),
        (
            {
                "model": "volume",
                "tiers": [{"upper_bound": "1", "flat_fee": "2"}, {"flat_fee": "5"}],
            },
            "Egress: US$2.00 to US$5.00 a month, by the band you reach",
        ),
        (
            {"model": "graduated", "tiers": [{"upper_bound": "1"}, {"unit_price": "0.1"}]},
            "Egress: first 1 GB a month included, then US$100.00 per 1,000 GB",
        ),
    ],
)
def test_a_usage_price_in_short(document: dict[str, Any], words: str) -> None:
    assert usage_words(priced(document), dollars, adds_up=True, period=True) == words
