"""Plans at list prices: every figure that a page prints, from the structures themselves."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from pricingsite.models.catalog import Plan
from pricingsite.pricing import Period, PricingError, VatRate
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.plans.offers import Offer
from pricingsite.services.plans.on_sale import find_plan, plans_on_sale
from pricingsite.services.plans.price_list import PriceList, price_list, price_version
from pricingsite.services.plans.pricing_page import (
    bill_at,
    products_of,
    read_plan,
    read_storefront,
)
from pricingsite.web import documents
from pricingsite.wording.periods import billed_together

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)
TODAY = date(2026, 11, 23)
PERIOD = Period(date(2026, 11, 23), date(2026, 12, 23))

MERCHANT = """
[merchant]
name = "Odd"
legal_name = "Odd Ltd"
email = "billing@odd.example"
timezone = "Europe/Dublin"
country = "IE"
sells_to = ["IE"]
vat_rates = [
    { valid_from = "2012-01-01", rate = "0.23" },
    { valid_from = "2027-01-01", rate = "0.21" },
]
[[metrics]]
id = "gigabytes"
event_type = "stored"
aggregation = "sum"
property = "gigabytes"
unit = "gigabyte"
[[metrics]]
id = "seats"
event_type = "seats"
aggregation = "max"
property = "seats"
unit = "seat"
[[products]]
id = "base"
name = "Base"
[[products.prices]]
id = "YEAR"
name = "Base"
list_price = true
currency = "EUR"
billing_frequency = "yearly"
billing_type = "in_advance"
model = "fixed"
amount = "1200"
"""
USAGE = """
[[products]]
id = "{metric}"
name = "{id}"
[[products.prices]]
id = "{id}"
name = "{id}"
list_price = true
currency = "EUR"
billing_frequency = "monthly"
billing_type = "in_arrears"
metric = "{metric}"
{structure}
"""
PLAN = """
[[plans]]
id = "odd"
name = "Odd"
prices = {prices}
"""

FRACTIONS = """
model = "graduated"
tiers = [{upper_bound = "0.1"}, {upper_bound = "0.9", unit_price = "1"}, {unit_price = "2"}]
"""
CLOSE = """model = "graduated"
tiers = [{ upper_bound = "2" }, { upper_bound = "3", unit_price = "1" }, { unit_price = "2" }]
"""


def sell(session: Session, *prices: str, **structures: str) -> Plan:
    """Put one plan of `prices` on sale; `structures` are usage prices by their metric's id."""
    usage = [
        USAGE.format(id=metric.upper(), metric=metric, structure=structure)
        for metric, structure in structures.items()
    ]
    named = [*prices, *(metric.upper() for metric in structures)]
    text = MERCHANT + "".join(usage) + PLAN.format(prices=named)
    apply(session, read_catalog(text.encode()), archive=True, now=NOW)
    plan = find_plan(session, "odd")
    assert plan is not None
    return plan


def offer(session: Session, plan: Plan, on: date = TODAY) -> Offer:
    read = read_plan(session, plan.id, on=on)
    assert read is not None
    return read.offer


def by_id(session: Session) -> dict[str, Offer]:
    return {one.id: one for one in read_storefront(session, on=TODAY).offers}


FIGURES = [
    (0, "250.00", "750.00"), (1, "250.00", "750.00"), (999, "250.00", "750.00"),
    (1000, "250.00", "750.00"), (1001, "250.45", "750.45"), (1500, "475.00", "975.00"),
    (2499, "924.55", "1424.55"), (2500, "925.00", "1425.00"), (2501, "925.65", "1425.65"),
    (3200, "1380.00", "1880.00"), (5000, "2550.00", "3050.00"), (10_000, "5800.00", "6300.00"),
    (100_000, "64300.00", "64800.00"), (1_000_000, "649300.00", "649800.00"),
]  # fmt: skip


@pytest.mark.parametrize(("calls", "add_on", "scale"), FIGURES)
def test_the_worked_example_is_quoted_to_the_penny(
    amara: Session, calls: int, add_on: str, scale: str
) -> None:
    _, scale_plan = plans_on_sale(amara)
    counted = {"api_calls": Decimal(calls)}
    start, quoted = read_storefront(amara, on=TODAY).quotes(counted)
    assert str(start.charges[0].bill.net) == "500.00"
    assert start.usage == ()
    (usage,) = quoted.usage
    assert [str(amount) for amount in usage.amounts] == ["500.00", add_on]
    assert str(quoted.charges[0].bill.net) == scale
    assert (
        str(bill_at(scale_plan, price_list(amara, on=TODAY), counted, period=PERIOD).net) == scale
    )


