"""What other money is worth in the merchant's own."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session
from support.factories import APPLIED_AT, KELDER

from pricingsite.models.merchant import Merchant
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.invoices.exchange import (
    exchange_rates,
    merchant_currency,
    rate_on,
    set_rate,
)

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


def test_a_rate_counts_from_its_day_until_the_next(amara: Session) -> None:
    set_rate(amara, "USD", Decimal("0.81"), valid_from=APRIL)
    set_rate(amara, "USD", Decimal("0.790000000001"), valid_from=MARCH)
    set_rate(amara, "EUR", Decimal("0.86"), valid_from=MARCH)
    amara.commit()
    days = (date(2026, 2, 28), MARCH, date(2026, 3, 31), APRIL, date(2030, 1, 1))
    found = [rate_on(amara, "USD", day) for day in days]
    before, after = Decimal("0.790000000001"), Decimal("0.81")
    assert found == [None, before, before, after, after]
    assert rate_on(amara, "SEK", APRIL) is None


def test_the_same_day_again_takes_the_place_of_what_was_recorded(amara: Session) -> None:
    for rate in ("0.81", "0.82"):
        set_rate(amara, "USD", Decimal(rate), valid_from=MARCH)
    (stored,) = exchange_rates(amara)
    assert (stored.currency, stored.valid_from, stored.rate) == ("USD", MARCH, Decimal("0.82"))


@pytest.mark.parametrize(
    ("country", "day", "currency"),
    [
        ("GB", MARCH, "GBP"),
        ("NL", MARCH, "EUR"),
        ("US", MARCH, "USD"),
        ("BG", date(2025, 12, 31), "BGN"),
        ("HR", date(2022, 12, 31), "HRK"),
        ("HR", date(2023, 2, 1), "EUR"),
        ("AQ", MARCH, "EUR"),
    ],
)
def test_a_merchants_currency_is_its_countrys_on_the_day(
    session: Session, country: str, day: date, currency: str
) -> None:
    apply(session, read_catalog(KELDER.read_bytes()), archive=False, now=APPLIED_AT)
    merchant = session.get_one(Merchant, 1)
    merchant.country = country
    assert merchant_currency(merchant, day) == currency
