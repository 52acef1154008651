import pytest

from pricingsite.pricing import BillingFrequency, BillingType, PriceTerms, structure_from_dict
from pricingsite.wording.periods import (
    adverb,
    billed,
    billed_together,
    full_period,
    per_period,
    period_noun,
)

YEARLY, MONTHLY = BillingFrequency.YEARLY, BillingFrequency.MONTHLY


@pytest.mark.parametrize(
    ("frequency", "often", "noun", "per"),
    [
        ("monthly", "monthly", "month", "a month"),
        ("quarterly", "quarterly", "quarter", "a quarter"),
        ("half_yearly", "half-yearly", "half-year", "a half-year"),
        ("yearly", "yearly", "year", "a year"),
        ("one_time", "once", None, "once"),
    ],
)
def test_frequencies_in_words(frequency: str, often: str, noun: str | None, per: str) -> None:
    found = BillingFrequency(frequency)
    assert (adverb(found), period_noun(found), per_period(found)) == (often, noun, per)


def priced(frequency: BillingFrequency, billing: BillingType) -> PriceTerms:
    return PriceTerms(
        id="A",
        name="Platform access",
        currency="GBP",
        structure=structure_from_dict({"model": "fixed", "amount": "500"}),
        billing_frequency=frequency,
        billing_type=billing,
    )


def test_when_prices_are_billed() -> None:
    year = priced(YEARLY, BillingType.IN_ADVANCE)
    month = priced(MONTHLY, BillingType.IN_ARREARS)
    assert billed(year) == "yearly, in advance"
    assert billed_together([year, month, month]) == "yearly, in advance; monthly, in arrears"


def test_what_a_bill_covers() -> None:
    assert full_period([MONTHLY, MONTHLY]) == "a full month"
    assert full_period([YEARLY, MONTHLY]) is None
    assert full_period([BillingFrequency.ONE_TIME]) is None
