from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from pricingsite.pricing import (
    BillingFrequency,
    BillingType,
    Fixed,
    Linear,
    Period,
    PriceTerms,
    PricingError,
    Proration,
    Service,
    Span,
    Unit,
    bill_period,
    services_due,
)

MONTHLY = BillingFrequency.MONTHLY
QUARTERLY = BillingFrequency.QUARTERLY
YEARLY = BillingFrequency.YEARLY
ONE_TIME = BillingFrequency.ONE_TIME
JANUARY = Period(date(2027, 1, 1), date(2027, 2, 1))
FIRST = date(2027, 1, 1)


def fixed(frequency: BillingFrequency = MONTHLY, price_id: str = "A", **changes: Any) -> PriceTerms:
    terms: dict[str, Any] = {
        "id": price_id,
        "name": "Platform access",
        "currency": "GBP",
        "structure": Fixed(Decimal(600)),
        "billing_frequency": frequency,
        "billing_type": BillingType.IN_ARREARS,
    }
    return PriceTerms(**terms | changes)


def in_advance(frequency: BillingFrequency = MONTHLY, price_id: str = "P") -> PriceTerms:
    return fixed(frequency, price_id, billing_type=BillingType.IN_ADVANCE)


def usage(frequency: BillingFrequency = MONTHLY, **changes: Any) -> PriceTerms:
    terms: dict[str, Any] = {
        "structure": Linear(Decimal("0.10")),
        "unit": Unit("API call", "API calls"),
        "metric_id": "api_calls",
    }
    return fixed(frequency, "X", **terms | changes)


def due_days(span: Span, anchor: date, start: date, end: date) -> dict[date, tuple[Period, ...]]:
    """Every day of a stretch on which something falls due, and the service periods of it."""
    days = Period(start, end).each_day()
    found = {day: services_due([span], anchor, day) for day in days}
    return {day: tuple(one.period for one in due) for day, due in found.items() if due}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"unit": None}, "price X: a usage price needs a metric"),
        ({"unit": None, "metric_id": None}, "price X: a usage price needs a metric"),
        ({"billing_type": BillingType.IN_ADVANCE}, "price X: a usage price is billed in arrears"),
        ({"structure": Fixed(Decimal(1))}, "price X: a fixed price has no metric"),
    ],
)
def test_terms_that_cannot_be_billed_are_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(PricingError) as refused:
        usage(**changes)
    assert str(refused.value) == reason


def test_in_arrears_a_period_is_due_at_its_end() -> None:
    assert due_days(Span(fixed(), FIRST), FIRST, FIRST, date(2027, 4, 2)) == {
        date(2027, 2, 1): (JANUARY,),
        date(2027, 3, 1): (Period(date(2027, 2, 1), date(2027, 3, 1)),),
        date(2027, 4, 1): (Period(date(2027, 3, 1), date(2027, 4, 1)),),
    }


def test_in_advance_a_period_is_due_on_its_first_day() -> None:
    assert due_days(Span(in_advance(), FIRST), FIRST, FIRST, date(2027, 3, 1)) == {
        date(2027, 1, 1): (JANUARY,),
        date(2027, 2, 1): (Period(date(2027, 2, 1), date(2027, 3, 1)),),
    }


def test_month_ends_keep_their_anchor() -> None:
    start = date(2027, 1, 31)
    assert list(due_days(Span(fixed(), start), start, start, date(2027, 6, 1))) == [
        date(2027, 2, 28),
        date(2027, 3, 31),
        date(2027, 4, 30),
        date(2027, 5, 31),
    ]


@pytest.mark.parametrize(
    ("frequency", "end"), [(QUARTERLY, date(2027, 4, 1)), (YEARLY, date(2028, 1, 1))]
)
def test_longer_frequencies_have_longer_periods(frequency: BillingFrequency, end: date) -> None:
    arrears = due_days(Span(fixed(frequency), FIRST), FIRST, FIRST, end + timedelta(days=1))
    assert arrears == {end: (Period(FIRST, end),)}
    advance = due_days(Span(in_advance(frequency), FIRST), FIRST, FIRST, end)
    assert advance == {FIRST: (Period(FIRST, end),)}


