"""The first bill of an order: when it is made, what it is for, and what it is at least."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session
from support.accounts import Account

from pricingsite.models.catalog import Price
from pricingsite.models.merchant import VatRateRow
from pricingsite.services.billing.first_bill import first_bill

TODAY = date(2026, 11, 23)
ADVANCE = {"billing_type": "in_advance"}
YEARLY = {"billing_frequency": "yearly"}


@pytest.mark.parametrize(
    ("changes", "price_ids", "invoice_on", "end", "covers", "net"),
    [
        ({}, "A", date(2026, 12, 23), date(2026, 12, 23), "a full month", 50_000),
        ({}, "AX", date(2026, 12, 23), date(2026, 12, 23), "a full month", 75_000),
        (ADVANCE, "N", TODAY, date(2026, 12, 23), "a full month", 50_000),
        (YEARLY, "N", date(2027, 11, 23), date(2027, 11, 23), "a full year", 50_000),
        # The year's fee is billed at once, the month's usage not before the month is over.
        (ADVANCE | YEARLY, "NX", TODAY, date(2027, 11, 23), "a full year", 50_000),
        # A month's bill comes before a year's.
        (YEARLY, "NX", date(2026, 12, 23), date(2026, 12, 23), "a full month", 25_000),
        ({"billing_frequency": "one_time"}, "N", date(2026, 12, 23), date(2026, 12, 23), None,
         50_000),
    ],
)  # fmt: skip
def test_the_first_bill_says_what_it_is_for(
    session: Session, changes: dict[str, Any], price_ids: str, invoice_on: date, end: date,
    covers: str | None, net: int,
) -> None:  # fmt: skip
    Account(session).price("N", **changes)
    first = first_bill(session, [session.get_one(Price, id_) for id_ in price_ids], TODAY)
    assert (first.invoice_on, first.covers, first.bill.net.minor) == (invoice_on, covers, net)
    assert (first.period.start, first.period.end) == (TODAY, end)
    assert first.bill.period == first.period
    assert first.due_today.minor == 0


def test_fees_of_several_periods_on_one_bill_are_not_called_a_full_month(session: Session) -> None:
    account = Account(session)
    account.price("N", **ADVANCE)
    account.price("M", **ADVANCE, **YEARLY)
    first = first_bill(session, [session.get_one(Price, id_) for id_ in "NM"], TODAY)
    assert (first.covers, first.bill.net.minor) == (None, 100_000)
    assert first.period.end == date(2026, 12, 23)


def test_vat_is_that_of_the_day_the_bill_is_made(session: Session) -> None:
    Account(session)
    session.add(VatRateRow(valid_from=date(2026, 12, 1), rate=Decimal("0.25")))
    session.flush()
    prices = [session.get_one(Price, "A")]
    assert first_bill(session, prices, date(2026, 10, 31)).bill.tax.minor == 10_000
    assert first_bill(session, prices, TODAY).bill.tax.minor == 12_500
