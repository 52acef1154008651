"""Changes with their money: the cases of the design, each quoted, made and invoiced."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session
from support.billing import totals
from support.changing import IN_ADVANCE, Subscriber, figures, fixed, lines, noon

from pricingsite.models.promotions import Promotion
from pricingsite.pricing import AgreedDiscount
from pricingsite.services.balances.credit_notes import credit
from pricingsite.services.changes.timing import When
from pricingsite.services.changes.wanted import ChangeError
from pricingsite.services.schedules.creating import AgreedTerms

APRIL, MAY = date(2027, 4, 1), date(2027, 5, 1)
JUNE, JULY, AUGUST = date(2027, 6, 1), date(2027, 7, 1), date(2027, 8, 1)
MID_APRIL, MID_JUNE = date(2027, 4, 16), date(2027, 6, 16)


@pytest.fixture
def subscriber(session: Session) -> Subscriber:
    return Subscriber(session)


@pytest.fixture
def advance(subscriber: Subscriber) -> Subscriber:
    """Plans that are paid in advance: Small 20.00, Large 50.00, and Seats 10.00 each."""
    subscriber.price("small", **IN_ADVANCE, **fixed("20"))
    subscriber.price("large", **IN_ADVANCE, **fixed("50"))
    seats = {"per": "seat", "per_plural": "seats"}
    subscriber.price("seat", **IN_ADVANCE, **fixed("10"), **seats)
    subscriber.price("seat-later", **fixed("10"), **seats)
    subscriber.plan("small", "small", position=10)
    subscriber.plan("large", "large", position=11)
    subscriber.plan("team", "seat", position=12)
    subscriber.plan("crew", "seat-later", position=13)
    return subscriber


def test_an_upgrade_in_arrears_is_one_bill_at_the_periods_end(subscriber: Subscriber) -> None:
    subscriber.begin("A", start=JUNE).on(MID_JUNE)
    made = subscriber.choose("scale")
    assert figures(made.quote) == [
        (JULY, "750.00", "150.00", "900.00"),
        (AUGUST, "750.00", "150.00", "900.00"),
    ]
    subscriber.use(2600, at=noon(date(2027, 6, 20)))
    subscriber.bill(JULY)
    assert subscriber.invoices == [(JULY, "1490.00", "298.00", "1788.00")]
    assert lines(subscriber.documents[0])[0] == ("Platform access", "500.00")


def test_an_upgrade_in_advance_bills_the_difference_now(advance: Subscriber) -> None:
    advance.begin("small", start=APRIL).bill(APRIL).on(MID_APRIL)
    made = advance.choose("large")
    assert figures(made.quote)[0] == (MID_APRIL, "15.00", "3.00", "18.00")
    advance.bill(MID_APRIL).bill(MAY)
    assert advance.invoices == [
        (APRIL, "20.00", "4.00", "24.00"),
        (MID_APRIL, "15.00", "3.00", "18.00"),
        (MAY, "50.00", "10.00", "60.00"),
    ]
    assert sorted(net for _, net in lines(advance.documents[1])) == ["-10.00", "25.00"]


def test_a_credit_is_of_what_was_invoiced(advance: Subscriber) -> None:
    """Paid 10.00 where the list said 20.00, half left: 5.00 back."""
    half = AgreedDiscount(code="HALF", rate=Decimal("0.5"), amount=None, periods=1)
    advance.begin("small", start=APRIL, terms=AgreedTerms(discount=half))
    advance.bill(APRIL).on(MID_APRIL)
    assert advance.invoices == [(APRIL, "10.00", "2.00", "12.00")]
    made = advance.choose("large")
    assert [str(one.net) for one in made.quote.unused] == ["5.00"]


def test_goodwill_is_not_given_back_once_more(advance: Subscriber) -> None:
    advance.begin("small", start=APRIL).bill(APRIL).on(MID_APRIL)
    credit(
        advance.session,
        advance.documents[0],
        {1: advance.documents[0].money(1600)},
        reason="Sorry",
        issue=advance.maker.issue,
    )
    made = advance.choose("large")
    assert [str(one.net) for one in made.quote.unused] == ["4.00"]


def test_both_dates_are_told_and_the_cheaper_comes_first_shortly_before_the_end(
    subscriber: Subscriber,
) -> None:
    subscriber.begin("A", start=JUNE).on(date(2027, 6, 26))
    subscriber.use(200, at=noon(date(2027, 6, 26)))
    found = subscriber.choices("scale")
    assert found.now is not None
    assert figures(found.now)[0] == (JULY, "750.00", "150.00", "900.00")
    assert figures(found.period_end)[0] == (JULY, "500.00", "100.00", "600.00")
    assert found.preselected is When.PERIOD_END
    assert subscriber.on(date(2027, 6, 24)).choices("scale").preselected is When.NOW


def test_a_downgrade_waits_for_the_periods_end(subscriber: Subscriber) -> None:
    subscriber.begin("A", "X", start=JUNE).on(date(2027, 6, 20))
    assert subscriber.choices("start").now is None
    with pytest.raises(ChangeError, match="when the period ends"):
        subscriber.choose("start")
    made = subscriber.choose("start", When.PERIOD_END)
    assert made.quote.on == JULY
    subscriber.use(1200, at=noon(date(2027, 6, 28)))
    subscriber.bill(JULY).bill(AUGUST)
    assert subscriber.invoices == [
        (JULY, "840.00", "168.00", "1008.00"),
        (AUGUST, "500.00", "100.00", "600.00"),
    ]


def test_a_merchant_ends_it_now_and_usage_is_billed_whole(subscriber: Subscriber) -> None:
    subscriber.begin("A", "X", start=JUNE)
    subscriber.use(1200, at=noon(date(2027, 6, 10)))
    subscriber.on(MID_JUNE).end()
    subscriber.bill(MID_JUNE).bill(AUGUST)
    assert subscriber.invoices == [(MID_JUNE, "590.00", "118.00", "708.00")]


def test_more_seats_now_by_days_fewer_at_the_end(advance: Subscriber) -> None:
    day = date(2027, 4, 18)
    advance.begin(*["seat"], start=APRIL).bill(APRIL).on(date(2027, 4, 2))
    advance.agree(("seat", 5), on=When.NOW)
    advance.bill(date(2027, 4, 2)).on(day)
    made = advance.choose("team", quantities={"seat": Decimal(8)})
    assert figures(made.quote)[0] == (day, "13.00", "2.60", "15.60")
    advance.bill(day)
    assert advance.invoices[-1] == (day, "13.00", "2.60", "15.60")
    assert lines(advance.documents[-1]) == [("seat: 3 more seats", "13.00")]
    assert advance.choices("team", quantities={"seat": Decimal(6)}).now is None
    advance.choose("team", When.PERIOD_END, quantities={"seat": Decimal(6)})
    advance.bill(MAY)
    assert advance.invoices[-1] == (MAY, "60.00", "12.00", "72.00")


def test_more_seats_in_arrears_are_one_line_at_the_end(advance: Subscriber) -> None:
    advance.begin("seat-later", start=APRIL)
    advance.agree(("seat-later", 5), on=When.NOW)
    advance.on(date(2027, 4, 18)).choose("crew", quantities={"seat-later": Decimal(8)})
    advance.bill(MAY)
    assert advance.invoices == [(MAY, "63.00", "12.60", "75.60")]
    assert [net for _, net in lines(advance.documents[0])] == ["50.00", "13.00"]


def test_what_is_charged_once_is_charged_for_what_is_more(advance: Subscriber) -> None:
    once = {"billing_frequency": "one_time", "per": "kit", "per_plural": "kits"}
    advance.price("kit", **once, **IN_ADVANCE, **fixed("40"))
    advance.plan("set", "A", "kit", position=30)
    advance.begin("A", "kit", start=APRIL)
    advance.agree("A", ("kit", 2), on=When.NOW)
    advance.bill(APRIL).on(date(2027, 4, 10))
    made = advance.choose("set", quantities={"kit": Decimal(5)})
    assert figures(made.quote)[0] == (date(2027, 4, 10), "120.00", "24.00", "144.00")
    advance.bill(date(2027, 4, 10))
    assert lines(advance.documents[-1]) == [("kit: 3 more kits", "120.00")]
    fewer = advance.choose("set", When.PERIOD_END, quantities={"kit": Decimal(1)})
    assert figures(fewer.quote)[0] == (MAY, "500.00", "100.00", "600.00")
    advance.bill(MAY).on(date(2027, 5, 10)).choose("set", quantities={"kit": Decimal(6)})
    advance.bill(date(2027, 5, 10))
    assert [net for _, net, *_ in advance.invoices] == ["80.00", "120.00", "500.00", "40.00"]


@pytest.mark.parametrize(("flagged", "net"), [(False, "750.00"), (True, "625.00")])
def test_an_add_on_is_whole_unless_its_fees_are_by_days(
    subscriber: Subscriber, *, flagged: bool, net: str
) -> None:
    subscriber.price("P", like="X", product_id="ai-add-on", prorate_flat_fees=flagged)
    subscriber.plan("mixed", "A", "+P", position=20)
    subscriber.begin("A", start=JUNE).on(MID_JUNE)
    made = subscriber.choose("mixed", add_ons={"P": Decimal(1)})
    assert str(made.quote.bills[0].net) == net
    subscriber.bill(JULY)
    assert subscriber.invoices[0][1] == net


def test_an_add_on_goes_at_the_periods_end(subscriber: Subscriber) -> None:
    subscriber.drop("scale")
    subscriber.plan("mixed", "A", "+X", position=20)
    subscriber.begin("A", "X", start=JUNE).on(MID_JUNE)
    assert subscriber.choices("mixed").now is None
    assert subscriber.choose("mixed", When.PERIOD_END).quote.on == JULY


def test_an_add_on_goes_at_the_end_of_its_own_period(advance: Subscriber) -> None:
    advance.price("yearly", billing_frequency="yearly", **IN_ADVANCE, **fixed("100"))
    advance.price("vault", product_id="ai-add-on", **IN_ADVANCE, **fixed("15"))
    advance.plan("pro", "yearly", "+vault", position=40)
    advance.begin("yearly", "vault", start=APRIL).bill(APRIL).on(date(2027, 4, 10))
    made = advance.choose("pro", When.PERIOD_END)
    assert (made.quote.on, figures(made.quote)) == (
        MAY,
        [(date(2028, 4, 1), "100.00", "20.00", "120.00")],
    )
    advance.bill(MAY).bill(date(2028, 4, 1))
    assert [net for _, net, *_ in advance.invoices] == ["115.00", "100.00"]


def test_a_yearly_fee_now_begins_a_year_and_closes_the_month(subscriber: Subscriber) -> None:
    subscriber.price("yearly", billing_frequency="yearly", **IN_ADVANCE, **fixed("5000"))
    subscriber.plan("pro", "A", position=20, option="monthly")
    subscriber.plan("pro", "yearly", position=20, option="yearly")
    subscriber.drop("start")
    subscriber.begin("A", start=JUNE).on(MID_JUNE)
    found = subscriber.choices("pro", option_id="yearly")
    assert (found.preselected, found.period_end.on) == (When.PERIOD_END, JULY)
    made = subscriber.choose("pro", option_id="yearly")
    assert figures(made.quote)[0] == (MID_JUNE, "5250.00", "1050.00", "6300.00")
    subscriber.bill(MID_JUNE).bill(date(2028, 6, 16))
    assert subscriber.invoices == [
        (MID_JUNE, "5250.00", "1050.00", "6300.00"),
        (date(2028, 6, 16), "5000.00", "1000.00", "6000.00"),
    ]


def test_a_yearly_fee_goes_at_the_years_end_or_with_a_credit(subscriber: Subscriber) -> None:
    """183 of 366 days of 5,000.00 are left."""
    start = date(2027, 7, 1)
    subscriber.price("yearly", billing_frequency="yearly", **IN_ADVANCE, **fixed("5000"))
    subscriber.begin("yearly", start=start).bill(start).on(date(2027, 12, 31))
    assert subscriber.choices("start").period_end.on == date(2028, 7, 1)
    made = subscriber.agree("A", on=When.NOW)
    assert [totals(note) for note in made.credit_notes] == [("-2500.00", "-500.00", "-3000.00")]


def test_a_code_takes_a_share_off_for_its_periods(subscriber: Subscriber) -> None:
    subscriber.session.add(
        Promotion(
            id="LAUNCH",
            position=0,
            rate=Decimal("0.2"),
            periods=3,
            plans=[],
            new_customers_only=False,
        )
    )
    subscriber.begin("A", start=date(2027, 5, 1)).on(JUNE)
    subscriber.choose("scale", code="LAUNCH")
    subscriber.use(1500, at=noon(date(2027, 6, 10)))
    subscriber.bill(JULY)
    assert subscriber.invoices[-1] == (JULY, "780.00", "156.00", "936.00")


def test_undo_leaves_nothing_of_a_change(advance: Subscriber) -> None:
    advance.begin("A", "X", start=JUNE).on(MID_JUNE)
    advance.choose("start", When.PERIOD_END)
    advance.undo()
    advance.bill(JULY).bill(AUGUST)
    assert [net for _, net, *_ in advance.invoices] == ["750.00", "750.00"]
    with pytest.raises(ChangeError, match="nothing to undo"):
        advance.undo()


def test_cancelling_ends_it_with_the_period_until_that_is_undone(subscriber: Subscriber) -> None:
    subscriber.begin("A", "X", start=JUNE).on(MID_JUNE)
    made = subscriber.cancel()
    assert (made.quote.on, figures(made.quote)) == (JULY, [(JULY, "750.00", "150.00", "900.00")])
    with pytest.raises(ChangeError, match="cancelled already"):
        subscriber.cancel()
    subscriber.undo()
    subscriber.bill(JULY).cancel()
    subscriber.bill(AUGUST).bill(date(2027, 9, 1))
    assert [net for _, net, *_ in subscriber.invoices] == ["750.00", "750.00"]


def test_a_pause_bills_nothing_until_it_goes_on(subscriber: Subscriber) -> None:
    subscriber.begin("A", start=JUNE).on(MID_JUNE).pause(date(2027, 8, 16))
    for day in (JULY, AUGUST, date(2027, 9, 1)):
        subscriber.bill(day)
    assert subscriber.invoices == [
        (JULY, "500.00", "100.00", "600.00"),
        (date(2027, 9, 1), "258.06", "51.61", "309.67"),
    ]


def test_a_usage_price_follows_at_its_own_boundary(subscriber: Subscriber) -> None:
    subscriber.begin("A", "X", start=JUNE).on(MID_JUNE)
    made = subscriber.agree("D", "Y", on=When.NOW)
    subscriber.use(2600, at=noon(date(2027, 6, 20)))
    subscriber.bill(JULY)
    # 15 days of 500.00 and of 400.00, and all calls at X.
    assert [net for _, net in lines(subscriber.documents[0])] == [
        "250.00",
        "250.00",
        "675.00",
        "65.00",
        "200.00",
    ]
    assert subscriber.invoices[0][1] == "1440.00"
    assert [phase.start for phase in made.quote.after.phases] == [JUNE, MID_JUNE, JULY]
    with pytest.raises(ChangeError, match="choose 2027-09-01"):
        subscriber.agree("A", "X", on=date(2027, 8, 16))
