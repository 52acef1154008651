"""Another currency: the schedule ends with its period, and one in that currency follows it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.changing import IN_ADVANCE, Subscriber, figures, fixed

from pricingsite.models.promotions import Promotion
from pricingsite.models.schedules import BillingSchedule
from pricingsite.models.webhooks import WebhookEndpoint, WebhookEvent
from pricingsite.pricing import AgreedDiscount, Trial
from pricingsite.services.changes.changing import QuoteChangedError, make_change
from pricingsite.services.changes.dated_effects import dated_effects_of
from pricingsite.services.changes.timing import When
from pricingsite.services.changes.wanted import ChangeError
from pricingsite.services.schedules.confirming import confirm_trial
from pricingsite.services.schedules.creating import AgreedTerms
from pricingsite.services.schedules.endings import ended_lately
from pricingsite.services.schedules.entitlements import entitlements
from pricingsite.services.schedules.reading import current_schedule

MAY, JUNE, JULY, AUGUST = (date(2027, month, 1) for month in (5, 6, 7, 8))
MID_JUNE = date(2027, 6, 16)


@pytest.fixture
def subscriber(session: Session) -> Subscriber:
    """Scale in pounds; in dollars, the platform is in advance and calls are dearer."""
    found = Subscriber(session)
    found.price("A-usd", currency="USD", **IN_ADVANCE, **fixed("650"))
    found.price("X-usd", like="X", currency="USD")
    found.plan("scale", "A-usd", "X-usd", position=1, option="usd")
    return found


def schedules(subscriber: Subscriber) -> list[tuple[str, date, date | None, bool]]:
    """Each schedule: its currency, its days, and whether it counts."""
    found = subscriber.session.scalars(
        select(BillingSchedule).order_by(BillingSchedule.start_date, BillingSchedule.created_at)
    )
    return [(one.currency, one.start_date, one.end_date, not one.withdrawn_at) for one in found]


def test_both_schedules_are_billed_and_all_that_is_the_customers_goes_on(
    subscriber: Subscriber,
) -> None:
    subscriber.begin("A", "X", start=MAY).bill(JUNE).on(MID_JUNE).use(1500, at=subscriber.now)
    choices = subscriber.choices("scale", option_id="usd")
    assert (choices.now, choices.preselected) == (None, When.PERIOD_END)
    quoted = choices.period_end
    assert (quoted.on, quoted.last_day) == (JULY, date(2027, 6, 30))
    assert figures(quoted) == [
        (JULY, "975.00", "195.00", "1170.00"),
        (JULY, "650.00", "130.00", "780.00"),
        (AUGUST, "900.00", "180.00", "1080.00"),
    ]
    assert [one.bill.currency for one in quoted.bills] == ["GBP", "USD", "USD"]
    assert [(one.fate, one.price.id, one.on) for one in dated_effects_of(quoted).prices] == [
        ("replaced", "A", JULY),
        ("replaced", "X", JULY),
    ]
    subscriber.choose("scale", When.PERIOD_END, option_id="usd")
    assert schedules(subscriber) == [("GBP", MAY, JULY, True), ("USD", JULY, None, True)]
    session, customer_id = subscriber.session, subscriber.customer.id
    allowed = entitlements(session, customer_id, now=subscriber.now)
    assert allowed is not None
    assert ([one.until for one in allowed.products], allowed.changes_at) == ([None, None], None)
    subscriber.on(JULY).use(1001, at=subscriber.now)
    assert ended_lately(session, today=JULY) == []
    read = subscriber.read(subscriber.now)
    assert str(read.bill.net) == "900.45"
    assert read.bill.currency == "USD"
    subscriber.bill(JULY).bill(AUGUST)
    billed = zip(subscriber.documents, subscriber.invoices, strict=True)
    assert sorted((one.currency, *bill) for one, bill in billed) == [
        ("GBP", JUNE, "750.00", "150.00", "900.00"),
        ("GBP", JULY, "975.00", "195.00", "1170.00"),
        ("USD", JULY, "650.00", "130.00", "780.00"),
        ("USD", AUGUST, "900.45", "180.09", "1080.54"),
    ]


def test_undone_the_one_goes_on_and_the_other_never_was(subscriber: Subscriber) -> None:
    subscriber.begin("A", "X", start=MAY).bill(JUNE).on(MID_JUNE)
    session = subscriber.session
    off = {"rate": Decimal("0.2"), "maximum_redemptions": 1}
    promotion = Promotion(id="NEWS20", position=0, plans=[], new_customers_only=False, **off)
    url = WebhookEndpoint(url="https://a.example/", types=[], secret="x", created_at=subscriber.now)
    session.add_all([promotion, url])
    session.flush()
    subscriber.choose("scale", When.PERIOD_END, option_id="usd", code="NEWS20")
    session.refresh(promotion)
    assert promotion.redeemed == 1
    subscriber.undo()
    assert schedules(subscriber) == [("GBP", MAY, None, True), ("USD", JULY, None, False)]
    session.refresh(promotion)
    assert promotion.redeemed == 0
    subscriber.choose("scale", When.PERIOD_END, option_id="usd", code="NEWS20")
    events = session.scalars(select(WebhookEvent.type).order_by(WebhookEvent.created_at)).all()
    assert sorted(events) == [
        "schedule.change_scheduled",
        "schedule.change_scheduled",
        "schedule.change_undone",
        "schedule.created",
        "schedule.created",
        "schedule.ended",
    ]
    cancelled = subscriber.cancel().quote
    assert [bill.bill.currency for bill in cancelled.bills] == ["GBP"]
    assert [one[2:] for one in schedules(subscriber)] == [
        (JULY, True),
        (None, False),
        (None, False),
    ]
    subscriber.bill(AUGUST)
    assert [net for _, net, *_ in subscriber.invoices] == ["750.00", "750.00"]


def test_what_is_confirmed_is_what_was_shown(subscriber: Subscriber) -> None:
    subscriber.begin("A", "X", start=JUNE).on(MID_JUNE)
    shown = subscriber.choices("scale", option_id="usd").period_end.digest
    subscriber.use(5000, at=subscriber.now)
    assert subscriber.choices("scale", option_id="usd").period_end.digest == shown
    subscriber.choose("start", When.PERIOD_END)
    quoted = subscriber.choices("scale", option_id="usd").period_end
    assert quoted.digest != shown
    assert quoted.situation.pending
    with pytest.raises(QuoteChangedError):
        make_change(
            subscriber.session,
            subscriber.customer.id,
            lambda *_: subscriber.choices("scale", option_id="usd").period_end,
            shown=shown,
            maker=subscriber.buyer,
            now=subscriber.now,
        )


def test_the_merchant_agrees_it_for_the_periods_end_and_periods_stay(
    subscriber: Subscriber,
) -> None:
    subscriber.begin("B", start=date(2027, 1, 31), end=date(2028, 1, 31)).on(date(2027, 2, 10))
    with pytest.raises(ChangeError, match="choose 2027-02-28"):
        subscriber.agree("A-usd", on=When.NOW)
    off = AgreedDiscount(code="agreed", rate=Decimal("0.1"), amount=None, periods=2)
    made = subscriber.agree("A-usd", on=date(2027, 2, 28), discount=off)
    assert made.change.following is made.quote.following
    assert schedules(subscriber)[1] == ("USD", date(2027, 2, 28), date(2028, 1, 31), True)
    subscriber.bill(date(2027, 2, 28)).bill(date(2027, 3, 31)).bill(date(2027, 4, 30))
    assert [(day, net) for day, net, *_ in subscriber.invoices if net != "825.00"] == [
        (date(2027, 2, 28), "585.00"),
        (date(2027, 3, 31), "585.00"),
        (date(2027, 4, 30), "650.00"),
    ]
    found = current_schedule(subscriber.session, subscriber.customer.id, now=subscriber.now)
    assert found is not None
    assert found.currency == "USD"


def test_what_was_charged_once_is_not_charged_again(subscriber: Subscriber) -> None:
    """Set-up of 300.00, and kits at 40.00 each of which there are two; in dollars, a tenth more."""
    once: dict[str, Any] = {"billing_frequency": "one_time", **IN_ADVANCE}
    kits = once | {"per": "kit", "per_plural": "kits"}
    for product_id, columns, amount in (("setup", once, 300), ("kit", kits, 40)):
        subscriber.product(product_id)
        own = columns | {"product_id": product_id}
        subscriber.price(product_id, **own, **fixed(str(amount)))
        dollars = own | fixed(str(amount * 11 // 10))
        subscriber.price(f"{product_id}-usd", currency="USD", **dollars)
    subscriber.plan("set", "A", "setup", "kit", position=30)
    subscriber.plan("set", "A-usd", "setup-usd", "kit-usd", position=30, option="usd")
    subscriber.begin("A", start=MAY).choose("set", quantities={"kit": Decimal(2)})
    subscriber.bill(MAY).bill(JUNE)
    in_dollars = {"option_id": "usd", "quantities": {"kit-usd": Decimal(3)}}
    quoted = subscriber.choices("set", **in_dollars).period_end
    assert figures(quoted)[1] == (JULY, "694.00", "138.80", "832.80")
    told = [(one.fate, one.price.id) for one in dated_effects_of(quoted).prices]
    assert told == [("replaced", "A"), ("kept", "setup"), ("more", "kit")]
    subscriber.choose("set", When.PERIOD_END, **in_dollars)
    subscriber.bill(JULY).on(date(2027, 7, 10))
    subscriber.choose("set", option_id="usd", quantities={"kit-usd": Decimal(5)})
    subscriber.bill(subscriber.today).bill(AUGUST)
    assert sorted(nets(subscriber)) == [
        (MAY, "GBP", "380.00"),
        (JUNE, "GBP", "500.00"),
        (JULY, "GBP", "500.00"),
        (JULY, "USD", "694.00"),
        (date(2027, 7, 10), "USD", "88.00"),
        (AUGUST, "USD", "650.00"),
    ]


TRIAL = AgreedTerms(trial=Trial(14, continues=True))
TRIAL_END = date(2027, 6, 15)


def nets(subscriber: Subscriber) -> list[tuple[date, str, str]]:
    billed = zip(subscriber.documents, subscriber.invoices, strict=True)
    return [(day, one.currency, net) for one, (day, net, *_) in billed]


@pytest.mark.parametrize("when", list(When))
def test_a_trial_goes_on_and_the_first_bill_is_in_the_other_currency(
    subscriber: Subscriber, when: When
) -> None:
    """Nothing is billed in pounds, so that no other schedule is needed."""
    off = AgreedDiscount(code="agreed", rate=Decimal("0.1"), amount=None, periods=1)
    terms = AgreedTerms(trial=TRIAL.trial, minimum=Decimal(2000), discount=off)
    subscriber.begin("A", start=JUNE, terms=terms).on(date(2027, 6, 10))
    quoted = subscriber.choices("scale", option_id="usd").quote(when)
    assert quoted.on == (subscriber.today if when is When.NOW else TRIAL_END)
    assert figures(quoted)[0] == (TRIAL_END, "585.00", "117.00", "702.00")
    subscriber.choose("scale", when, option_id="usd")
    assert schedules(subscriber) == [("USD", JUNE, None, True)]
    read = subscriber.read(subscriber.now)
    assert (str(read.bill.net), read.bill.currency) == ("0.00", "USD")
    assert [line.price.id for line in read.bill.lines] == (
        ["A-usd", "X-usd"] if when is When.NOW else ["A"]
    )
    subscriber.bill(TRIAL_END).bill(date(2027, 7, 15))
    assert nets(subscriber) == [(TRIAL_END, "USD", "585.00"), (date(2027, 7, 15), "USD", "875.00")]


def test_a_trial_that_nobody_confirmed_ends_in_the_other_currency_too(
    subscriber: Subscriber,
) -> None:
    terms = AgreedTerms(trial=Trial(14, continues=False))
    subscriber.begin("A", start=JUNE, terms=terms).on(date(2027, 6, 10))
    subscriber.choose("scale", option_id="usd")
    assert schedules(subscriber) == [("USD", JUNE, TRIAL_END, True)]
    confirm_trial(subscriber.session, subscriber.customer.id, now=subscriber.now)
    subscriber.session.expire_all()
    assert nets(subscriber.bill(TRIAL_END)) == [(TRIAL_END, "USD", "650.00")]


def test_before_the_start_it_begins_in_the_other_currency_unless_that_is_undone(
    subscriber: Subscriber,
) -> None:
    off = AgreedDiscount(code="agreed", rate=None, amount=Decimal(100), periods=None)
    subscriber.begin("A", "X", start=AUGUST, terms=AgreedTerms(discount=off)).on(JULY)
    subscriber.choose("scale", When.PERIOD_END, option_id="usd")
    assert schedules(subscriber) == [("USD", AUGUST, None, True)]
    # The amount was agreed in pounds.
    assert figures(subscriber.choices("scale", option_id="usd").period_end)[0][1] == "650.00"
    subscriber.undo()
    assert schedules(subscriber) == [("GBP", AUGUST, None, True)]
    subscriber.choose("scale", When.PERIOD_END, option_id="usd")
    subscriber.choose("start", When.PERIOD_END)
    assert nets(subscriber.bill(date(2027, 9, 1))) == [(date(2027, 9, 1), "GBP", "400.00")]


def test_the_merchant_agrees_it_for_the_first_day_that_is_paid_at_the_latest(
    subscriber: Subscriber,
) -> None:
    subscriber.begin("A", start=JUNE, terms=TRIAL).on(date(2027, 6, 10))
    with pytest.raises(ChangeError, match="begins on 2027-06-15 at the latest"):
        subscriber.agree("A-usd", on=date(2027, 6, 16))
    subscriber.agree("A-usd", on=TRIAL_END)
    assert nets(subscriber.bill(TRIAL_END)) == [(TRIAL_END, "USD", "650.00")]


def test_after_an_end_that_is_agreed_already_it_is_subscribed_again(
    subscriber: Subscriber,
) -> None:
    subscriber.begin("A", start=JUNE, end=date(2027, 6, 20)).on(date(2027, 6, 10))
    with pytest.raises(ChangeError, match="The plan ends on 19 June 2027 by itself"):
        subscriber.choices("scale", option_id="usd")
