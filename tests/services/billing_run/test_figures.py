"""Figures that were worked out by hand, against invoices of billing runs."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session
from support.accounts import Account, noon
from support.billing import at, invoices, run_billing, totals

from pricingsite.models.invoices import Invoice
from pricingsite.models.merchant import Merchant
from pricingsite.pricing import AgreedDiscount, LineKind, Trial
from pricingsite.services.schedules.creating import AgreedTerms

LAUNCH = AgreedDiscount(code="LAUNCH", rate=Decimal("0.2"), amount=None, periods=3)
FIRST = date(2026, 6, 1)


def billed(session: Session, *moments: datetime) -> list[Invoice]:
    for moment in moments:
        run_billing(session, moment)
    return list(invoices(session))


def nets(invoice: Invoice, kind: LineKind) -> list[str]:
    return [str(invoice.money(line.net)) for line in invoice.lines if line.kind is kind]


def days(found: Iterable[Invoice]) -> list[tuple[str, str]]:
    """The day of each invoice, and what it comes to."""
    return [(str(one.billed_on), totals(one)[0]) for one in found]


def price(account: Account, amount: str, **changes: Any) -> None:
    account.price("F", structure={"model": "fixed", "amount": amount}, **changes)


def test_a_promotion_code_counts_for_three_periods(session: Session, account: Account) -> None:
    account.subscribe("A", "X", start=FIRST, terms=AgreedTerms(discount=LAUNCH))
    for month in (6, 7, 8, 9):
        account.use(1500, at=noon(2026, month, 10))
    found = billed(session, *(at(2026, month, 1) for month in (7, 8, 9, 10)))
    assert [totals(one) for one in found[:3]] == [("780.00", "156.00", "936.00")] * 3
    assert nets(found[0], LineKind.DISCOUNT) == ["-195.00"]
    assert totals(found[3])[0] == "975.00"


def test_a_minimum_is_met_after_the_discount(session: Session, account: Account) -> None:
    terms = AgreedTerms(discount=LAUNCH, minimum=Decimal(1000))
    account.subscribe("A", "X", start=FIRST, terms=terms)
    account.use(1500, at=noon(2026, 6, 10))
    (june,) = billed(session, at(2026, 7, 1))
    assert nets(june, LineKind.MINIMUM) == ["220.00"]
    assert totals(june) == ("1000.00", "200.00", "1200.00")


def test_a_minimum_of_a_part_of_a_period_is_by_days(session: Session, account: Account) -> None:
    price(account, "690")
    terms = AgreedTerms(minimum=Decimal(1000))
    account.subscribe("F", start=FIRST, end=date(2026, 6, 16), terms=terms)
    (last,) = billed(session, at(2026, 7, 1))
    assert nets(last, LineKind.FIXED) == ["345.00"]
    assert nets(last, LineKind.MINIMUM) == ["155.00"]
    assert days([last]) == [("2026-06-16", "500.00")]


def test_a_trial_is_not_billed_and_the_first_period_follows_it(
    session: Session, account: Account
) -> None:
    terms = AgreedTerms(trial=Trial(14, continues=True))
    account.subscribe("A", start=date(2026, 1, 10), terms=terms)
    assert billed(session, at(2026, 1, 24), at(2026, 2, 23)) == []
    (first,) = billed(session, at(2026, 2, 24))
    assert days([first]) == [("2026-02-24", "500.00")]
    period = first.period
    assert (period.start, period.last_day) == (date(2026, 1, 24), date(2026, 2, 23))


def test_a_year_in_advance_is_billed_on_its_first_day(session: Session, account: Account) -> None:
    price(account, "5000", billing_frequency="yearly", billing_type="in_advance")
    account.subscribe("F", "X", start=date(2026, 3, 1))
    # What is charged in advance waits for no usage.
    (first,) = billed(session, at(2026, 3, 1, 0))
    assert totals(first) == ("5000.00", "1000.00", "6000.00")
    assert (first.period.start, first.period.end) == (date(2026, 3, 1), date(2027, 3, 1))
    found = billed(session, at(2027, 3, 2))
    assert days(found)[-1] == ("2027-03-01", "5250.00")
    assert len(found) == 13


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (date(2024, 1, 29), ["2024-02-29", "2024-03-29", "2024-04-29"]),
        (date(2024, 1, 30), ["2024-02-29", "2024-03-30", "2024-04-30"]),
        (date(2024, 1, 31), ["2024-02-29", "2024-03-31", "2024-04-30"]),
        (date(2025, 1, 31), ["2025-02-28", "2025-03-31", "2025-04-30"]),
    ],
)
def test_ends_of_months_count_from_the_first_day(
    session: Session, account: Account, start: date, expected: list[str]
) -> None:
    account.subscribe("A", start=start)
    found = billed(session, datetime(start.year, 5, 1, tzinfo=UTC))
    assert days(found) == [(day, "500.00") for day in expected]


@pytest.mark.parametrize(
    ("start", "moment", "expected"),
    [
        # The clocks go back on the first day, which begins at 23:00 UTC the day before.
        (date(2026, 10, 25), "2026-10-24T22:59:59Z", ["750.00", "750.00"]),
        (date(2026, 10, 25), "2026-10-24T23:00:00Z", ["975.00", "750.00"]),
        (date(2026, 10, 25), "2026-10-25T00:30:00Z", ["975.00", "750.00"]),
        (date(2026, 10, 25), "2026-10-25T01:30:00Z", ["975.00", "750.00"]),
        (date(2026, 10, 25), "2026-11-24T23:59:59Z", ["975.00", "750.00"]),
        (date(2026, 10, 25), "2026-11-25T00:00:00Z", ["750.00", "975.00"]),
        # They go forward on the last one, and the next period begins at 23:00 UTC on it.
        (date(2026, 2, 28), "2026-03-27T23:59:59Z", ["975.00", "750.00"]),
        (date(2026, 3, 1), "2026-03-31T22:59:59Z", ["975.00", "750.00"]),
        (date(2026, 3, 1), "2026-03-31T23:00:00Z", ["750.00", "975.00"]),
    ],
)
def test_days_on_which_clocks_change_end_at_their_own_midnight(
    session: Session, account: Account, start: date, moment: str, expected: list[str]
) -> None:
    account.subscribe("A", "X", start=start)
    account.use(1500, at=datetime.fromisoformat(moment))
    found = billed(session, datetime(2026, 12, 26, 2, tzinfo=UTC))
    assert [totals(one)[0] for one in found[:2]] == expected


@pytest.mark.parametrize(
    ("currency", "country", "amount", "expected"),
    [
        ("GBP", "GB", "600", ("309.68", "61.94", "371.62")),
        # 980 x 16 / 31 = 505.81 yen; a yen has no smaller coin.
        ("JPY", "JP", "980", ("506", "101", "607")),
        # A dinar has a thousand fils: 9.995 x 16 / 31 = 5.15871.
        ("KWD", "KW", "9.995", ("5.159", "1.032", "6.191")),
    ],
)
def test_amounts_are_rounded_to_the_coins_of_their_currency(
    session: Session,
    account: Account,
    currency: str,
    country: str,
    amount: str,
    expected: tuple[str, str, str],
) -> None:
    session.get_one(Merchant, 1).country = account.customer.country = country
    price(account, amount, currency=currency)
    account.subscribe("F", start=date(2026, 1, 16), anchor=date(2026, 1, 1))
    (first,) = billed(session, at(2026, 2, 1))
    assert totals(first) == expected
    assert (first.currency, first.merchant_currency) == (currency, None)
