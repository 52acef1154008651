from datetime import date
from decimal import Decimal
from typing import Any

from pricingsite.pricing import (
    Bill,
    BillingFrequency,
    BillingType,
    Period,
    PriceTerms,
    Service,
    Unit,
    make_bill,
    structure_from_dict,
)
from pricingsite.web import documents

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
LAST_HALF = Period(date(2026, 11, 16), date(2026, 12, 1))
LINEAR = {"model": "linear", "unit_price": "0.10"}


def price(document: dict[str, Any], name: str) -> PriceTerms:
    usage = document["model"] != "fixed"
    return PriceTerms(
        id=name,
        name=name,
        currency="GBP",
        structure=structure_from_dict(document),
        billing_frequency=BillingFrequency.MONTHLY,
        billing_type=BillingType.IN_ARREARS,
        unit=Unit("API call", "API calls") if usage else None,
        metric_id="api_calls" if usage else None,
    )


PLATFORM = price({"model": "fixed", "amount": "500.00"}, "Platform access")
ADD_ON = price(
    {
        "model": "graduated",
        "tiers": [
            {"upper_bound": "1000", "flat_fee": "250"},
            {"upper_bound": "2500", "unit_price": "0.45"},
            {"unit_price": "0.65"},
        ],
    },
    "AI add-on",
)


def billed(*asked: tuple[PriceTerms, str | None], platform: Period = NOVEMBER) -> Bill:
    services = [
        (
            Service(terms, platform if terms is PLATFORM else NOVEMBER, NOVEMBER),
            None if quantity is None else Decimal(quantity),
        )
        for terms, quantity in asked
    ]
    return make_bill(services, period=NOVEMBER, currency="GBP", tax_rate=Decimal("0.20"))


def test_a_bill_in_json_keeps_its_contract() -> None:
    found = billed((PLATFORM, None), (ADD_ON, "1001.500000"), platform=LAST_HALF)
    november = {"start": "2026-11-01", "end": "2026-12-01"}
    assert documents.bill(found) == {
        "currency": "GBP",
        "net": "500.68",
        "tax": "100.14",
        "gross": "600.82",
        "period": november,
        "lines": [
            {
                "price_id": "Platform access",
                "kind": "fixed",
                "description": "Platform access",
                "period": {"start": "2026-11-16", "end": "2026-12-01"},
                "quantity": "1",
                "unit_price": "500",
                "flat_fee": None,
                "proration": {"days_used": 15, "days_in_period": 30},
                "tax_rate": "0.2",
                "net": "250.00",
            },
            {
                "price_id": "AI add-on",
                "kind": "usage",
                "description": "AI add-on: first 1,000 API calls",
                "period": november,
                "quantity": "1000",
                "unit_price": "0",
                "flat_fee": "250",
                "proration": None,
                "tax_rate": "0.2",
                "net": "250.00",
            },
            {
                "price_id": "AI add-on",
                "kind": "usage",
                "description": "AI add-on: API calls 1,001 to 2,500",
                "period": november,
                "quantity": "1.5",
                "unit_price": "0.45",
                "flat_fee": "0",
                "proration": None,
                "tax_rate": "0.2",
                "net": "0.68",
            },
        ],
    }


def test_quantities_in_json_have_no_exponent() -> None:
    quantities = [
        line["quantity"]
        for calls in ("1E+3", "0.000001", "0E-6", "1000000000")
        for line in documents.bill(billed((price(LINEAR, "Calls"), calls)))["lines"]
    ]
    assert quantities == ["1000", "0.000001", "0", "1000000000"]
