"""The catalog file: what a good one says, and that all that is wrong with another is told."""

from datetime import date
from decimal import Decimal

import pytest
from support.factories import AMARA, amara_with

from pricingsite.pricing import Fixed, Graduated, Linear, Package, Tier, Volume
from pricingsite.services.catalog.document import CatalogDocument, CatalogError, PriceEntry
from pricingsite.services.catalog.reading import read_catalog

GOOD = AMARA.read_text()
X_TIERS = """tiers = [
    { upper_bound = "1000", flat_fee = "250" },
    { upper_bound = "2500", unit_price = "0.45" },
    { unit_price = "0.65" },
]"""


def problems_of(toml: bytes) -> list[str]:
    with pytest.raises(CatalogError) as refused:
        read_catalog(toml)
    return list(refused.value.problems)


def price(document: CatalogDocument, price_id: str) -> PriceEntry:
    return next(price for price in document.prices if price.id == price_id)


def test_the_shipped_catalog_holds_the_seven_prices_of_the_worked_example() -> None:
    document = read_catalog(GOOD.encode())
    fixed = {"A": "500", "B": "825", "C": "650", "D": "400"}
    steps = {
        "X": [("1000", "0", "250"), ("2500", "0.45", "0"), (None, "0.65", "0")],
        "Y": [("2000", "0", "150"), (None, "0.40", "0")],
        "Z": [("5000", "0", "700"), (None, "0.65", "0")],
    }
    assert {entry.id: entry.structure for entry in document.prices} == {
        **{price_id: Fixed(Decimal(amount)) for price_id, amount in fixed.items()},
        **{
            price_id: Graduated(
                tuple(
                    Tier(Decimal(bound) if bound else None, Decimal(unit_price), Decimal(flat_fee))
                    for bound, unit_price, flat_fee in tiers
                )
            )
            for price_id, tiers in steps.items()
        },
    }
    assert [entry.id for entry in document.prices if entry.list_price] == ["A", "X"]
    assert {entry.variant_of for entry in document.prices} == {None, "A", "X"}
    assert {entry.currency for entry in document.prices} == {"GBP"}
    assert [(plan.id, plan.prices) for plan in document.plans] == [
        ("start", ("A",)),
        ("scale", ("A", "X")),
    ]


# The rest of its line is a remark.
WHOLE = ("whole = true", "#")


def test_keys_that_may_be_left_out_have_their_defaults() -> None:
    document = read_catalog(
        amara_with(
            ("payment_days = 30\n", ""),
            ('terms_version = "1"\n', ""),
            ('vat_number = "GB999999973"\n', ""),
            ('tagline = "The whole platform for one price."\n', ""),
        )
    )
    merchant = document.merchant
    assert (merchant.payment_days, merchant.terms_version, merchant.vat_number) == (30, "1", None)
    assert document.plans[0].tagline is None
    assert document.metrics[0].unit_plural is None
    assert read_catalog(amara_with(WHOLE)).metrics[0].whole is None
    assert price(document, "X").prorate_flat_fees is False


@pytest.mark.parametrize(
    ("keys", "structure"),
    [
        ('model = "linear"\nunit_price = "0.45"', Linear(Decimal("0.45"))),
        (
            'model = "package"\npackage_size = "100"\npackage_price = "12.50"',
            Package(Decimal(100), Decimal("12.50")),
        ),
        (
            (
                'model = "volume"\nprorate_flat_fees = true\n'
                'tiers = [{ upper_bound = "10.5", flat_fee = "1" }, {}]'
            ),
            Volume((Tier(Decimal("10.5"), flat_fee=Decimal(1)), Tier())),
        ),
    ],
)
def test_every_usage_model_can_be_written(keys: str, structure: object) -> None:
    document = read_catalog(amara_with((f'model = "graduated"\n{X_TIERS}', keys)))
    assert price(document, "X").structure == structure


@pytest.mark.parametrize("written", ['"2011-01-04"', "2011-01-04"])
def test_a_day_may_be_text_or_tomls_own_date(written: str) -> None:
    document = read_catalog(amara_with(('"2011-01-04"', written)))
    assert document.merchant.vat_rates[0].valid_from == date(2011, 1, 4)


def test_the_mark_that_some_editors_put_first_is_no_problem() -> None:
    assert read_catalog(b"\xef\xbb\xbf" + GOOD.encode()).merchant.name == "Amara"


def test_a_plan_has_one_currency() -> None:
    # Its variants follow the list price, so that only the plan is wrong.
    toml = GOOD.split("[[plans]]")[0].split("[[products]]")
    toml[2] = toml[2].replace('"GBP"', '"EUR"')
    plans = "[[plans]]" + GOOD.split("[[plans]]", 1)[1]
    assert problems_of(("[[products]]".join(toml) + plans).encode()) == [
        "plans[1].prices: a plan has one currency, not GBP and EUR"
    ]


def test_a_plan_has_one_usage_price_of_a_product() -> None:
    y = 'id = "Y"\nvariant_of = "X"\n'
    assert problems_of(
        amara_with((y, 'id = "Y"\nlist_price = true\n'), ('["A", "X"]', '["A", "X", "Y"]'))
    ) == ["plans[1].prices: 2 usage prices of product ai-add-on: a plan has one at most"]


def test_every_problem_is_reported_at_once() -> None:
    toml = amara_with(
        ('country = "GB"', 'country = "UK"'),
        ('unit = "API call"', "unit = 1"),
        ('amount = "500"', "amount = 500.0"),
        ('flat_fee = "250"', "flat_fee = 250.0"),
        ('unit_price = "0.45"', "unit_price = 0.45"),
        ('prices = ["A"]', 'prices = ["B"]'),
    )
    assert [problem.split(": ")[0] for problem in problems_of(toml)] == [
        "merchant.country",
        "metrics[0].unit",
        "products[0].prices[0].amount",
        "products[1].prices[0].tiers[0].flat_fee",
        "products[1].prices[0].tiers[1].unit_price",
        "plans[0].prices[0]",
    ]


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        (b"", "merchant: this key is missing"),
        (b"merchant = 1", "merchant: expected a table of keys, found a number"),
        (b"[merchant", "The file is not TOML: Expected ']' at the end of a table declaration"),
        (b"x = " + b"[" * 2000, "The file nests lists or tables too deeply."),
        (b"x = " + b"{a=" * 2000, "The file nests lists or tables too deeply."),
        (b"x = " + b"9" * 6000, "The file holds a number of over 4,300 digits."),
        (b"name = '\xe9'", "The file is not UTF-8 text: byte 8 is not."),
    ],
)
def test_a_file_that_is_no_catalog_says_why(toml: bytes, problem: str) -> None:
    (found,) = problems_of(toml)
    assert found.startswith(problem)


@pytest.mark.parametrize("table", ["metrics", "products", "plans"])
def test_a_list_of_something_else_is_refused(table: str) -> None:
    merchant = GOOD.split("[[metrics]]")[0]
    assert problems_of(f"{table} = [1]\n{merchant}".encode()) == [
        f"{table}[0]: expected a table of keys, found a number"
    ]
    assert problems_of(f"{table} = 1\n{merchant}".encode()) == [
        f"{table}: expected a list, found a number"
    ]
