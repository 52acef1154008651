from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from pricingsite.pricing import (
    BillingFrequency,
    BillingType,
    Period,
    PriceTerms,
    PricingError,
    Service,
    Structure,
    Unit,
    make_bill,
    structure_from_dict,
)
from pricingsite.wording.bills import line_description
from pricingsite.wording.prices import price_sentence, tier_labels, unit_of
from pricingsite.wording.quantities import in_units, unit_name

CALLS = Unit("API call", "API calls")
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))


def pounds(rate: Decimal, currency: str) -> str:
    assert currency == "GBP"
    return f"£{rate:,.2f}"


def priced(structure: Structure, name: str = "AI add-on") -> PriceTerms:
    usage = structure.is_usage
    return PriceTerms(
        id="X",
        name=name,
        currency="GBP",
        structure=structure,
        billing_frequency=BillingFrequency.MONTHLY,
        billing_type=BillingType.IN_ARREARS,
        unit=CALLS if usage else None,
        metric_id="api_calls" if usage else None,
    )


def descriptions_of(price: PriceTerms, quantity: str | None) -> list[str]:
    """What the lines of a bill say, at a quantity."""
    service = Service(price, NOVEMBER, NOVEMBER)
    asked = None if quantity is None else Decimal(quantity)
    bill = make_bill([(service, asked)], period=NOVEMBER, currency="GBP", tax_rate=Decimal(0))
    return [line_description(line) for line in bill.lines]


def tiered(model: str, *tiers: tuple[str | None, str, str]) -> Structure:
    """A structure from (upper bound, unit price, flat fee) triples."""
    documents: list[dict[str, Any]] = []
    for bound, unit_price, flat_fee in tiers:
        document = {"unit_price": unit_price, "flat_fee": flat_fee}
        documents.append(document | ({"upper_bound": bound} if bound else {}))
    return structure_from_dict({"model": model, "tiers": documents})


def labels(structure: Structure) -> list[tuple[str, str, str]]:
    found = tier_labels(priced(structure), pounds)
    return [(label.range, label.price, label.reassurance) for label in found]


STEPS = [("1000", "0", "250"), ("2500", "0.45", "0"), (None, "0.65", "0")]
GRADUATED = tiered("graduated", *STEPS)
VOLUME = tiered("volume", *STEPS)
FREE_THEN_FEES = tiered("graduated", ("1", "0", "0"), ("2", "1", "50"), (None, "0", "9"))
HALVES = [
    ("1000.5", "0", "250"),
    ("2500", "0.45", "0"),
    ("3000.5", "0.5", "0"),
    (None, "0.65", "0"),
]
ONE_TIER = [(None, "0.10", "20")]
LINEAR = structure_from_dict({"model": "linear", "unit_price": "0.10"})
PACKAGE = structure_from_dict({"model": "package", "package_size": "250", "package_price": "10"})
FIXED = structure_from_dict({"model": "fixed", "amount": "500.00"})


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        ("1", "1 API call"),
        ("1.000000", "1 API call"),
        ("0", "0 API calls"),
        ("0.5", "0.5 API calls"),
        ("1500", "1,500 API calls"),
        ("1500.500000", "1,500.5 API calls"),
        ("1E+6", "1,000,000 API calls"),
        ("0.000001", "0.000001 API calls"),
        ("1000000000000.123456", "1,000,000,000,000.123456 API calls"),
    ],
)
def test_a_quantity_with_its_unit(quantity: str, text: str) -> None:
    assert in_units(Decimal(quantity), CALLS) == text


def test_a_unit_beside_a_whole_number() -> None:
    assert (in_units(1, CALLS), in_units(2500, CALLS)) == ("1 API call", "2,500 API calls")
    assert (unit_name(1, CALLS), unit_name(0, CALLS)) == ("API call", "API calls")


def test_graduated_tiers_in_words() -> None:
    assert labels(GRADUATED) == [
        ("First 1,000 API calls", "£250.00 in total", "whether or not you use them"),
        ("Next 1,500 (1,001 to 2,500)", "£0.45 each", "on top of the earlier bands"),
        ("Every API call after 2,500", "£0.65 each", "earlier API calls keep their price"),
    ]


def test_volume_tiers_in_words() -> None:
    rate = "this rate then applies to every API call"
    fee = "this fee then covers every API call"
    assert labels(VOLUME) == [
        ("Up to 1,000 API calls", "£250.00 in total", fee),
        ("1,001 to 2,500 API calls", "£0.45 each", rate),
        ("More than 2,500 API calls", "£0.65 each", rate),
    ]


def test_free_tiers_fees_and_tiers_of_one_unit() -> None:
    assert labels(FREE_THEN_FEES) == [
        ("First 1 API call", "Free", ""),
        ("Next 1 (2)", "£50.00 + £1.00 each", "on top of the earlier bands"),
        ("Every API call after 2", "£9.00 in total", "earlier API calls keep their price"),
    ]


