"""Prices that are bought by quantity: seats at a fixed amount each, or by tiers over all."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricingsite.pricing import (
    BillingFrequency,
    BillingType,
    LineKind,
    Period,
    PriceTerms,
    PricingError,
    Service,
    Span,
    Structure,
    Unit,
    bill_period,
    make_bill,
    services_due,
    structure_from_dict,
)

SEAT = Unit("seat", "seats", whole=True)
MONTH = Period(date(2027, 1, 1), date(2027, 2, 1))
FIXED = structure_from_dict({"model": "fixed", "amount": "8"})
TIERS = [{"upper_bound": "10", "unit_price": "9"}, {"unit_price": "7.50"}]
VOLUME = structure_from_dict({"model": "volume", "tiers": TIERS})
GRADUATED = structure_from_dict({"model": "graduated", "tiers": TIERS})


def seats(structure: Structure = FIXED, quantity: int = 1, most: int | None = None) -> PriceTerms:
    terms = PriceTerms(
        id="seat",
        name="Seats",
        currency="USD",
        structure=structure,
        billing_frequency=BillingFrequency.MONTHLY,
        billing_type=BillingType.IN_ADVANCE,
        unit=SEAT,
        maximum_quantity=None if most is None else Decimal(most),
    )
    return terms.at(Decimal(quantity))


def net(price: PriceTerms, period: Period = MONTH) -> str:
    service = Service(price, period, MONTH)
    bill = make_bill([(service, None)], period=period, currency="USD", tax_rate=Decimal(0))
    assert {line.kind for line in bill.lines} == {LineKind.FIXED}
    return str(bill.net)


@pytest.mark.parametrize(
    ("structure", "quantity", "amount"),
    [
        (FIXED, 1, "8.00"),
        (FIXED, 7, "56.00"),
        (VOLUME, 1, "9.00"),
        (VOLUME, 10, "90.00"),
        (VOLUME, 11, "82.50"),
        (GRADUATED, 10, "90.00"),
        (GRADUATED, 11, "97.50"),
    ],
)
def test_a_quantity_is_charged_by_the_structure(
    structure: Structure, quantity: int, amount: str
) -> None:
    assert net(seats(structure, quantity)) == amount


@pytest.mark.parametrize(
    ("structure", "amount"), [(FIXED, "28.90"), (VOLUME, "32.52"), (GRADUATED, "32.52")]
)
def test_a_partial_period_is_charged_by_days(structure: Structure, amount: str) -> None:
    half = Period(date(2027, 1, 16), date(2027, 2, 1))
    assert net(seats(structure, 7), half) == amount


@given(quantity=st.integers(1, 10**6))
def test_a_fixed_amount_each_is_a_product(quantity: int) -> None:
    assert net(seats(FIXED, quantity)) == f"{8 * quantity}.00"


@pytest.mark.parametrize("quantity", [0, 51])
def test_outside_its_bounds_nothing_is_sold(quantity: int) -> None:
    with pytest.raises(PricingError):
        seats(most=50).at(Decimal(quantity))


def test_usage_is_nothing_that_is_bought() -> None:
    service = Service(seats(), MONTH, MONTH)
    with pytest.raises(PricingError, match="takes no quantity"):
        make_bill([(service, Decimal(3))], period=MONTH, currency="USD", tax_rate=Decimal(0))


def test_a_price_may_have_an_anchor_of_its_own() -> None:
    start, own = date(2027, 1, 1), date(2027, 1, 16)
    span = Span(seats(), start=own, anchor=own)
    assert [s.period for s in services_due([span], start, own)] == [Period(own, date(2027, 2, 16))]
    assert not services_due([span], start, date(2027, 2, 1))
    assert bill_period([span], start, date(2027, 1, 20)) == Period(own, date(2027, 2, 16))