def test_a_service_knows_its_full_period() -> None:
    (whole,) = services_due([Span(fixed(), FIRST)], FIRST, date(2027, 2, 1))
    assert whole == Service(fixed(), JANUARY, JANUARY)
    assert whole.proration.is_whole
    (cut,) = services_due([Span(fixed(), date(2027, 1, 16))], FIRST, date(2027, 2, 1))
    assert cut == Service(fixed(), Period(date(2027, 1, 16), date(2027, 2, 1)), JANUARY)
    assert cut.proration == Proration(16, 31)


def test_a_start_inside_a_period_cuts_it() -> None:
    start, rest = date(2027, 1, 16), Period(date(2027, 1, 16), date(2027, 2, 1))
    assert due_days(Span(fixed(), start), FIRST, FIRST, date(2027, 3, 1)) == {
        date(2027, 2, 1): (rest,)
    }
    assert due_days(Span(in_advance(), start), FIRST, FIRST, date(2027, 2, 1)) == {start: (rest,)}


def test_a_price_taken_out_inside_a_period_is_due_when_that_period_ends() -> None:
    span = Span(fixed(), FIRST, date(2027, 2, 11))
    assert due_days(span, FIRST, FIRST, date(2027, 5, 1)) == {
        date(2027, 2, 1): (JANUARY,),
        date(2027, 3, 1): (Period(date(2027, 2, 1), date(2027, 2, 11)),),
    }


def test_a_schedules_end_closes_everything() -> None:
    end = date(2027, 2, 11)
    assert due_days(Span(fixed(), FIRST, end, final=True), FIRST, FIRST, date(2027, 5, 1)) == {
        date(2027, 2, 1): (JANUARY,),
        end: (Period(date(2027, 2, 1), end),),
    }


@pytest.mark.parametrize("final", [False, True])
def test_an_end_on_a_boundary_leaves_no_rest(final: bool) -> None:  # noqa: FBT001
    arrears = Span(fixed(), FIRST, date(2027, 2, 1), final=final)
    assert due_days(arrears, FIRST, FIRST, date(2027, 5, 1)) == {date(2027, 2, 1): (JANUARY,)}
    advance = Span(in_advance(), FIRST, date(2027, 2, 1), final=final)
    assert due_days(advance, FIRST, FIRST, date(2027, 5, 1)) == {FIRST: (JANUARY,)}


def test_nothing_is_due_before_the_start_or_after_the_end() -> None:
    span = Span(fixed(), date(2027, 3, 1), date(2027, 4, 1), final=True)
    assert list(due_days(span, FIRST, date(2026, 1, 1), date(2029, 1, 1))) == [date(2027, 4, 1)]


def test_a_span_within_one_period_is_one_cut_piece() -> None:
    days = Period(date(2027, 1, 10), date(2027, 1, 20))
    span = Span(fixed(), days.start, days.end)
    assert due_days(span, FIRST, FIRST, date(2027, 4, 1)) == {date(2027, 2, 1): (days,)}
    advance = Span(in_advance(), days.start, days.end)
    assert due_days(advance, FIRST, FIRST, date(2027, 4, 1)) == {days.start: (days,)}


def test_what_is_billed_once_falls_due_once() -> None:
    start = date(2027, 1, 16)
    rest = Period(start, date(2027, 2, 1))
    advance = due_days(Span(in_advance(ONE_TIME), start), FIRST, FIRST, date(2028, 1, 1))
    arrears = due_days(Span(fixed(ONE_TIME), start), FIRST, FIRST, date(2028, 1, 1))
    assert advance == {start: (rest,)}
    assert arrears == {date(2027, 2, 1): (rest,)}