def test_after_half_a_unit_no_first_unit_is_named() -> None:
    assert [words for words, _, _ in labels(tiered("graduated", *HALVES))] == [
        "First 1,000.5 API calls",
        "Next 1,499.5 (after 1,000.5, up to 2,500)",
        "Next 500.5 (2,501 to 3,000.5)",
        "Every API call after 3,000.5",
    ]
    assert [words for words, _, _ in labels(tiered("volume", *HALVES))] == [
        "Up to 1,000.5 API calls",
        "More than 1,000.5, up to 2,500 API calls",
        "2,501 to 3,000.5 API calls",
        "More than 3,000.5 API calls",
    ]


@pytest.mark.parametrize("model", ["graduated", "volume"])
@pytest.mark.parametrize("tiers", [1, 2, 3])
def test_every_tier_says_what_it_has_and_nothing_else(model: str, tiers: int) -> None:
    """Each model, fee or none, price or none, first, between and last."""
    kinds = list(product(["0", "9"], ["0", "0.40"]))
    for chosen in product(kinds, repeat=tiers):
        bounds = [*(str(10 * n) for n in range(1, tiers)), None]
        documents = [
            {"flat_fee": fee, "unit_price": each} | ({"upper_bound": bound} if bound else {})
            for (fee, each), bound in zip(chosen, bounds, strict=True)
        ]
        found = labels(structure_from_dict({"model": model, "tiers": documents}))
        for (fee, each), (_, price, reassurance) in zip(chosen, found, strict=True):
            assert ("£9.00" in price) is (fee != "0")
            assert ("£0.40 each" in price) is (each != "0")
            assert (price == "Free") is (fee == each == "0")
            assert "rate" not in reassurance or each != "0", (documents, reassurance)
            assert "fee" not in reassurance or fee != "0", (documents, reassurance)
        # Whoever reaches a further tier is told what it does to the units before it.
        assert all(reassurance for _, _, reassurance in found[1:])


def test_a_single_tier_is_for_every_unit() -> None:
    assert labels(tiered("graduated", *ONE_TIER)) == [("Every API call", "£20.00 + £0.10 each", "")]
    assert labels(tiered("volume", *ONE_TIER)) == [("Every API call", "£20.00 + £0.10 each", "")]


@pytest.mark.parametrize("structure", [LINEAR, PACKAGE, FIXED])
def test_models_without_tiers_have_no_labels(structure: Structure) -> None:
    assert labels(structure) == []


@pytest.mark.parametrize(
    ("structure", "sentence"),
    [
        (FIXED, "£500.00"),
        (LINEAR, "£0.10 for each API call"),
        (PACKAGE, "£10.00 for each 250 API calls or part of 250"),
        (
            GRADUATED,
            (
                "First 1,000 API calls: £250.00 in total; next 1,500 (1,001 to 2,500): £0.45 each; "
                "every API call after 2,500: £0.65 each"
            ),
        ),
        (
            VOLUME,
            (
                "Up to 1,000 API calls: £250.00 in total; 1,001 to 2,500 API calls: £0.45 each; "
                "more than 2,500 API calls: £0.65 each"
            ),
        ),
        (tiered("graduated", *ONE_TIER), "Every API call: £20.00 + £0.10 each"),
    ],
)
def test_a_structure_in_a_sentence(structure: Structure, sentence: str) -> None:
    assert price_sentence(priced(structure), pounds) == sentence


def test_only_a_fixed_price_has_no_unit() -> None:
    assert price_sentence(priced(FIXED), pounds) == "£500.00"
    with pytest.raises(PricingError, match="only a usage price has a unit"):
        unit_of(priced(FIXED))


@pytest.mark.parametrize(
    ("structure", "quantity", "descriptions"),
    [
        (LINEAR, "7", ["AI add-on: API calls"]),
        (PACKAGE, "7", ["AI add-on: packages of 250 API calls"]),
        (
            tiered("graduated", *HALVES),
            "4000",
            [
                "AI add-on: first 1,000.5 API calls",
                "AI add-on: API calls after 1,000.5, up to 2,500",
                "AI add-on: API calls 2,501 to 3,000.5",
                "AI add-on: API calls after 3,000.5",
            ],
        ),
        (
            FREE_THEN_FEES,
            "3",
            [
                "AI add-on: first 1 API call",
                "AI add-on: API call 2",
                "AI add-on: API calls after 2",
            ],
        ),
        (tiered("graduated", *ONE_TIER), "7", ["AI add-on: API calls"]),
        (tiered("volume", *ONE_TIER), "7", ["AI add-on: 7 API calls"]),
        (
            tiered("volume", *HALVES),
            "1000.6",
            ["AI add-on: 1,000.6 API calls at the over 1,000.5, up to 2,500 rate"],
        ),
        (VOLUME, "0.5", ["AI add-on: 0.5 API calls at the up to 1,000 rate"]),
    ],
)
def test_a_line_says_what_it_is_for(
    structure: Structure, quantity: str, descriptions: list[str]
) -> None:
    assert descriptions_of(priced(structure), quantity) == descriptions


def test_a_fixed_line_is_named_by_its_price() -> None:
    assert descriptions_of(priced(FIXED, "Platform access"), None) == ["Platform access"]
