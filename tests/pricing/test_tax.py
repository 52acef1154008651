from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pricingsite.pricing import (
    Money,
    NumberError,
    TaxError,
    TaxEvidence,
    TaxLine,
    TaxStatus,
    TaxTreatment,
    VatRate,
    bill_rate_on,
    rate_on,
    tax_status,
    taxes,
)

TWENTY, FIVE = Decimal("0.20"), Decimal("0.05")
RATES = [
    VatRate(valid_from=date(2011, 1, 4), rate=Decimal("0.20")),
    VatRate(valid_from=date(2008, 12, 1), rate=Decimal("0.15")),
    VatRate(valid_from=date(2010, 1, 1), rate=Decimal("0.175")),
]


def pounds(minor: int) -> Money:
    return Money(minor, "GBP")


@pytest.mark.parametrize(
    ("day", "rate"),
    [
        (date(2008, 12, 1), "0.15"),
        (date(2009, 12, 31), "0.15"),
        (date(2010, 1, 1), "0.175"),
        (date(2011, 1, 3), "0.175"),
        (date(2011, 1, 4), "0.20"),
        (date(2030, 1, 1), "0.20"),
    ],
)
def test_the_rate_of_a_day_is_the_latest_valid_one(day: date, rate: str) -> None:
    assert rate_on(RATES, day) == Decimal(rate)


def test_before_the_first_rate_there_is_none() -> None:
    with pytest.raises(TaxError, match="no VAT rate is valid on 2008-11-30"):
        rate_on(RATES, date(2008, 11, 30))
    with pytest.raises(TaxError):
        rate_on([], date(2030, 1, 1))


def test_a_merchant_without_rates_has_bills_that_name_no_tax() -> None:
    assert bill_rate_on([], date(2030, 1, 1)) is None
    assert bill_rate_on(RATES, date(2030, 1, 1)) == TWENTY
    with pytest.raises(TaxError):
        bill_rate_on(RATES, date(2008, 11, 30))


@pytest.mark.parametrize("tax_ids", [True, False])
@pytest.mark.parametrize("has_tax_id", [True, False])
@pytest.mark.parametrize("verified", [None, *TaxEvidence])
def test_nothing_changes_the_tax_of_a_domestic_customer(
    *, tax_ids: bool, has_tax_id: bool, verified: TaxEvidence | None
) -> None:
    found = tax_status(abroad=False, tax_ids=tax_ids, has_tax_id=has_tax_id, verified=verified)
    assert (found, found.treatment) == (TaxStatus.DOMESTIC, TaxTreatment.STANDARD)


@pytest.mark.parametrize(
    ("tax_ids", "has_tax_id", "verified", "status", "treatment"),
    [
        (True, False, None, TaxStatus.NO_TAX_ID, TaxTreatment.STANDARD),
        (True, True, None, TaxStatus.UNVERIFIED_TAX_ID, TaxTreatment.STANDARD),
        (False, False, None, TaxStatus.UNVERIFIED_BUSINESS, TaxTreatment.STANDARD),
        (False, True, None, TaxStatus.UNVERIFIED_BUSINESS, TaxTreatment.STANDARD),
        (True, True, "tax_id", TaxStatus.VERIFIED_TAX_ID, TaxTreatment.REVERSE_CHARGE),
        (False, True, "tax_id", TaxStatus.VERIFIED_TAX_ID, TaxTreatment.REVERSE_CHARGE),
        (False, False, "business", TaxStatus.VERIFIED_BUSINESS, TaxTreatment.OUTSIDE_SCOPE),
        (False, True, "business", TaxStatus.VERIFIED_BUSINESS, TaxTreatment.OUTSIDE_SCOPE),
    ],
)
def test_abroad_a_verification_and_nothing_else_ends_the_domestic_tax(
    tax_ids: bool,  # noqa: FBT001
    has_tax_id: bool,  # noqa: FBT001
    verified: str | None,
    status: TaxStatus,
    treatment: TaxTreatment,
) -> None:
    evidence = TaxEvidence(verified) if verified else None
    found = tax_status(abroad=True, tax_ids=tax_ids, has_tax_id=has_tax_id, verified=evidence)
    assert (found, found.treatment) == (status, treatment)


def test_tax_is_rounded_once_per_rate() -> None:
    # Line by line, 20 % of 0.02 three times over would round to nothing.
    assert taxes([(TWENTY, pounds(2))] * 3) == (TaxLine(TWENTY, pounds(6), pounds(1)),)
    # And 20 % of 0.03 three times over to 0.03 where 0.02 is due.
    assert taxes([(TWENTY, pounds(3))] * 3) == (TaxLine(TWENTY, pounds(9), pounds(2)),)


def test_each_rate_has_its_line() -> None:
    lines = [(FIVE, pounds(1000)), (TWENTY, pounds(142565)), (FIVE, pounds(10))]
    assert taxes(lines) == (
        TaxLine(TWENTY, pounds(142565), pounds(28513)),
        TaxLine(FIVE, pounds(1010), pounds(51)),
    )
    assert taxes([]) == ()


def test_credits_lower_the_tax_and_round_away_from_zero() -> None:
    assert taxes([(FIVE, pounds(-10))]) == (TaxLine(FIVE, pounds(-10), pounds(-1)),)
    assert taxes([(FIVE, pounds(10)), (FIVE, pounds(-10))]) == (
        TaxLine(FIVE, pounds(0), pounds(0)),
    )


@pytest.mark.parametrize(
    ("net", "tax"),
    [(Money(13, "JPY"), Money(3, "JPY")), (Money(12, "KWD"), Money(2, "KWD"))],
)
def test_tax_has_its_currencys_decimals(net: Money, tax: Money) -> None:
    assert taxes([(TWENTY, net)]) == (TaxLine(TWENTY, net, tax),)


@pytest.mark.parametrize("rate", [0.2, 20, "0.20", Decimal("-0.20")])
def test_a_rate_is_an_exact_fraction(rate: Any) -> None:
    with pytest.raises(NumberError, match="a VAT rate must"):
        taxes([(rate, pounds(100))])
