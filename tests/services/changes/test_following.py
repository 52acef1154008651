"""Another currency: the schedule ends with its period, and one in that currency follows it."""

from datetime import date
from decimal import Decimal

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


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"terms": AgreedTerms(trial=Trial(30, continues=True))}, "Nothing is billed in a trial"),
        ({"start": AUGUST}, "The plan starts on 1 August 2027"),
        ({"end": date(2027, 6, 20)}, "The plan ends on 19 June 2027 by itself"),
    ],
)
def test_what_has_to_be_done_otherwise_is_said(
    subscriber: Subscriber, options: dict[str, object], why: str
) -> None:
    subscriber.begin("A", **{"start": JUNE} | options).on(date(2027, 6, 10))  # type: ignore[arg-type]
    with pytest.raises(ChangeError, match=why):
        subscriber.choices("scale", option_id="usd")
