"""Discounts and minimums: rating, then discount, then minimum, then VAT."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricingsite.pricing import (
    AgreedDiscount,
    Bill,
    BillingFrequency,
    BillingType,
    BillTerms,
    Discount,
    DueTerms,
    LineKind,
    MinimumDue,
    Money,
    Period,
    PriceTerms,
    PricingError,
    Service,
    Span,
    Unit,
    first_bill,
    main_price,
    make_bill,
    minimum_price,
    services_due,
    structure_from_dict,
    terms_due,
)

JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))
HALF = Period(date(2026, 6, 16), date(2026, 7, 1))
VAT = Decimal("0.20")
X = {
    "model": "graduated",
    "tiers": [
        {"upper_bound": "1000", "flat_fee": "250"},
        {"upper_bound": "2500", "unit_price": "0.45"},
        {"unit_price": "0.65"},
    ],
}


def price(name: str, document: dict[str, Any] | str, **more: Any) -> PriceTerms:
    fixed = isinstance(document, str)
    structure = {"model": "fixed", "amount": document} if fixed else document
    usage = {} if fixed else {"unit": Unit("call", "calls"), "metric_id": "calls"}
    rhythm = {
        "billing_frequency": BillingFrequency.MONTHLY,
        "billing_type": BillingType.IN_ARREARS,
    }
    return PriceTerms(
        id=name,
        name=name,
        currency="GBP",
        structure=structure_from_dict(dict(structure)),
        **usage | rhythm | more,
    )


ACCESS = price("access", "500")
CALLS = price("calls", X)
YEARLY = price("yearly", "1200", billing_frequency=BillingFrequency.YEARLY)
ONCE = price("setup", "900", billing_frequency=BillingFrequency.ONE_TIME)
SEATS = price("seats", "200", billing_type=BillingType.IN_ADVANCE)


def taking(rate: str | None = None, amount: str | None = None, **more: Any) -> Discount:
    return Discount(
        code="LAUNCH",
        rate=Decimal(rate) if rate else None,
        amount=Decimal(amount) if amount else None,
        **{"main": ACCESS, "start": JUNE.start} | more,
    )


def at_least(amount: str, *prices: PriceTerms, period: Period = JUNE) -> MinimumDue:
    minimum = minimum_price(Decimal(amount), prices or (ACCESS, CALLS))
    return MinimumDue((Service(minimum, period, JUNE),))


def bill(
    *prices: PriceTerms,
    calls: str = "0",
    period: Period = JUNE,
    minimums: tuple[MinimumDue, ...] = (),
    discounts: tuple[Discount, ...] = (),
) -> Bill:
    services = [
        (Service(one, period, JUNE), Decimal(calls) if one.is_usage else None) for one in prices
    ]
    terms = DueTerms(minimums, discounts)
    return make_bill(services, period=period, currency="GBP", tax_rate=VAT, terms=terms)


def sums(found: Bill) -> tuple[str, str, str]:
    return str(found.net), str(found.tax), str(found.gross)


def added(found: Bill) -> list[tuple[LineKind, str]]:
    return [(line.kind, str(line.net)) for line in found.terms_lines]


def test_a_percentage_comes_off_everything_that_is_rated() -> None:
    found = bill(ACCESS, CALLS, calls="1500", discounts=(taking("0.20"),))
    assert sums(found) == ("780.00", "156.00", "936.00")
    assert added(found) == [(LineKind.DISCOUNT, "-195.00")]
    (line,) = found.terms_lines
    assert line.quantity * line.unit_price == line.net.amount  # No price is negative.
    assert (line.price_id, line.flat_fee) == (None, None)


def test_the_minimum_is_met_after_the_discount() -> None:
    terms = {"minimums": (at_least("1000"),), "discounts": (taking("0.20"),)}
    found = bill(ACCESS, CALLS, calls="1500", **terms)
    assert added(found) == [(LineKind.DISCOUNT, "-195.00"), (LineKind.MINIMUM, "220.00")]
    assert sums(found) == ("1000.00", "200.00", "1200.00")
    assert added(bill(ACCESS, CALLS, calls="2600", minimums=(at_least("1000"),))) == []


def test_a_minimum_counts_by_days_in_a_partial_period() -> None:
    """15 of 30 days of 1,000.00, of which 345.00 is charged."""
    used = price("used", {"model": "linear", "unit_price": "0.01"})
    found = bill(used, calls="34500", period=HALF, minimums=(at_least("1000", used, period=HALF),))
    assert added(found) == [(LineKind.MINIMUM, "155.00")]
    assert str(found.net) == "500.00"
    (line,) = found.terms_lines
    assert line.proration is not None
    assert (line.proration.days_used, line.proration.days_in_period) == (15, 30)


@pytest.mark.parametrize(("amount", "net"), [("300", "0.00"), ("250", "0.00"), ("100", "150.00")])
def test_an_amount_takes_no_more_than_there_is(amount: str, net: str) -> None:
    found = bill(CALLS, discounts=(taking(amount=amount, main=CALLS),))
    assert str(found.net) == net


def test_an_amount_is_whole_in_a_partial_period() -> None:
    found = bill(ACCESS, period=HALF, discounts=(taking(amount="100"),))
    assert str(found.net) == "150.00"


def test_an_amount_is_taken_off_once_in_a_period() -> None:
    """What is bought besides within a period, and billed by itself, is charged whole."""
    extra = price("extra", "15", billing_type=BillingType.IN_ADVANCE)
    seats = replace(SEATS, quantity=SEATS.quantity + 1)
    more = make_bill(
        [(Service(seats, HALF, JUNE, SEATS), None), (Service(extra, HALF, JUNE), None)],
        period=HALF,
        currency="GBP",
        tax_rate=VAT,
        terms=DueTerms((), (taking(amount="300", main=SEATS),)),
    )
    assert added(more) == []
    assert added(bill(SEATS, discounts=(taking(amount="300", main=SEATS),))) != []
    begun = taking(amount="5", main=SEATS, start=HALF.start)
    assert added(bill(extra, period=HALF, discounts=(begun,))) == [(LineKind.DISCOUNT, "-5.00")]


def test_a_minimum_counts_its_own_rhythm_alone() -> None:
    for other in (YEARLY, ONCE):
        found = bill(ACCESS, other, minimums=(at_least("1000"),))
        assert added(found) == [(LineKind.MINIMUM, "500.00")]


def test_a_discount_counts_periods_that_begin_on_its_days() -> None:
    ended = taking("0.20", start=date(2026, 3, 1), end=JUNE.start)
    assert added(bill(ACCESS, discounts=(ended,))) == []
    later = taking("0.20", start=JUNE.end)
    assert added(bill(ACCESS, discounts=(later,))) == []
    assert added(bill(ACCESS, discounts=(taking("0.20", end=JUNE.end),))) != []


def test_an_amount_comes_off_what_is_billed_like_the_main_price() -> None:
    """A yearly fee's amount is no amount off each month's usage."""
    found = bill(YEARLY, CALLS, discounts=(taking(amount="300", main=YEARLY),))
    assert added(found) == [(LineKind.DISCOUNT, "-300.00")]
    assert added(bill(CALLS, discounts=(taking(amount="300", main=YEARLY),))) == []


@pytest.mark.parametrize(
    ("periods", "frequency", "end"),
    [
        (1, BillingFrequency.MONTHLY, date(2027, 2, 28)),
        (3, BillingFrequency.MONTHLY, date(2027, 4, 30)),
        (2, BillingFrequency.YEARLY, date(2029, 1, 31)),
        (None, BillingFrequency.MONTHLY, None),
    ],
)
def test_a_discount_lasts_so_many_periods(
    periods: int | None, frequency: BillingFrequency, end: date | None
) -> None:
    agreed = AgreedDiscount(code="L", rate=Decimal("0.1"), amount=None, periods=periods)
    main, start = price("main", "10", billing_frequency=frequency), date(2027, 1, 31)
    assert agreed.over(main, start=start, anchor=start).end == end


def test_what_was_billed_in_advance_counts_towards_the_minimum() -> None:
    """Fees of June on the first of June, its usage and what is missing at its end."""
    start, prices = JUNE.start, (SEATS, CALLS)
    minimum = minimum_price(Decimal(1000), prices)
    assert minimum.billing_type is BillingType.IN_ARREARS
    spans = [Span(one, start) for one in prices]
    terms = BillTerms((Span(minimum, start),), (taking("0.5", end=JUNE.end, main=SEATS),))
    first = first_bill(spans, start, lambda _: VAT, terms)
    assert (first.invoice_on, str(first.bill.net)) == (start, "100.00")
    due = services_due(spans, start, JUNE.end)
    at_end = make_bill(
        [(one, Decimal(1500) if one.price.is_usage else None) for one in due],
        period=JUNE,
        currency="GBP",
        tax_rate=VAT,
        terms=terms_due(terms, spans, start, JUNE.end),
    )
    # July's fee 200.00, June's usage 475.00 less its half, and 1,000.00 less 100.00 and 237.50.
    assert added(at_end) == [(LineKind.DISCOUNT, "-237.50"), (LineKind.MINIMUM, "662.50")]
    assert str(at_end.net) == "1100.00"


def test_a_minimum_of_fees_in_advance_is_due_in_advance() -> None:
    minimum = minimum_price(Decimal(1000), [SEATS])
    terms = BillTerms((Span(minimum, JUNE.start),))
    first = first_bill([Span(SEATS, JUNE.start)], JUNE.start, lambda _: VAT, terms)
    assert (first.invoice_on, str(first.bill.net)) == (JUNE.start, "1000.00")
    assert not first.is_free


def test_two_minimums_within_a_period_are_one_line() -> None:
    low, high = (minimum_price(Decimal(one), [ACCESS]) for one in (1000, 2000))
    first_half = Period(JUNE.start, HALF.start)
    both = MinimumDue((Service(low, first_half, JUNE), Service(high, HALF, JUNE)))
    found = bill(ACCESS, minimums=(both,))
    assert added(found) == [(LineKind.MINIMUM, "1000.00")]


def test_the_main_price_is_the_first_fixed_one() -> None:
    assert main_price([CALLS, YEARLY, ACCESS]) is YEARLY
    assert main_price([CALLS]) is CALLS


@pytest.mark.parametrize(("rate", "amount"), [(None, None), ("0.2", "3"), ("1.5", None)])
def test_a_discount_is_a_fraction_or_an_amount(rate: str | None, amount: str | None) -> None:
    with pytest.raises(PricingError, match="discount LAUNCH"):
        taking(rate, amount)


_CENTS = st.decimals(min_value=0, max_value=10**6, places=2)


@given(
    calls=st.decimals(min_value=0, max_value=10**6, places=3),
    fee=_CENTS,
    rate=st.decimals(min_value=0, max_value=1, places=4),
    minimum=_CENTS,
    used_days=st.integers(1, 30),
)
def test_a_bill_holds_its_minimum_and_adds_up(
    calls: Decimal, fee: Decimal, rate: Decimal, minimum: Decimal, used_days: int
) -> None:
    period = Period(JUNE.end - timedelta(days=used_days), JUNE.end)
    own = price("fee", f"{fee:f}")
    least = at_least(f"{minimum:f}", own, CALLS, period=period)
    discount = taking(f"{rate:f}", main=own)
    plain = bill(own, CALLS, calls=f"{calls:f}", period=period)
    found = bill(
        own,
        CALLS,
        calls=f"{calls:f}",
        period=period,
        minimums=(least,),
        discounts=(discount,),
    )
    assert found.lines == plain.lines
    assert found.net == Money.total((line.net for line in found.every_line), "GBP")
    assert found.net >= least.floor
    off = plain.net.times(rate)
    assert found.net == max(plain.net - off, least.floor)
    assert found.gross == found.net + found.net.times(VAT)
    assert all(line.unit_price >= 0 for line in found.every_line)


@given(calls=st.integers(0, 10**6), amount=_CENTS)
def test_an_amount_never_makes_a_bill_negative(calls: int, amount: Decimal) -> None:
    found = bill(CALLS, calls=str(calls), discounts=(taking(amount=f"{amount + 1:f}", main=CALLS),))
    assert found.net.minor >= 0


@given(quantities=st.lists(st.integers(0, 5000), min_size=2, max_size=2))
def test_more_usage_never_costs_less(quantities: list[int]) -> None:
    terms = {"minimums": (at_least("1000"),), "discounts": (taking("0.35"),)}
    less, more = (bill(ACCESS, CALLS, calls=str(one), **terms).net for one in sorted(quantities))
    assert less <= more