def test_the_headline_is_what_a_period_costs_at_zero_usage(amara: Session) -> None:
    start, scale = read_storefront(amara, on=TODAY).offers
    bill = start.headline.bill
    assert (start.headline.frequency, start.headline.is_from) == ("monthly", False)
    assert (str(bill.net), str(bill.tax), str(bill.gross)) == ("500.00", "100.00", "600.00")
    bill = scale.headline.bill
    assert (scale.headline.frequency, scale.headline.is_from) == ("monthly", True)
    assert (str(bill.net), str(bill.tax), str(bill.gross)) == ("750.00", "150.00", "900.00")
    assert billed_together(scale.prices) == "monthly, in arrears"
    assert scale.due_today is None
    assert scale.tax_rate == Decimal("0.20")
    assert products_of([start, scale]) == scale.products == ("Platform access", "AI add-on")


def test_worked_examples_stand_at_the_bounds_between_and_beyond(amara: Session) -> None:
    (usage,) = by_id(amara)["scale"].usage
    assert by_id(amara)["start"].usage == ()
    assert [(int(each.quantity), str(each.bill.net)) for each in usage.highlights] == [
        (0, "750.00"),
        (1000, "750.00"),
        (3200, "1880.00"),
    ]
    found = [
        (int(each.quantity), str(each.bill.net), f"{each.position.next_cost:.2f}", each.average)
        for each in usage.examples
    ]
    assert found == [
        (0, "750.00", "0.00", None),
        (1000, "750.00", "0.45", Decimal("0.2500")),
        (1500, "975.00", "0.45", Decimal("0.3167")),
        (2500, "1425.00", "0.65", Decimal("0.3700")),
        (5000, "3050.00", "0.65", Decimal("0.5100")),
        (10000, "6300.00", "0.65", Decimal("0.5800")),
    ]
    assert usage.columns == ("Platform access", "AI add-on")
    assert usage.included == 1000
    assert (int(usage.huge.quantity), str(usage.huge.bill.net)) == (1_000_000, "649800.00")


@pytest.mark.parametrize(
    ("structure", "quantities", "nets"),
    [
        ('model = "linear"\nunit_price = "0.25"', [0, 100, 200, 500, 1000],
         ["0.00", "25.00", "50.00", "125.00", "250.00"]),
        ('model = "linear"\nunit_price = "20"', [0, 1, 2, 5, 10],
         ["0.00", "20.00", "40.00", "100.00", "200.00"]),
        ('model = "package"\npackage_size = "100"\npackage_price = "7"', [0, 1, 100, 101, 1000],
         ["0.00", "7.00", "7.00", "14.00", "70.00"]),
        ('model = "volume"\ntiers = [{upper_bound = "10", unit_price = "2"}, {unit_price = "1"}]',
         [0, 10, 20, 40], ["0.00", "20.00", "20.00", "40.00"]),
        (CLOSE, [0, 2, 3, 6, 12], ["0.00", "0.00", "1.00", "7.00", "19.00"]),
        ('model = "graduated"\ntiers = [{flat_fee = "5"}]', [0, 1000, 2000, 5000, 10000],
         ["5.00"] * 5),
        ('model = "graduated"\ntiers = [{upper_bound = "0.5"}, {unit_price = "2"}]',
         [0, Decimal("0.5"), 1, 2], ["0.00", "0.00", "1.00", "3.00"]),
        (FRACTIONS,
         [0, *map(Decimal, ("0.1", "0.3", "0.9", "1.8", "3.6"))],
         ["0.00", "0.00", "0.20", "0.80", "2.60", "6.20"]),
    ],
    ids=["linear", "dear", "package", "volume", "close-bounds", "one-tier", "fraction",
         "fractions"],
)  # fmt: skip
def test_every_structure_has_worked_examples(
    session: Session, structure: str, quantities: list[Decimal], nets: list[str]
) -> None:
    (usage,) = offer(session, sell(session, gigabytes=structure)).usage
    assert [each.quantity for each in usage.examples] == quantities
    assert [str(each.bill.net) for each in usage.examples] == nets
    assert usage.huge.quantity > quantities[-1]
    assert len(usage.highlights) == 3


def test_of_seven_bands_the_first_look_is_inside_those_that_people_use(session: Session) -> None:
    bounds = [1, 2, 5, 10, 50, 250]
    tiers = ", ".join(
        f'{{upper_bound = "{n}000000", unit_price = "0.00{9 - k}"}}' for k, n in enumerate(bounds)
    )
    structure = f'model = "graduated"\ntiers = [{tiers}, {{unit_price = "0.001"}}]'
    (usage,) = offer(session, sell(session, gigabytes=structure)).usage
    assert [int(each.quantity) for each in usage.highlights] == [0, 10**6, 1_500_000, 7 * 10**6]
    assert {10**6 * n for n in bounds} < {each.quantity for each in usage.examples}


