"""Prices are in money that can be paid with today; those applied already keep theirs."""

from datetime import date

import pytest
from support.factories import AMARA

from pricingsite.models.catalog import Price
from pricingsite.services.catalog.changes import Stored, compare
from pricingsite.services.catalog.currencies import tender_on
from pricingsite.services.catalog.reading import read_catalog

TODAY = date(2026, 11, 23)
# Croatia paid in kuna until 14 January 2023, two weeks beside the euro.
LAST_OF_THE_KUNA = date(2023, 1, 14)


def problems(code: str, stored: Stored, today: date = TODAY) -> tuple[str, ...]:
    document = read_catalog(AMARA.read_bytes().replace(b"GBP", code.encode()))
    found = compare(document, stored, today=today).problems
    return tuple(problem for problem in found if ".currency: " in problem)


@pytest.mark.parametrize("code", ["XXX", "XTS", "XAU", "DEM", "HRK", "CHE", "ZWL"])
def test_a_currency_that_nobody_can_pay_with_is_refused(code: str) -> None:
    first, *_ = problems(code, Stored())
    assert first == (
        f'products[0].prices[0].currency: "{code}" is not money anywhere today, 2026-11-23: '
        "use the code of a currency that your customers pay with, such as GBP"
    )


def test_every_currency_that_is_paid_with_is_taken() -> None:
    some = {"GBP", "EUR", "USD", "JPY", "KWD", "XOF", "XPF", "XCG", "TWD", "ISK"}
    assert some <= tender_on(TODAY)


def test_old_money_is_told_by_the_day() -> None:
    assert "HRK" in tender_on(LAST_OF_THE_KUNA)
    assert "HRK" not in tender_on(date(2023, 1, 16))


def test_a_price_that_is_applied_keeps_its_currency() -> None:
    applied = Price(id="A", currency="HRK", structure={"model": "fixed", "amount": "500"})
    found = problems("HRK", Stored(rows={Price: {"A": applied}}))
    assert [line.partition(".currency")[0] for line in found] == [
        f"products[{product}].prices[{price}]"
        for product, price in ((0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2))
    ]
