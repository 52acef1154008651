"""What a bill costs, beside the least that its arithmetic could cost."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from floors import Floors
from paired import Work, speed_ratio

from pricingsite.pricing import (
    BillingFrequency,
    BillingType,
    Period,
    PriceTerms,
    Service,
    Unit,
    make_bill,
    structure_from_dict,
)

BILLS = 2_000
AMOUNT = "500"
TIERS: list[dict[str, str]] = [
    {"upper_bound": "1000", "flat_fee": "250"},
    {"upper_bound": "2500", "unit_price": "0.45"},
    {"unit_price": "0.65"},
]
QUANTITY, RATE, PENNY = Decimal(1_500), Decimal("0.20"), Decimal("0.01")
MONTH = Period(date(2026, 11, 1), date(2026, 12, 1))


def service(structure: dict[str, object], metric: str | None = None) -> Service:
    terms = PriceTerms(
        id="price",
        name="Price",
        currency="GBP",
        structure=structure_from_dict(structure),
        billing_frequency=BillingFrequency.MONTHLY,
        billing_type=BillingType.IN_ARREARS,
        unit=Unit("call", "calls") if metric else None,
        metric_id=metric,
    )
    return Service(terms, MONTH, MONTH)


SERVICES = [
    (service({"model": "fixed", "amount": AMOUNT}), None),
    (service({"model": "graduated", "tiers": TIERS}, "calls"), QUANTITY),
]


def ours() -> str:
    return str(make_bill(SERVICES, period=MONTH, currency="GBP", tax_rate=RATE).gross)


FEE = Decimal(AMOUNT)
STEPS = [
    (
        Decimal(tier.get("upper_bound", "Infinity")),
        Decimal(tier.get("unit_price", 0)),
        Decimal(tier.get("flat_fee", 0)),
    )
    for tier in TIERS
]


def by_hand() -> str:
    """The same lines, each rounded, and the VAT on their sum; nothing checked, nothing told."""
    net, lower = FEE.quantize(PENNY, ROUND_HALF_UP), Decimal(0)
    for bound, unit_price, flat_fee in STEPS:
        if lower and lower >= QUANTITY:
            break
        units = min(QUANTITY, bound) - lower
        net += (units * unit_price + flat_fee).quantize(PENNY, ROUND_HALF_UP)
        lower = bound
    return str(net + (net * RATE).quantize(PENNY, ROUND_HALF_UP))


def repeated(work: Work) -> Work:
    return lambda: [work() for _ in range(BILLS)]


def test_a_bill_beside_a_loop_written_by_hand(floors: Floors) -> None:
    assert ours() == by_hand() == "1170.00"
    ratio = speed_ratio(lambda _: repeated(ours), lambda _: repeated(by_hand))
    floors.hold("a bill of two lines, in loops written by hand", 1 / ratio, most=30)
