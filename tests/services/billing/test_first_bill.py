"""The first bill of an order: when it is made, what it is for, and what it is at least."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session
from support.accounts import Account

from pricingsite.models.catalog import Price
from pricingsite.models.merchant import VatRateRow
from pricingsite.services.billing.first_bill import first_bill_of_prices
from pricingsite.wording.periods import full_period

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
    first = first_bill_of_prices(session, [session.get_one(Price, id_) for id_ in price_ids], TODAY)
    assert (first.invoice_on, first.bill.net.minor) == (invoice_on, net)
    assert full_period(first.billed_by) == covers
    assert (first.bill.period.start, first.bill.period.end) == (TODAY, end)
    # What is in advance is billed on the first day; all else is not due before the period is over.
    assert first.due_on(TODAY).minor == (net * 12 // 10 if invoice_on == TODAY else 0)


def test_fees_of_several_periods_on_one_bill_are_not_called_a_full_month(session: Session) -> None:
    account = Account(session)
    account.price("N", **ADVANCE)
    account.price("M", **ADVANCE, **YEARLY)
    first = first_bill_of_prices(session, [session.get_one(Price, id_) for id_ in "NM"], TODAY)
    assert (full_period(first.billed_by), first.bill.net.minor) == (None, 100_000)
    assert first.bill.period.end == date(2026, 12, 23)


def test_vat_is_that_of_the_day_the_bill_is_made(session: Session) -> None:
    Account(session)
    session.add(VatRateRow(valid_from=date(2026, 12, 1), rate=Decimal("0.25")))
    session.flush()
    prices = [session.get_one(Price, "A")]
    assert first_bill_of_prices(session, prices, date(2026, 10, 31)).bill.tax.minor == 10_000
    assert first_bill_of_prices(session, prices, TODAY).bill.tax.minor == 12_500


@pytest.mark.parametrize(
    ("price_ids", "start", "due_on", "end"),
    [
        (("A", "X"), date(2026, 11, 23), date(2026, 12, 23), date(2026, 12, 23)),
        (("A",), date(2027, 1, 31), date(2027, 2, 28), date(2027, 2, 28)),
        (("A",), date(2028, 1, 31), date(2028, 2, 29), date(2028, 2, 29)),
        (("YEARLY",), date(2028, 2, 29), date(2029, 2, 28), date(2029, 2, 28)),
        (("YEARLY", "X"), date(2026, 11, 23), date(2026, 12, 23), date(2026, 12, 23)),
        (("ADVANCE", "X"), date(2026, 11, 23), date(2026, 11, 23), date(2026, 12, 23)),
        (("SETUP", "B"), date(2026, 11, 23), date(2026, 11, 23), date(2026, 12, 23)),
    ],
)
def test_the_first_invoice_follows_the_first_period_unless_something_is_due_in_advance(
    session: Session, price_ids: tuple[str, ...], start: date, due_on: date, end: date
) -> None:
    account = Account(session)
    account.price("YEARLY", **YEARLY)
    account.price("ADVANCE", **ADVANCE)
    account.price("SETUP", **ADVANCE, billing_frequency="one_time")
    prices = [session.get_one(Price, price_id) for price_id in price_ids]
    first = first_bill_of_prices(session, prices, start)
    period = first.bill.period
    assert (first.invoice_on, period.start, period.end) == (due_on, start, end)