def test_what_is_billed_once_is_never_prorated() -> None:
    (service,) = services_due([Span(fixed(ONE_TIME), date(2027, 1, 16))], FIRST, date(2027, 2, 1))
    assert service.proration.is_whole


def test_what_is_billed_once_closes_with_the_schedule() -> None:
    end = date(2027, 1, 20)
    span = Span(fixed(ONE_TIME), FIRST, end, final=True)
    assert due_days(span, FIRST, FIRST, date(2027, 4, 1)) == {end: (Period(FIRST, end),)}


def test_adjoining_spans_share_a_period_without_overlap() -> None:
    change = date(2027, 1, 16)
    one, other = fixed(price_id="A"), fixed(price_id="B")
    due = services_due([Span(one, FIRST, change), Span(other, change)], FIRST, date(2027, 2, 1))
    assert [(service.price.id, service.period) for service in due] == [
        ("A", Period(FIRST, change)),
        ("B", Period(change, date(2027, 2, 1))),
    ]
    assert sum(service.proration.fraction for service in due) == 1


def test_in_advance_and_in_arrears_meet_on_one_bill() -> None:
    spans = [Span(in_advance(), FIRST), Span(usage(), FIRST)]
    due = services_due(spans, FIRST, date(2027, 2, 1))
    assert [(service.price.id, service.period.start) for service in due] == [
        ("P", date(2027, 2, 1)),
        ("X", date(2027, 1, 1)),
    ]


def test_a_calendar_anchor_before_the_start() -> None:
    anchor = date(2020, 1, 1)
    span = Span(fixed(), date(2027, 1, 16))
    assert due_days(span, anchor, FIRST, date(2027, 3, 2)) == {
        date(2027, 2, 1): (Period(date(2027, 1, 16), date(2027, 2, 1)),),
        date(2027, 3, 1): (Period(date(2027, 2, 1), date(2027, 3, 1)),),
    }


@pytest.mark.parametrize(
    ("spans", "day", "start", "end"),
    [
        ([Span(fixed(), FIRST)], date(2027, 2, 10), date(2027, 2, 1), date(2027, 3, 1)),
        ([Span(fixed(YEARLY), FIRST)], date(2027, 2, 10), FIRST, date(2028, 1, 1)),
        (
            [Span(fixed(YEARLY), FIRST), Span(usage(), FIRST)],
            date(2027, 2, 10),
            date(2027, 2, 1),
            date(2027, 3, 1),
        ),
        (
            [Span(fixed(QUARTERLY), FIRST), Span(in_advance(ONE_TIME), FIRST)],
            FIRST,
            FIRST,
            date(2027, 2, 1),
        ),
        ([Span(fixed(), date(2027, 1, 16))], date(2027, 1, 16), date(2027, 1, 16), JANUARY.end),
        (
            [Span(fixed(), FIRST, date(2027, 2, 11), final=True)],
            date(2027, 2, 10),
            date(2027, 2, 1),
            date(2027, 2, 11),
        ),
        # One price gives way to another inside a period: the period is still the whole one.
        (
            [Span(fixed(), FIRST, date(2027, 2, 11)), Span(fixed(price_id="B"), date(2027, 2, 11))],
            date(2027, 2, 12),
            date(2027, 2, 1),
            date(2027, 3, 1),
        ),
    ],
)
def test_the_billing_period_of_a_day(spans: list[Span], day: date, start: date, end: date) -> None:
    assert bill_period(spans, FIRST, day) == Period(start, end)


@pytest.mark.parametrize("day", [date(2026, 12, 31), date(2027, 2, 11)])
def test_where_no_price_stands_there_is_no_billing_period(day: date) -> None:
    spans = [Span(fixed(), FIRST, date(2027, 2, 11), final=True)]
    with pytest.raises(PricingError, match=f"nothing is billed on {day}"):
        bill_period(spans, FIRST, day)