def test_prices_of_different_frequencies_are_never_added_up(session: Session) -> None:
    plan = sell(session, "YEAR", seats='model = "linear"\nunit_price = "8"')
    odd = offer(session, plan)
    assert [(each.frequency, each.is_from, str(each.bill.net)) for each in odd.charges] == [
        ("yearly", False, "1200.00"), ("monthly", True, "0.00"),
    ]  # fmt: skip
    assert billed_together(odd.prices) == "yearly, in advance; monthly, in arrears"
    assert odd.due_today is not None
    (usage,) = odd.usage
    assert usage.columns == ("SEATS",)
    counted = {"seats": Decimal(3)}
    assert str(bill_at(plan, price_list(session, on=TODAY), counted, period=PERIOD).net) == "24.00"
    year = Period(date(2026, 11, 23), date(2027, 11, 23))
    assert str(bill_at(plan, price_list(session, on=TODAY), counted, period=year).net) == "1200.00"
    with pytest.raises(PricingError, match="no price that is billed"):
        bill_at(
            plan,
            price_list(session, on=TODAY),
            counted,
            period=Period(date(2026, 11, 23), date(2026, 11, 30)),
        )


def test_vat_is_that_of_the_day(session: Session) -> None:
    plan = sell(session, "YEAR")
    assert offer(session, plan, date(2026, 12, 31)).tax_rate == Decimal("0.23")
    assert offer(session, plan, date(2027, 1, 1)).tax_rate == Decimal("0.21")
    year = Period(date(2026, 6, 1), date(2027, 6, 1))
    assert str(bill_at(plan, price_list(session, on=TODAY), {}, period=year).tax) == "252.00"


def test_two_metrics_are_told_apart(session: Session) -> None:
    linear = 'model = "linear"\nunit_price = "1"'
    sell(session, seats=linear, gigabytes=linear)
    storefront = read_storefront(session, on=TODAY)
    assert list(storefront.units) == ["gigabytes", "seats"]
    (quoted,) = storefront.quotes({"seats": Decimal(3)})
    assert [(each.position.unit.singular, each.quantity) for each in quoted.usage] == [
        ("seat", 3), ("gigabyte", 0),
    ]  # fmt: skip
    assert str(quoted.charges[0].bill.net) == "3.00"


def version(plan: Plan, tax_rate: str) -> str:
    rates = (VatRate(date(2020, 1, 1), Decimal(tax_rate)),)
    return price_version(plan, PriceList(on=TODAY, zone=ZoneInfo("UTC"), rates=rates, followers={}))


def test_the_version_changes_with_prices_and_vat_and_with_nothing_else(session: Session) -> None:
    plan = sell(session, "YEAR")
    before = version(plan, "0.23")
    assert offer(session, plan).version == before
    assert version(plan, "0.230") == before
    assert version(plan, "0.21") != before
    plan.tagline = "Other words"
    plan.prices[0].name = "Another name"
    assert version(plan, "0.23") == before
    wider = sell(session, "YEAR", seats='model = "linear"\nunit_price = "1"')
    assert version(wider, "0.23") != before


def test_offers_read_the_catalog_in_few_queries(
    amara: Session, queries: Callable[..., object]
) -> None:
    amara.commit()
    amara.expunge_all()
    with queries(at_most=6):
        assert len(read_storefront(amara, on=TODAY).offers) == 2


def test_what_was_read_outlives_its_session(amara: Session, queries: Callable[..., object]) -> None:
    storefront = read_storefront(amara, on=TODAY)
    amara.commit()
    amara.expunge_all()
    with queries(at_most=0):
        (_, scale) = storefront.quotes({"api_calls": Decimal(2501)})
        assert str(scale.charges[0].bill.net) == "1425.65"
        assert str(scale.offer.usage[0].huge.bill.net) == "649800.00"
        plan = storefront.find("scale")
        assert plan is not None
        assert str(plan.first_bill(date(2027, 1, 31)).bill.gross) == "900.00"
    assert storefront.find("another") is None


def test_no_variant_is_offered(amara: Session) -> None:
    offered = read_storefront(amara, on=TODAY).offers
    assert {price.id for one in offered for price in one.prices} == {"A", "X"}
    assert {price["id"] for one in offered for price in documents.offer(one)["prices"]} == {
        "A",
        "X",
    }


def test_json_holds_the_prices_as_decimal_text(amara: Session) -> None:
    scale = documents.offer(by_id(amara)["scale"])
    assert scale["at_zero_usage"] == [
        {
            "billing_frequency": "monthly", "from": True,
            "net": "750.00", "tax": "150.00", "gross": "900.00",
        }
    ]  # fmt: skip
    assert scale["prices"][1]["structure"] == {
        "model": "graduated",
        "tiers": [
            {"upper_bound": "1000", "flat_fee": "250"},
            {"upper_bound": "2500", "unit_price": "0.45"},
            {"unit_price": "0.65"},
        ],
    }
    assert {"quantity": "1500", "net": "975.00", "tax": "195.00", "gross": "1170.00"} in scale[
        "examples"
    ]["X"]
