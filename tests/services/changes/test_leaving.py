"""Leaving and coming back: before the start, in a trial, to another provider, after the end."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session
from support.changing import IN_ADVANCE, Subscriber, figures, fixed

from pricingsite.models.promotions import Promotion
from pricingsite.pricing import AgreedDiscount, Trial
from pricingsite.services.changes.choosing import change_choices
from pricingsite.services.changes.leaving import (
    SubscriptionChangedError,
    last_day_to_switch,
    quote_subscription,
    subscribe_again,
)
from pricingsite.services.changes.plan_page import plan_page
from pricingsite.services.changes.situation import read_situation
from pricingsite.services.changes.timing import When
from pricingsite.services.changes.wanted import ChangeError, WantedPlan
from pricingsite.services.orders.promotions import PromotionError
from pricingsite.services.schedules.confirming import confirm_trial, trials_to_remind_of
from pricingsite.services.schedules.creating import AgreedTerms
from pricingsite.services.schedules.reading import current_schedule
from pricingsite.services.schedules.renewals import schedules_to_look_at

JUNE, JULY, AUGUST = date(2027, 6, 1), date(2027, 7, 1), date(2027, 8, 1)
MID_JUNE = date(2027, 6, 16)


@pytest.fixture
def subscriber(session: Session) -> Subscriber:
    return Subscriber(session)


def subscribe(subscriber: Subscriber, plan_id: str, **wanted: str) -> None:
    """Subscribe again to a plan, as it was quoted a moment before."""
    session, customer = subscriber.session, subscriber.customer
    plan = WantedPlan(plan_id=plan_id, **wanted)
    shown = quote_subscription(session, customer, plan, now=subscriber.now).digest
    subscriber.schedule = subscribe_again(
        session, customer.id, plan, shown=shown, now=subscriber.now
    )


def test_cancelling_before_the_start_costs_nothing_and_can_be_undone(
    subscriber: Subscriber,
) -> None:
    subscriber.begin("A", "X", start=JULY).on(JUNE)
    assert figures(subscriber.cancel().quote) == []
    assert current_schedule(subscriber.session, subscriber.customer.id) is None
    subscriber.undo()
    subscriber.on(JUNE + timedelta(days=1)).cancel()
    subscriber.bill(AUGUST)
    assert subscriber.invoices == []
    with pytest.raises(ChangeError, match="no plan"):
        subscriber.undo()


def test_what_was_cancelled_before_its_start_is_reminded_of_nothing(
    subscriber: Subscriber,
) -> None:
    subscriber.price("yearly", billing_frequency="yearly", **fixed("100"))
    trial = AgreedTerms(trial=Trial(14, continues=True))
    subscriber.begin("yearly", start=JULY, terms=trial).on(JUNE).cancel()
    session = subscriber.session
    assert trials_to_remind_of(session, today=date(2027, 7, 13)) == []
    assert schedules_to_look_at(session, today=date(2028, 7, 1)) == []
    subscriber.undo()
    assert trials_to_remind_of(session, today=date(2027, 7, 13)) == [subscriber.schedule.id]
    assert schedules_to_look_at(session, today=date(2028, 7, 1)) == [subscriber.schedule.id]


def test_undoing_a_cancellation_before_the_start_bills_it_all(subscriber: Subscriber) -> None:
    subscriber.begin("A", "X", start=JULY).on(JUNE)
    subscriber.cancel()
    subscriber.undo()
    assert [net for _, net, *_ in subscriber.bill(AUGUST).invoices] == ["750.00"]


def test_what_the_merchant_ends_before_its_start_is_not_the_customers_to_undo(
    subscriber: Subscriber,
) -> None:
    subscriber.begin("A", "X", start=JULY).on(JUNE)
    subscriber.end()
    assert plan_page(subscriber.session, subscriber.customer, now=subscriber.now).pending is None
    with pytest.raises(ChangeError, match="nothing to undo"):
        subscriber.undo()
    subscriber.undo(by_customer=False)
    assert [net for _, net, *_ in subscriber.bill(AUGUST).invoices] == ["750.00"]


@pytest.mark.parametrize("continues", [True, False])
def test_a_trial_keeps_its_end_whatever_the_plan(
    subscriber: Subscriber, *, continues: bool
) -> None:
    trial = AgreedTerms(trial=Trial(14, continues=continues))
    subscriber.begin("A", start=JUNE, terms=trial).on(date(2027, 6, 5))
    subscriber.choose("scale")
    schedule = subscriber.schedule
    assert schedule.trial is not None
    assert (schedule.trial.end, schedule.anchor_date) == (date(2027, 6, 15), date(2027, 6, 15))
    assert [[one.id for one in phase.prices] for phase in schedule.phases] == [
        ["A"],
        ["A", "X"],
        ["A", "X"],
    ]
    if not continues:
        confirm_trial(subscriber.session, subscriber.customer.id, now=subscriber.now)
    subscriber.bill(date(2027, 7, 15))
    assert [net for _, net, *_ in subscriber.invoices] == ["750.00"]


def test_a_change_within_a_trial_makes_no_code_longer(subscriber: Subscriber) -> None:
    half = AgreedDiscount(code="as agreed", rate=Decimal("0.5"), amount=None, periods=1)
    terms = AgreedTerms(trial=Trial(14, continues=True), discount=half)
    subscriber.begin("A", start=JUNE, terms=terms).on(date(2027, 6, 5))
    subscriber.choose("scale")
    subscriber.bill(date(2027, 7, 15)).bill(date(2027, 8, 15))
    assert [net for _, net, *_ in subscriber.invoices] == ["375.00", "750.00"]


def test_a_code_is_for_as_many_months_whatever_was_chosen_in_the_trial(
    subscriber: Subscriber,
) -> None:
    """Of three bills of 500.00, two are half, though it was to be a year for a moment."""
    half = AgreedDiscount(code="as agreed", rate=Decimal("0.5"), amount=None, periods=2)
    terms = AgreedTerms(trial=Trial(14, continues=True), discount=half)
    subscriber.price("year", billing_frequency="yearly", **fixed("5000"))
    subscriber.plan("year", "year", position=20)
    subscriber.begin("A", start=JUNE, terms=terms).on(date(2027, 6, 5))
    subscriber.choose("year")
    subscriber.choose("start")
    for month in (7, 8, 9):
        subscriber.bill(date(2027, month, 15))
    assert [net for _, net, *_ in subscriber.invoices] == ["250.00", "250.00", "500.00"]


def test_a_trial_that_was_cancelled_goes_on_once_that_is_undone(subscriber: Subscriber) -> None:
    trial = AgreedTerms(trial=Trial(14, continues=True))
    subscriber.begin("A", start=JUNE, terms=trial).on(date(2027, 6, 5))
    assert subscriber.cancel().quote.on == date(2027, 6, 15)
    subscriber.undo()
    assert [net for _, net, *_ in subscriber.bill(date(2027, 7, 15)).invoices] == ["500.00"]


def test_keeping_a_plan_after_its_trial_undoes_the_cancellation(subscriber: Subscriber) -> None:
    trial = AgreedTerms(trial=Trial(14, continues=True))
    subscriber.begin("A", start=JUNE, terms=trial).on(date(2027, 6, 5))
    subscriber.cancel()
    confirm_trial(subscriber.session, subscriber.customer.id, now=subscriber.now)
    subscriber.session.expire_all()
    found = read_situation(subscriber.session, subscriber.customer, now=subscriber.now)
    assert (found.pending, found.schedule.end_date) == (None, None)
    assert [net for _, net, *_ in subscriber.bill(date(2027, 7, 15)).invoices] == ["500.00"]


@pytest.mark.parametrize("how", ["undone", "replaced"])
def test_a_plan_is_kept_though_a_change_from_before_that_is_taken_back(
    subscriber: Subscriber, how: str
) -> None:
    trial = AgreedTerms(trial=Trial(14, continues=False))
    subscriber.begin("A", start=JUNE, terms=trial).on(date(2027, 6, 5))
    subscriber.choose("scale", When.PERIOD_END)
    confirm_trial(subscriber.session, subscriber.customer.id, now=subscriber.now)
    subscriber.session.expire_all()
    if how == "undone":
        subscriber.undo()
    else:
        subscriber.choose("scale")
    first, *_ = subscriber.bill(date(2027, 7, 15)).invoices
    assert first[1] == {"undone": "500.00", "replaced": "750.00"}[how]


def test_keeping_a_plan_after_its_trial_keeps_the_end_that_the_merchant_agreed(
    subscriber: Subscriber,
) -> None:
    trial = AgreedTerms(trial=Trial(14, continues=True))
    subscriber.begin("A", start=JUNE, terms=trial).on(date(2027, 6, 5))
    subscriber.end(AUGUST)
    subscriber.cancel()
    confirm_trial(subscriber.session, subscriber.customer.id, now=subscriber.now)
    subscriber.session.expire_all()
    assert subscriber.schedule.end_date == AUGUST
    subscriber.bill(date(2027, 7, 15)).bill(date(2027, 10, 1))
    days = [line.period.days for one in subscriber.documents for line in one.lines]
    assert sum(days) == (AUGUST - date(2027, 6, 15)).days


def test_a_change_that_takes_back_a_cancellation_within_a_trial_is_billed(
    subscriber: Subscriber,
) -> None:
    trial = AgreedTerms(trial=Trial(14, continues=False))
    subscriber.begin("A", start=JUNE, terms=trial).on(date(2027, 6, 5))
    confirm_trial(subscriber.session, subscriber.customer.id, now=subscriber.now)
    subscriber.session.expire_all()
    subscriber.cancel()
    subscriber.choose("scale")
    assert [net for _, net, *_ in subscriber.bill(date(2027, 7, 15)).invoices] == ["750.00"]


def test_a_european_customer_may_switch_within_two_months(subscriber: Subscriber) -> None:
    subscriber.price("yearly", billing_frequency="yearly", **IN_ADVANCE, **fixed("3650"))
    subscriber.customer.country = "IE"
    subscriber.begin("yearly", start=JUNE).bill(JUNE).on(MID_JUNE)
    found = read_situation(subscriber.session, subscriber.customer, now=subscriber.now)
    assert last_day_to_switch(found) == date(2027, 8, 15)
    made = subscriber.cancel(switching=True)
    # 290 of 366 days are left of a year with a leap day: they are given back when they begin.
    assert made.quote.on == date(2027, 8, 16)
    assert [str(one.net) for one in made.quote.credited] == ["2892.08"]
    assert [net for _, net, *_ in subscriber.bill(date(2027, 8, 15)).invoices] == ["3650.00"]
    subscriber.undo()
    subscriber.on(date(2027, 6, 16)).cancel(switching=True)
    for day in (date(2027, 8, 16), date(2027, 8, 17)):
        assert [net for _, net, *_ in subscriber.bill(day).invoices] == ["3650.00", "-2892.08"]
    subscriber.customer.country = "GB"
    assert last_day_to_switch(found) is None


def test_what_the_merchant_agreed_is_not_the_customers_to_undo(subscriber: Subscriber) -> None:
    subscriber.begin("A", start=JUNE).on(MID_JUNE)
    subscriber.agree("A", "Y", on=JULY)
    with pytest.raises(ChangeError, match="nothing to undo"):
        subscriber.undo()
    subscriber.cancel()
    subscriber.undo()
    assert [net for _, net, *_ in subscriber.bill(AUGUST).invoices] == ["500.00", "650.00"]


def test_the_merchant_undoes_what_it_agreed(subscriber: Subscriber) -> None:
    subscriber.begin("A", start=JUNE).on(MID_JUNE)
    subscriber.agree("A", "Y", on=JULY)
    subscriber.undo(by_customer=False)
    assert [net for _, net, *_ in subscriber.bill(AUGUST).invoices] == ["500.00", "500.00"]


def test_who_has_left_subscribes_again_on_one_history(subscriber: Subscriber) -> None:
    subscriber.begin("A", "X", start=JUNE).on(MID_JUNE).cancel()
    with pytest.raises(ChangeError, match="plan already"):
        subscribe(subscriber, "start")
    subscriber.bill(JULY).on(date(2027, 7, 10))
    with pytest.raises(ChangeError, match="has ended"):
        subscriber.choices("start")
    subscribe(subscriber, "start")
    subscriber.bill(date(2027, 8, 10))
    assert [(day, net) for day, net, *_ in subscriber.invoices] == [
        (JULY, "750.00"),
        (date(2027, 8, 10), "500.00"),
    ]


def test_a_subscription_is_made_only_as_it_was_shown(subscriber: Subscriber) -> None:
    subscriber.begin("A", start=JUNE).on(MID_JUNE).cancel()
    subscriber.bill(JULY)
    with pytest.raises(SubscriptionChangedError):
        subscribe_again(
            subscriber.session,
            subscriber.customer.id,
            WantedPlan(plan_id="scale"),
            shown="another",
            now=subscriber.now,
        )


def test_a_code_that_was_used_is_refused_by_the_quote(subscriber: Subscriber) -> None:
    code = Promotion(id="LAUNCH", position=0, rate=Decimal("0.2"), periods=1, plans=[])
    code.new_customers_only = False
    subscriber.session.add(code)
    subscriber.begin("A", start=JUNE).choose("scale", When.PERIOD_END, code="LAUNCH")
    assert subscriber.choices("scale", code="LAUNCH").period_end
    subscriber.bill(JULY).cancel()
    subscriber.bill(AUGUST)
    with pytest.raises(PromotionError, match="used promotion code LAUNCH already"):
        subscribe(subscriber, "start", code="LAUNCH")
    subscribe(subscriber, "start")
    with pytest.raises(PromotionError, match="used promotion code LAUNCH already"):
        subscriber.choices("scale", code="LAUNCH")


def test_a_second_change_of_a_day_that_is_billed_starts_tomorrow(subscriber: Subscriber) -> None:
    for n, amount in enumerate(("20", "50", "80")):
        subscriber.price(f"p{amount}", **IN_ADVANCE, **fixed(amount))
        subscriber.plan(f"plan{amount}", f"p{amount}", position=20 + n)
    subscriber.begin("p20", start=JUNE).bill(JUNE)
    made = subscriber.choose("plan50")
    assert made.quote.on == date(2027, 6, 2)
    subscriber.bill(date(2027, 6, 2))
    assert subscriber.choose("plan80").quote.on == date(2027, 6, 3)
    subscriber.undo()
    subscriber.choose("plan80")
    subscriber.bill(JULY)
    # 29 of 30 days of 30.00 more; then 28 of 30 days of 80.00, less 28 of 29 of the 48.33 paid.
    assert [net for _, net, *_ in subscriber.invoices] == ["20.00", "29.00", "28.01", "80.00"]


def test_a_code_goes_on_with_the_periods_it_has_left(subscriber: Subscriber) -> None:
    code = Promotion(id="LAUNCH", position=0, rate=Decimal("0.2"), periods=3, plans=[])
    code.new_customers_only = False
    subscriber.session.add(code)
    subscriber.begin("A", start=JUNE).on(JUNE)
    subscriber.choose("scale", code="LAUNCH")
    subscriber.on(MID_JUNE)
    with pytest.raises(PromotionError, match="already"):
        subscriber.choices("scale", code="LAUNCH")
    subscriber.bill(JULY).on(date(2027, 7, 20)).choose("start", When.PERIOD_END)
    for day in (AUGUST, date(2027, 9, 1), date(2027, 10, 1)):
        subscriber.bill(day)
    nets = [net for _, net, *_ in subscriber.invoices]
    assert nets == ["600.00", "600.00", "400.00", "500.00"]


def test_a_code_that_was_undone_can_be_used_again(subscriber: Subscriber) -> None:
    code = Promotion(id="ONCE", position=0, rate=Decimal("0.2"), periods=3, plans=[])
    code.new_customers_only, code.maximum_redemptions = False, 1
    subscriber.session.add(code)
    subscriber.begin("A", start=JUNE).on(MID_JUNE)
    subscriber.choose("scale", When.PERIOD_END, code="ONCE")
    subscriber.session.expire_all()
    assert subscriber.session.get_one(Promotion, "ONCE").redeemed == 1
    subscriber.undo()
    subscriber.session.expire_all()
    assert subscriber.session.get_one(Promotion, "ONCE").redeemed == 0
    subscriber.choose("scale", When.PERIOD_END, code="ONCE")


def test_an_order_that_is_not_verified_is_not_changed(subscriber: Subscriber) -> None:
    subscriber.begin("A", start=JUNE)
    with pytest.raises(ChangeError, match="not on sale"):
        change_choices(
            subscriber.session,
            subscriber.customer,
            WantedPlan(plan_id="nothing"),
            now=subscriber.now,
        )
    with pytest.raises(ChangeError, match="have already"):
        subscriber.choices("start")


def test_seats_stay_as_many_as_they_are_where_nobody_says(subscriber: Subscriber) -> None:
    seats = {"per": "seat", "per_plural": "seats"}
    subscriber.price("seat", **fixed("10"), **seats)
    subscriber.price("seat-plus", **fixed("15"), **seats)
    subscriber.plan("team", "seat", position=20)
    subscriber.plan("crew", "seat-plus", position=21)
    subscriber.begin("seat", start=JUNE)
    subscriber.agree(("seat", 7), on=When.NOW)
    subscriber.choose("crew", When.PERIOD_END)
    assert [net for _, net, *_ in subscriber.bill(AUGUST).invoices] == ["70.00", "105.00"]
